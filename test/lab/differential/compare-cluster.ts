import { stringify } from "yaml";
import type { Enforcement } from "../../../src/lab/model.ts";
import type { RuleCompiler } from "../../../src/lab/rules/rule-compiler.ts";
import type { Arena } from "./arena.ts";
import { compilerFor, replaceCluster } from "./compile-cluster.ts";
import { expected, type PredictedFlow, predictedFlows } from "./flows.ts";
import type { Probe, ProbeOutcome } from "./prober.ts";
import { type RandomCluster, randomCluster } from "./random-cluster.ts";

export interface Comparison {
  /** Flows by what the evaluator says; `either`: a Service whose endpoints differ. */
  readonly tally: Readonly<Record<ReturnType<typeof expected>, number>>;
  /** Everything that is needed to find out which side is wrong. */
  readonly disagreements: readonly string[];
}

export interface ComparisonOptions {
  readonly enforcement: Exclude<Enforcement, "off">;
}

/** What each side's denial looks like; a Service without endpoints is refused in every mode. */
const PROBE_OPTIONS = {
  reset: { timeoutMs: 5_000, atOnce: 32 },
  reject: { timeoutMs: 5_000, atOnce: 256 },
  drop: { timeoutMs: 1_000, atOnce: 1_024 },
} as const;

/**
 * Compares cluster after cluster: sends every flow that the evaluator has an answer to. The rules of each come about by
 * changes to those of the one before, so that incremental rules are tested as well.
 */
export class Comparer {
  readonly #arena: Arena;
  readonly #enforcement: ComparisonOptions["enforcement"];
  #last: { readonly compiler: RuleCompiler; readonly cluster: RandomCluster } | undefined;

  constructor(arena: Arena, { enforcement }: ComparisonOptions) {
    this.#arena = arena;
    this.#enforcement = enforcement;
  }

  async compare(seed: number): Promise<Comparison> {
    const cluster = randomCluster(seed);
    if (this.#last === undefined) {
      this.#last = { compiler: compilerFor(cluster, this.#enforcement), cluster };
    } else {
      replaceCluster(this.#last.compiler, this.#last.cluster, cluster);
    }
    const { compiler } = this.#last;
    this.#last = { compiler, cluster };
    await this.#arena.load(compiler.flush());
    return compareFlows(this.#arena, cluster, { enforcement: this.#enforcement, compiler });
  }
}

async function compareFlows(
  arena: Arena,
  cluster: RandomCluster,
  { enforcement, compiler }: ComparisonOptions & { readonly compiler: RuleCompiler },
): Promise<Comparison> {
  const flows = predictedFlows(cluster);
  const tally = { allow: 0, deny: 0, either: 0, undetermined: 0 };
  const bySource = new Map<string, PredictedFlow[]>();
  for (const flow of flows) {
    const answer = expected(flow);
    tally[answer] += 1;
    if (answer !== "undetermined") {
      bySource.set(flow.from.key, [...(bySource.get(flow.from.key) ?? []), flow]);
    }
  }
  const disagreements = await Promise.all(
    [...bySource].map(async ([source, some]) => {
      const probes = some.map(({ protocol, address, port }) => [protocol, address, port] as Probe);
      const outcomes = await arena.probe(source, probes, PROBE_OPTIONS[enforcement]);
      return some.flatMap((flow, i) => {
        const outcome = outcomes[i] ?? "error none";
        return agrees(flow, outcome, enforcement) ? [] : [describe(flow, outcome, cluster, compiler)];
      });
    }),
  );
  return { tally, disagreements: disagreements.flat() };
}

function agrees(
  flow: PredictedFlow,
  outcome: ProbeOutcome,
  enforcement: ComparisonOptions["enforcement"],
): boolean {
  const { arrivals } = flow;
  if (outcome.startsWith("open ")) {
    return arrivals.some(
      ({ machine, prediction }) => prediction.value === "allow" && outcome === `open ${machine.key}`,
    );
  }
  const denial = enforcement === "drop" && arrivals.length > 0 ? "timeout" : "refused";
  return outcome === denial && expected(flow) !== "allow";
}

function describe(
  flow: PredictedFlow,
  outcome: ProbeOutcome,
  cluster: RandomCluster,
  compiler: RuleCompiler,
): string {
  const { seed: _seed, ...objects } = cluster;
  return [
    `seed ${cluster.seed}: ${flow.text}`,
    `packets: ${outcome}`,
    ...flow.arrivals.flatMap(({ machine, port, prediction: { value, egress, ingress } }) => [
      `evaluator: ${value} at ${machine.key}:${port}`,
      `  egress: ${egress.reason}`,
      `  ingress: ${ingress.reason}`,
    ]),
    "--- cluster",
    ...Object.values(objects)
      .flat()
      .map((object) => `---\n${stringify(object)}`),
    "--- rules",
    ...compiler.compileAll(),
  ].join("\n");
}
