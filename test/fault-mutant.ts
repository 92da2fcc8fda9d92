import type { Mutation } from "../scripts/mutation.ts";

/** A protection switched off: the case of the fault that it protects from must fail then. */
export interface FaultMutant extends Mutation {
  /** The fault's name in docs/faults.md. */
  readonly fault: string;
  /** What protects from it, in a few words. */
  readonly protection: string;
}
