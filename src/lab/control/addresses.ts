/** The networks of a lab, apart from each other and from all that a scenario is likely to name as outside. */
export const POD_NETWORKS = ["10.244.0.0/16", "fd00:10:244::/48"] as const;
export const SERVICE_NETWORKS = ["10.96.0.0/16", "fd00:10:96::/112"] as const;
export const NODE_NETWORKS = ["172.30.0.0/16", "fd00:172:30::/64"] as const;

/** Where the cluster's DNS answers: the tenth address, as kubeadm has it. */
export const DNS_ADDRESSES = ["10.96.0.10", "fd00:10:96::a"] as const;

/** Pods that a node takes: each needs an address of the node's /24 in the lab. */
export const PODS_PER_NODE = 250;
/** The third byte of an address tells the node. */
export const MAX_NODES = 200;

/** IPv4 first, which every lab has. */
export type Families = readonly ["IPv4"] | readonly ["IPv4", "IPv6"];

/** Addresses of node `number`, which counts from 1. */
export function nodeAddresses(number: number, families: Families): readonly string[] {
  return [`172.30.0.${number}`, `fd00:172:30::${number.toString(16)}`].slice(0, families.length);
}

/** Ranges of the pods of node `number`. */
export function podSubnets(number: number, families: Families): readonly string[] {
  return [`10.244.${number}.0/24`, `fd00:10:244:${number.toString(16)}::/64`].slice(0, families.length);
}

/** Hands out the pods' addresses of one node; one that was given back comes last, since peers may still talk to it. */
export class PodAddresses {
  readonly #number: number;
  readonly #families: Families;
  readonly #free: number[] = Array.from({ length: PODS_PER_NODE }, (_, index) => index + 2);

  constructor(nodeNumber: number, families: Families) {
    this.#number = nodeNumber;
    this.#families = families;
  }

  /** One of each family; undefined: all are taken. */
  take(): readonly string[] | undefined {
    const host = this.#free.shift();
    if (host === undefined) return undefined;
    return [
      `10.244.${this.#number}.${host}`,
      `fd00:10:244:${this.#number.toString(16)}::${host.toString(16)}`,
    ].slice(0, this.#families.length);
  }

  giveBack(addresses: readonly string[]): void {
    const host = Number(addresses[0]?.split(".")[3]);
    if (Number.isInteger(host) && !this.#free.includes(host)) this.#free.push(host);
  }
}

/** The Services' addresses: fixed ones where a Service asks, else the next that is free. */
export class ServiceAddresses {
  readonly #taken = new Set<string>(DNS_ADDRESSES);
  #next = 0x100;

  /** False: another Service has it. */
  reserve(address: string): boolean {
    if (this.#taken.has(address)) return false;
    this.#taken.add(address);
    return true;
  }

  take(family: "IPv4" | "IPv6"): string {
    for (;;) {
      const number = this.#next++;
      const address =
        family === "IPv4"
          ? `10.96.${(number >> 8) & 0xff}.${number & 0xff}`
          : `fd00:10:96::${number.toString(16)}`;
      if (this.reserve(address)) return address;
    }
  }

  giveBack(addresses: readonly string[]): void {
    for (const address of addresses) this.#taken.delete(address);
  }
}
