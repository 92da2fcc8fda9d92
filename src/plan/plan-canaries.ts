import { CANARY_LABEL, CANARY_POLICY, CANARY_PORTS } from "../model/canary.ts";
import type { NetworkPolicy } from "../model/kubernetes.ts";
import type { Check } from "../model/plan.ts";
import type { PredictionValue } from "../model/prediction.ts";
import type { StandInTemplate } from "../model/resolved.ts";
import type { EndpointPort } from "../model/scenario.ts";
import type { Evaluator } from "../policy/evaluator.ts";
import type { PlanDraft } from "./plan-draft.ts";
import { templateEnd } from "./template.ts";

/** Between pods on one node, with a server that is known to run, an answer that has not come by then does not come. */
const TIMEOUT_MS = 1000;

const PORTS: readonly (EndpointPort & { readonly prediction: PredictionValue })[] = [
  { port: CANARY_PORTS.allowed, protocol: "TCP", serve: "tcp", prediction: "allow" },
  { port: CANARY_PORTS.deniedByIngress, protocol: "TCP", serve: "tcp", prediction: "deny" },
  { port: CANARY_PORTS.deniedByEgress, protocol: "TCP", serve: "tcp", prediction: "deny" },
];

/** The policy of the canaries, as the evaluator is to see it and as it is created. */
export function canaryPolicy(namespace: string, name: string): NetworkPolicy {
  return { metadata: { namespace, name }, spec: CANARY_POLICY };
}

/**
 * Whether canaries in a namespace would tell: with `canaryPolicy` in force, what else is there neither opens the ports
 * that they are denied nor closes the one that they are allowed.
 */
export function canaryTells(namespace: string, evaluatorWithPolicy: Evaluator): boolean {
  const template = canaryTemplate(namespace, "any node", PORTS);
  const from = templateEnd("canary client", template);
  const to = templateEnd("canary server", template);
  return PORTS.every(
    ({ port, protocol, prediction }) =>
      evaluatorWithPolicy.connection({ from, to, port, protocol }).value === prediction,
  );
}

/** Adds a canary for each node: a server and a client on it, what they must and must not reach. */
export function planCanaries(draft: PlanDraft, namespace: string, nodes: Iterable<string>): void {
  for (const node of nodes) {
    const server = draft.standIn(canaryTemplate(namespace, node, PORTS), "canary", { serves: PORTS, node });
    const client = draft.standIn(canaryTemplate(namespace, node, []), "canary", { node, twin: true });
    for (const { port } of PORTS) {
      const place: Omit<Check, "id" | "purpose" | "source"> = {
        canaryNode: node,
        to: { kind: "stand-in", standIn: server },
        port,
        kind: "tcp",
        listener: `stand-in ${server}:${port}/TCP`,
        timeoutMs: TIMEOUT_MS,
        readiness: { grade: "running", detail: "a canary of our own" },
      };
      draft.check({ ...place, purpose: "canary", source: client });
      draft.check({ ...place, purpose: "self", source: server });
    }
  }
}

function canaryTemplate(namespace: string, node: string, ports: readonly EndpointPort[]): StandInTemplate {
  return { namespace, labels: { [CANARY_LABEL]: "true" }, ports, display: `canary on ${node}` };
}
