import { type Bits, NO_BITS } from "./bits.ts";

/** What one direction says of every class at the other end: allowed where `yes`, denied where not `may`, else open. */
export interface Answers {
  readonly yes: Bits;
  readonly may: Bits;
}

/** The answers of a signature on a port atom. They may differ by the family of the connection's addresses. */
export interface Row {
  /** By the bits of `IPV4` and `IPV6`; at 0: an address of any family will do. */
  readonly byFamily: readonly [Answers, Answers, Answers];
}

export function sameInAll(answers: Answers): Row {
  return { byFamily: [answers, answers, answers] };
}

export function openAnswers(every: Bits): Answers {
  return { yes: NO_BITS, may: every };
}
