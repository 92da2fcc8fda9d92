import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { awaitReady } from "../src/lab/await-ready.ts";
import { type Lab, startLab } from "../src/lab/lab.ts";

/** Measures the lab on this machine: `node bench/lab.ts`. Every figure stands beside the one that is to be reached. */
const folder = mkdtempSync(join(tmpdir(), "netverdict-bench-"));
const signal = new AbortController().signal;

function print(what: string, is: string, wanted: string): void {
  process.stdout.write(`${what.padEnd(62)}${is.padStart(12)}   to reach: ${wanted}\n`);
}

interface Ran {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly code: number | null;
  readonly summary: string;
}

/** `lab run` as a user starts it, from the sources. */
function labRun(...args: readonly string[]): Promise<Ran> {
  const began = performance.now();
  const child = spawn(
    "sh",
    [
      "-c",
      '"$@"; code=$?; times >&2; exit $code',
      "sh",
      process.execPath,
      "src/cli/netverdict.ts",
      "lab",
      "run",
      "-q",
      ...args,
    ],
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((resolve) => {
    child.on("close", (code) => {
      const [user = 0, system = 0] = [
        ...(stderr.trim().split("\n").at(-1) ?? "").matchAll(/(\d+)m([\d.]+)s/g),
      ].map(([, minutes, seconds]) => Number(minutes) * 60_000 + Number(seconds) * 1000);
      const summary = stdout.trimEnd().split("\n").at(-1) ?? stderr;
      resolve({ wallMs: performance.now() - began, cpuMs: user + system, code, summary });
    });
  });
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

async function threeTier(): Promise<void> {
  const runs: Ran[] = [];
  for (let round = 0; round < 3; round++) {
    runs.push(
      await labRun("--manifests", "scenarios/three-tier/manifests", "scenarios/three-tier/scenario.yaml"),
    );
  }
  const best = runs.sort((a, b) => a.wallMs - b.wallMs)[0];
  if (best === undefined || best.code !== 0) throw new Error(`three-tier: ${best?.summary}`);
  print(
    `three-tier, lab run in all (processor ${seconds(best.cpuMs)}), best of 3`,
    seconds(best.wallMs),
    "3 s",
  );
}

const deployment = (name: string, replicas: number): object => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace: "bench" },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name, tier: "bench" } },
      spec: {
        containers: [
          {
            name: "web",
            image: "busybox",
            command: ["httpd", "-f", "-p", "8080", "-h", "/tmp"],
            ports: [{ name: "http", containerPort: 8080 }],
          },
        ],
      },
    },
  },
});

async function hundredPods(): Promise<void> {
  const lab = await startLab({ nodes: 2, ipv6: true, enforcement: "reset", outside: [], busyboxImages: [] });
  try {
    await awaitReady(lab.store, { timeoutMs: 30_000, signal });
    const began = performance.now();
    lab.store.create("namespaces", { metadata: { name: "bench" } });
    lab.store.create("deployments", deployment("web", 100));
    const problems = await awaitReady(lab.store, { timeoutMs: 60_000, signal });
    if (problems.length > 0) throw new Error(problems.join("\n"));
    await lab.control.network.settled();
    print("100 pods, from the first object until all are ready", seconds(performance.now() - began), "1 s");
    print("memory of that lab, all its processes (PSS)", `${memoryMb().toFixed(0)} MB`, "300 MB");
    await policyChanges(lab);
  } finally {
    await lab.close();
  }
}

/** From the change of a policy until a connection that it denies, or allows, is answered so. */
async function policyChanges(lab: Lab): Promise<void> {
  const pods = lab.store.list("pods", "bench");
  const address = (pods[0]?.status as { readonly podIP?: string }).podIP ?? "";
  const source = `pod/bench/${pods[1]?.metadata.name}`;
  // One shell that dials again and again and says what it saw, with pauses, or it would soon use its ports again: a process from here for each would be measured, too.
  const script = `while :; do if nc -z -w 1 ${address} 8080 2>/dev/null; then echo open; else echo closed; fi; usleep 2000; done`;
  const dialer = lab.kernel.start(source, ["sh", "-c", script]);
  let wanted: { readonly answer: string; readonly seen: () => void } | undefined;
  dialer.stdout.setEncoding("utf8");
  dialer.stdout.on("data", (text: string) => {
    if (wanted !== undefined && text.trimEnd().endsWith(wanted.answer)) wanted.seen();
  });
  const took: number[] = [];
  for (let round = 0; round < 200; round++) {
    const isClosing = round % 2 === 0;
    const seen = new Promise<void>((resolve) => {
      wanted = { answer: isClosing ? "closed" : "open", seen: resolve };
    });
    const began = performance.now();
    if (isClosing) {
      lab.store.create("networkpolicies", {
        metadata: { name: "closed", namespace: "bench" },
        spec: { podSelector: {}, policyTypes: ["Ingress"] },
      });
    } else lab.store.delete("networkpolicies", "bench", "closed");
    await seen;
    took.push(performance.now() - began);
  }
  dialer.kill("SIGKILL");
  took.sort((a, b) => a - b);
  const at = (share: number): string => `${(took[Math.ceil(took.length * share) - 1] ?? 0).toFixed(0)} ms`;
  print(`a policy for 100 pods bites or is gone: median ${at(0.5)}; 99 of 100`, at(0.99), "50 ms");
}

/** Of this process and of all that it has started, as the kernel shares their pages out. */
function memoryMb(): number {
  const parents = new Map<number, number>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
      parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {
      // It has just ended.
    }
  }
  const isOurs = (pid: number | undefined): boolean =>
    pid !== undefined && pid > 0 && (pid === process.pid || isOurs(parents.get(pid)));
  let kilobytes = 0;
  for (const pid of parents.keys()) {
    if (!isOurs(pid)) continue;
    try {
      kilobytes += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0);
    } catch {
      // It has just ended.
    }
  }
  return kilobytes / 1024;
}

/** 10 sources and 100 targets of one pod each: half of the flows are denied by silence. */
async function thousandFlows(): Promise<void> {
  const targets = Array.from({ length: 100 }, (_, index) => `target-${index}`);
  const objects = [
    ...targets.map((name) => deployment(name, 1)),
    ...targets.map((name, index) => ({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name, namespace: "bench" },
      spec: {
        podSelector: { matchLabels: { app: name } },
        ingress: [
          {
            from: [
              {
                podSelector: {
                  matchExpressions: [{ key: "group", operator: "In", values: [String(index % 2)] }],
                },
              },
            ],
          },
        ],
      },
    })),
  ];
  const sources = Array.from({ length: 10 }, (_, index) => index);
  const flows = sources.flatMap((source) =>
    targets.map(
      (target, index) =>
        `  - source-${source} -> ${target}:8080 should ${source % 2 === index % 2 ? "succeed" : "fail"}`,
    ),
  );
  const scenario = `apiVersion: netverdict.dev/v1alpha1
kind: Scenario
metadata: {name: bench}
defaults: {namespace: bench, timeout: 2s}
endpoints:
${sources.map((source) => `  source-${source}: {labels: {group: "${source % 2}", number: "${source}"}, hypothetical: true}`).join("\n")}
${targets.map((target) => `  ${target}: {workload: deployment/${target}}`).join("\n")}
flows:
${flows.join("\n")}
`;
  const [manifestFile, scenarioFile] = [join(folder, "manifests.json"), join(folder, "scenario.yaml")];
  writeFileSync(manifestFile, JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
  writeFileSync(scenarioFile, scenario);
  const { wallMs, cpuMs, code, summary } = await labRun(
    "--manifests",
    manifestFile,
    "--enforcement",
    "drop",
    scenarioFile,
  );
  if (code !== 0) throw new Error(`1,000 flows: ${summary}`);
  print(`1,000 flows over 100 pods, half dropped (processor ${seconds(cpuMs)})`, seconds(wallMs), "10 s");
}

try {
  process.stdout.write(`${availableParallelism()} processors, load ${loadavg()[0]?.toFixed(1)}\n`);
  await threeTier();
  await hundredPods();
  await thousandFlows();
} finally {
  rmSync(folder, { recursive: true });
}
