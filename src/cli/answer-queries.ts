import type { Engine } from "../engine/engine.ts";
import { Reasons } from "../engine/reasons.ts";
import type { JsonObject } from "../manifests/json-value.ts";
import type { Protocol } from "../model/kubernetes.ts";
import type { PredictionValue } from "../model/prediction.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { ServiceHop, TrafficEnd } from "../model/traffic.ts";
import { createEvaluator, type Evaluator } from "../policy/evaluator.ts";
import type { QueryEntry } from "./query-file.ts";
import { type Named, type Place, QueryWorld } from "./query-world.ts";

/** The query as it was written, and what came of it. */
export type QueryResult = JsonObject &
  (
    | { readonly prediction: PredictionValue; readonly reason: string }
    | { readonly error: string; readonly prediction?: never }
  );

interface Answer {
  readonly value: PredictionValue;
  readonly reason: string;
}

type Query = Extract<QueryEntry, { kind: "query" }>;

/** Answers queries in their order; the same ends and ports as `createEvaluator` would. */
export class QueryAnswers {
  readonly #engine: Engine;
  readonly #world: QueryWorld;
  readonly #reasons: Reasons;
  readonly #evaluator: Evaluator;
  readonly #ends = new Map<string, TrafficEnd>();

  constructor(snapshot: Snapshot, engine: Engine) {
    this.#engine = engine;
    this.#world = new QueryWorld(snapshot, engine);
    this.#reasons = new Reasons(engine, snapshot);
    this.#evaluator = createEvaluator(snapshot, { profile: engine.profile });
  }

  answer(entry: QueryEntry): QueryResult {
    if (entry.kind === "malformed") return { ...entry.written, error: entry.error };
    const from = this.#world.find(entry.from);
    const to = this.#world.find(entry.to);
    const error = problemOf(from, "from") ?? problemOf(to, "to");
    if (error !== undefined) return { ...entry.written, error };
    const answer = this.#between(from, to, entry);
    return typeof answer === "string"
      ? { ...entry.written, error: answer }
      : { ...entry.written, prediction: answer.value, reason: answer.reason };
  }

  /** A text: what is wrong with the query. */
  #between(from: Named, to: Named, query: Query): Answer | string {
    if (from.kind === "ended") return { value: "undetermined", reason: from.reason };
    if (to.kind === "ended") return { value: "undetermined", reason: to.reason };
    if (from.kind !== "places") throw new Error("a query begins nowhere");
    if (to.kind === "places") {
      const answers = from.places.flatMap((source) =>
        to.places.map((target) => ({
          display: pairText(source, target, from.places.length > 1),
          answer: this.#connection(source, target, query.port, query.protocol),
        })),
      );
      return combined(answers, "pods");
    }
    if (to.kind !== "service") throw new Error("a query ends nowhere");
    const targets = this.#world.targetsOf(to.service, query.port, query.protocol);
    switch (targets.kind) {
      case "unknown-port":
        return targets.error;
      case "alias":
        return this.#toAlias(from.places, targets.host, query);
      case "endpoints": {
        if (targets.endpoints.length === 0) {
          return { value: "deny", reason: `no-endpoints: no ready pod is behind ${query.to} (S40)` };
        }
        const answers = from.places.flatMap((source) =>
          targets.endpoints.map((target) => ({
            display: `${pairText(source, target, from.places.length > 1)}:${target.port}`,
            answer: this.#connection(source, target, target.port, query.protocol, target.via),
          })),
        );
        return combined(answers, "endpoints");
      }
      default: {
        const never: never = targets;
        throw new Error(`unhandled targets ${JSON.stringify(never)}`);
      }
    }
  }

  /** S44: only the source's egress counts, toward an address that is not known. */
  #toAlias(sources: readonly Place[], host: string, { port, protocol }: Query): Answer {
    const answers = sources.map((source) => {
      const to: TrafficEnd = { kind: "unknown-address", display: host, host };
      const { value, reason } = this.#evaluator.connection({ from: this.#endOf(source), to, port, protocol });
      return { display: source.display, answer: { value, reason: `alias for ${host} (S44): ${reason}` } };
    });
    return combined(answers, "pods");
  }

  #connection(from: Place, to: Place, port: number, protocol: Protocol, via?: ServiceHop): Answer {
    if (via === undefined || this.#passesUnseen(from, to)) {
      const value = this.#engine.query(from.end, to.end, protocol, port);
      const reason = this.#reasons.of(from.end, to.end, protocol, port, value);
      if (reason !== undefined) return { value, reason };
    }
    const { value, reason, knob } = this.#evaluator.connection({
      from: this.#endOf(from),
      to: this.#endOf(to),
      port,
      protocol,
      ...(via === undefined ? {} : { via }),
    });
    return { value, reason: knob === undefined ? reason : `${reason} [profile knob ${knob}]` };
  }

  /** Whether policies see a connection to a Service as one to its endpoint in any case (S17, S34, S45). */
  #passesUnseen(from: Place, to: Place): boolean {
    const { pod, index } = from.end;
    if (pod === undefined || to.end.pod === undefined || pod.key === to.end.pod.key) return false;
    // With a node's address it matters which one is dialled (S35).
    if (to.end.pod.spec.hostNetwork === true) return false;
    const { knobs } = this.#engine.profile;
    return !knobs.serviceSeenAs.includes("service") && !this.#engine.signature("egress", index).readsAddress;
  }

  #endOf({ end, display }: Place): TrafficEnd {
    if (end.pod !== undefined) return end.pod;
    if (end.address === undefined) return { kind: "unknown-address", display };
    let known = this.#ends.get(end.address);
    if (known === undefined) {
      const bits = end.address.includes(":") ? 128 : 32;
      known = { kind: "cidr", cidr: `${end.address}/${bits}`, display: end.address };
      this.#ends.set(end.address, known);
    }
    return known;
  }
}

function problemOf(named: Named, side: "from" | "to"): string | undefined {
  if (named.kind === "unknown") return `${side}: ${named.error}`;
  return side === "from" && named.kind === "service"
    ? "from: a Service sends nothing; name one of its pods"
    : undefined;
}

function pairText(source: Place, target: Place, several: boolean): string {
  return several ? `${source.display} -> ${target.display}` : target.display;
}

/** One answer for several ends: theirs, if they agree (S40). */
function combined(
  answers: readonly { readonly display: string; readonly answer: Answer }[],
  what: "pods" | "endpoints",
): Answer {
  const [first, ...rest] = answers;
  if (first === undefined) throw new Error("nothing was asked");
  if (rest.every(({ answer }) => answer.value === first.answer.value)) {
    if (rest.length === 0) return first.answer;
    return { ...first.answer, reason: `${answers.length} ${what} alike: ${first.answer.reason}` };
  }
  const results = answers.map(({ display, answer }) => `${answer.value} for ${display}`);
  const shown = results.length > 8 ? [...results.slice(0, 8), `${results.length - 8} more`] : results;
  return { value: "undetermined", reason: `mixed (S40): ${shown.join(", ")}` };
}
