import { CANARY_LABEL } from "../model/canary.ts";
import type { KubernetesObject, NetworkPolicy } from "../model/kubernetes.ts";
import type { ResolvedFlow, ResolvedTarget } from "../model/resolved.ts";
import type { Snapshot } from "../model/snapshot.ts";

/** What became different between two looks at a cluster, as far as flows can hang on it. */
export interface Changes {
  /** One line for each: `NetworkPolicy shop/db changed`. */
  readonly texts: readonly string[];
  /** Whether a flow, resolved before and after, may have another answer now. */
  affects(before: ResolvedFlow, after: ResolvedFlow): boolean;
}

/** Status and annotations are no change; neither are the policies of canaries, ours and others'. */
export function changesBetween(before: Snapshot, after: Snapshot): Changes {
  const texts: string[] = [];
  const touched = new Set<string>();
  const policies = differences(namespaced(before), namespaced(after), ({ spec }) => spec);
  for (const { text, object } of policies) {
    texts.push(`NetworkPolicy ${text}`);
    touched.add(object.metadata.namespace ?? "default");
  }
  for (const { text, object } of differences(
    before.namespaces,
    after.namespaces,
    ({ metadata }) => metadata.labels,
  )) {
    texts.push(`Namespace ${text}`);
    touched.add(object.metadata.name);
  }
  const tiers = differences(clusterWide(before), clusterWide(after), (policy) => policy.spec).map(
    ({ text, object }) => `${object.kind ?? "admin policy"} ${text}`,
  );
  texts.push(...tiers);
  return {
    texts,
    affects: (then, now) =>
      tiers.length > 0 ||
      namespacesOf(then).some((namespace) => touched.has(namespace)) ||
      endsOf(then) !== endsOf(now),
  };
}

/** What became of the ends of a flow, for people; undefined: nothing. */
export function endChange(before: ResolvedFlow, after: ResolvedFlow): string | undefined {
  if (endsOf(before) === endsOf(after)) return undefined;
  const names = (flow: ResolvedFlow): string => flow.targets.map(({ display }) => display).join(", ");
  const [then, now] = [names(before), names(after)];
  return then === now
    ? `pods of ${before.flow.to.name} were replaced or changed`
    : `${before.flow.to.name} was ${then || "nothing"} and is ${now || "nothing"}`;
}

function namespaced(snapshot: Snapshot): readonly NetworkPolicy[] {
  return snapshot.networkPolicies.filter(
    ({ spec }) => spec?.podSelector?.matchLabels?.[CANARY_LABEL] === undefined,
  );
}

type WithSpec = KubernetesObject & { readonly spec?: unknown };

function clusterWide({ adminPolicies }: Snapshot): readonly WithSpec[] {
  return [
    ...adminPolicies.clusterNetworkPolicies,
    ...adminPolicies.adminNetworkPolicies,
    ...adminPolicies.baselineAdminNetworkPolicies,
  ];
}

/** Objects that came, went, or are not as they were in what `of` takes from them. */
function differences<T extends KubernetesObject>(
  before: readonly T[],
  after: readonly T[],
  of: (object: T) => unknown,
): readonly { readonly text: string; readonly object: T }[] {
  const nameOf = ({ metadata }: T): string =>
    metadata.namespace === undefined || metadata.namespace === null
      ? metadata.name
      : `${metadata.namespace}/${metadata.name}`;
  const then = new Map(before.map((object) => [nameOf(object), object]));
  const now = new Map(after.map((object) => [nameOf(object), object]));
  const changed = [...now].flatMap(([name, object]) => {
    const old = then.get(name);
    if (old === undefined) return [{ text: `${name} is new`, object }];
    return JSON.stringify(of(old)) === JSON.stringify(of(object))
      ? []
      : [{ text: `${name} changed`, object }];
  });
  const gone = [...then].flatMap(([name, object]) =>
    now.has(name) ? [] : [{ text: `${name} is gone`, object }],
  );
  return [...changed, ...gone];
}

function namespacesOf({ source, targets, flow }: ResolvedFlow): readonly string[] {
  const pods = targets.flatMap((target) => {
    if (target.kind === "stand-in") return [target.template.namespace];
    const ends = target.kind === "cluster-ip" || target.kind === "dns" ? target.backends : [target];
    return ends.flatMap(({ end }) => (end.kind === "pod" ? [end.namespace] : []));
  });
  const to = "namespace" in flow.to ? [flow.to.namespace] : [];
  return [...(source.kind === "stand-in" ? [source.template.namespace] : []), ...to, ...pods];
}

/** What a flow's answer hangs on at its ends, as one text. */
function endsOf({ source, targets, problem }: ResolvedFlow): string {
  const from = source.kind === "stand-in" ? source.template : source.end;
  return JSON.stringify([problem?.reason, from, targets.map(targetState)]);
}

function targetState(target: ResolvedTarget): unknown {
  if (target.kind !== "pod") return target;
  const { metadata, status } = target.pod;
  const ready = status?.conditions?.find(({ type }) => type === "Ready")?.status;
  return [target.port, target.end, metadata.uid, metadata.deletionTimestamp, ready];
}
