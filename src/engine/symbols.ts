import type { Container } from "../model/kubernetes.ts";
import type { PodEnd } from "../model/traffic.ts";
import type { Vocabulary } from "./vocabulary.ts";

const PROTOCOL_CODES: Readonly<Record<string, number>> = { TCP: 1, UDP: 2, SCTP: 3 };

/** Numbers for what policies may see of a pod: each label and each named port that they speak of. */
export class Symbols {
  readonly #labels: ReadonlyMap<string, Map<string, number>>;
  /** By name, then by number, protocol and whose port it is. */
  readonly #ports: ReadonlyMap<string, Map<number, number>>;
  #count = 0;

  constructor({ labelKeys, portNames }: Vocabulary) {
    this.#labels = new Map([...labelKeys].map((key) => [key, new Map()]));
    this.#ports = new Map([...portNames].map((name) => [name, new Map()]));
  }

  /** Puts the symbols of the pod's labels into `found`, in their order. */
  ofLabels({ labels }: PodEnd, found: number[]): void {
    found.length = 0;
    for (const key in labels) {
      const values = this.#labels.get(key);
      const value = values === undefined ? undefined : labels[key];
      if (values === undefined || value === undefined) continue;
      let symbol = values.get(value);
      if (symbol === undefined) {
        symbol = this.#count++;
        values.set(value, symbol);
      }
      found.push(symbol);
    }
  }

  /** The same of its declared ports, also of init containers: whose names count is not for here to say (S30). */
  ofPorts({ spec }: PodEnd, found: number[]): void {
    found.length = 0;
    if (this.#ports.size === 0) return;
    for (const container of spec.containers) this.#add(container, 0, found);
    for (const container of spec.initContainers ?? []) {
      this.#add(container, container.restartPolicy === "Always" ? 1 : 2, found);
    }
  }

  #add({ ports }: Container, whose: number, found: number[]): void {
    for (const { name, containerPort, protocol } of ports ?? []) {
      const numbers = name ? this.#ports.get(name) : undefined;
      if (numbers === undefined) continue;
      const key = (containerPort * 4 + (PROTOCOL_CODES[protocol ?? "TCP"] ?? 0)) * 4 + whose;
      let symbol = numbers.get(key);
      if (symbol === undefined) {
        symbol = this.#count++;
        numbers.set(key, symbol);
      }
      found.push(symbol);
    }
  }
}
