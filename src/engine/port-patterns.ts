import type { Protocol } from "../model/kubernetes.ts";
import type { PodEnd } from "../model/traffic.ts";
import type { KnobReader } from "../policy/choices.ts";
import type { CompiledRule } from "../policy/compiled-policy.ts";
import { matchesNamedPort, matchesPort, type PortDeclarations } from "../policy/compiled-port.ts";
import type { CompiledAdminRule } from "../policy/tiers/compiled-admin-policy.ts";
import { BitDraft, type Bits, NO_BITS } from "./bits.ts";
import type { Classes } from "./classes.ts";
import type { PortAtoms } from "./port-atoms.ts";
import type { Signature } from "./signatures.ts";

/** The rule is not about the port. */
export const NO_CLASS = 0;
/** It is, whatever the other end is. */
export const EVERY_CLASS = 1;

/** By port atom: `NO_CLASS`, `EVERY_CLASS`, or the number of a mask: the classes for which the rule is about the port. */
export type PortPattern = Uint32Array;

/** Classes of pods whose port names stand for the same numbers. */
interface PortGroup {
  readonly sample: PodEnd;
  readonly members: Bits;
}

type Matches = (protocol: Protocol, port: number, destination: PortDeclarations) => boolean;

/** Finds the ports that rules are about under one reading, once for all rules with the same ports. */
export class PortPatterns {
  readonly #classes: Classes;
  readonly #ports: PortAtoms;
  readonly #knobs: KnobReader;
  readonly #patterns = new Map<string, PortPattern>();
  readonly #maskIds = new Map<string, number>();
  readonly #masks: Bits[];
  readonly #anyPort: PortPattern;
  #groups: readonly PortGroup[] | undefined;

  constructor(classes: Classes, ports: PortAtoms, knobs: KnobReader, every: Bits) {
    this.#classes = classes;
    this.#ports = ports;
    this.#knobs = knobs;
    this.#masks = [NO_BITS, every];
    this.#anyPort = new Uint32Array(ports.atoms.length).fill(EVERY_CLASS);
  }

  mask(id: number): Bits {
    return this.#masks[id] as Bits;
  }

  of({ ports }: CompiledRule, signature: Signature): PortPattern {
    if (ports === undefined) return this.#anyPort;
    let key = "";
    for (const { protocol, numbers } of ports) {
      key += `|${protocol}`;
      if (numbers.kind === "range") key += `${numbers.first}-${numbers.last}`;
      else key += numbers.kind === "named" ? `/${numbers.name}` : numbers.kind;
    }
    const hasNames = ports.some(({ numbers }) => numbers.kind === "named");
    return this.#pattern(key, hasNames, signature, (protocol, port, destination) =>
      ports.some((entry) => matchesPort(entry, port, protocol, destination, this.#knobs)),
    );
  }

  /** Of a rule of the admin tiers; `may`: with the ports of which it is not known what they are. */
  ofAdmin(
    { rule: { ports } }: CompiledAdminRule,
    signature: Signature,
  ): { readonly must: PortPattern; readonly may: PortPattern } {
    if (ports === undefined) return { must: this.#anyPort, may: this.#anyPort };
    let key = "admin";
    for (const entry of ports) {
      if (entry.kind === "range") key += `|${entry.protocol}${entry.first}-${entry.last}`;
      else if (entry.kind === "named") key += `|/${entry.name}`;
      else key += entry.kind === "protocol" ? `|${entry.protocol}` : "";
    }
    const hasNames = ports.some(({ kind }) => kind === "named");
    const must = this.#pattern(key, hasNames, signature, (protocol, port, destination) =>
      ports.some((entry) => {
        switch (entry.kind) {
          case "protocol":
            return entry.protocol === protocol;
          case "range":
            return entry.protocol === protocol && entry.first <= port && port <= entry.last;
          case "named":
            return matchesNamedPort(entry.name, port, protocol, destination, this.#knobs);
          case "unknown":
            return false;
          default: {
            const never: never = entry;
            throw new Error(`unhandled port ${JSON.stringify(never)}`);
          }
        }
      }),
    );
    return { must, may: ports.some(({ kind }) => kind === "unknown") ? this.#anyPort : must };
  }

  /** Port names of ingress rules are the subject's, those of egress rules the other end's (S27). */
  #pattern(
    text: string,
    hasNames: boolean,
    { direction, sample, portsId }: Signature,
    matches: Matches,
  ): PortPattern {
    const key = hasNames ? `${text}|${direction}${direction === "ingress" ? portsId : ""}` : text;
    let pattern = this.#patterns.get(key);
    if (pattern === undefined) {
      const own = direction === "ingress" ? sample.spec : undefined;
      pattern = Uint32Array.from(this.#ports.atoms, ({ protocol, first, index }) => {
        if (matches(protocol, first, own)) return EVERY_CLASS;
        return hasNames && own === undefined
          ? this.#mask(`${text}@${index}`, matches, protocol, first)
          : NO_CLASS;
      });
      this.#patterns.set(key, pattern);
    }
    return pattern;
  }

  #mask(key: string, matches: Matches, protocol: Protocol, port: number): number {
    let id = this.#maskIds.get(key);
    if (id === undefined) {
      const draft = new BitDraft(this.#classes.list.length);
      this.#groups ??= groupsByPorts(this.#classes);
      for (const { sample, members } of this.#groups) {
        if (matches(protocol, port, sample.spec)) draft.add(members);
      }
      const bits = draft.toBits();
      id = bits.words.length === 0 ? NO_CLASS : this.#masks.push(bits) - 1;
      this.#maskIds.set(key, id);
    }
    return id;
  }
}

function groupsByPorts({ list, podClasses }: Classes): readonly PortGroup[] {
  const groups = new Map<number, { readonly sample: PodEnd; readonly draft: BitDraft }>();
  for (const { index, ports, sample } of list.slice(0, podClasses)) {
    if (sample === undefined) continue;
    const group = groups.get(ports) ?? { sample, draft: new BitDraft(list.length) };
    group.draft.set(index);
    groups.set(ports, group);
  }
  return [...groups.values()].map(({ sample, draft }) => ({ sample, members: draft.toBits() }));
}
