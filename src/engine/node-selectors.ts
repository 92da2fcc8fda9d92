import type { Snapshot } from "../model/snapshot.ts";
import type { CompiledAdminPolicy } from "../policy/tiers/compiled-admin-policy.ts";
import { createNodeBook } from "../policy/tiers/nodes.ts";
import { meetsAll, type Requirement } from "../selectors/label-selector.ts";
import type { NodeAddress } from "./address-atoms.ts";

/** The nodes that policies speak of by their labels. */
export class NodeSelectors {
  readonly #ids = new Map<readonly Requirement[], number>();
  readonly #book: ReturnType<typeof createNodeBook>;

  constructor(world: Pick<Snapshot, "nodes" | "unread">, policies: readonly CompiledAdminPolicy[]) {
    this.#book = createNodeBook(world);
    for (const { rules } of policies) {
      for (const peer of [...rules.ingress, ...rules.egress].flatMap(({ peers }) => peers ?? [])) {
        if (peer.kind === "nodes") this.#ids.set(peer.nodes, this.#ids.size);
      }
    }
  }

  get isEmpty(): boolean {
    return this.#ids.size === 0;
  }

  get hasNodes(): boolean {
    return this.#book.blocks.length > 0;
  }

  /** There may be more nodes than are known. */
  get isUnread(): boolean {
    return this.#book.unread !== undefined;
  }

  idOf(nodes: readonly Requirement[]): number {
    const id = this.#ids.get(nodes);
    if (id === undefined) throw new Error("a selector of nodes that was not announced");
    return id;
  }

  /** All addresses of nodes; their kind has a `1` at the number of each selector that one with the address meets. */
  addresses(): readonly NodeAddress[] {
    const selectors = [...this.#ids.keys()];
    const found = new Map<string, NodeAddress>();
    for (const { addresses, labels } of this.#book.nodes) {
      for (const address of addresses) {
        const key = `${address.family}/${address.value}`;
        const before = found.get(key)?.kind;
        const kind = selectors
          .map((selector, id) => (before?.charAt(id) === "1" || meetsAll(selector, labels) ? "1" : "0"))
          .join("");
        found.set(key, { address, kind });
      }
    }
    return [...found.values()];
  }
}
