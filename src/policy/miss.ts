import type { FieldPath } from "./field-path.ts";

/** One condition of a rule that a connection does not meet. */
export interface Miss {
  /** How far away it is: see `DISTANCE`. */
  readonly distance: number;
  readonly path: FieldPath;
  /** One line for people; made only for the misses that are shown. */
  readonly text: () => string;
}

/**
 * How far each kind of miss is from a match, for "which rule came nearest". A slip of the pen comes first, then what
 * people often overlook, then plain other values, then what was never meant for this kind of traffic. Distances of
 * one rule add up, so a rule with one miss usually beats one with two.
 */
export const DISTANCE = {
  slip: 1,
  /** A policy that would allow it but, by one slip, is not in force here. */
  notInForce: 1.5,
  /** The number is right, the protocol is not; or the labels are right, the namespace is not; or an `except` hits. */
  overlooked: 2,
  otherPort: 3,
  excluded: 3,
  otherValue: 4,
  noLabel: 5,
  outsideBlock: 6,
  otherNamespace: 6,
  otherPortAndProtocol: 6,
  refused: 8,
  /** A selector for traffic that is not of pods; an ipBlock for pods or for the other family. */
  otherKind: 12,
} as const;
