import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateCluster } from "./cluster.ts";

/**
 * Measures whole runs of the bundle, from start to end, with inputs that are made here:
 * `npm run build && node bench/programs.ts`. Of several runs the fastest counts.
 */
const RUNS = 7;
const BUNDLE = "dist/netverdict.cjs";
const folder = mkdtempSync(join(tmpdir(), "netverdict-bench-"));

interface Measured {
  readonly wallMs: number;
  readonly peakMb: number;
}

function once(args: readonly string[]): Promise<Measured> {
  const began = performance.now();
  const child = spawn(process.execPath, [BUNDLE, ...args], { stdio: ["ignore", "ignore", "inherit"] });
  let peakMb = 0;
  const sample = setInterval(() => {
    try {
      const high = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1];
      peakMb = Math.max(peakMb, Number(high ?? 0) / 1024);
    } catch {
      // It has just ended.
    }
  }, 10);
  // Node may never come to its end where it still compiles beside the main thread (nodejs/node#54918).
  const guard = setTimeout(() => child.kill("SIGKILL"), 180_000);
  return new Promise((resolve, reject) => {
    child.on("close", (code) => {
      clearInterval(sample);
      clearTimeout(guard);
      if (code === 0) resolve({ wallMs: performance.now() - began, peakMb });
      else reject(new Error(`netverdict ${args.join(" ")} ended with ${code}`));
    });
  });
}

async function measure(name: string, bar: string, args: readonly string[]): Promise<void> {
  const runs: Measured[] = [];
  for (let run = 0; run < RUNS; run++) runs.push(await once(args));
  const wallMs = Math.min(...runs.map((run) => run.wallMs));
  const peakMb = Math.max(...runs.map((run) => run.peakMb));
  console.log(`| ${name} | ${(wallMs / 1000).toFixed(2)} s | ${Math.round(peakMb)} MB | ${bar} |`);
}

function generated(name: string, args: readonly string[]): string {
  const path = join(folder, name);
  const out = openSync(path, "w");
  execFileSync(process.execPath, ["bench/generate-cluster.ts", ...args], {
    stdio: ["ignore", out, "inherit"],
  });
  return path;
}

/** Random pairs of the pods of a generated cluster. */
function queries(count: number): string {
  const pods = generateCluster({ pods: 1000, policies: 100, seed: 1 }).filter(({ kind }) => kind === "Pod");
  let state = 1;
  const pick = (): string => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const { namespace, name } = pods[(state >>> 8) % pods.length]?.metadata ?? {};
    return `${namespace}/${name}`;
  };
  const ports = [8080, 8000, 9000, 9090, 9100, 5432, 6379, 443];
  const path = join(folder, "queries.json");
  const list = Array.from({ length: count }, (_, at) => ({
    from: pick(),
    to: pick(),
    port: ports[at % ports.length],
    protocol: "TCP",
  }));
  writeFileSync(path, JSON.stringify(list));
  return path;
}

try {
  const workloads = generated("workloads.yaml", ["--pods", "1000", "--policies", "100", "--as", "workloads"]);
  const pods = generated("pods.ndjson", ["--pods", "1000", "--policies", "100", "--format", "ndjson"]);
  const big = generated("big.json", ["--pods", "100000", "--policies", "10000", "--format", "json"]);
  console.log("| program | time | memory | bar |\n|---|---|---|---|");
  await measure("`matrix --summary`, 1,000 workloads x 100 policies, YAML, all ports", "0.6 s, 200 MB", [
    ...["matrix", "--summary", "-o", "json", "--manifests", workloads],
  ]);
  await measure("`predict --queries`, 20,000 queries on 1,000 pods, NDJSON", "1 s", [
    ...["predict", "--manifests", pods, "--queries", queries(20_000), "-o", "json"],
  ]);
  const example = "scenarios/three-tier";
  await measure("`predict` of the three-tier example", "0.35 s", [
    ...["predict", `${example}/scenario.yaml`, "--manifests", `${example}/manifests`],
  ]);
  await measure("`matrix --summary`, 100,000 pods x 10,000 policies, 161 MB of JSON, all ports", "1 GB", [
    ...["matrix", "--summary", "-o", "json", "--manifests", big],
  ]);
} finally {
  rmSync(folder, { recursive: true });
}
