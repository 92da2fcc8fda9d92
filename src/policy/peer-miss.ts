import { contains, formatCidr } from "../selectors/cidr.ts";
import { formatAddress } from "../selectors/ip-address.ts";
import { labelValue, type Requirement } from "../selectors/label-selector.ts";
import { wanted } from "../selectors/selector-mismatch.ts";
import type { BlockPeer, CompiledPeer, SelectorPeer } from "./compiled-peer.ts";
import type { CompiledPolicy } from "./compiled-policy.ts";
import type { EndView } from "./end-view.ts";
import { missesOfLabels } from "./label-miss.ts";
import { DISTANCE, type Miss } from "./miss.ts";
import type { NamespaceLabels } from "./namespace-labels.ts";
import type { LabelsOfNamespace, RuleQuestion } from "./rule-match.ts";

/** Why a peer does not match the other end, condition by condition; empty: it matches. */
export function missesOfPeer(
  peer: CompiledPeer,
  policy: CompiledPolicy,
  question: RuleQuestion,
  other: EndView,
  labelsOf: LabelsOfNamespace,
): readonly Miss[] {
  switch (peer.kind) {
    case "pods":
      return missesOfSelectors(peer, policy, question, other, labelsOf);
    case "block":
      return missesOfBlock(peer, question, other);
    case "refused":
      return [{ distance: DISTANCE.refused, path: peer.path, text: () => peer.problem }];
    default: {
      const never: never = peer;
      throw new Error(`unhandled peer ${JSON.stringify(never)}`);
    }
  }
}

function missesOfSelectors(
  peer: SelectorPeer,
  policy: CompiledPolicy,
  { pod }: RuleQuestion,
  other: EndView,
  labelsOf: LabelsOfNamespace,
): readonly Miss[] {
  if (pod === undefined) {
    const what = other.asNode
      ? `${other.display} counts as its node's address`
      : `${other.display} is no pod`;
    return [
      { distance: DISTANCE.otherKind, path: peer.path, text: () => `selectors match pods only, and ${what}` },
    ];
  }
  const podPath = [...peer.path, "podSelector"];
  const misses = missesOfLabels(peer.pods, { labels: pod.labels, name: "pod", what: "label" }, podPath);
  if (peer.namespaces !== undefined) {
    const namespaces = missesOfNamespace(peer.namespaces, pod.namespace, labelsOf(pod.namespace), peer);
    return [...namespaces, ...misses];
  }
  if (pod.namespace === policy.namespace) {
    return misses;
  }
  const foreign: Miss = {
    // Selecting a few pods of the own namespace may be meant for another one; selecting all of them hardly is.
    distance: peer.pods.length > 0 ? DISTANCE.overlooked : DISTANCE.otherNamespace,
    path: podPath,
    text: () =>
      `podSelector without namespaceSelector selects only pods of namespace ${policy.namespace}; the pod is in ${pod.namespace}`,
  };
  return [foreign, ...misses];
}

function missesOfNamespace(
  requirements: readonly Requirement[],
  namespace: string,
  { labels, unread }: NamespaceLabels,
  peer: SelectorPeer,
): readonly Miss[] {
  const path = [...peer.path, "namespaceSelector"];
  const isKnown = ({ key }: Requirement): boolean =>
    unread === undefined || labelValue(labels, key) !== undefined;
  const unknown = requirements
    .filter((requirement) => !isKnown(requirement))
    .map(
      (requirement): Miss => ({
        distance: DISTANCE.slip,
        path: [...path, ...requirement.path],
        text: () =>
          `${wanted(requirement, "namespaceSelector")}, labels of namespace ${namespace} not readable`,
      }),
    );
  const holder = { labels, name: `namespace ${namespace}`, what: "namespaceSelector" };
  return [...missesOfLabels(requirements.filter(isKnown), holder, path), ...unknown];
}

function missesOfBlock(
  { cidr, excepts, path }: BlockPeer,
  { address, pod }: RuleQuestion,
  other: EndView,
): Miss[] {
  if (address === undefined) {
    return [];
  }
  const block = formatCidr(cidr);
  const name = nameOfAddress(other, formatAddress(address));
  if (cidr.family !== address.family) {
    const text = (): string => `${name} is IPv${address.family}, ipBlock ${block} is IPv${cidr.family}`;
    return [{ distance: DISTANCE.otherKind, path: [...path, "cidr"], text }];
  }
  if (!contains(cidr, address)) {
    const distance = pod === undefined ? DISTANCE.outsideBlock : DISTANCE.otherKind;
    return [{ distance, path: [...path, "cidr"], text: () => `${name} is not in ${block}` }];
  }
  const except = excepts.find((candidate) => contains(candidate.cidr, address));
  return except === undefined
    ? []
    : [
        {
          distance: DISTANCE.overlooked,
          path: except.path,
          text: () => `${name} is in except ${formatCidr(except.cidr)}`,
        },
      ];
}

function nameOfAddress(other: EndView, address: string): string {
  switch (other.address) {
    case "exact":
      return address;
    case "range":
      return `${address} of ${other.display}`;
    case "unknown":
      return `${address}, which ${other.display} may have,`;
    default: {
      const never: never = other.address;
      throw new Error(`unhandled address ${String(never)}`);
    }
  }
}
