import type { FaultMutant } from "../fault-mutant.ts";

const CREATION_FAULT = "if (error instanceof ClusterError) return `the stand-in could not be created";

const ANSWER_LOST = 'const lost: Observation = { kind: "exec-error", reason: whyLost(result, parsed) };';
const SILENCE = 'const lost: Observation = { kind: "timeout", reason: whyLost(result, parsed) };';

/** What each hazard of test/e2e/hazards.test.ts is kept off by, switched off. */
export const HAZARD_MUTANTS: readonly FaultMutant[] = [
  {
    fault: "webhook refuses the pod",
    protection: "a pod that is refused is a stand-in with a problem, not the end of the run",
    file: "src/k8s/stand-ins.ts",
    original: CREATION_FAULT,
    mutated: CREATION_FAULT.replace("ClusterError)", 'ClusterError && error.kind !== "invalid")'),
  },
  {
    fault: "webhook does not answer",
    protection: "a fault of the API server in creating a pod is that stand-in's, not the run's",
    file: "src/k8s/stand-ins.ts",
    original: CREATION_FAULT,
    mutated: CREATION_FAULT.replace("ClusterError)", 'ClusterError && error.kind !== "server")'),
  },
  {
    fault: "webhook adds a container",
    protection: "injected containers are looked for",
    file: "src/k8s/stand-in-state.ts",
    original: "if (sidecars.length > 0) {",
    mutated: "if (sidecars.length > 9) {",
  },
  {
    fault: "webhook adds a label that a policy selects",
    protection: "predictions with and without the added labels are compared",
    file: "src/plan/added-labels.ts",
    original: "return value(standIn.end) !== value(meant);",
    mutated: "return value(meant) !== value(meant);",
  },
  {
    fault: "webhook adds a label that a policy selects",
    protection: "stand-ins that labels changed are not probed from",
    file: "src/cli/observe.ts",
    original: "crew.refuse(changedByLabels(draft.checks, crew.standIns, evaluator));",
    mutated: "changedByLabels(draft.checks, crew.standIns, evaluator);",
  },
  {
    fault: "webhook adds a readiness gate",
    protection: "readiness gates of others are looked for",
    file: "src/k8s/stand-in-state.ts",
    original: "if (others.length > 0)",
    mutated: "if (others.length > 9)",
  },
  {
    fault: "webhook removes the readiness gate",
    protection: "our own readiness gate is looked for",
    file: "src/k8s/stand-in-state.ts",
    original: "if (!gates.includes(READINESS_GATE))",
    mutated: "if (gates.length > 9)",
  },
  {
    fault: "a sandbox that cannot be made, for want of memory",
    protection: "what does not run in time has a problem",
    file: "src/k8s/stand-ins.ts",
    original: "done.push(failed(planned, runId, lateReason(lastPods.get(key), startupMs)));",
    mutated: "done.push(standIn(planned, lastPods.get(key) as Pod, nodeIps, now()));",
  },
  {
    fault: "a sandbox that cannot be made, for want of memory",
    protection: "stand-ins are waited for as long as the user says, and no longer",
    file: "src/k8s/stand-ins.ts",
    original: "const until = now() + startupMs;",
    mutated: "const until = now() + startupMs * 10;",
  },
  {
    fault: "no node for the pod",
    protection: "what the scheduler says is told",
    file: "src/k8s/stand-ins.ts",
    original: 'c.type === "PodScheduled" && c.status === "False"',
    mutated: 'c.type === "PodScheduled" && c.status === "Never"',
  },
  {
    fault: "no node for the pod",
    protection: "what does not run in time has a problem",
    file: "src/k8s/stand-ins.ts",
    original: "done.push(failed(planned, runId, lateReason(lastPods.get(key), startupMs)));",
    mutated: "done.push(standIn(planned, lastPods.get(key) as Pod, nodeIps, now()));",
  },
  {
    fault: "webhook adds a finalizer",
    protection: "added finalizers are looked for",
    file: "src/k8s/stand-in-state.ts",
    original: "if (finalizers.length > 0)",
    mutated: "if (finalizers.length > 9)",
  },
  {
    fault: "webhook adds a finalizer",
    protection: "what finalizers hold after its removal is told",
    file: "src/k8s/clean-up.ts",
    original: "if (held.length > 0) {",
    mutated: "if (held.length > 9) {",
  },
  {
    fault: "image cannot be pulled",
    protection: "states that waiting does not mend are known",
    file: "src/k8s/stand-in-state.ts",
    original: "HOPELESS.has(waiting.reason)",
    mutated: 'HOPELESS.has(waiting.message ?? "")',
  },
  {
    fault: "stand-in evicted in mid-run",
    protection: "an answer that was lost is none",
    file: "src/probe/exec-batch.ts",
    original: ANSWER_LOST,
    mutated: SILENCE,
  },
  {
    fault: "stand-in evicted in mid-run",
    protection: "what became of a stand-in that does not answer is told",
    file: "src/k8s/stand-in-state.ts",
    original: 'if (pod === undefined) return "is gone: evicted, drained, or removed by somebody";',
    mutated: "if (pod === undefined) return undefined;",
  },
  {
    fault: "stand-in out of memory in mid-run",
    protection: "an answer that was lost is none",
    file: "src/probe/exec-batch.ts",
    original: ANSWER_LOST,
    mutated: SILENCE,
  },
  {
    fault: "stand-in out of memory in mid-run",
    protection: "how a stand-in ended is told",
    file: "src/k8s/stand-in-state.ts",
    original: "return [status?.phase, status?.reason, status?.message, ended?.reason, ended?.message]",
    mutated: "return [status?.phase, status?.reason, status?.message]",
  },
  {
    fault: "namespace being deleted",
    protection: "a namespace that takes nothing is its stand-ins' fault, not the run's",
    file: "src/k8s/stand-ins.ts",
    original: "    try {\n      const owner = await this.#chain(namespace);",
    mutated: "    const owner = await this.#chain(namespace);\n    try {",
  },
  {
    fault: "ambient mesh",
    protection: "the mesh's label on namespaces is read",
    file: "src/resolve/mesh.ts",
    original: "source.template.labels[AMBIENT_LABEL] ?? labels.get(namespace)?.[AMBIENT_LABEL];",
    mutated: "source.template.labels[AMBIENT_LABEL];",
  },
  {
    fault: "mesh sidecar",
    protection: "the pods of targets are looked at",
    file: "src/resolve/mesh.ts",
    original: 'target.kind === "pod" ? [target.pod] : []',
    mutated: "[]",
  },
];

/** What each fault of test/e2e/faults.test.ts is kept off by, switched off. */
export const CLUSTER_FAULT_MUTANTS: readonly FaultMutant[] = [
  {
    fault: "token rotated in mid-run",
    protection: "refused credentials are forgotten, and the token file is read anew",
    file: "src/k8s/credentials.ts",
    original: "pending = undefined;\n      config = create();",
    mutated: "pending = undefined;",
  },
  {
    fault: "token rotated in mid-run",
    protection: "an exec whose credentials were refused is tried with new ones",
    file: "src/k8s/exec.ts",
    original: "if (tried.unauthorized !== true || renewed) return tried;",
    mutated: "if (tried.unauthorized !== true || !renewed) return tried;",
  },
  {
    fault: "kubelet restarts in mid-run",
    protection: "what could not be observed is undecided, not failed",
    file: "src/verdict/judge.ts",
    original: 'verdict: "inconclusive",\n        cause: "tool",',
    mutated: 'verdict: "fail",\n        cause: "tool",',
  },
  {
    fault: "API server restarts in mid-run",
    protection: "an API server that has answered once is waited for",
    file: "src/k8s/request.ts",
    original: "const most = dependencies.known ? MAX_OUTAGE_TRIES : MAX_FIRST_TRIES;",
    mutated: "const most = MAX_FIRST_TRIES;",
  },
  {
    fault: "API server gone for good",
    protection: "what stays, and how it goes, is told",
    file: "src/cli/stand-in-crew.ts",
    original: "if (lines.length > 0) warn(whatStays);\n      else progress.done",
    mutated: "if (lines.length === 0) progress.done",
  },
  {
    fault: "node of the sources lost in mid-run",
    protection: "an answer that was lost is none",
    file: "src/probe/exec-batch.ts",
    original: ANSWER_LOST,
    mutated: SILENCE,
  },
  {
    fault: "node of the target dead",
    protection: "readiness that a dead node's kubelet reported is not believed",
    file: "src/verdict/proofs.ts",
    original: "const silent = readinessNodes.find((node) => !this.#alive.has(node));",
    mutated: 'const silent = readinessNodes.find((node) => node === "");',
  },
];
