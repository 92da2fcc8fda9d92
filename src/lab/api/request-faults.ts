import type { ExecFault, LabFaults, RequestFault } from "../model.ts";

/** Counts how often each fault has struck. A fault that is set anew counts anew. */
export class FaultCounter {
  readonly #faults: LabFaults;
  readonly #used = new WeakMap<object, number>();

  constructor(faults: LabFaults) {
    this.#faults = faults;
  }

  /** The fault that hits this request, if one does. `resource` undefined: it is about no kind. */
  request(method: string, resource: string | undefined): RequestFault | undefined {
    return this.#strike(
      this.#faults.requests,
      (fault) =>
        (fault.method === undefined || fault.method === method) &&
        (fault.resource === undefined || fault.resource === resource),
    );
  }

  /** `pod`: `namespace/name`. */
  exec(pod: string): ExecFault | undefined {
    return this.#strike(this.#faults.exec, (fault) => fault.pod === undefined || fault.pod === pod);
  }

  #strike<F extends RequestFault | ExecFault>(
    faults: readonly F[],
    hits: (fault: F) => boolean,
  ): F | undefined {
    const fault = faults.find(
      (one) => hits(one) && this.#count(one) < (one.times ?? Number.POSITIVE_INFINITY),
    );
    if (fault !== undefined) this.#used.set(fault, this.#count(fault) + 1);
    return fault;
  }

  #count(fault: object): number {
    return this.#used.get(fault) ?? 0;
  }
}
