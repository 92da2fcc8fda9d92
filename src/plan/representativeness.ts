import type { Pod } from "../model/kubernetes.ts";
import type { ResolvedFlow } from "../model/resolved.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Evaluator } from "../policy/evaluator.ts";
import { isProbeable, podEnd } from "../resolve/pods.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import { planFlows } from "./plan-flows.ts";
import { predictCheck } from "./predict-check.ts";
import { templateEnd } from "./template.ts";

/**
 * Real pods that a source's labels match but that the policies treat differently, since they carry more or other
 * labels (an old ReplicaSet's pods, say): the stand-in does not speak for them. One warning per endpoint and pod.
 */
export function unrepresented(
  flows: readonly ResolvedFlow[],
  snapshot: Snapshot,
  evaluator: Evaluator,
): readonly Diagnostic[] {
  const draft = planFlows(flows, snapshot);
  const endOf = (id: string) => templateEnd(id, draft.find(id).template);
  const warnings = new Map<string, Diagnostic>();
  for (const check of draft.checks) {
    const resolved = check.flow === undefined ? undefined : flows[check.flow];
    if (resolved === undefined || resolved.source.kind !== "stand-in") continue;
    const { template, realPods } = resolved.source;
    if (realPods.length === 0) continue;
    const ours = predictCheck(check, endOf(check.source), endOf, evaluator).value;
    for (const pod of realPods) {
      const key = `${resolved.flow.from.name} ${pod.metadata.name}`;
      if (warnings.has(key) || !isProbeable(pod) || pod.spec.hostNetwork === true) continue;
      const theirs = predictCheck(check, podEnd(pod, snapshot.nodes), endOf, evaluator).value;
      if (theirs === ours || theirs === "undetermined" || ours === "undetermined") continue;
      warnings.set(key, {
        severity: "warning",
        range: resolved.flow.from.range,
        message: `the stand-in for ${resolved.flow.from.name} does not speak for pod ${pod.metadata.name}: ${resolved.flow.id} is ${ours} for the one and ${theirs} for the other`,
        hint: `the pod differs by ${labelDifference(template.labels, pod)}`,
      });
    }
  }
  return [...warnings.values()];
}

function labelDifference(labels: Readonly<Record<string, string>>, pod: Pod): string {
  const real = pod.metadata.labels ?? {};
  const keys = [...new Set([...Object.keys(labels), ...Object.keys(real)])].filter(
    (key) => labels[key] !== real[key],
  );
  return keys.map((key) => `label ${key}=${real[key] ?? "(none)"}`).join(", ");
}
