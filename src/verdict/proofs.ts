import { classOf, type Observation } from "../model/observation.ts";
import type { Check, CheckResult, StandIn } from "../model/plan.ts";
import type { Evidence, ListenerProofGrade, Proof, SourceProofGrade } from "../model/report.ts";
import { isBetterListener, isBetterSource } from "./evidence.ts";

/** The last try of a check; undefined where it was not tried. */
export function finalObservation(result: CheckResult): Observation | undefined {
  return result.history?.attempts.at(-1)?.observation;
}

/** Proofs from everything that this run saw: who reached which listener, and which source reached anything. */
export class ProofBook {
  readonly #standIns: ReadonlyMap<string, StandIn>;
  readonly #opened = new Map<string, { source: string; self: boolean }[]>();
  readonly #sources = new Map<string, Proof<SourceProofGrade>>();
  readonly #nodes = new Map<string, string>();
  /** Nodes on which a pod of ours came up in this run. */
  readonly #alive: ReadonlySet<string>;

  constructor(results: readonly CheckResult[], standIns: ReadonlyMap<string, StandIn>) {
    this.#standIns = standIns;
    this.#alive = new Set(
      [...standIns.values()].flatMap(({ node, problem }) => (problem === undefined ? (node ?? []) : [])),
    );
    for (const result of results) this.#enter(result);
  }

  evidence(check: Check): Evidence {
    return { listener: this.#listener(check), source: this.#source(check) };
  }

  #enter(result: CheckResult): void {
    const { check } = result;
    const observation = finalObservation(result);
    if (observation === undefined) return;
    const open = classOf(observation.kind) === "open";
    const self = check.purpose === "self";
    if (open) {
      const known = this.#opened.get(check.listener) ?? [];
      known.push({ source: check.source, self });
      this.#opened.set(check.listener, known);
    }
    if (self) return; // what never leaves the pod says nothing of its network
    if (open)
      this.#enterSource(check, {
        grade: "connected",
        detail: `${this.#name(check.source)} reached ${check.listener}`,
      });
    else if (observation.kind === "refused") {
      this.#enterSource(check, {
        grade: "packet-back",
        detail: `${this.#name(check.source)} got a packet back from ${check.listener}`,
      });
    }
  }

  #enterSource(check: Check, proof: Proof<SourceProofGrade>): void {
    const known = this.#sources.get(check.source);
    if (known === undefined || isBetterSource(proof.grade, known.grade))
      this.#sources.set(check.source, proof);
    const node = this.#standIns.get(check.source)?.node;
    if (node !== undefined && !this.#nodes.has(node)) this.#nodes.set(node, proof.detail);
  }

  #source(check: Check): Proof<SourceProofGrade> {
    const own = this.#sources.get(check.source);
    if (own !== undefined) return own;
    const node = this.#standIns.get(check.source)?.node;
    const mate = node === undefined ? undefined : this.#nodes.get(node);
    if (mate !== undefined) return { grade: "node", detail: `on the same node ${node}: ${mate}` };
    return { grade: "none", detail: `${this.#name(check.source)} reached nothing at all in this run` };
  }

  #listener(check: Check): Proof<ListenerProofGrade> {
    const own = this.#listenerAt(check.listener, check);
    const readiness = this.#readiness(check);
    if (check.to.kind !== "service" || own.grade === "peer") return best(own, readiness);
    // A ClusterIP that nobody reached is as sure as the worst of what is behind it.
    const behind = check.to.backends.map((backend) => this.#listenerAt(backend.listener, check));
    const worst = behind.reduce<Proof<ListenerProofGrade> | undefined>(
      (a, b) => (a === undefined || isBetterListener(a.grade, b.grade) ? b : a),
      undefined,
    );
    return best(best(own, readiness), worst ?? own);
  }

  /** A kubelet that died is believed for most of a minute, but by us: a pod of ours must have come up beside it. */
  #readiness({ readiness, readinessNodes = [] }: Check): Proof<ListenerProofGrade> {
    if (readiness.grade !== "kubelet" && readiness.grade !== "ready") return readiness;
    const silent = readinessNodes.find((node) => !this.#alive.has(node));
    if (silent === undefined) return readiness;
    return {
      grade: "running",
      detail: `${readiness.detail}, but node ${silent} was not seen alive in this run (--canary looks)`,
    };
  }

  #listenerAt(listener: string, check: Check): Proof<ListenerProofGrade> {
    const opened = this.#opened.get(listener) ?? [];
    const peer = opened.find((entry) => !entry.self && entry.source !== check.source);
    if (peer !== undefined) return { grade: "peer", detail: `${this.#name(peer.source)} reached it` };
    if (opened.some((entry) => entry.self))
      return { grade: "self", detail: "the target reached its own listener" };
    return { grade: "none", detail: `nobody else in this run reached ${listener}` };
  }

  #name(id: string): string {
    const standIn = this.#standIns.get(id);
    if (standIn === undefined) return `stand-in ${id}`;
    return `${standIn.pod.namespace}/${standIn.pod.name} (${standIn.planned.template.display})`;
  }
}

function best(a: Proof<ListenerProofGrade>, b: Proof<ListenerProofGrade>): Proof<ListenerProofGrade> {
  return isBetterListener(b.grade, a.grade) ? b : a;
}
