import type { KubernetesObject } from "../model/kubernetes.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { nearest } from "../source/nearest.ts";
import { finding } from "./check.ts";
import type { Draft, ObjectRef } from "./finding.ts";
import { isRuleId, RULE_IDS } from "./rules.ts";

/** On a policy: ids of findings about it that are not wanted, separated by commas. */
export const DISABLE_ANNOTATION = "netverdict.dev/lint-disable";

/** `a, b` as a list. */
export function idList(text: string): readonly string[] {
  return text
    .split(",")
    .map((id) => id.trim())
    .filter((id) => id !== "");
}

/** Takes out what the policies' own annotations suppress, and adds what is wrong with the annotations. */
export function suppress(drafts: readonly Draft[], snapshot: Snapshot): readonly Draft[] {
  const disabled = new Map<string, ReadonlySet<string>>();
  const wrong: Draft[] = [];
  for (const { object, metadata } of annotated(snapshot)) {
    const ids = idList(metadata.annotations?.[DISABLE_ANNOTATION] ?? "");
    if (ids.length === 0) continue;
    disabled.set(keyOf(object), new Set(ids));
    wrong.push(...ids.filter((id) => !isRuleId(id)).map((id) => unknownId(object, id)));
  }
  return [...drafts, ...wrong].filter(({ id, object }) => disabled.get(keyOf(object))?.has(id) !== true);
}

function annotated(
  snapshot: Snapshot,
): { readonly object: ObjectRef; readonly metadata: KubernetesObject["metadata"] }[] {
  const { clusterNetworkPolicies, adminNetworkPolicies, baselineAdminNetworkPolicies } =
    snapshot.adminPolicies;
  const named = (kind: string, objects: readonly KubernetesObject[], namespaced: boolean) =>
    objects.map(({ metadata }) => ({
      object: {
        kind,
        ...(namespaced ? { namespace: metadata.namespace ?? "default" } : {}),
        name: metadata.name,
      },
      metadata,
    }));
  return [
    ...named("NetworkPolicy", snapshot.networkPolicies, true),
    ...named("ClusterNetworkPolicy", clusterNetworkPolicies, false),
    ...named("AdminNetworkPolicy", adminNetworkPolicies, false),
    ...named("BaselineAdminNetworkPolicy", baselineAdminNetworkPolicies, false),
    ...named("Pod", snapshot.pods, true),
    ...snapshot.workloads.map(({ kind, metadata }) => ({
      object: { kind, namespace: metadata.namespace ?? "default", name: metadata.name },
      metadata,
    })),
  ];
}

function keyOf({ kind, namespace = "", name }: ObjectRef): string {
  return `${kind}/${namespace}/${name}`;
}

function unknownId(object: ObjectRef, id: string): Draft {
  const meant = nearest(id, RULE_IDS);
  return finding("unknown-lint-id", {
    object,
    path: ["metadata", "annotations", DISABLE_ANNOTATION],
    message: `there is no finding ${id}`,
    hint: meant === undefined ? "docs/lint.md lists the ids" : `did you mean ${meant}?`,
    part: "value",
  });
}
