import type { Prediction } from "../../src/model/prediction.ts";
import type { FlowReport, RunReport, TargetReport } from "../../src/model/report.ts";
import {
  attempt,
  buildFlow,
  buildPrediction,
  buildReport,
  buildTarget,
  type Given,
  policyRef,
  SCENARIO,
  STAND_INS,
  trace,
  UNPROVEN,
} from "./build-report.ts";

const POD = "staging/database-6b7c9d5f44-x2x8q";

/** The mistake of scenarios/three-tier-broken: the database's policy asks for `tier: back-end`. */
export const DENIED_BY_LABEL: Prediction = buildPrediction({
  egress: trace({
    direction: "egress",
    subject: "staging/netverdict-7f3a2b1-s2",
    isolatedBy: [policyRef("allow-dns", undefined, 15), policyRef("backend-policy", undefined, 64)],
    allowedBy: policyRef("backend-policy", "spec.egress[0]", 84),
    reason: `policy staging/backend-policy allows TCP 5432 to ${POD} (spec.egress[0])`,
  }),
  ingress: trace({
    direction: "ingress",
    value: "deny",
    subject: POD,
    isolatedBy: [policyRef("database-policy", undefined, 94), policyRef("default-deny-all", undefined, 2)],
    nearest: {
      rule: policyRef("database-policy", "spec.ingress[0]", 105),
      condition: policyRef("database-policy", "spec.ingress[0].from[0].podSelector.matchLabels.tier", 108),
      text: "label tier=back-end wanted, pod has tier=backend",
    },
    reason: `policies staging/database-policy and staging/default-deny-all isolate ${POD} for ingress and no rule allows TCP 5432 from staging/netverdict-7f3a2b1-s2`,
  }),
});

/** The same on a live cluster, where objects have no lines, with a third policy and no rule that comes near. */
const DENIED_LIVE: Prediction = buildPrediction({
  egress: trace({
    direction: "egress",
    value: "deny",
    subject: "staging/netverdict-7f3a2b1-s1",
    isolatedBy: [policyRef("allow-dns"), policyRef("default-deny-all"), policyRef("frontend-policy")],
    nearest: {
      rule: policyRef("frontend-policy", "spec.egress[0]"),
      condition: policyRef("frontend-policy", "spec.egress[0].ports[0].port"),
      text: "port 8080 wanted, flow asks 5432",
    },
    reason: `policies staging/allow-dns, staging/default-deny-all and 1 more isolate staging/netverdict-7f3a2b1-s1 for egress and no rule allows TCP 5432 to ${POD}`,
  }),
  ingress: trace({
    direction: "ingress",
    value: "deny",
    subject: POD,
    isolatedBy: [policyRef("database-policy")],
    reason: `policy staging/database-policy isolates ${POD} for ingress and no rule allows TCP 5432 from staging/netverdict-7f3a2b1-s1`,
  }),
});

const TO_ITSELF: Prediction = buildPrediction({
  value: "undetermined",
  openPoint: "S33",
  reason:
    "the rules do not allow it, but networks differ on whether they apply to a pod's traffic to itself (S33)",
  egress: trace({
    direction: "egress",
    value: "undetermined",
    subject: POD,
    isolatedBy: [policyRef("default-deny-all")],
    undetermined:
      "the rules do not allow it, but networks differ on whether they apply to a pod's traffic to itself (S33)",
    reason:
      "the rules do not allow it, but networks differ on whether they apply to a pod's traffic to itself (S33)",
  }),
  ingress: trace({ direction: "ingress", subject: POD }),
});

const SILENT: Given<TargetReport> = {
  observed: "timeout",
  observation: "Connection timed out",
  durationMs: 2004,
  output: "nc: 10.42.1.7 (10.42.1.7:5432): Connection timed out\nsent 0, rcvd 0",
};

let line = 17;

function flow(given: Given<FlowReport>, target: Given<TargetReport> = {}): FlowReport {
  line += 1;
  return buildFlow({ position: { file: SCENARIO, line, column: 5 }, ...given }, target);
}

const NOT_POLICY =
  "blocked, but not by NetworkPolicy (no policy isolates staging/frontend for egress; no policy isolates staging/backend-5c8d7 for ingress): do not rely on it";
const FILTERS = "cloud firewall, host firewall, service mesh, a policy kind that is not read";

const SERVICE_TARGETS: readonly TargetReport[] = [
  buildTarget({
    ...SILENT,
    target: "ClusterIP 10.96.3.4 of Service staging/postgresql-service",
    address: "10.96.3.4",
    prediction: DENIED_BY_LABEL,
    attempts: [attempt("timeout", 100)],
    verdict: "fail",
    cause: "policy",
    reason: `the policies forbid it: ${DENIED_BY_LABEL.reason}`,
    advice: `ingress: nearest rule is spec.ingress[0] of policy staging/database-policy: label tier=back-end wanted, pod has tier=backend`,
    pod: undefined,
    output: "nc: 10.96.3.4 (10.96.3.4:5432): Connection timed out\nsent 0, rcvd 0",
  }),
  buildTarget({
    ...SILENT,
    target: `pod ${POD} behind Service staging/postgresql-service`,
    prediction: DENIED_BY_LABEL,
    verdict: "fail",
    cause: "policy",
    reason: `the policies forbid it: ${DENIED_BY_LABEL.reason}`,
  }),
  buildTarget({ target: "pod staging/database-6b7c9d5f44-zzzzz behind Service staging/postgresql-service" }),
];

export const FLOWS: readonly FlowReport[] = [
  flow(
    {
      id: "staging/frontend -> http://staging/backend:8080/",
      from: "frontend",
      to: "backend",
      port: 8080,
      application: "http",
    },
    {
      target: "pod staging/backend-5c8d7",
      port: 8080,
      attempts: [attempt("timeout", 100), attempt("timeout", 2200, 2), attempt("connected", 3200, 3)],
    },
  ),
  flow(
    { name: "the backend has its database" },
    {
      ...SILENT,
      prediction: DENIED_BY_LABEL,
      attempts: [attempt("timeout", 100)],
      verdict: "fail",
      cause: "policy",
      reason: `the policies forbid it: ${DENIED_BY_LABEL.reason}`,
      advice: `ingress: nearest rule is spec.ingress[0] of policy staging/database-policy: label tier=back-end wanted, pod has tier=backend`,
    },
  ),
  flow({
    id: "staging/backend -> staging/db-service:*",
    to: "db-service",
    port: null,
    targets: SERVICE_TARGETS,
  }),
  flow(
    {
      id: "staging/frontend -> staging/database:5432/TCP",
      from: "frontend",
      expected: "deny",
      prediction: "disagrees",
    },
    {
      prediction: DENIED_LIVE,
      attempts: [attempt("connected", 100), attempt("connected", 20_100, 9)],
      verdict: "fail",
      cause: "enforcement",
      reason: `it works although the policies forbid it: ${DENIED_LIVE.reason}`,
      advice:
        "the network does not do what the policies say: check that the cluster's network plugin enforces NetworkPolicy on both nodes; or policies that are not read decide here (3 CiliumNetworkPolicy)",
    },
  ),
  flow(
    {
      id: "default/outsider -> staging/backend:8080/TCP",
      from: "outsider",
      to: "backend",
      port: 8080,
      expected: "deny",
    },
    {
      target: "pod staging/backend-5c8d7",
      port: 8080,
      verdict: "fail",
      cause: "policy",
      reason:
        "no policy stops it: no policy isolates staging/frontend for egress; no policy isolates staging/backend-5c8d7 for ingress",
      advice:
        "no policy selects staging/backend-5c8d7 for ingress; no policy selects staging/frontend for egress: one of the two directions must deny it",
    },
  ),
  flow(
    { id: "staging/backend -> staging/cache:6379/TCP", to: "cache", port: 6379 },
    {
      ...SILENT,
      target: "pod staging/cache-0",
      port: 6379,
      observed: "refused",
      observation: "Connection refused",
      durationMs: 1,
      output: "nc: 10.42.1.9 (10.42.1.9:6379): Connection refused",
      address: "10.42.1.9",
      verdict: "fail",
      cause: "application",
      evidence: UNPROVEN,
      reason:
        "the policies allow it (no policy isolates staging/frontend for egress; no policy isolates staging/backend-5c8d7 for ingress), but the packet came back refused: nothing listens there, or something else rejects it",
      advice: `check that the server is up and listens on that port; if it does, enforcement, or another filter: ${FILTERS}`,
    },
  ),
  flow(
    { id: "staging/backend -> api.example.com:443/TCP", to: "api.example.com", port: 443 },
    {
      target: "api.example.com",
      pod: undefined,
      address: "api.example.com",
      port: 443,
      observed: "dns-failure",
      observation: "bad address 'api.example.com'",
      durationMs: 5003,
      output: "nc: bad address 'api.example.com'",
      verdict: "fail",
      cause: "dns",
      reason: "the name did not resolve: bad address 'api.example.com'",
      advice: "check that the name is right and that the cluster's DNS answers",
    },
  ),
  flow(
    { id: "staging/database -> staging/database:5432/TCP", from: "database" },
    {
      ...SILENT,
      prediction: TO_ITSELF,
      verdict: "fail",
      cause: "open-point",
      reason: `it is blocked, and the API leaves open whether it should be: ${TO_ITSELF.reason}`,
      advice:
        "implementations differ here (S33): write the policy so that it does not depend on it, or expect what your network plugin does",
    },
  ),
  flow(
    {
      id: "staging/stranger -> staging/database:postgres/TCP",
      from: "stranger",
      port: "postgres",
      expected: "deny",
    },
    {
      ...SILENT,
      prediction: DENIED_LIVE,
      evidence: UNPROVEN,
      verdict: "inconclusive",
      cause: "evidence",
      reason:
        "nothing answered, and there is no proof that anything listens there (the pod runs, and is not Ready); no proof that the source's own network works (staging/netverdict-7f3a2b1-s2 (backend) reached nothing at all in this run)",
      advice:
        "add a flow that is meant to reach the same port, give the target a readinessProbe on it, or use a stand-in (standIn: true); add a flow that this source is meant to have (its DNS, say), or name a namespace without policies by --control-namespace",
    },
  ),
  flow(
    { id: "staging/backend -> staging/frontend:80/TCP", to: "frontend", port: 80, expected: "deny" },
    {
      target: "pod staging/frontend-7d9f6c5b8-k4k4k",
      address: "fd00:10:42::9",
      port: 80,
      observed: "exec-error",
      observation: 'forbidden: cannot create resource "pods/exec" in namespace "staging"',
      attempts: [attempt("exec-error", 100)],
      prediction: DENIED_LIVE,
      verdict: "inconclusive",
      cause: "tool",
      reason:
        'the flow could not be observed: forbidden: cannot create resource "pods/exec" in namespace "staging"',
      advice:
        "run it again; if it stays, try the command below by hand (exec needs get and create on pods/exec)",
    },
  ),
  flow({
    id: "staging/backend -> staging/queue:132/SCTP",
    to: "queue",
    port: 132,
    protocol: "SCTP",
    prediction: "undetermined",
    targets: [],
    verdict: "inconclusive",
    cause: "scenario",
    reason: "busybox has no SCTP: this flow can only be predicted",
    advice: "say observe: false",
  }),
  flow(
    {
      id: "default/outsider -> staging/database:5432/TCP",
      from: "outsider",
      expected: "deny",
      prediction: "disagrees",
    },
    {
      ...SILENT,
      verdict: "pass",
      reason: NOT_POLICY,
      advice: `enforcement, or another filter blocks it: ${FILTERS}`,
    },
  ),
  flow(
    {
      id: "staging/frontend -> dns:53/UDP",
      from: "frontend",
      to: "dns",
      port: 53,
      protocol: "UDP",
      application: "dns",
    },
    { target: "DNS kube-system/kube-dns", port: 53, address: undefined, pod: undefined },
  ),
  flow({
    id: "staging/backend -> 10.0.0.0/8:443/TCP",
    to: "10.0.0.0/8",
    port: 443,
    targets: [],
    prediction: "undetermined",
    verdict: "skipped",
    reason: "the scenario says observe: false",
  }),
  flow(
    {
      id: "staging/backend -> staging/cache:6379/TCP",
      to: "cache",
      port: 6379,
      rechecked: "NetworkPolicy staging/cache-policy changed",
    },
    {
      ...SILENT,
      target: "pod staging/cache-0",
      port: 6379,
      attempts: [attempt("connected", 100), attempt("timeout", 2200, 2), attempt("connected", 4300, 3)],
      observed: "connected",
      observation: "connected",
      verdict: "inconclusive",
      cause: "flapping",
      reason: "the answers changed to and fro until the settle time was over",
      advice:
        "look whether several things answer at that address, or the network plugin is still busy; a longer --settle gives it time",
    },
  ),
];

/** A run in which everything happened that can. */
export const RICH: RunReport = buildReport({
  flows: FLOWS,
  enforcement: {
    canary: "auto",
    namespace: "default",
    grade: "failed",
    nodes: [
      {
        node: "node1",
        grade: "proven",
        detail: "a policy of our own was enforced in both directions, before the flows were judged and after",
        heldAfterMs: 1240,
        fresh: "open",
      },
      {
        node: "node2",
        grade: "failed",
        detail: "not enforced: ingress; a connection that the canary's policy denies was made",
      },
      {
        node: "node3",
        grade: "not-proven",
        detail: "its canary could not be used: the stand-in was not scheduled within 60 s",
      },
    ],
  },
  policies: {
    networkPolicies: 5,
    foreign: [
      { group: "cilium.io", kind: "CiliumNetworkPolicy", count: 3 },
      { group: "policy.networking.k8s.io", kind: "AdminNetworkPolicy", count: undefined },
    ],
    unread: [
      {
        resource: "nodes",
        readNamespaces: [],
        reason: "forbidden: cannot list nodes",
      },
      {
        resource: "networkpolicies",
        namespace: "monitoring",
        reason: 'forbidden: cannot list networkpolicies in namespace "monitoring"',
      },
    ],
  },
  standIns: [
    ...STAND_INS,
    {
      namespace: "staging",
      name: "netverdict-7f3a2b1-s3",
      display: "stranger",
      role: "source",
      labels: { app: "stranger" },
      problem: 'not running after 60 s: ImagePullBackOff: Back-off pulling image "busybox:1.35"',
    },
    {
      namespace: "default",
      name: "netverdict-7f3a2b1-s4",
      display: "outsider",
      role: "source",
      labels: { app: "outsider" },
      problem: 'not running after 60 s: ImagePullBackOff: Back-off pulling image "busybox:1.35"',
    },
  ],
  problems: [
    {
      severity: "warning",
      message:
        "the stand-in for frontend does not speak for pod frontend-old-1: staging/frontend -> staging/database:5432/TCP is deny for the one and allow for the other",
      hint: "the pod differs by label release=old",
      position: { file: SCENARIO, line: 8, column: 3 },
    },
    { severity: "error", message: "the clean-up of an earlier run is not done", hint: "netverdict clean" },
  ],
});

/** The sample of the design: one flow of each kind that matters. */
export const SMALL: RunReport = buildReport({
  flows: [FLOWS[12], FLOWS[1], FLOWS[9]].filter((one) => one !== undefined),
});

/** Nothing was probed: expected against predicted, from manifests. */
export const PREDICTED: RunReport = predictReport();

function predictReport(): RunReport {
  return buildReport({
    mode: "predict",
    runId: undefined,
    cluster: undefined,
    requests: undefined,
    manifests: ["scenarios/three-tier-broken/manifests"],
    settings: {},
    standIns: [],
    phases: [
      { name: "reading", durationMs: 61 },
      { name: "predicting", durationMs: 4 },
    ],
    durationMs: 70,
    flows: FLOWS.slice(0, 2).map(unobserved),
  });
}

function unobserved(flow: FlowReport): FlowReport {
  const targets = flow.targets.map((target) =>
    buildTarget({
      ...target,
      address: undefined,
      source: undefined,
      pod: undefined,
      observed: undefined,
      observation: undefined,
      durationMs: undefined,
      output: undefined,
      attempts: [],
      evidence: undefined,
      command: undefined,
    }),
  );
  return buildFlow({ ...flow, observed: null, prediction: "undetermined", targets });
}
