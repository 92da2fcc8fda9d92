import type { Check } from "../model/plan.ts";
import type { Prediction } from "../model/prediction.ts";
import type { StandInTemplate } from "../model/resolved.ts";
import type { EndpointPort } from "../model/scenario.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { PodEnd } from "../model/traffic.ts";
import type { Evaluator } from "../policy/evaluator.ts";
import { dnsTarget } from "../resolve/dns.ts";
import { controlTemplates } from "./control-templates.ts";
import type { PlanDraft } from "./plan-draft.ts";
import { checkBackends } from "./plan-flows.ts";
import { predictCheck } from "./predict-check.ts";
import { templateEnd } from "./template.ts";

export interface ProofInputs {
  readonly snapshot: Snapshot;
  readonly evaluator: Evaluator;
  /** A namespace without policies where a stand-in without labels may run; absent: there is none. */
  readonly controlNamespace: string | undefined;
  /** Whether we may make controls in a namespace that no stand-in of the flows is in; absent: everywhere. */
  readonly mayCreateIn?: (namespace: string) => boolean;
  readonly timeoutMs: number;
  /** Stand-ins as created; undefined before creation. */
  readonly ends?: ReadonlyMap<string, PodEnd>;
  /** Where they run, once known; sources that nothing else can prove are then proven by their node. */
  readonly nodes?: ReadonlyMap<string, string>;
}

const CONTROL_PORT: EndpointPort = { port: 8080, protocol: "TCP", serve: "tcp" };

/**
 * Adds to the plan what denied flows need beside their own probe: somebody who reaches the same listener, and
 * something that the source itself can reach. Adds nothing that the flows prove already; may be called again when
 * addresses and nodes are known.
 */
export function planProofs(draft: PlanDraft, inputs: ProofInputs): void {
  const proofs = new ProofPlanner(draft, inputs);
  for (const check of flowChecks(draft)) {
    if (proofs.mayBeClosed(check)) proofs.proveListener(check);
  }
  for (const check of flowChecks(draft)) {
    if (proofs.mayBeClosed(check)) proofs.proveSource(check);
  }
}

/** The checks of flows as they are now: what is added meanwhile is not looked at. */
function flowChecks(draft: PlanDraft): readonly Check[] {
  return draft.checks.filter((check) => check.purpose === "flow");
}

class ProofPlanner {
  readonly #draft: PlanDraft;
  readonly #inputs: ProofInputs;
  readonly #predictions = new Map<string, Prediction["value"]>();
  readonly #ends = new WeakMap<StandInTemplate, PodEnd>();

  constructor(draft: PlanDraft, inputs: ProofInputs) {
    this.#draft = draft;
    this.#inputs = inputs;
  }

  mayBeClosed(check: Check): boolean {
    return check.expect === "deny" || this.#predict(check) !== "allow";
  }

  /** Best first: somebody in the run reaches it anyway, then a control for which the policies allow it. */
  proveListener(check: Check): void {
    if (check.kind === "udp" && check.answers !== true) return; // silence would say nothing
    const sameListener = this.#draft.checks.filter((other) => other.listener === check.listener);
    if (sameListener.some((other) => other.purpose !== "self" && this.#predict(other) === "allow")) return;
    const { expect: _expect, flow: _flow, target: _target, id: _id, ...place } = check;
    for (const known of this.#usable()) {
      if (known.id === check.source) continue;
      if (place.to.kind === "stand-in" && place.to.standIn === known.id) continue;
      if (this.#allowed(this.#end(known.id), place)) {
        this.#draft.check({ ...place, purpose: "listener", source: known.id });
        return;
      }
    }
    const namespaces = new Set(this.#usable().map((standIn) => standIn.template.namespace));
    for (const template of controlTemplates(this.#namespacesOf(place), namespaces, this.#inputs)) {
      if (!this.#allowed(templateEnd("control", template), place)) continue;
      const source = this.#draft.standIn(template, "control");
      if (this.#draft.find(source).refused !== undefined) continue;
      this.#draft.check({ ...place, purpose: "listener", source });
      return;
    }
  }

  /** Best first: a flow of its own that is allowed, a listener of this run, DNS, a control server, its node. */
  proveSource({ source }: Check): void {
    const own = this.#draft.checks.filter((check) => check.source === source && check.purpose !== "self");
    if (own.some((check) => isInside(check) && this.#predict(check) === "allow")) return;
    const end = this.#end(source);
    for (const other of this.#draft.checks) {
      if (other.to.kind !== "stand-in" || other.to.standIn === source || other.kind === "udp") continue;
      if (!this.#allowed(end, other)) continue;
      const { expect: _expect, flow: _flow, target: _target, id: _id, ...place } = other;
      this.#draft.check({ ...place, purpose: "source", source });
      return;
    }
    const dns = this.#dnsPlace();
    if (dns !== undefined && this.#allowed(end, dns)) {
      this.#draft.check({ ...dns, purpose: "source", source });
      return;
    }
    const template = this.#controlServer();
    if (template === undefined) return;
    if (this.#allowedToTemplate(end, template)) {
      this.#draft.check({ ...this.#serverPlace(template), purpose: "source", source });
      return;
    }
    this.#proveNode(source, template);
  }

  /** A pod of ours on the same node that reaches another one: the node's network works. */
  #proveNode(source: string, server: StandInTemplate): void {
    const node = this.#inputs.nodes?.get(source);
    if (node === undefined) return;
    const proven = this.#draft.checks.some(
      (check) =>
        check.purpose !== "self" &&
        (this.#inputs.nodes?.get(check.source) === node || this.#draft.find(check.source).node === node) &&
        isInside(check) &&
        this.#predict(check) === "allow",
    );
    if (proven) return;
    const place = this.#serverPlace(server);
    const client = this.#draft.standIn({ ...server, ports: [], display: "control" }, "control", { node });
    this.#draft.check({ ...place, purpose: "node", source: client });
  }

  #namespacesOf({ to }: Pick<Check, "to">): ReadonlySet<string> {
    if (to.kind === "stand-in") return new Set([this.#draft.find(to.standIn).template.namespace]);
    const ends =
      to.kind === "service" || to.kind === "dns" ? to.backends.map((backend) => backend.end) : [to.end];
    return new Set(ends.flatMap((end) => (end.kind === "pod" ? [end.namespace] : [])));
  }

  #controlServer(): StandInTemplate | undefined {
    const namespace = this.#inputs.controlNamespace;
    return namespace === undefined
      ? undefined
      : { namespace, labels: {}, ports: [CONTROL_PORT], display: "control" };
  }

  #allowedToTemplate(from: PodEnd, template: StandInTemplate): boolean {
    const to = templateEnd("control", template);
    const query = { from, to, port: CONTROL_PORT.port, protocol: CONTROL_PORT.protocol };
    return this.#inputs.evaluator.connection(query).value === "allow";
  }

  #serverPlace(template: StandInTemplate): Omit<Check, "id" | "purpose" | "source"> {
    const id = this.#draft.standIn(template, "control", { serves: template.ports });
    return {
      to: { kind: "stand-in", standIn: id },
      port: CONTROL_PORT.port,
      kind: "tcp",
      listener: `stand-in ${id}:${CONTROL_PORT.port}/TCP`,
      timeoutMs: this.#inputs.timeoutMs,
      readiness: { grade: "running", detail: "a control of our own" },
    };
  }

  #dnsPlace(): Omit<Check, "id" | "purpose" | "source"> | undefined {
    const target = dnsTarget(this.#inputs.snapshot);
    if (target.backends.length === 0) return undefined;
    return {
      to: { kind: "dns", backends: checkBackends(target.backends, "UDP") },
      port: target.port,
      kind: "dns-udp",
      listener: "dns/UDP",
      timeoutMs: this.#inputs.timeoutMs,
      answers: true,
      readiness: { grade: "none", detail: "not asked" },
    };
  }

  #usable(): PlanDraft["standIns"] {
    return this.#draft.standIns.filter((standIn) => standIn.refused === undefined);
  }

  /** The same object for the same stand-in: the evaluator remembers with it what policies select. */
  #end(id: string): PodEnd {
    const { template } = this.#draft.find(id);
    const known = this.#inputs.ends?.get(id) ?? this.#ends.get(template);
    if (known !== undefined) return known;
    const end = templateEnd(id, template);
    this.#ends.set(template, end);
    return end;
  }

  #allowed(from: PodEnd, place: Pick<Check, "to" | "port" | "kind">): boolean {
    const end = (id: string): PodEnd => this.#end(id);
    return predictCheck(place, from, end, this.#inputs.evaluator).value === "allow";
  }

  #predict(check: Check): Prediction["value"] {
    const known = this.#predictions.get(check.id);
    if (known !== undefined) return known;
    const end = (id: string): PodEnd => this.#end(id);
    const { value } = predictCheck(check, this.#end(check.source), end, this.#inputs.evaluator);
    this.#predictions.set(check.id, value);
    return value;
  }
}

/** Inside the cluster: what is outside may be silent for reasons of its own. */
function isInside(check: Check): boolean {
  return (
    check.to.kind === "stand-in" || check.to.kind === "service" || check.to.kind === "dns" || isPod(check)
  );
}

function isPod(check: Check): boolean {
  return check.to.kind === "address" && check.to.end.kind === "pod";
}
