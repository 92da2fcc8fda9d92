import type { ResolvedFlow } from "../model/resolved.ts";
import type { Scenario } from "../model/scenario.ts";
import { type Snapshot, unreadIn } from "../model/snapshot.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import { nearest } from "../source/nearest.ts";
import { Findings } from "./findings.ts";
import { warnOfMeshes } from "./mesh.ts";
import { resolveSource } from "./source.ts";
import { type ResolveOptions, resolveTarget } from "./target.ts";

export interface Resolution {
  readonly flows: readonly ResolvedFlow[];
  /** Errors: an endpoint matches nothing. Warnings: a stand-in may not speak for real pods. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Finds the concrete ends of all flows in what the cluster or the manifests hold. */
export function resolveScenarios(
  scenarios: readonly Scenario[],
  snapshot: Snapshot,
  options: ResolveOptions,
): Resolution {
  const findings = new Findings();
  const namespaces = new Set(snapshot.namespaces.map((namespace) => namespace.metadata.name));
  // Manifests need not declare every namespace: what they do not declare carries no labels but its name (S14).
  const isMissing = (name: string): boolean =>
    snapshot.origin === "cluster" &&
    !namespaces.has(name) &&
    unreadIn(snapshot.unread, "namespaces", name) === undefined;
  const missing = new Set<string>();
  const flows: ResolvedFlow[] = [];
  for (const scenario of scenarios) {
    for (const endpoint of scenario.endpoints) {
      if (!("namespace" in endpoint) || !isMissing(endpoint.namespace) || missing.has(endpoint.namespace))
        continue;
      missing.add(endpoint.namespace);
      const similar = nearest(endpoint.namespace, namespaces);
      findings.error(
        endpoint.range,
        `there is no namespace ${endpoint.namespace}`,
        similar === undefined
          ? `${endpoint.name} is placed there; known: ${[...namespaces].sort().slice(0, 8).join(", ")}`
          : `${endpoint.name} is placed there; did you mean "${similar}"?`,
      );
    }
    for (const flow of scenario.flows) {
      // What is wrong with its namespace is said; nothing in it can be found.
      if ([flow.from, flow.to].some((end) => "namespace" in end && missing.has(end.namespace))) continue;
      const source = resolveSource(flow.from, snapshot, findings);
      const { targets, problem } = resolveTarget(flow, snapshot, findings, options);
      if (source === undefined) continue;
      const own = sourceProblem(source.kind) ?? protocolProblem(flow.protocol) ?? problem;
      flows.push({ flow, source, targets, ...(own === undefined ? {} : { problem: own }) });
    }
  }
  if (!options.predictOnly) warnOfMeshes(flows, snapshot, findings);
  return { flows, diagnostics: findings.diagnostics };
}

function sourceProblem(kind: ResolvedFlow["source"]["kind"]): ResolvedFlow["problem"] {
  switch (kind) {
    case "stand-in":
      return undefined;
    case "host-network":
      return {
        reason: "the source runs in its node's network: a stand-in cannot speak for it",
        advice: "say observe: false, or test it from the node itself",
      };
    case "address":
      return {
        reason: "an address outside the cluster cannot be probed from",
        advice: "say observe: false to predict only",
      };
    default: {
      const never: never = kind;
      throw new Error(`unhandled source ${String(never)}`);
    }
  }
}

function protocolProblem(protocol: string): ResolvedFlow["problem"] {
  return protocol === "SCTP"
    ? {
        reason: "busybox has no SCTP: this flow can only be predicted",
        advice: "say observe: false to predict only",
      }
    : undefined;
}
