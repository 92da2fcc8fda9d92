import { BlockList } from "node:net";

/**
 * The part of nftables that the rule compiler writes, in memory: applies transactions as strictly as the kernel does
 * (nothing is used before it exists, nothing is deleted while it is used, no element is added twice with two values)
 * and says what becomes of a packet. Whatever it does not know is an error.
 */
export interface Packet {
  readonly source: string;
  readonly destination: string;
  /** Lower case. */
  readonly protocol: "tcp" | "udp" | "sctp" | "icmp";
  readonly port?: number;
  /** Belongs to a connection that was admitted before. */
  readonly isEstablished?: boolean;
}

export interface Fate {
  readonly verdict: "accept" | "drop" | "reject" | "reset";
  /** Where the packet goes after translation. */
  readonly destination: string;
  readonly port: number | undefined;
  /** Named counters that counted it. */
  readonly counted: readonly string[];
  readonly isMasqueraded: boolean;
}

interface Chain {
  readonly hook?: { readonly type: string; readonly hook: string; readonly priority: number };
  rules: string[][];
}

interface Collection {
  readonly kind: "set" | "map";
  readonly type: string;
  readonly elements: Map<string, string>;
}

type Verdict = "accept" | "drop" | "reject" | "reset" | { readonly jump: string } | { readonly goto: string };

interface Journey {
  readonly family: "ip" | "ip6";
  readonly packet: Packet;
  destination: string;
  port: number | undefined;
  readonly counted: string[];
  isMasqueraded: boolean;
}

export class NftModel {
  readonly chains = new Map<string, Chain>();
  readonly collections = new Map<string, Collection>();
  readonly counters = new Set<string>();
  #hasTable = false;

  apply(transactions: readonly string[]): void {
    for (const text of transactions) {
      for (const line of text.split("\n").filter((each) => each !== "")) {
        this.#command(line);
      }
      this.#check();
    }
  }

  /** A text that is the same for rulesets that do the same, whatever the order they came about in. */
  dump(): string {
    const sorted = <T>(map: ReadonlyMap<string, T>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
    return JSON.stringify(
      {
        chains: sorted(this.chains),
        collections: sorted(this.collections).map(([name, { kind, type, elements }]) => [
          name,
          kind,
          type,
          sorted(elements),
        ]),
        counters: [...this.counters].sort(),
      },
      undefined,
      1,
    );
  }

  /** What becomes of the first packet of a connection, or of a later one. */
  send(packet: Packet): Fate {
    const journey: Journey = {
      family: packet.source.includes(":") ? "ip6" : "ip",
      packet,
      destination: packet.destination,
      port: packet.port,
      counted: [],
      isMasqueraded: false,
    };
    let verdict: Fate["verdict"] = "accept";
    for (const hook of ["prerouting", "forward", "postrouting"]) {
      const chains = [...this.chains.values()]
        .filter((chain) => chain.hook?.hook === hook)
        .sort((a, b) => (a.hook?.priority ?? 0) - (b.hook?.priority ?? 0));
      for (const chain of chains) {
        if (verdict === "accept" && !(chain.hook?.type === "nat" && packet.isEstablished === true)) {
          verdict = this.#run(chain, journey) ?? "accept";
        }
      }
    }
    const { destination, port, counted, isMasqueraded } = journey;
    return { verdict, destination, port, counted, isMasqueraded };
  }

  #command(line: string): void {
    const match =
      /^(add|delete|flush) (table|chain|set|map|counter|element|rule) inet netverdict ?(.*)$/.exec(line);
    if (match === null) {
      throw new Error(`unknown command: ${line}`);
    }
    const [, verb = "", object = "", rest = ""] = match;
    const [name = "", ...words] = rest.split(" ").filter((word) => word !== "");
    if (object !== "table" && !this.#hasTable) {
      throw new Error(`no table: ${line}`);
    }
    if (/^[A-Za-z][A-Za-z0-9/._-]*$/.test(name) !== (object !== "table") || name.length > 128) {
      throw new Error(`bad name: ${line}`);
    }
    switch (`${verb} ${object}`) {
      case "add table":
        this.#hasTable = true;
        return;
      case "delete table":
        this.#hasTable = false;
        for (const objects of [this.chains, this.collections, this.counters]) {
          objects.clear();
        }
        return;
      case "add chain":
        this.#fresh(this.chains, name, line);
        this.chains.set(name, parseChain(words.join(" ")));
        return;
      case "flush chain":
        found(this.chains, name).rules = [];
        return;
      case "delete chain":
        if (found(this.chains, name).rules.length > 0 || this.#refersTo(name)) {
          throw new Error(`busy: ${line}`);
        }
        this.chains.delete(name);
        return;
      case "add set":
      case "add map": {
        this.#fresh(this.collections, name, line);
        const type = /^\{ type (.*) ; \}$/.exec(words.join(" "))?.[1];
        if (type === undefined || (object === "map") !== type.includes(" : ")) {
          throw new Error(`bad type: ${line}`);
        }
        this.collections.set(name, { kind: object as "set" | "map", type, elements: new Map() });
        return;
      }
      case "delete set":
      case "delete map":
        if (found(this.collections, name).kind !== object || this.#refersTo(`@${name}`)) {
          throw new Error(`busy: ${line}`);
        }
        this.collections.delete(name);
        return;
      case "add counter":
        this.#fresh(this.counters, name, line);
        this.counters.add(name);
        return;
      case "delete counter":
        if (!this.counters.delete(name) || this.#refersTo(name)) {
          throw new Error(`missing or busy: ${line}`);
        }
        return;
      case "add element":
        for (const [key, value] of elementsOf(words)) {
          this.#addElement(found(this.collections, name), key, value, line);
        }
        return;
      case "delete element":
        for (const [key] of elementsOf(words)) {
          if (!found(this.collections, name).elements.delete(key)) {
            throw new Error(`no element ${key}: ${line}`);
          }
        }
        return;
      case "add rule": {
        const rule = tokens(words.join(" "));
        this.#checkReferences(rule, line);
        found(this.chains, name).rules.push(rule);
        return;
      }
      default:
        throw new Error(`unknown command: ${line}`);
    }
  }

  #fresh(objects: { has(name: string): boolean }, name: string, line: string): void {
    if (objects.has(name)) {
      throw new Error(`exists already: ${line}`);
    }
  }

  #addElement(collection: Collection, key: string, value: string, line: string): void {
    const isVerdict = collection.type.endsWith(": verdict");
    const isCounter = collection.type.endsWith(": counter");
    if (isVerdict) {
      found(this.chains, value.replace(/^goto /, ""));
    }
    if (isCounter && !this.counters.has(value)) {
      throw new Error(`no counter ${value}: ${line}`);
    }
    if ((collection.kind === "map") !== (value !== "") || (collection.elements.get(key) ?? value) !== value) {
      throw new Error(`bad value ${value} of ${key}: ${line}`);
    }
    const parts = key.split(" . ").length;
    if (parts !== collection.type.replace(/ : .*/, "").split(" . ").length) {
      throw new Error(`element ${key} does not fit ${collection.type}: ${line}`);
    }
    collection.elements.set(key, value);
  }

  #checkReferences(rule: readonly string[], line: string): void {
    for (const [i, word] of rule.entries()) {
      if (word.startsWith("@")) {
        found(this.collections, word.slice(1));
      }
      if (word === "jump" || word === "goto") {
        found(this.chains, rule[i + 1] ?? "");
      }
    }
    const headers = rule.filter((_word, i) => /^[sd]addr$/.test(rule[i + 1] ?? ""));
    if (new Set(headers).size > 1) {
      throw new Error(`two families: ${line}`);
    }
    if (rule.length === 0) {
      throw new Error(`empty rule: ${line}`);
    }
  }

  #refersTo(name: string): boolean {
    return (
      [...this.chains.values()].some(({ rules }) => rules.some((rule) => rule.includes(name))) ||
      [...this.collections.values()].some(({ elements }) =>
        [...elements.values()].some((value) => value === name || value === `goto ${name}`),
      )
    );
  }

  #check(): void {
    if (!this.#hasTable && this.chains.size > 0) {
      throw new Error("chains without a table");
    }
  }

  /** Undefined: the end of the chain. */
  #run({ rules }: Chain, journey: Journey): Fate["verdict"] | undefined {
    for (const rule of rules) {
      const verdict = this.#rule(rule, journey);
      if (typeof verdict === "string") {
        return verdict;
      }
      if (verdict !== undefined) {
        const [next = ""] = Object.values(verdict) as string[];
        const result = this.#run(found(this.chains, next), journey);
        if (result !== undefined || "goto" in verdict) {
          return result;
        }
      }
    }
    return undefined;
  }

  #rule(rule: readonly string[], journey: Journey): Verdict | undefined {
    const words = [...rule];
    const next = (): string => words.shift() ?? "";
    while (words.length > 0) {
      const word = next();
      switch (word) {
        case "ct": {
          if (next() !== "state" || next() !== "established,related") {
            throw new Error(`unknown: ${rule.join(" ")}`);
          }
          if (journey.packet.isEstablished !== true) {
            return undefined;
          }
          break;
        }
        case "counter": {
          next();
          const key = this.#expression(words, journey);
          if (next() !== "map") {
            throw new Error(`unknown: ${rule.join(" ")}`);
          }
          const counter =
            key === undefined ? undefined : found(this.collections, next().slice(1)).elements.get(key);
          if (counter === undefined) {
            return undefined;
          }
          journey.counted.push(counter);
          break;
        }
        case "accept":
        case "drop":
          return word;
        case "reject":
          return words.join(" ") === "with tcp reset" ? "reset" : "reject";
        case "jump":
          return { jump: next() };
        case "goto":
          return { goto: next() };
        case "masquerade":
          journey.isMasqueraded = true;
          return "accept";
        case "dnat": {
          const choices = /\{ (.*) \}/.exec(words.join(" "))?.[1]?.split(", ") ?? [];
          const [address = "", port] = choices[0]?.replace(/^0 : /, "").split(" . ") ?? [];
          journey.destination = address;
          journey.port = Number(port);
          return "accept";
        }
        case "comment":
          next();
          break;
        default: {
          words.unshift(word);
          const key = this.#expression(words, journey);
          if (words[0] === "vmap") {
            const { elements } = found(this.collections, words[1]?.slice(1) ?? "");
            const verdict = key === undefined ? undefined : elements.get(key);
            if (verdict === undefined) {
              return undefined;
            }
            return { goto: verdict.replace(/^goto /, "") };
          }
          const isNegated = words[0] === "!=";
          const wanted = isNegated ? words.splice(0, 2)[1] : words.shift();
          if (key === undefined || this.#fits(key, wanted ?? "") === isNegated) {
            return undefined;
          }
        }
      }
    }
    return undefined;
  }

  /** The packet's value for the fields at the head of the words, which it takes off; undefined: it has no such field. */
  #expression(words: string[], { family, packet, destination, port }: Journey): string | undefined {
    const values: (string | undefined)[] = [];
    do {
      if (words[0] === ".") {
        words.shift();
      }
      const [header, field] = words.splice(0, 2);
      switch (`${header} ${field}`) {
        case "ip saddr":
        case "ip6 saddr":
          values.push(header === family ? packet.source : undefined);
          break;
        case "ip daddr":
        case "ip6 daddr":
          values.push(header === family ? destination : undefined);
          break;
        case "meta l4proto":
          values.push(packet.protocol);
          break;
        case "meta nfproto":
          values.push(family === "ip" ? "ipv4" : "ipv6");
          break;
        case "tcp dport":
        case "udp dport":
        case "sctp dport":
          values.push(header === packet.protocol ? String(port) : undefined);
          break;
        case "th dport":
          values.push(port === undefined ? undefined : String(port));
          break;
        default:
          throw new Error(`unknown expression ${header} ${field}`);
      }
    } while (words[0] === ".");
    return values.includes(undefined) ? undefined : values.join(" . ");
  }

  #fits(value: string, wanted: string): boolean {
    if (wanted.startsWith("@")) {
      return found(this.collections, wanted.slice(1)).elements.has(value);
    }
    const members = wanted.startsWith("{") ? wanted.slice(2, -2).split(", ") : [wanted];
    return members.some((member) => {
      const [first = "", last] = member.split("-");
      if (/^[0-9]+$/.test(first)) {
        return Number(first) <= Number(value) && Number(value) <= Number(last ?? first);
      }
      return member.includes("/") ? inBlock(value, member) : value === member;
    });
  }
}

function inBlock(address: string, block: string): boolean {
  const [network = "", length] = block.split("/");
  const family = network.includes(":") ? "ipv6" : "ipv4";
  const list = new BlockList();
  list.addSubnet(network, Number(length), family);
  return address.includes(":") === (family === "ipv6") && list.check(address, family);
}

function parseChain(declaration: string): Chain {
  if (declaration === "") {
    return { rules: [] };
  }
  const match = /^\{ type (\w+) hook (\w+) priority (-?\d+) ; policy accept ; \}$/.exec(declaration);
  if (match === null) {
    throw new Error(`bad chain: ${declaration}`);
  }
  const [, type = "", hook = "", priority] = match;
  return { hook: { type, hook, priority: Number(priority) }, rules: [] };
}

/** Words; what is in braces or quotes is one word. */
function tokens(text: string): string[] {
  return text.match(/\{[^}]*\}|"[^"]*"|\S+/g) ?? [];
}

function elementsOf(words: readonly string[]): [key: string, value: string][] {
  const inner = /^\{ (.*) \}$/.exec(words.join(" "))?.[1];
  if (inner === undefined) {
    throw new Error(`bad elements: ${words.join(" ")}`);
  }
  return inner.split(", ").map((element) => {
    const [key = "", value = ""] = element.split(" : ");
    return [key, value];
  });
}

function found<T>(objects: ReadonlyMap<string, T>, name: string): T {
  const object = objects.get(name);
  if (object === undefined) {
    throw new Error(`no such object: ${name}`);
  }
  return object;
}
