import { afterAll, beforeAll, expect, it } from "vitest";
import { RuleCompiler } from "../../../src/lab/rules/rule-compiler.ts";
import { type Arena, startArena } from "./arena.ts";
import { Comparer, type Comparison } from "./compare-cluster.ts";
import type { Probe } from "./prober.ts";
import { MACHINES, PROBED_PORTS } from "./random-cluster.ts";

/** The long run by hand: `node bench/differential.ts --clusters 2000 --seed N`. */
const RESET_CLUSTERS = 200;
const DROP_CLUSTERS = 5;

let arena: Arena;

beforeAll(async () => {
  arena = await startArena();
}, 60_000);

afterAll(async () => {
  await arena.close();
});

it("connects every machine with every other one, over everything, where there is no policy", async () => {
  await arena.load(new RuleCompiler().compileAll());
  for (const { key } of MACHINES) {
    const others = MACHINES.filter((other) => other.key !== key);
    const probes = others.flatMap(({ ipv4, ipv6 }) =>
      [ipv4, ipv6].flatMap((address) =>
        PROBED_PORTS.flatMap((port): Probe[] => [
          ["TCP", address, port],
          ["UDP", address, port],
        ]),
      ),
    );
    const names = others.flatMap((other) => Array.from({ length: 12 }, () => `open ${other.key}`));
    expect(await arena.probe(key, probes, { timeoutMs: 5_000, atOnce: 32 })).toEqual(names);
  }
});

function failOn({ disagreements: [first] }: Comparison): void {
  if (first !== undefined) {
    expect.fail(first);
  }
}

it("finds packets and the evaluator of one mind, where denials are answered with a reset", async () => {
  const tally = { allow: 0, deny: 0, either: 0, undetermined: 0 };
  const comparer = new Comparer(arena, { enforcement: "reset" });
  for (let seed = 1; seed <= RESET_CLUSTERS; seed += 1) {
    const found = await comparer.compare(seed);
    failOn(found);
    for (const answer of ["allow", "deny", "either", "undetermined"] as const) {
      tally[answer] += found.tally[answer];
    }
  }
  console.log(`compared in ${RESET_CLUSTERS} clusters: ${JSON.stringify(tally)}`);
  expect(tally.allow).toBeGreaterThan(100 * RESET_CLUSTERS);
  expect(tally.deny).toBeGreaterThan(100 * RESET_CLUSTERS);
  expect(tally.undetermined).toBeLessThan(0.1 * (tally.allow + tally.deny));
}, 300_000);

it("finds them of one mind where denied packets are dropped", async () => {
  const comparer = new Comparer(arena, { enforcement: "drop" });
  for (let seed = 10_001; seed <= 10_000 + DROP_CLUSTERS; seed += 1) {
    failOn(await comparer.compare(seed));
  }
}, 60_000);
