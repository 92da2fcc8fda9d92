import type { Attempt, ObservationKind } from "../../src/model/observation.ts";
import type { DirectionTrace, PolicyRef, Prediction } from "../../src/model/prediction.ts";
import type {
  Evidence,
  FlowReport,
  PodReport,
  RunReport,
  StandInReport,
  TargetReport,
} from "../../src/model/report.ts";
import { exitCode, summarise } from "../../src/verdict/exit-code.ts";

/** Everything that may be left to a default; what is given wins, and undefined takes a default away. */
export type Given<Item> = { readonly [Key in keyof Item]?: Item[Key] | undefined };

function merge<Item extends object>(defaults: Item, given: Given<Item>): Item {
  const merged = { ...defaults, ...given };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined)) as Item;
}

export const SCENARIO = "scenarios/three-tier-broken/scenario.yaml";
export const POLICIES = "scenarios/three-tier-broken/manifests/policies.yaml";

export function policyRef(name: string, path?: string, line?: number): PolicyRef {
  return {
    kind: "NetworkPolicy",
    namespace: "staging",
    name,
    ...(path === undefined ? {} : { path }),
    ...(line === undefined ? {} : { position: { file: POLICIES, line, column: 5 } }),
  };
}

export function trace(given: Given<DirectionTrace> & Pick<DirectionTrace, "direction">): DirectionTrace {
  const defaults: DirectionTrace = {
    direction: given.direction ?? "ingress",
    value: "allow",
    subject: "staging/pod",
    isolatedBy: [],
    reason: `no policy isolates ${given.subject ?? "staging/pod"} for ${given.direction}`,
  };
  return merge(defaults, given);
}

export function buildPrediction(given: Given<Prediction> = {}): Prediction {
  const egress = given.egress ?? trace({ direction: "egress", subject: "staging/frontend" });
  const ingress = given.ingress ?? trace({ direction: "ingress", subject: "staging/backend-5c8d7" });
  const values = [egress.value, ingress.value];
  const value = values.includes("deny") ? "deny" : values.includes("undetermined") ? "undetermined" : "allow";
  const deciding = [egress, ingress].filter((direction) => direction.value === value);
  return merge({ value, reason: deciding.map(({ reason }) => reason).join("; "), egress, ingress }, given);
}

export function attempt(kind: ObservationKind, atMs: number, round = 1): Attempt {
  return { round, atMs, observation: { kind, reason: kind, durationMs: 2 } };
}

export const SOURCE: PodReport = {
  namespace: "staging",
  name: "netverdict-7f3a2b1-s2",
  node: "node-a",
  ip: "10.42.0.31",
};

export const DATABASE: PodReport = {
  namespace: "staging",
  name: "database-6b7c9d5f44-x2x8q",
  node: "node-b",
  ip: "10.42.1.7",
};

export const PROVEN: Evidence = {
  listener: { grade: "kubelet", detail: "Ready, and its readinessProbe connects to TCP 5432" },
  source: {
    grade: "connected",
    detail: "staging/netverdict-7f3a2b1-s2 (backend) reached DNS kube-system/kube-dns:53/UDP",
  },
};

export const UNPROVEN: Evidence = {
  listener: { grade: "running", detail: "the pod runs, and is not Ready" },
  source: {
    grade: "none",
    detail: "staging/netverdict-7f3a2b1-s2 (backend) reached nothing at all in this run",
  },
};

export function buildTarget(given: Given<TargetReport> = {}): TargetReport {
  const prediction = given.prediction ?? buildPrediction();
  const observed = given.observed ?? "connected";
  const { address = "10.42.1.7", port = 5432 } = given;
  const defaults: TargetReport = {
    target: "pod staging/database-6b7c9d5f44-x2x8q",
    address,
    port,
    source: SOURCE,
    pod: DATABASE,
    predicted: prediction.value,
    prediction,
    observed,
    observation: `${address} (${address}:${port}) open`,
    durationMs: 3,
    attempts: [attempt(observed, 100)],
    evidence: PROVEN,
    verdict: "pass",
    reason: `connected as expected: ${prediction.reason}`,
    command: `kubectl exec -n staging netverdict-7f3a2b1-s2 -- nc -z -vv -w 2 ${address} ${port}`,
  };
  return merge(defaults, given);
}

/** A flow with one target that decides it, unless other targets are given. */
export function buildFlow(given: Given<FlowReport> = {}, target: Given<TargetReport> = {}): FlowReport {
  const targets = given.targets ?? [buildTarget(target)];
  const decidedBy = targets.length === 0 ? undefined : (given.decidedBy ?? 0);
  const deciding = decidedBy === undefined ? undefined : targets[decidedBy];
  const defaults: FlowReport = {
    id: "staging/backend -> staging/database:5432/TCP",
    scenario: "three-tier-broken",
    position: { file: SCENARIO, line: 18, column: 5 },
    from: "backend",
    to: "database",
    port: 5432,
    protocol: "TCP",
    application: "connect",
    expected: "allow",
    predicted: deciding?.predicted ?? "undetermined",
    observed: deciding?.observed ?? null,
    prediction: "agrees",
    verdict: deciding?.verdict ?? "inconclusive",
    ...(deciding?.cause === undefined ? {} : { cause: deciding.cause }),
    reason: deciding?.reason ?? "there is nothing to ask",
    ...(deciding?.advice === undefined ? {} : { advice: deciding.advice }),
    ...(decidedBy === undefined ? {} : { decidedBy }),
    targets,
  };
  return merge(defaults, given);
}

export const STAND_INS: readonly StandInReport[] = [
  { ...SOURCE, display: "backend", role: "source", labels: { app: "backend-api", tier: "backend" } },
  {
    namespace: "staging",
    name: "netverdict-7f3a2b1-s1",
    node: "node-a",
    ip: "10.42.0.30",
    display: "frontend",
    role: "source",
    labels: { app: "nginx", tier: "frontend" },
  },
];

/** A run of the given flows; counts and exit code follow from them. */
export function buildReport(given: Given<RunReport> = {}): RunReport {
  const flows = given.flows ?? [buildFlow()];
  const summary = summarise(flows);
  const defaults: RunReport = {
    apiVersion: "netverdict.dev/v1alpha1",
    kind: "RunReport",
    mode: "run",
    version: "0.1.0",
    runId: "7f3a2b1",
    startedAt: "2026-11-21T03:00:00.000Z",
    durationMs: 6100,
    cluster: { server: "https://10.0.0.1:6443", context: "staging-admin", version: "v1.36.3" },
    settings: { settleMs: 20_000, probeImage: "busybox:1.35", strict: false, allowUnenforced: false },
    scenarios: [{ name: "three-tier-broken", file: SCENARIO, annotations: { controls: "PCI-DSS 1.3.1" } }],
    policies: { networkPolicies: 5, foreign: [], unread: [] },
    standIns: STAND_INS,
    phases: [
      { name: "snapshot", durationMs: 210 },
      { name: "stand-ins", durationMs: 2100 },
      { name: "probing", durationMs: 2300 },
      { name: "clean-up", durationMs: 400 },
    ],
    requests: { api: 41, exec: 12, byKind: { "list pods": 3, "create pods": 6, "get pods": 32 } },
    problems: [],
    flows,
    summary,
    exitCode: exitCode({ summary, problems: given.problems ?? [] }),
  };
  return merge(defaults, given);
}
