import { execFileSync } from "node:child_process";
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { PairCounter } from "../src/engine/count-pairs.ts";
import { createEngine, type Engine, type EngineWorld } from "../src/engine/engine.ts";
import { podEnds } from "../src/engine/pod-ends.ts";
import type {
  KubernetesObject,
  Namespace,
  NetworkPolicy,
  Node,
  Pod,
  Protocol,
} from "../src/model/kubernetes.ts";
import { NO_ADMIN_POLICIES } from "../src/model/snapshot.ts";
import { referenceConnection } from "../test/policy/reference/reference-evaluator.ts";
import { generateCluster } from "./cluster.ts";

/**
 * Measures the matrix engine on made-up clusters, without parsing, and the naive reference evaluator beside it:
 * `node bench/engine.ts`. Each size has a process of its own; of several rounds the fastest counts.
 */
const SIZES = [
  { pods: 1000, policies: 100, rounds: 40 },
  { pods: 10_000, policies: 1000, rounds: 12 },
  { pods: 100_000, policies: 10_000, rounds: 4 },
] as const;

const PORTS: readonly (readonly [Protocol, number])[] = [
  ["TCP", 8080],
  ["TCP", 8000],
  ["TCP", 9090],
  ["TCP", 5432],
  ["TCP", 443],
  ["TCP", 53],
  ["UDP", 53],
  ["TCP", 1],
];

function worldOf(objects: readonly KubernetesObject[]): EngineWorld {
  const of = <T extends KubernetesObject>(kind: string): T[] =>
    objects.filter((object) => object.kind === kind) as T[];
  const nodes = of<Node>("Node");
  return {
    pods: podEnds({ pods: of<Pod>("Pod"), nodes }),
    nodes,
    namespaces: of<Namespace>("Namespace"),
    networkPolicies: of<NetworkPolicy>("NetworkPolicy"),
    adminPolicies: NO_ADMIN_POLICIES,
    unread: [],
  };
}

interface Round {
  readonly indexMs: number;
  readonly rowsMs: number;
  readonly combineMs: number;
  /** Of the thread: what other programs on the machine take is not in it, nor what the collector does beside it. */
  readonly cpuMs: number;
  readonly engine: Engine;
}

/** All pairs on eight port atoms: every class row worked out, and all answers counted. */
function round(world: EngineWorld): Round {
  const cpu = process.threadCpuUsage();
  const began = performance.now();
  const engine = createEngine(world);
  engine.findSignatures();
  const indexed = performance.now();
  const atoms = PORTS.map(([protocol, port]) => engine.portAtom(protocol, port));
  for (const atom of atoms) {
    for (let index = 0; index < engine.classes.podClasses; index++) {
      engine.judge.row(0, "egress", index, atom);
      engine.judge.row(0, "ingress", index, atom);
    }
  }
  const worked = performance.now();
  const counter = new PairCounter(engine);
  for (const atom of atoms) counter.count(atom);
  const counted = performance.now();
  const { user, system } = process.threadCpuUsage(cpu);
  return {
    indexMs: indexed - began,
    rowsMs: worked - indexed,
    combineMs: counted - worked,
    cpuMs: (user + system) / 1000,
    engine,
  };
}

/** Microseconds for one query between random pods. */
function queryTime(engine: Engine, world: EngineWorld): number {
  const count = 200_000;
  let state = 1;
  const pick = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const end = engine.pod(world.pods[state % world.pods.length]?.key ?? "");
    if (end === undefined) throw new Error("a pod is missing");
    return end;
  };
  const asked = Array.from({ length: count }, (_, at) => ({
    from: pick(),
    to: pick(),
    port: PORTS[at % 8] ?? PORTS[0],
  }));
  const began = performance.now();
  for (const { from, to, port } of asked) if (port !== undefined) engine.query(from, to, port[0], port[1]);
  return ((performance.now() - began) * 1000) / count;
}

/** Milliseconds from a changed policy to an answer about a pod of its namespace, over many policies. */
function changeTime(engine: Engine, world: EngineWorld): number {
  const edits = world.networkPolicies.slice(0, 50);
  const began = performance.now();
  for (const policy of edits) {
    const changed = engine.apply({
      kind: "set",
      policy: { ...policy, spec: { ...policy.spec, ingress: [{}] } },
    });
    const index = changed.classes.list.findIndex(
      ({ namespace }) => changed.classes.namespaces[namespace ?? -1] === policy.metadata.namespace,
    );
    if (index >= 0) changed.judge.judge(index, index, changed.portAtom("TCP", 80));
  }
  return (performance.now() - began) / edits.length;
}

/** Microseconds for one verdict of the naive reference, which reads all policies for each. */
function referenceTime(world: EngineWorld): number {
  const budgetMs = 1500;
  const began = performance.now();
  let count = 0;
  while (performance.now() - began < budgetMs) {
    const from = world.pods[(count * 7919) % world.pods.length];
    const to = world.pods[(count * 104_729 + 13) % world.pods.length];
    const [protocol, port] = PORTS[count % 8] ?? ["TCP", 80];
    if (from !== undefined && to !== undefined) referenceConnection(world, { from, to, protocol, port });
    count += 1;
  }
  return ((performance.now() - began) * 1000) / count;
}

function measure(pods: number, policies: number, rounds: number): string {
  const world = worldOf(generateCluster({ pods, policies, seed: 1 }));
  let best = round(world);
  // Of one round: what later ones leave behind is not what a program needs.
  const peakMb = process.resourceUsage().maxRSS / 1024;
  const total = ({ indexMs, rowsMs, combineMs }: Round): number => indexMs + rowsMs + combineMs;
  let { cpuMs } = best;
  for (let at = 1; at < rounds; at++) {
    const now = round(world);
    cpuMs = Math.min(cpuMs, now.cpuMs);
    if (total(now) < total(best)) best = now;
  }
  const { engine, indexMs, rowsMs, combineMs } = best;
  const queryUs = queryTime(engine, world);
  const changeMs = changeTime(engine, world);
  const naiveUs = referenceTime(world);
  const naiveMs = (naiveUs * pods * pods * PORTS.length) / 1000;
  const cell = (value: number): string => (value < 10 ? value.toFixed(1) : Math.round(value).toString());
  return [
    `${pods.toLocaleString("en")} x ${policies.toLocaleString("en")}`,
    engine.classes.podClasses.toLocaleString("en"),
    `${cell(indexMs)} ms`,
    `${cell(rowsMs)} ms`,
    `${cell(combineMs)} ms`,
    `**${cell(total(best))} ms**`,
    `${cell(cpuMs)} ms`,
    `${Math.round(peakMb)} MB`,
    `${queryUs.toFixed(2)} us`,
    `${changeMs.toFixed(2)} ms`,
    `${Math.round(naiveUs).toLocaleString("en")} us`,
    `${(naiveMs / total(best)).toExponential(0).replace("e+", "e")}`,
  ].join(" | ");
}

const { values } = parseArgs({
  options: { pods: { type: "string" }, policies: { type: "string" }, rounds: { type: "string" } },
});
if (values.pods !== undefined) {
  console.log(`| ${measure(Number(values.pods), Number(values.policies), Number(values.rounds ?? 3))} |`);
} else {
  console.log(`Node ${process.versions.node}, ${availableParallelism()} x ${cpus()[0]?.model ?? "CPU"}\n`);
  const head =
    "pods x policies | classes | index | rows | combine | all pairs | CPU | memory | one query | one change | naive verdict | naive : engine";
  console.log(`| ${head} |`);
  console.log(`|${"---|".repeat(head.split("|").length)}`);
  for (const { pods, policies, rounds } of SIZES) {
    const args = ["--pods", `${pods}`, "--policies", `${policies}`, "--rounds", `${rounds}`];
    process.stdout.write(execFileSync(process.execPath, [import.meta.filename, ...args]));
  }
}
