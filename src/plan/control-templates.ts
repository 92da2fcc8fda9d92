import type { LabelSelector, Labels, NetworkPolicy, NetworkPolicyPeer } from "../model/kubernetes.ts";
import type { StandInTemplate } from "../model/resolved.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { isProbeable, namespaceOf } from "../resolve/pods.ts";
import { matchesSelector } from "../selectors/label-selector.ts";
import { templateKey } from "./template.ts";

/**
 * Labels that might be allowed to reach a target, the most harmless first: none at all in the control namespace,
 * those that a policy of the target's namespace asks for, those of real pods. The evaluator decides which will do.
 * @param targets the namespaces that the target's pods are in
 * @param namespaces where stand-ins of this run are made anyway
 */
export function controlTemplates(
  targets: ReadonlySet<string>,
  namespaces: ReadonlySet<string>,
  inputs: {
    readonly snapshot: Snapshot;
    readonly controlNamespace: string | undefined;
    readonly mayCreateIn?: (namespace: string) => boolean;
  },
): readonly StandInTemplate[] {
  const { snapshot, controlNamespace, mayCreateIn = () => true } = inputs;
  const templates: StandInTemplate[] = [];
  const add = (namespace: string, labels: Labels): void => {
    templates.push({ namespace, labels, ports: [], display: "control" });
  };
  if (controlNamespace !== undefined) add(controlNamespace, {});
  const allowed = new Set([...namespaces, ...[...targets].filter(mayCreateIn)]);
  for (const policy of snapshot.networkPolicies) {
    if (!targets.has(policy.metadata.namespace ?? "default")) continue;
    for (const peer of ingressPeers(policy)) {
      for (const namespace of peerNamespaces(peer, policy, snapshot)) {
        const labels = satisfying(peer.podSelector ?? {});
        if (allowed.has(namespace) && labels !== undefined) add(namespace, labels);
      }
    }
  }
  for (const pod of snapshot.pods) {
    if (isProbeable(pod) && pod.spec.hostNetwork !== true && allowed.has(namespaceOf(pod))) {
      add(namespaceOf(pod), pod.metadata.labels ?? {});
    }
  }
  return [...new Map(templates.map((template) => [templateKey(template), template])).values()];
}

function ingressPeers(policy: NetworkPolicy): readonly NetworkPolicyPeer[] {
  const rules = policy.spec?.ingress ?? [];
  return rules.flatMap((rule) => rule?.from ?? []).filter((peer) => peer !== null && peer !== undefined);
}

function peerNamespaces(
  peer: NetworkPolicyPeer,
  policy: NetworkPolicy,
  snapshot: Snapshot,
): readonly string[] {
  if ((peer.ipBlock ?? undefined) !== undefined) return [];
  const selector = peer.namespaceSelector ?? undefined;
  if (selector === undefined) return [policy.metadata.namespace ?? "default"];
  return snapshot.namespaces
    .filter((namespace) => matchesSelector(selector, namespace.metadata.labels ?? {}))
    .map((namespace) => namespace.metadata.name);
}

/** The fewest labels that a selector matches; undefined where it asks for what cannot be. */
function satisfying(selector: LabelSelector): Labels | undefined {
  const labels: Record<string, string> = { ...selector.matchLabels };
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    if (operator === "In" && labels[key] === undefined) labels[key] = values?.[0] ?? "";
    if (operator === "Exists" && labels[key] === undefined) labels[key] = "";
  }
  return matchesSelector(selector, labels) ? labels : undefined;
}
