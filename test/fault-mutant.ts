/** A protection switched off: the case of the fault that it protects from must fail then. */
export interface FaultMutant {
  /** The fault's name in docs/faults.md. */
  readonly fault: string;
  /** What protects from it, in a few words. */
  readonly protection: string;
  /** The source file, from the root. */
  readonly file: string;
  /** Stands in it exactly once. */
  readonly original: string;
  readonly mutated: string;
}
