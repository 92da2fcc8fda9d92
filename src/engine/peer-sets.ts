import type { CompiledPeer } from "../policy/compiled-peer.ts";
import type { CompiledAdminPeer } from "../policy/tiers/compiled-admin-policy.ts";
import { BitDraft, type Bits, NO_BITS } from "./bits.ts";
import { type BlockSet, BlockSets } from "./block-sets.ts";
import type { Classes } from "./classes.ts";
import type { NodeSelectors } from "./node-selectors.ts";
import type { PolicyReading } from "./readings.ts";
import type { Selection, Selections } from "./selections.ts";

/** What the peers of a rule select together. */
export interface PeerSet {
  /** The same for peers that select the same. */
  readonly id: number;
  readonly everyone: boolean;
  readonly selected: Selection;
  readonly blocks: readonly BlockSet[];
}

interface Parts {
  readonly selections: Selection[];
  readonly blocks: BlockSet[];
  key: string;
}

/** Works out what rules' peers select, under one reading; the same peers once however many policies have them. */
export class PeerSets {
  readonly #selections: Selections;
  readonly #reading: PolicyReading;
  readonly #nodes: NodeSelectors;
  readonly #byKey = new Map<string, PeerSet>();
  readonly #blocks: BlockSets;
  readonly #draft: BitDraft;
  /** Pods in their node's network, which the admin tiers never select (T6). */
  readonly #hosts: Bits;
  /** All that may be a node. */
  readonly #maybeNodes: Selection;
  readonly #every: Selection;
  readonly everyone: PeerSet;

  constructor(classes: Classes, selections: Selections, reading: PolicyReading, nodes: NodeSelectors) {
    this.#selections = selections;
    this.#reading = reading;
    this.#nodes = nodes;
    this.#blocks = new BlockSets(classes);
    this.#draft = new BitDraft(classes.list.length);
    this.#hosts = this.#bitsWhere(classes, ({ host }) => host);
    this.#maybeNodes = {
      id: -1,
      must: NO_BITS,
      may: this.#bitsWhere(classes, ({ host, sample }) => host || sample === undefined),
    };
    this.#every = { id: -1, must: NO_BITS, may: this.#bitsWhere(classes, () => true) };
    this.everyone = {
      id: 0,
      everyone: true,
      selected: { id: -1, must: this.#every.may, may: this.#every.may },
      blocks: [],
    };
  }

  /** Peers of a NetworkPolicy; `namespace`: its own. */
  of(peers: readonly CompiledPeer[] | undefined, namespace: number): PeerSet {
    if (peers === undefined) return this.everyone;
    const parts: Parts = { selections: [], blocks: [], key: "" };
    for (const peer of peers) {
      if (peer.kind === "pods") {
        const selection =
          peer.namespaces === undefined
            ? this.#selections.inNamespace(namespace, peer.pods)
            : this.#selections.inNamespaces(peer.namespaces, peer.pods);
        addSelection(parts, selection, `s${selection.id}`);
      } else if (peer.kind === "block") {
        const { ipBlockPods, ipBlockNodes } = this.#reading;
        addBlock(
          parts,
          this.#blocks.of({
            cidrs: [peer.cidr],
            excepts: peer.excepts.map(({ cidr }) => cidr),
            pods: ipBlockPods === "match",
            nodes: ipBlockNodes === "match",
          }),
        );
      }
    }
    return this.#join(parts);
  }

  /** Peers of a rule of the admin tiers. */
  ofAdmin(peers: readonly CompiledAdminPeer[] | undefined): PeerSet {
    if (peers === undefined) return this.everyone;
    const parts: Parts = { selections: [], blocks: [], key: "" };
    for (const peer of peers) {
      switch (peer.kind) {
        case "pods": {
          const selection = this.#selections.inNamespaces(peer.namespaces, peer.pods);
          addSelection(parts, this.#withoutHosts(selection), `a${selection.id}`);
          break;
        }
        case "networks": {
          const cidrs = peer.blocks.map(({ cidr }) => cidr);
          addBlock(parts, this.#blocks.of({ cidrs, excepts: [], pods: true, nodes: true }));
          break;
        }
        case "nodes":
          addBlock(parts, this.#blocks.ofNodes(peer.nodes, this.#nodes.idOf(peer.nodes)));
          if (this.#nodes.isUnread) addSelection(parts, this.#maybeNodes, "n");
          break;
        case "domains":
          // Which addresses a name stands for is not known.
          addSelection(parts, this.#every, "d");
          break;
        default: {
          const never: never = peer;
          throw new Error(`unhandled peer ${JSON.stringify(never)}`);
        }
      }
    }
    return this.#join(parts);
  }

  /** The classes that a subject of the admin tiers selects. */
  withoutHosts(selection: Selection): Selection {
    return this.#withoutHosts(selection);
  }

  #withoutHosts({ must, may }: Selection): Selection {
    const less = (bits: Bits): Bits => {
      const draft = this.#draft.clear();
      draft.add(bits);
      draft.remove(this.#hosts);
      return draft.toBits();
    };
    const certain = less(must);
    return { id: -1, must: certain, may: may === must ? certain : less(may) };
  }

  #join({ selections, blocks, key }: Parts): PeerSet {
    let set = this.#byKey.get(key);
    if (set === undefined) {
      const [only] = selections;
      const selected = only !== undefined && selections.length === 1 ? only : this.#union(selections);
      set = { id: this.#byKey.size + 1, everyone: false, selected, blocks };
      this.#byKey.set(key, set);
    }
    return set;
  }

  #union(selections: readonly Selection[]): Selection {
    const draft = this.#draft.clear();
    for (const { must } of selections) draft.add(must);
    const must = draft.toBits();
    if (selections.every((selection) => selection.may === selection.must)) return { id: -1, must, may: must };
    for (const { may } of selections) draft.add(may);
    return { id: -1, must, may: draft.toBits() };
  }

  #bitsWhere({ list }: Classes, holds: (end: Classes["list"][number]) => boolean): Bits {
    const draft = this.#draft.clear();
    for (const end of list) if (holds(end)) draft.set(end.index);
    return draft.toBits();
  }
}

function addSelection(parts: Parts, selection: Selection, key: string): void {
  parts.selections.push(selection);
  parts.key += `${key},`;
}

function addBlock(parts: Parts, { key, block }: { readonly key: string; readonly block: BlockSet }): void {
  parts.blocks.push(block);
  parts.key += `b${key},`;
}
