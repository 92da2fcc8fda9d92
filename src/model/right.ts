/** One thing that the API server lets somebody do or not, in RBAC's words. */
export interface Right {
  readonly verb: "create" | "get" | "list" | "patch" | "delete";
  /** API group; empty: the core group. */
  readonly group: string;
  /** Plural, with the subresource where it is about one: `pods/exec`. */
  readonly resource: string;
  /** Absent: in the whole cluster. */
  readonly namespace?: string;
  /** The one object that it is about; absent: every object. */
  readonly name?: string;
  /** What a run does with it, for people; at least one. */
  readonly purposes: readonly string[];
}

/** Rights that a run goes on without. */
export interface OptionalRights {
  /** What is lost without them, for people. */
  readonly loss: string;
  /** Only of use where the API server serves this group. */
  readonly group?: string;
  /** Each of these sets is enough; the first is the usual one. */
  readonly choices: readonly (readonly Right[])[];
}

/** All that a run asks of the API server. */
export interface RunRights {
  /** Without one of these nothing is started. */
  readonly required: readonly Right[];
  readonly optional: readonly OptionalRights[];
}
