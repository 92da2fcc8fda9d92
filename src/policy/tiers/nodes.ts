import type { Labels } from "../../model/kubernetes.ts";
import type { Snapshot } from "../../model/snapshot.ts";
import { type Cidr, singleAddress } from "../../selectors/cidr.ts";
import { type IpAddress, parseAddress } from "../../selectors/ip-address.ts";

interface NodeEntry {
  readonly name: string;
  readonly labels: Labels;
  readonly addresses: readonly IpAddress[];
}

/** The nodes of the cluster, as far as they are known. */
export interface NodeBook {
  readonly nodes: readonly NodeEntry[];
  /** Why there may be more nodes than these; undefined: these are all. */
  readonly unread: string | undefined;
  /** Every address of every node, as blocks of one. */
  readonly blocks: readonly Cidr[];
  readonly isNode: (address: IpAddress) => boolean;
}

/** A cluster has nodes, so where none are given, as in most manifests, they are not known. */
export function createNodeBook({ nodes, unread }: Pick<Snapshot, "nodes" | "unread">): NodeBook {
  const entries = nodes.map(({ metadata, status }) => ({
    name: metadata.name,
    labels: metadata.labels ?? {},
    addresses: (status?.addresses ?? [])
      .map(({ address }) => parseAddress(address)) // host names among them are none
      .filter((address) => address !== undefined),
  }));
  const keys = new Set(entries.flatMap(({ addresses }) => addresses.map(keyOf)));
  const reason = unread.find(({ resource }) => resource === "nodes")?.reason;
  return {
    nodes: entries,
    unread: reason ?? (nodes.length === 0 ? "no nodes are given" : undefined),
    blocks: entries.flatMap(({ addresses }) => addresses.map(singleAddress)),
    isNode: keys.size === 0 ? () => false : (address) => keys.has(keyOf(address)),
  };
}

export function keyOf({ family, value }: IpAddress): string {
  return `${family}/${value}`;
}
