import { type Snapshot, type SnapshotResource, type Unread, unreadIn } from "../model/snapshot.ts";
import { UserError } from "../source/errors.ts";
import { nearest } from "../source/nearest.ts";

const SHOWN = 8;

/** Why a resource of the namespaces asked for was not read; where none are, of any namespace. */
export function gapIn(
  { unread }: Pick<Snapshot, "unread">,
  resource: SnapshotResource,
  asked: readonly string[],
): Unread | undefined {
  const own = unread.filter((entry) => entry.resource === resource);
  if (asked.length === 0) return own.at(-1);
  for (const name of asked) {
    const gap = own.find(({ namespace }) => namespace === name) ?? unreadIn(own, resource, name);
    if (gap !== undefined) return gap;
  }
  return undefined;
}

/** Ends where a namespace that was asked for is not there: nothing said of it would look as if all were well. */
export function checkNamespaces(
  { namespaces }: Pick<Snapshot, "namespaces">,
  asked: readonly string[],
): void {
  const known = namespaces.map(({ metadata }) => metadata.name);
  for (const name of asked) {
    if (known.includes(name)) continue;
    const meant = nearest(name, known);
    throw new UserError(`there is no namespace ${name}`, {
      hint:
        meant === undefined
          ? `known: ${known.toSorted().slice(0, SHOWN).join(", ")}${known.length > SHOWN ? ", …" : ""}`
          : `did you mean ${meant}?`,
    });
  }
}
