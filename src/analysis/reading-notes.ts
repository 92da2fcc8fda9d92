import type { Snapshot, Unread } from "../model/snapshot.ts";

/** What a snapshot lacks, for people: what could not be read of the cluster, and policies of kinds that are not read. */
export function readingNotes({
  unread,
  foreignPolicies,
}: Pick<Snapshot, "unread" | "foreignPolicies">): readonly string[] {
  const alike = Map.groupBy(withoutParts(unread), (entry) => `${why(entry)}${placeOf(entry)}`);
  return [
    ...[...alike].map(([head, entries]) => {
      const resources = [...new Set(entries.map(({ resource }) => WORDS[resource] ?? resource))].sort();
      return `not readable (${head}: ${resources.join(", ")}; ${lossOf(entries)}`;
    }),
    ...foreignPolicies.map(
      ({ kind, count }) =>
        `${count === undefined ? "" : `${count} `}${kind} are there and not read; they may filter, too`,
    ),
  ];
}

/** Where nothing of a kind could be read, that its namespaces could not says nothing more. */
function withoutParts(unread: readonly Unread[]): readonly Unread[] {
  const whole = new Set(
    unread
      .filter(({ namespace, readNamespaces = [] }) => namespace === undefined && readNamespaces.length === 0)
      .map(({ resource }) => resource),
  );
  return unread.filter(({ namespace, resource }) => namespace === undefined || !whole.has(resource));
}

/** What cannot be read of a namespace are its labels. */
const WORDS: Partial<Record<Unread["resource"], string>> = { namespaces: "labels of namespaces" };

/** `forbidden`, `not served` */
function why({ reason }: Unread): string {
  return reason.split(":")[0] ?? reason;
}

function placeOf({ namespace, readNamespaces = [] }: Unread): string {
  if (namespace !== undefined) return `) in namespace ${namespace}`;
  return readNamespaces.length === 0 ? ")" : `) but in ${readNamespaces.join(", ")}`;
}

function lossOf(entries: readonly Unread[]): string {
  return entries.some(({ resource }) => resource === "pods")
    ? "what is there is missing here, or undetermined"
    : "what depends on it is undetermined";
}
