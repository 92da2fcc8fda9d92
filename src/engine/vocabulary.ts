import type { CompiledPeer } from "../policy/compiled-peer.ts";
import type { CompiledPolicy } from "../policy/compiled-policy.ts";
import type { CompiledPort } from "../policy/compiled-port.ts";
import type { CompiledAdminPolicy, CompiledSelection } from "../policy/tiers/compiled-admin-policy.ts";
import type { Cidr } from "../selectors/cidr.ts";
import type { Requirement } from "../selectors/label-selector.ts";
import type { PortCuts } from "./port-atoms.ts";

/** All that policies speak of: what tells two pods, two addresses or two ports apart. */
export class Vocabulary {
  /** Keys of pods' labels. */
  readonly labelKeys = new Set<string>();
  readonly portNames = new Set<string>();
  readonly #blocks = new Map<string, Cidr>();
  readonly cuts = {
    TCP: new Set<number>(),
    UDP: new Set<number>(),
    SCTP: new Set<number>(),
  } satisfies PortCuts;

  get blocks(): readonly Cidr[] {
    return [...this.#blocks.values()];
  }

  addPolicy(policy: CompiledPolicy): void {
    this.addLabels(policy.subject);
    for (const direction of ["ingress", "egress"] as const) {
      if (!policy.isolates[direction]) continue;
      for (const { peers, ports } of policy.rules[direction]) {
        for (const peer of peers ?? []) this.#addPeer(peer);
        for (const port of ports ?? []) this.#addPort(port);
      }
    }
  }

  addAdminPolicy({ subject, rules }: CompiledAdminPolicy): void {
    if (subject !== undefined) this.#addSelection(subject);
    for (const { rule, peers } of [...rules.ingress, ...rules.egress]) {
      for (const peer of peers ?? []) {
        if (peer.kind === "pods") this.#addSelection(peer);
        if (peer.kind === "networks") for (const { cidr } of peer.blocks) this.addBlock(cidr);
      }
      for (const port of rule.ports ?? []) {
        if (port.kind === "range") this.cuts[port.protocol].add(port.first).add(port.last + 1);
        if (port.kind === "named") this.portNames.add(port.name);
      }
    }
  }

  #addSelection({ pods }: CompiledSelection): void {
    this.addLabels(pods);
  }

  addLabels(requirements: readonly Requirement[]): void {
    for (const { key } of requirements) this.labelKeys.add(key);
  }

  addBlock(block: Cidr): void {
    this.#blocks.set(`${block.family}/${block.first}/${block.prefix}`, block);
  }

  #addPeer(peer: CompiledPeer): void {
    if (peer.kind === "pods") this.addLabels(peer.pods);
    if (peer.kind !== "block") return;
    this.addBlock(peer.cidr);
    for (const { cidr } of peer.excepts) this.addBlock(cidr);
  }

  #addPort({ protocol, numbers }: CompiledPort): void {
    if (numbers.kind === "range") {
      // The first port by itself: some networks know no more of a range (S26).
      this.cuts[protocol]
        .add(numbers.first)
        .add(numbers.first + 1)
        .add(numbers.last + 1);
    }
    if (numbers.kind === "named") this.portNames.add(numbers.name);
  }
}
