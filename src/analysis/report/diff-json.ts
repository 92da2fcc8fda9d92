import { blockTexts } from "../address-set.ts";
import type { Diff, DiffEnd, OneSided } from "../diff.ts";

/** A flow of a scenario whose prediction or verdict is not the same on both sides. */
export interface FlippedFlow {
  readonly id: string;
  readonly position: { readonly file: string; readonly line: number; readonly column: number };
  readonly expected: "allow" | "deny";
  /** `unresolved`: an object that it names is not there. */
  readonly before: "allow" | "deny" | "undetermined" | "unresolved";
  readonly after: "allow" | "deny" | "undetermined" | "unresolved";
}

/** The document that `schema/diff.schema.json` describes. */
export function diffJson(diff: Diff, flips: readonly FlippedFlow[] | undefined): string {
  const document = {
    apiVersion: "netverdict.dev/v1alpha1",
    kind: "Diff",
    profile: diff.profile,
    policies: diff.policies,
    workloads: diff.workloads.length,
    changes: diff.changes.map(({ from, to, ...rest }) => ({
      ...rest,
      from: from.map(endJson),
      to: to.map(endJson),
    })),
    appeared: oneSidedJson(diff.appeared),
    vanished: oneSidedJson(diff.vanished),
    ...(flips === undefined ? {} : { flows: flips }),
    notes: diff.notes,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function endJson(end: DiffEnd): object {
  return end.type === "outside" ? { type: end.type, addresses: blockTexts(end.addresses) } : end;
}

function oneSidedJson({ workloads, namespaces, reach }: OneSided): object {
  return {
    workloads,
    namespaces,
    reach: reach.map(({ from, to, ...rest }) => ({ ...rest, from: from.map(endJson), to: to.map(endJson) })),
  };
}
