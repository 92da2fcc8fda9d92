import { createHash } from "node:crypto";
import type { Protocol } from "../../model/kubernetes.ts";
import type { Family } from "./address.ts";
import type { Direction } from "./lab-policy.ts";

/**
 * Names of nft objects. They depend on what the object stands for alone, never on the order of changes, and contain a
 * slash, so that none is a keyword of nft. nft's own limit is 255 characters; older versions cut counters at 128.
 */

const LONGEST = 120;

export function policyChain(direction: Direction, policy: string): string {
  return shortened(`policy-${direction}/${policy}`);
}

/** Of all pods that the same policies isolate; of none: closed. */
export function isolationChain(direction: Direction, policies: string): string {
  return `isolated-${direction}/${policies === "" ? "closed" : hash(policies)}`;
}

export function deniedCounter(direction: Direction, pod: string): string {
  return shortened(`denied-${direction}/${pod}`);
}

export function peerSet(selectionsKey: string, family: Family): string {
  return `peers/${selectionsKey}/${family}`;
}

export function namedPortSet(protocol: Protocol, name: string, family: Family): string {
  return `port/${protocol.toLowerCase()}/${name}/${family}`;
}

export function serviceChain(service: string, protocol: Protocol, port: number, family: Family): string {
  return shortened(`service/${family}/${protocol.toLowerCase()}/${port}/${service}`);
}

function shortened(name: string): string {
  return name.length <= LONGEST ? name : `${name.slice(0, LONGEST - 17)}.${hash(name)}`;
}

export function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
