import type { Direction } from "../model/prediction.ts";
import type { PodEnd } from "../model/traffic.ts";
import { formatAddress, parseAddress } from "../selectors/ip-address.ts";
import { IPV4, NO_FAMILY } from "./address-profiles.ts";
import type { OwnNode, PairRelation } from "./pair-judge.ts";

/** An end that the engine can be asked about: get one from `Engine.pod`, `Engine.address` or `Engine.unknownAddress`. */
export interface EngineEnd {
  readonly index: number;
  readonly pod: PodEnd | undefined;
  /** Canonical text of an address that is no pod's. */
  readonly address: string | undefined;
}

/** The same pod at both ends, or a pod and an address of its own. */
function isSelf(from: EngineEnd, to: EngineEnd): boolean {
  if (from.pod !== undefined && to.pod !== undefined) return from.pod.key === to.pod.key;
  const [pod, address] = from.pod === undefined ? [to.pod, from.address] : [from.pod, to.address];
  if (pod === undefined || address === undefined || pod.spec.hostNetwork === true) return false;
  return canonicalAddresses(pod.ips ?? NO_TEXTS).includes(address);
}

/** Whether S35 can matter between these ends. */
export function ownNodeOf(from: EngineEnd, to: EngineEnd): OwnNode | undefined {
  if (!mayBeNode(from) && !mayBeNode(to)) return undefined;
  return (direction: Direction, family: number) => {
    const [subject, other] = direction === "egress" ? [from, to] : [to, from];
    const node = subject.pod?.nodeIps;
    const addresses = addressesOf(other).filter(
      (text) => family === NO_FAMILY || text.includes(":") === (family !== IPV4),
    );
    if (node === undefined || addressesOf(other).length === 0) return false;
    const own = canonicalAddresses(node);
    return addresses.every((address) => own.includes(address));
  };
}

/** Host-network pods count as their node's address, too. */
function mayBeNode({ pod }: EngineEnd): boolean {
  return pod === undefined || pod.spec.hostNetwork === true;
}

/** All addresses in canonical text; none where they are not known. */
export function addressesOf({ pod, address }: EngineEnd): readonly string[] {
  if (pod === undefined) return address === undefined ? [] : [address];
  return canonicalAddresses(pod.ips?.length ? pod.ips : (pod.nodeIps ?? NO_TEXTS));
}

const NO_TEXTS: readonly string[] = [];

/** Pods of a node share the list of its addresses. */
const known = new WeakMap<readonly string[], readonly string[]>();

export function canonicalAddresses(texts: readonly string[]): readonly string[] {
  let addresses = known.get(texts);
  if (addresses === undefined) {
    addresses = texts
      .map(parseAddress)
      .filter((address) => address !== undefined)
      .map(formatAddress);
    known.set(texts, addresses);
  }
  return addresses;
}

/** What is between two ends beyond their classes; undefined: nothing. */
export function relationOf(from: EngineEnd, to: EngineEnd): PairRelation | undefined {
  const ownNode = ownNodeOf(from, to);
  const toSelf = isSelf(from, to);
  return ownNode === undefined && !toSelf ? undefined : { ownNode, toSelf };
}
