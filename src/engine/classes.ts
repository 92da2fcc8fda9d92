import type { Protocol } from "../model/kubernetes.ts";
import type { PodEnd } from "../model/traffic.ts";
import type { AddressAtoms } from "./address-atoms.ts";
import { type AddressProfile, AddressProfiles } from "./address-profiles.ts";
import { Symbols } from "./symbols.ts";
import { Trie } from "./trie.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** Ends that no policy tells apart: pods, or addresses that are no pod's. */
export interface EndClass {
  readonly index: number;
  /** Undefined: no pods, only addresses. */
  readonly namespace: number | undefined;
  readonly profile: AddressProfile;
  /** Pods in the network of their node. */
  readonly host: boolean;
  /** Which declared ports have names that policies speak of: alike for the same number. */
  readonly ports: number;
  /** One of the pods, that speaks for all. */
  readonly sample: PodEnd | undefined;
  /** Of host-network pods the class of their addresses (S36), else the class itself. */
  readonly twin: number;
}

export interface Classes {
  /** Classes of pods, those of a namespace side by side, then those of addresses. */
  readonly list: readonly EndClass[];
  /** How many of them are classes of pods. */
  readonly podClasses: number;
  /** Pods of each class; 0 for addresses. */
  readonly weights: Float64Array;
  /** Class of each pod, in the order given. */
  readonly ofPod: Int32Array;
  readonly namespaces: readonly string[];
  /** First class of each namespace, and behind the last one the end. */
  readonly starts: Int32Array;
  /** Class of the addresses of each atom. */
  readonly ofAtom: Int32Array;
  readonly profiles: AddressProfiles;
  /** Of the addresses that are not known. */
  readonly unknownAddress: number;
}

interface Draft {
  readonly namespace: number;
  readonly profile: AddressProfile;
  readonly ports: number;
  readonly host: boolean;
  readonly sample: PodEnd;
  count: number;
}

export function classify(pods: readonly PodEnd[], vocabulary: Vocabulary, atoms: AddressAtoms): Classes {
  const profiles = new AddressProfiles(atoms);
  const namespaceIds = new Map<string, number>();
  const portIds = new Map<string, number>();
  const symbols = new Symbols(vocabulary);
  const trie = new Trie();
  const drafts: Draft[] = [];
  const byLeaf = new Map<number, number>();
  const byKey = new Map<string, number>();
  const draftOf = new Int32Array(pods.length);
  const labels: number[] = [];
  const ports: number[] = [];

  for (let at = 0; at < pods.length; at++) {
    const pod = pods[at] as PodEnd;
    const namespace = idOf(namespaceIds, pod.namespace);
    const profile = profiles.ofPod(pod);
    const host = pod.spec.hostNetwork === true;
    let leaf = trie.step(trie.step(0, namespace * 2 + (host ? 1 : 0)), profile.index);
    symbols.ofPorts(pod, ports);
    for (const symbol of ports) leaf = trie.step(leaf, symbol);
    symbols.ofLabels(pod, labels);
    for (const symbol of labels) leaf = trie.step(leaf, symbol);
    let draft = byLeaf.get(leaf);
    if (draft === undefined) {
      // In another order they are the same labels and ports.
      const portsKey = ports.sort((a, b) => a - b).join();
      const portsId = idOf(portIds, portsKey);
      const key = `${namespace}|${profile.index}|${host}|${portsId}|${labels.sort((a, b) => a - b).join()}`;
      draft = byKey.get(key);
      if (draft === undefined) {
        draft = drafts.push({ namespace, profile, ports: portsId, host, sample: pod, count: 0 }) - 1;
        byKey.set(key, draft);
      }
      byLeaf.set(leaf, draft);
    }
    (drafts[draft] as Draft).count += 1;
    draftOf[at] = draft;
  }
  return arrange(drafts, draftOf, [...namespaceIds.keys()], profiles);
}

function idOf(ids: Map<string, number>, text: string): number {
  let id = ids.get(text);
  if (id === undefined) {
    id = ids.size;
    ids.set(text, id);
  }
  return id;
}

function arrange(
  drafts: readonly Draft[],
  draftOf: Int32Array,
  namespaces: readonly string[],
  profiles: AddressProfiles,
): Classes {
  const order = drafts.map((_, index) => index);
  order.sort((a, b) => (drafts[a]?.namespace ?? 0) - (drafts[b]?.namespace ?? 0) || a - b);
  const place = new Int32Array(drafts.length);
  const starts = new Int32Array(namespaces.length + 1);
  for (const [at, draft] of order.entries()) {
    place[draft] = at;
    starts[(drafts[draft]?.namespace ?? 0) + 1] = at + 1;
  }
  const podClasses = drafts.length;
  const addresses = [...profiles.all];
  const list: EndClass[] = order.map((draft, index) => {
    const { namespace, profile, host, ports, sample } = drafts[draft] as Draft;
    return {
      index,
      namespace,
      profile,
      host,
      ports,
      sample,
      twin: host ? podClasses + profile.index : index,
    };
  });
  for (const profile of addresses) {
    const index = podClasses + profile.index;
    list.push({
      index,
      namespace: undefined,
      profile,
      host: false,
      ports: -1,
      sample: undefined,
      twin: index,
    });
  }
  const weights = new Float64Array(list.length);
  for (const [at, draft] of order.entries()) weights[at] = drafts[draft]?.count ?? 0;
  const ofPod = draftOf.map((draft) => place[draft] ?? 0);
  const ofAtom = Int32Array.from({ length: profiles.atoms.count }, (_, atom) => podClasses + atom);
  const unknownAddress = podClasses + profiles.unknown.index;
  return { list, podClasses, weights, ofPod, namespaces, starts, ofAtom, profiles, unknownAddress };
}

/** Every number that the names stand for on some pod, by protocol: where answers may change. */
export function declaredNumbers(
  { list }: Classes,
  names: ReadonlySet<string>,
): { readonly protocol: Protocol; readonly port: number }[] {
  const found = new Map<string, { protocol: Protocol; port: number }>();
  const seen = new Set<number>();
  for (const { sample, ports: id } of list) {
    if (sample === undefined || seen.has(id)) continue;
    seen.add(id);
    for (const { ports } of [...sample.spec.containers, ...(sample.spec.initContainers ?? [])]) {
      for (const { name, containerPort, protocol } of ports ?? []) {
        if (!name || !names.has(name)) continue;
        found.set(`${protocol ?? "TCP"}/${containerPort}`, {
          protocol: protocol ?? "TCP",
          port: containerPort,
        });
      }
    }
  }
  return [...found.values()];
}
