import type { KubernetesObject, NetworkPolicy } from "../model/kubernetes.ts";
import type { PolicyRef } from "../model/prediction.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { compilePolicy } from "../policy/compiled-policy.ts";
import { createPolicyRefs, type PolicyObject } from "../policy/policy-ref.ts";
import type { ChangedPolicy, PolicyStatus } from "./diff.ts";

type Key = string;

interface SidePolicy {
  readonly spec: string;
  readonly object: PolicyObject;
}

/** Which policies differ between two snapshots. */
export class PolicyChanges {
  readonly #before: ReadonlyMap<Key, SidePolicy>;
  readonly #after: ReadonlyMap<Key, SidePolicy>;
  readonly #snapshots: { readonly before: Snapshot; readonly after: Snapshot };

  constructor(before: Snapshot, after: Snapshot) {
    this.#before = policiesOf(before);
    this.#after = policiesOf(after);
    this.#snapshots = { before, after };
  }

  statusOf(ref: Pick<PolicyRef, "kind" | "namespace" | "name">): PolicyStatus {
    const before = this.#before.get(keyOf(ref));
    const after = this.#after.get(keyOf(ref));
    if (before === undefined) return "added";
    if (after === undefined) return "removed";
    return before.spec === after.spec ? "same" : "changed";
  }

  /** A part of a policy as it is afterwards, with its place; of one that is gone as it was. */
  latest(ref: PolicyRef): PolicyRef {
    const after = this.#after.get(keyOf(ref));
    return after === undefined
      ? ref
      : createPolicyRefs(this.#snapshots.after.locate)(after.object, pathOf(ref.path ?? ""));
  }

  /** All that are not the same, with where they stand (removed ones: stood). */
  changed(): readonly ChangedPolicy[] {
    const refs = {
      before: createPolicyRefs(this.#snapshots.before.locate),
      after: createPolicyRefs(this.#snapshots.after.locate),
    };
    const keys = [...new Set([...this.#before.keys(), ...this.#after.keys()])].sort();
    return keys.flatMap((key) => {
      const [before, after] = [this.#before.get(key), this.#after.get(key)];
      const policy =
        after !== undefined
          ? refs.after(after.object)
          : before !== undefined
            ? refs.before(before.object)
            : undefined;
      if (policy === undefined) return [];
      const status = this.statusOf(policy);
      return status === "same" ? [] : [{ policy, status }];
    });
  }
}

function policiesOf({ networkPolicies, adminPolicies }: Snapshot): ReadonlyMap<Key, SidePolicy> {
  const { clusterNetworkPolicies, adminNetworkPolicies, baselineAdminNetworkPolicies } = adminPolicies;
  const entry = (
    { metadata, ...rest }: KubernetesObject & { readonly spec?: unknown },
    object: PolicyObject,
  ): [Key, SidePolicy] => [
    keyOf({ kind: "NetworkPolicy", ...object, name: metadata.name }),
    { spec: canonical(rest.spec), object },
  ];
  return new Map([
    ...networkPolicies.map((policy) =>
      entry(asKept(policy), {
        namespace: policy.metadata.namespace ?? "default",
        name: policy.metadata.name,
      }),
    ),
    ...clusterNetworkPolicies.map((policy) =>
      entry(policy, { kind: "ClusterNetworkPolicy", name: policy.metadata.name }),
    ),
    ...adminNetworkPolicies.map((policy) =>
      entry(policy, { kind: "AdminNetworkPolicy", name: policy.metadata.name }),
    ),
    ...baselineAdminNetworkPolicies.map((policy) =>
      entry(policy, { kind: "BaselineAdminNetworkPolicy", name: policy.metadata.name }),
    ),
  ]);
}

function keyOf({ kind, namespace, name }: Pick<PolicyRef, "kind" | "namespace" | "name">): Key {
  return `${kind}/${namespace ?? ""}/${name}`;
}

/** With the defaults that the API server writes into a policy, which then comes back otherwise than it was sent. */
function asKept(policy: NetworkPolicy): KubernetesObject & { readonly spec: unknown } {
  const { podSelector, ingress, egress } = policy.spec ?? {};
  const { isolates } = compilePolicy(policy);
  const rules = (list: typeof ingress | typeof egress) =>
    (list ?? []).map((rule) => ({
      ...rule,
      ports: (rule?.ports ?? []).map((port) => ({ ...port, protocol: port?.protocol ?? "TCP" })),
    }));
  return {
    ...policy,
    spec: { podSelector: podSelector ?? {}, isolates, ingress: rules(ingress), egress: rules(egress) },
  };
}

/** `spec.ingress[0]` */
function pathOf(text: string): readonly (string | number)[] {
  return [...text.matchAll(/[^.[\]]+/g)].map(([part]) => (/^\d+$/.test(part) ? Number(part) : part));
}

/** Null, and lists and label maps without entries, say what is not there. */
function saysNothing(key: string, value: unknown): boolean {
  if (value === null || (Array.isArray(value) && value.length === 0)) return true;
  return key === "matchLabels" && typeof value === "object" && Object.keys(value).length === 0;
}

/** A text that is the same whatever the order of fields. */
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, field: unknown) =>
      typeof field === "object" && field !== null && !Array.isArray(field)
        ? Object.fromEntries(
            Object.entries(field)
              .filter(([key, inner]) => !saysNothing(key, inner))
              .sort(([a], [b]) => (a < b ? -1 : 1)),
          )
        : field,
    ) ?? ""
  );
}
