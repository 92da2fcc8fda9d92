import type { Direction } from "../../model/prediction.ts";
import type { CompiledPeer, SelectorPeer } from "../../policy/compiled-peer.ts";
import { meetsRequirement, type Requirement } from "../../selectors/label-selector.ts";
import { type Check, finding } from "../check.ts";
import type { FieldPath } from "../field-error.ts";
import type { Draft } from "../finding.ts";
import { type LabelSource, missingLabel } from "../label-suggestion.ts";
import { DIRECTIONS, type LintPolicy, type LintWorld, rulesInForce } from "../lint-world.ts";
import type { PodIndex } from "../pod-index.ts";
import { contradiction } from "../selector-implication.ts";

/** Selectors that match nothing: by themselves, or among the pods and namespaces that are there. */
export const checkSelectors: Check = (world) =>
  world.policies.flatMap((policy) => [
    ...undeclaredNamespace(policy, world),
    ...subject(policy, world),
    ...DIRECTIONS.flatMap((direction) =>
      rulesInForce(policy, direction).flatMap((rule) =>
        (rule.peers ?? []).flatMap((peer) => peerFindings(policy, direction, peer, world)),
      ),
    ),
  ]);

/** Namespaces that every cluster has. */
const ALWAYS_THERE = new Set(["default", "kube-system", "kube-public", "kube-node-lease"]);

function undeclaredNamespace({ compiled, object }: LintPolicy, world: LintWorld): Draft[] {
  const { namespace } = compiled;
  if (world.whole === "cluster") return [];
  const declared = world.namespaces.filter((candidate) => candidate.declared).map(({ name }) => name);
  if (declared.length === 0 || declared.includes(namespace) || ALWAYS_THERE.has(namespace)) return [];
  if (!world.complete || world.podsIn(namespace) !== undefined || world.servicesIn(namespace).length > 0) {
    return [];
  }
  const shown = declared.slice(0, 5).join(", ");
  return [
    finding("undeclared-namespace", {
      object,
      path: ["metadata", "namespace"],
      message: `no manifest declares namespace ${namespace} or has anything else in it`,
      hint: `declared: ${shown}${declared.length > 5 ? ", …" : ""}`,
      part: "value",
    }),
  ];
}

function subject({ compiled, object }: LintPolicy, world: LintWorld): Draft[] {
  const path = ["spec", "podSelector"];
  const impossible = contradictionOf(object, path, compiled.subject);
  if (impossible.length > 0) return impossible;
  const pods = world.podsIn(compiled.namespace);
  if (pods === undefined || pods.some(compiled.subject)) return [];
  const miss = missingLabel(compiled.subject, podLabels(pods, compiled.namespace));
  return [
    finding("subject-selects-nothing", {
      object,
      path: [...path, ...miss.path],
      message: `the policy is for no pod of the ${world.whole}: ${miss.text}`,
      hint: miss.hint ?? otherNamespace(compiled.subject, compiled.namespace, world) ?? LABELS_HINT,
    }),
  ];
}

const LABELS_HINT = "use the labels of the pod template";

function podLabels(pods: PodIndex, namespace: string): LabelSource {
  return {
    keys: pods.keys,
    valuesOf: (key) => pods.valuesOf(key),
    some: (requirement) => pods.some([requirement]),
    nobody: `no pod of ${namespace}`,
    everybody: `the pods of ${namespace}`,
  };
}

/** Where the pods are, if they are in another namespace. */
function otherNamespace(
  requirements: readonly Requirement[],
  namespace: string,
  world: LintWorld,
): string | undefined {
  const other = world.namespaces.find(
    ({ name }) => name !== namespace && world.podsIn(name)?.some(requirements) === true,
  );
  return other === undefined ? undefined : `such pods are in namespace ${other.name}`;
}

function contradictionOf(
  object: LintPolicy["object"],
  path: FieldPath,
  requirements: readonly Requirement[],
): Draft[] {
  const found = contradiction(requirements);
  if (found === undefined) return [];
  const [first, second] = found;
  return [
    finding("impossible-selector", {
      object,
      path: [...path, ...second.path],
      message: `nothing meets this and the other condition on ${second.key} together`,
      hint: "put the values that will do into one In list",
      related: [{ object, at: [...path, ...first.path], message: "the other condition" }],
    }),
  ];
}

function peerFindings(
  policy: LintPolicy,
  direction: Direction,
  peer: CompiledPeer,
  world: LintWorld,
): Draft[] {
  if (peer.kind !== "pods") return [];
  const { object, compiled } = policy;
  const impossible = [
    ...contradictionOf(object, [...peer.path, "podSelector"], peer.pods),
    ...contradictionOf(object, [...peer.path, "namespaceSelector"], peer.namespaces ?? []),
  ];
  if (impossible.length > 0) return impossible;
  const namespaces = namespaceFinding(policy, peer, world);
  if (namespaces.length > 0 || peer.pods.length === 0) return namespaces;
  const pods = world.podsOfPeer(peer, compiled.namespace);
  if (pods === undefined || pods.length > 0) return [];
  return [noPod(policy, direction, peer, world)];
}

function noPod(
  { object, compiled }: LintPolicy,
  direction: Direction,
  peer: SelectorPeer,
  world: LintWorld,
): Draft {
  const names =
    peer.namespaces === undefined
      ? [compiled.namespace]
      : world.matchingNamespaces(peer.namespaces).map(({ name }) => name);
  const indexes = names.flatMap((name) => world.podsIn(name) ?? []);
  const place = names.length === 1 ? `${names[0]}` : "these namespaces";
  const source: LabelSource = {
    keys: [...new Set(indexes.flatMap(({ keys }) => keys))],
    valuesOf: (key) => [...new Set(indexes.flatMap((index) => index.valuesOf(key)))],
    some: (requirement) => indexes.some((index) => index.some([requirement])),
    nobody: `no pod of ${place}`,
    everybody: `the pods of ${place}`,
  };
  const miss = missingLabel(peer.pods, source);
  const elsewhere =
    peer.namespaces === undefined ? otherNamespace(peer.pods, compiled.namespace, world) : undefined;
  return finding("peer-selects-nothing", {
    object,
    path: [...peer.path, "podSelector", ...miss.path],
    message: `the peer ${direction === "ingress" ? "lets nobody in" : "leads to nobody"}: ${miss.text}`,
    hint:
      elsewhere === undefined
        ? (miss.hint ?? LABELS_HINT)
        : `${elsewhere}: add a namespaceSelector to this item`,
  });
}

const NAME_LABEL = "kubernetes.io/metadata.name";

const sources = new WeakMap<LintWorld, LabelSource>();

function namespaceLabels(world: LintWorld): LabelSource {
  const known = sources.get(world);
  if (known !== undefined) return known;
  const labels = world.namespaces.map((namespace) => namespace.labels);
  const values = new Map<string, Set<string>>([[NAME_LABEL, new Set()]]);
  for (const [key, value] of labels.flatMap((each) => Object.entries(each))) {
    values.set(key, (values.get(key) ?? new Set()).add(value));
  }
  const source: LabelSource = {
    keys: [...values.keys()],
    valuesOf: (key) => [...(values.get(key) ?? [])],
    some: (requirement) => labels.some((each) => meetsRequirement(requirement, each)),
    nobody: `no namespace of the ${world.whole}`,
    everybody: "the namespaces",
  };
  sources.set(world, source);
  return source;
}

/** Labels that no namespace has; where some namespaces' labels are not known, only what is plainly a slip. */
function namespaceFinding({ object }: LintPolicy, peer: SelectorPeer, world: LintWorld): Draft[] {
  const requirements = peer.namespaces ?? [];
  if (requirements.length === 0 || world.matchingNamespaces(requirements).length > 0) return [];
  const source = namespaceLabels(world);
  const miss = missingLabel(requirements, source);
  const { requirement } = miss;
  const named = requirement?.key === "name" && !source.keys.includes("name");
  // A namespace is often made elsewhere, and its name says nothing wrong about a policy that names it.
  const elsewhere = requirement === undefined || requirement.key === NAME_LABEL;
  const unknown = !world.complete || !world.seesAll || world.namespaces.some(({ declared }) => !declared);
  if (!named && miss.hint === undefined && (elsewhere || unknown)) return [];
  return [
    finding("unknown-namespace-label", {
      object,
      path: [...peer.path, "namespaceSelector", ...miss.path],
      message: miss.text,
      hint: named
        ? `Kubernetes labels each namespace with ${NAME_LABEL}: use that key`
        : (miss.hint ?? "label the namespace, or correct the selector"),
    }),
  ];
}
