import type { BlockPeer } from "../policy/compiled-peer.ts";
import { type Cidr, contains, parseCidr, relationTo } from "../selectors/cidr.ts";
import { formatAddress, type IpAddress, parseAddress } from "../selectors/ip-address.ts";
import type { LintWorld } from "./lint-world.ts";

/** Ranges that well-known distributions give to pods and Services unless they are told otherwise. */
const USUAL: readonly (readonly [cidr: string, what: string])[] = [
  ["10.244.0.0/16", "the usual range of pods (kubeadm, kind, flannel)"],
  ["10.96.0.0/12", "the usual range of Services (kubeadm, kind)"],
  ["10.42.0.0/16", "the usual range of pods of k3s and RKE2"],
  ["10.43.0.0/16", "the usual range of Services of k3s and RKE2"],
];

interface Known {
  readonly address: IpAddress;
  readonly what: string;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What the objects tell of the cluster's own addresses. */
export class ClusterAddresses {
  readonly #known: readonly { readonly block: Cidr; readonly what: string }[];
  readonly #usual = USUAL.flatMap(([text, what]) => {
    const block = parseCidr(text);
    return block === undefined ? [] : [{ block, what }];
  });
  /** In the order of their families and values. */
  readonly #addresses: Known[];
  readonly hasIpv6: boolean;
  /** Who has them, for texts. */
  readonly whole: "these manifests know" | "the cluster has";

  constructor({ snapshot }: LintWorld) {
    this.whole = snapshot.origin === "cluster" ? "the cluster has" : "these manifests know";
    const { pods, services, nodes, networkPolicies } = snapshot;
    this.#known = nodes.flatMap(({ metadata, spec }) =>
      (spec?.podCIDRs ?? []).flatMap((text) => {
        const block = parseCidr(text);
        return block === undefined ? [] : [{ block, what: `the pods of node ${metadata.name}` }];
      }),
    );
    const texts = [
      ...pods.flatMap(({ metadata, spec, status }) =>
        (spec.hostNetwork ? [] : (status?.podIPs ?? [{ ip: status?.podIP ?? "" }])).map(
          ({ ip }) => [ip, `pod ${metadata.namespace}/${metadata.name}`] as const,
        ),
      ),
      ...services.flatMap(({ metadata, spec }) =>
        (spec?.clusterIPs ?? [spec?.clusterIP ?? ""]).map(
          (ip) => [ip, `Service ${metadata.namespace}/${metadata.name}`] as const,
        ),
      ),
    ];
    this.#addresses = texts.flatMap(([text, what]) => {
      const address = parseAddress(text);
      return address === undefined ? [] : [{ address, what }];
    });
    this.#addresses.sort(
      (a, b) => a.address.family - b.address.family || compare(a.address.value, b.address.value),
    );
    const blocks = JSON.stringify(networkPolicies.map(({ spec }) => [spec?.ingress, spec?.egress]));
    this.hasIpv6 =
      this.#known.some(({ block }) => block.family === 6) ||
      this.#addresses.some(({ address }) => address.family === 6) ||
      /"cidr":"[0-9a-f]*:/i.test(blocks);
  }

  #addressIn(cidr: Cidr, excepts: BlockPeer["excepts"]): Known | undefined {
    let low = 0;
    for (let high = this.#addresses.length; low < high; ) {
      const middle = (low + high) >> 1;
      const address = this.#addresses[middle]?.address;
      const isBefore =
        address !== undefined &&
        (address.family === cidr.family ? address.value < cidr.first : address.family < cidr.family);
      if (isBefore) low = middle + 1;
      else high = middle;
    }
    for (let at = low; at < this.#addresses.length; at++) {
      const known = this.#addresses[at];
      if (known === undefined || !contains(cidr, known.address)) return undefined;
      if (!excepts.some((except) => contains(except.cidr, known.address))) return known;
    }
    return undefined;
  }

  /** Whose addresses are in a block; undefined: nobody's that is known. */
  owner({ cidr, excepts }: BlockPeer): string | undefined {
    const out = (block: Cidr) => excepts.some((except) => relationTo(block, except.cidr) === "covered");
    const range = this.#known.find(({ block }) => relationTo(block, cidr) !== "disjoint" && !out(block));
    if (range !== undefined) return range.what;
    const single = this.#addressIn(cidr, excepts);
    if (single !== undefined) return `${single.what} (${formatAddress(single.address)})`;
    return this.#usual.find(({ block }) => relationTo(cidr, block) === "covered")?.what;
  }
}
