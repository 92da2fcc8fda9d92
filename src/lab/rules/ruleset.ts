/** A table of nftables as a value, and the transaction that turns one into another. */

/** Everything of the lab lives in this table. */
export const TABLE = "inet netverdict";

export interface Chain {
  /** `type … hook … priority …` of a chain that the kernel calls itself. */
  readonly hook?: string;
  readonly rules: readonly string[];
}

export interface Collection {
  readonly kind: "set" | "map";
  /** `ipv4_addr . inet_service`, `ipv4_addr : verdict`. */
  readonly type: string;
  /** Key to value; a set's values are empty. */
  readonly elements: ReadonlyMap<string, string>;
}

export interface Ruleset {
  readonly counters: ReadonlySet<string>;
  readonly collections: ReadonlyMap<string, Collection>;
  readonly chains: ReadonlyMap<string, Chain>;
}

export const EMPTY_RULESET: Ruleset = { counters: new Set(), collections: new Map(), chains: new Map() };

/** Transactions that put this ruleset in the place of whatever the table held. */
export function replaceTable(ruleset: Ruleset): string[] {
  const create = [`add table ${TABLE}`, `delete table ${TABLE}`, `add table ${TABLE}`];
  return transactions([...create, ...changes(EMPTY_RULESET, ruleset)]);
}

/** Transactions that turn one ruleset into the other; none where the two are equal. */
export function difference(from: Ruleset, to: Ruleset): string[] {
  return transactions(changes(from, to));
}

/**
 * nft sends a transaction to the kernel as one message, which has to fit the socket's buffer. Without privileges over
 * the whole machine it cannot enlarge that: 212,992 bytes (net.core.wmem_default), else "Message too long".
 */
const LARGEST_MESSAGE = 190_000;
const ELEMENTS_A_COMMAND = 250;

/** Every command is valid after those before it, so they can be parted anywhere. */
function transactions(commands: readonly string[]): string[] {
  const parts: string[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const command of commands) {
    size += messageSize(command);
    if (size > LARGEST_MESSAGE) {
      parts.push([]);
      size = messageSize(command);
    }
    parts.at(-1)?.push(command);
  }
  return parts.map((part) => `${part.join("\n")}\n`);
}

/** At least what nft makes of a command; the figures are fitted to messages of nft 1.0.6 with a fifth to spare. */
function messageSize(command: string): number {
  if (!command.startsWith("add rule")) {
    return 60 + 2.5 * command.length;
  }
  const matches = command.match(/saddr|daddr|dport|l4proto|nfproto/g)?.length ?? 0;
  const ownSets = command.match(/\{/g)?.length ?? 0;
  return 120 + 2 * command.length + 180 * matches + 250 * ownSets;
}

/**
 * What is new is made before anything refers to it; what is gone is deleted when nothing does any more. nft checks each
 * command against the state that those before it left.
 */
function changes(from: Ruleset, to: Ruleset): string[] {
  const chains = [...to.chains].filter(([name, chain]) => !isSameChain(from.chains.get(name), chain));
  const goneChains = [...from.chains.keys()].filter((name) => !to.chains.has(name));
  const goneCollections = [...from.collections.keys()].filter((name) => !to.collections.has(name));
  const elements = [...to.collections].map(([name, { elements }]) => ({
    name,
    ...elementChanges(from.collections.get(name)?.elements ?? new Map(), elements),
  }));
  return [
    ...[...to.counters]
      .filter((name) => !from.counters.has(name))
      .map((name) => `add counter ${TABLE} ${name}`),
    ...[...to.collections]
      .filter(([name]) => !from.collections.has(name))
      .map(([name, { kind, type }]) => `add ${kind} ${TABLE} ${name} { type ${type} ; }`),
    ...chains.filter(([name]) => !from.chains.has(name)).map(([name, { hook }]) => addChain(name, hook)),
    ...chains.filter(([name]) => from.chains.has(name)).map(([name]) => `flush chain ${TABLE} ${name}`),
    ...goneChains.map((name) => `flush chain ${TABLE} ${name}`),
    ...elements.flatMap(({ name, gone }) => elementCommands("delete", name, gone)),
    ...chains.flatMap(([name, { rules }]) => rules.map((rule) => `add rule ${TABLE} ${name} ${rule}`)),
    ...elements.flatMap(({ name, added }) => elementCommands("add", name, added)),
    ...goneCollections.map((name) => `delete ${from.collections.get(name)?.kind} ${TABLE} ${name}`),
    ...goneChains.map((name) => `delete chain ${TABLE} ${name}`),
    ...[...from.counters]
      .filter((name) => !to.counters.has(name))
      .map((name) => `delete counter ${TABLE} ${name}`),
  ];
}

function addChain(name: string, hook: string | undefined): string {
  const declaration = `add chain ${TABLE} ${name}`;
  return hook === undefined ? declaration : `${declaration} { ${hook} ; policy accept ; }`;
}

function isSameChain(a: Chain | undefined, b: Chain): boolean {
  return (
    a !== undefined && a.rules.length === b.rules.length && a.rules.every((rule, i) => rule === b.rules[i])
  );
}

function elementChanges(from: ReadonlyMap<string, string>, to: ReadonlyMap<string, string>) {
  const differs = (other: ReadonlyMap<string, string>) => (entry: [string, string]) =>
    other.get(entry[0]) !== entry[1];
  return {
    gone: [...from].filter(differs(to)).map(([key]) => key),
    added: [...to].filter(differs(from)).map(([key, value]) => (value === "" ? key : `${key} : ${value}`)),
  };
}

function elementCommands(verb: "add" | "delete", name: string, elements: readonly string[]): string[] {
  const commands: string[] = [];
  for (let i = 0; i < elements.length; i += ELEMENTS_A_COMMAND) {
    const some = elements.slice(i, i + ELEMENTS_A_COMMAND);
    commands.push(`${verb} element ${TABLE} ${name} { ${some.join(", ")} }`);
  }
  return commands;
}

/** A ruleset while it is being put together. */
export class RulesetDraft implements Ruleset {
  readonly counters = new Set<string>();
  readonly collections = new Map<string, Collection & { readonly elements: Map<string, string> }>();
  readonly chains = new Map<string, Chain>();

  addElement(collection: string, key: string, value = ""): void {
    const found = this.collections.get(collection);
    if (found === undefined) {
      throw new Error(`no collection ${collection} in the ruleset`);
    }
    found.elements.set(key, value);
  }

  addCollection(kind: "set" | "map", name: string, type: string): void {
    if (!this.collections.has(name)) {
      this.collections.set(name, { kind, type, elements: new Map() });
    }
  }
}
