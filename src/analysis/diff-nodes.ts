import type { PodEnd, TrafficEnd } from "../model/traffic.ts";
import { formatAddress } from "../selectors/ip-address.ts";
import type { DiffEnd } from "./diff.ts";
import type { DiffSide } from "./diff-side.ts";
import type { OutsidePiece } from "./outside.ts";
import type { PolicyChanges } from "./policy-changes.ts";
import type { PortPiece } from "./port-pieces.ts";

/** Workloads that act alike on both sides and have the same policies around them, or something that is no pod. */
export interface DiffNode {
  readonly ends: readonly DiffEnd[];
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** Stand for the node where a single connection is asked about. */
  readonly sample: { readonly before: TrafficEnd; readonly after: TrafficEnd } | undefined;
  /** Of addresses outside. */
  readonly piece?: OutsidePiece;
  /** Has two pods that could connect with each other. */
  readonly hasSeveral: boolean;
}

export type Sides = Readonly<Record<"before" | "after", DiffSide>>;

/** Ports that are alike on both sides, together. */
export type Pieces = readonly (readonly PortPiece[])[];

export interface DiffContext {
  readonly sides: Sides;
  readonly pieces: Pieces;
  readonly changes: PolicyChanges;
  readonly outside: readonly OutsidePiece[];
  readonly stranger: PodEnd;
}

/** What is no pod of either side: addresses outside, and a pod in a new namespace. */
export function strangers({ sides, outside, stranger }: DiffContext): readonly DiffNode[] {
  const addresses = outside.map((piece): DiffNode => {
    const { family, first, last, classes } = piece;
    const text = formatAddress({ family, value: first });
    const end: TrafficEnd = { kind: "cidr", cidr: `${text}/${family === 4 ? 32 : 128}`, display: text };
    return {
      ends: [{ type: "outside", addresses: [{ family, first, last }] }],
      before: [classes[0] as number],
      after: [classes[1] as number],
      sample: { before: end, after: end },
      piece,
      hasSeveral: false,
    };
  });
  const newcomer: DiffNode = {
    ends: [{ type: "new-namespace" }],
    before: sides.before.classesOf([stranger]),
    after: sides.after.classesOf([stranger]),
    sample: { before: stranger, after: stranger },
    hasSeveral: false,
  };
  return [...addresses, newcomer];
}
