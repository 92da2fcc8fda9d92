import type { PodEnd } from "../model/traffic.ts";
import { addressesOf, canonicalAddresses, type EngineEnd, ownNodeOf } from "./ends.ts";
import type { Engine } from "./engine.ts";
import type { OwnNode } from "./pair-judge.ts";

/** Pairs of a pod and a host-network pod with an address of its node, alike for all pairs of these classes (S35). */
export interface Neighbours {
  readonly from: number;
  readonly to: number;
  readonly pairs: number;
  readonly ownNode: OwnNode;
}

/** Pods whose node has these addresses. */
interface NodePods {
  readonly addresses: readonly string[];
  readonly pods: EngineEnd[];
}

const ALWAYS: OwnNode = () => true;

/** All such pairs, in both directions; they are the only ones of pods for which S35 can matter. */
export function neighboursOf({ pods, classes }: Engine): readonly Neighbours[] {
  const { hosts, nodes } = sorted(pods, classes.ofPod);
  const byAddress = new Map<string, NodePods[]>();
  for (const node of nodes) {
    for (const address of node.addresses) byAddress.set(address, [...(byAddress.get(address) ?? []), node]);
  }
  // By class of the host-network pod, for each class how many pairs there are.
  const regular = new Map<number, Float64Array>();
  const irregular: Neighbours[] = [];
  for (const host of hosts) {
    const addresses = addressesOf(host);
    for (const node of new Set(addresses.flatMap((address) => byAddress.get(address) ?? []))) {
      if (addresses.every((address) => node.addresses.includes(address))) {
        const counts = regular.get(host.index) ?? new Float64Array(classes.podClasses);
        for (const { index } of node.pods) counts[index] = (counts[index] as number) + 1;
        regular.set(host.index, counts);
      } else {
        irregular.push(...node.pods.flatMap((pod) => oneByOne(host, pod)));
      }
    }
  }
  const found = irregular;
  for (const [host, counts] of regular) {
    for (const [index, pairs] of counts.entries()) {
      if (pairs === 0) continue;
      found.push({ from: index, to: host, pairs, ownNode: ALWAYS });
      found.push({ from: host, to: index, pairs, ownNode: ALWAYS });
    }
  }
  return found;
}

/** Only some of the host-network pod's addresses are the node's: it depends on the family. */
function oneByOne(host: EngineEnd, pod: EngineEnd): readonly Neighbours[] {
  return [[host, pod] as const, [pod, host] as const].flatMap(([from, to]) => {
    const ownNode = ownNodeOf(from, to);
    return ownNode === undefined ? [] : [{ from: from.index, to: to.index, pairs: 1, ownNode }];
  });
}

/** Host-network pods, and the others by the addresses of their node. */
function sorted(pods: readonly PodEnd[], classOf: Int32Array) {
  const hosts: EngineEnd[] = [];
  const byList = new Map<readonly string[], NodePods>();
  const byText = new Map<string, NodePods>();
  for (let at = 0; at < pods.length; at++) {
    const pod = pods[at] as PodEnd;
    const { nodeIps } = pod;
    const end = { index: classOf[at] as number, pod, address: undefined };
    if (pod.spec.hostNetwork === true) {
      hosts.push(end);
    } else if (nodeIps !== undefined) {
      let node = byList.get(nodeIps);
      if (node === undefined) {
        const addresses = canonicalAddresses(nodeIps);
        node = byText.get(addresses.join()) ?? { addresses, pods: [] };
        byText.set(addresses.join(), node);
        byList.set(nodeIps, node);
      }
      node.pods.push(end);
    }
  }
  return { hosts, nodes: [...byText.values()] };
}
