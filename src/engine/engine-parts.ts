import type { PodEnd } from "../model/traffic.ts";
import { createNamespaceLabels } from "../policy/namespace-labels.ts";
import { AddressAtoms } from "./address-atoms.ts";
import { type Classes, classify, declaredNumbers } from "./classes.ts";
import type { EngineEnd } from "./ends.ts";
import type { EngineWorld } from "./engine.ts";
import type { EnginePolicies } from "./engine-policies.ts";
import type { RowLayer } from "./pair-judge.ts";
import { PeerSets } from "./peer-sets.ts";
import { PortAtoms } from "./port-atoms.ts";
import { readerOf } from "./readings.ts";
import { Rows } from "./rows.ts";
import { Selections } from "./selections.ts";
import { SignatureKnobs } from "./signature-knobs.ts";
import type { PolicySources } from "./signatures.ts";
import { TierRows } from "./tier-rows.ts";

/** What an engine is made of and what it shares with those that come out of it when a policy changes. */
export class EngineParts {
  readonly pods: readonly PodEnd[];
  readonly classes: Classes;
  readonly ports: PortAtoms;
  readonly selections: Selections;
  readonly layers: readonly RowLayer[];
  readonly alike: SignatureKnobs;
  /** Policies of the admin tiers and the classes that they select. */
  readonly admin: PolicySources["admin"];
  #signatureCount = 0;
  #ends: Map<string, EngineEnd> | undefined;

  constructor(world: EngineWorld, policies: EnginePolicies) {
    const { vocabulary, profile, readings, nodes, unreadKinds } = policies;
    this.pods = world.pods;
    const atoms = new AddressAtoms(vocabulary.blocks, policies.nodeAddresses);
    this.classes = classify(world.pods, vocabulary, atoms);
    for (const { protocol, port } of declaredNumbers(this.classes, vocabulary.portNames)) {
      vocabulary.cuts[protocol].add(port).add(port + 1);
    }
    this.ports = new PortAtoms(vocabulary.cuts);
    this.selections = new Selections(this.classes, createNamespaceLabels(world));
    this.layers = readings.map((reading) => {
      const peers = new PeerSets(this.classes, this.selections, reading, nodes);
      const rows = new Rows(this.classes, peers, this.ports, readerOf(reading, profile.knobs));
      return { rows, tiers: new TierRows(rows, reading, unreadKinds, this.classes.list.length) };
    });
    this.alike = new SignatureKnobs(readings, unreadKinds.length > 0);
    const peers = this.layers[0]?.rows.peers;
    this.admin = policies.admin.flatMap((policy) => {
      const { subject } = policy;
      if (subject === undefined || peers === undefined) return [];
      const selection = this.selections.inNamespaces(subject.namespaces, subject.pods);
      return [{ policy, subject: peers.withoutHosts(selection) }];
    });
  }

  /** Signatures are counted over all engines that share these parts. */
  nextSignatureId(): number {
    return this.#signatureCount++;
  }

  end(key: string): EngineEnd | undefined {
    this.#ends ??= new Map(
      this.pods.map((pod, at) => [
        pod.key,
        { index: this.classes.ofPod[at] as number, pod, address: undefined },
      ]),
    );
    return this.#ends.get(key);
  }
}
