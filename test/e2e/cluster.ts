import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { RunReport } from "../../src/model/report.ts";

const TESTBED = "testbed/cluster";
const TESTBED_STATE = process.env.NETVERDICT_CLUSTER_DIR ?? "/tmp/netverdict-cluster";

/** The cluster that the suite may play with; without one there is nothing to test, and that is a failure. */
export const KUBECONFIG = findKubeconfig();
/** Whether it is the project's own, whose policy engine can be changed. */
export const IS_TESTBED = KUBECONFIG.startsWith(TESTBED_STATE);

function findKubeconfig(): string {
  const own = join(TESTBED_STATE, "kubeconfig");
  const found = process.env.KUBECONFIG ?? (existsSync(own) ? own : undefined);
  if (found === undefined) {
    throw new Error(
      "no cluster: start the test bed (npm run testbed -- up), or name a cluster by KUBECONFIG",
    );
  }
  return found;
}

export type Engine = "reject" | "kube-network-policies" | "cluster-network-policy" | "none";

/** Changes what enforces policies on the test bed. */
export function useEngine(engine: Engine): void {
  execFileSync(TESTBED, ["up", "--engine", engine], { stdio: ["ignore", "pipe", "pipe"] });
}

/** The engine that is there, for suites that leave another cluster as it is. */
export function currentEngine(): string {
  return readFileSync(join(TESTBED_STATE, "engine"), "utf8").trim();
}

/** kubectl, the test bed's own or the one on the path. */
export function kubectl(...args: readonly string[]): string {
  const [command, first] = IS_TESTBED ? [TESTBED, ["kubectl"]] : ["kubectl", []];
  return execFileSync(command, [...first, ...args], {
    encoding: "utf8",
    env: { ...process.env, KUBECONFIG },
    maxBuffer: 64 * 1024 * 1024,
    stdio: ["ignore", "pipe", "pipe"],
  });
}

export function kubectlJson<T>(...args: readonly string[]): T {
  return JSON.parse(kubectl(...args, "-o", "json")) as T;
}

/** Applies a folder of manifests and waits until its Deployments are there. */
export function apply(folder: string, namespace: string): void {
  kubectl("apply", "-f", folder);
  kubectl("-n", namespace, "wait", "--for=condition=Available", "deployment", "--all", "--timeout=90s");
}

/** Applies several folders at once and waits until everything in their namespaces runs. */
export function applyAll(
  examples: readonly { readonly folder: string; readonly namespaces: readonly string[] }[],
): void {
  const manifests = (part: string): readonly string[] =>
    examples.flatMap(({ folder }) => ["-f", `${folder}/manifests/${part}.yaml`]);
  kubectl("apply", ...manifests("namespace"));
  kubectl("apply", ...examples.flatMap(({ folder }) => ["-f", `${folder}/manifests`]));
  for (const namespace of examples.flatMap(({ namespaces }) => namespaces)) {
    for (const name of kubectl("-n", namespace, "get", "deployments,statefulsets", "-o", "name").split(
      "\n",
    )) {
      if (name !== "") kubectl("-n", namespace, "rollout", "status", name, "--timeout=120s");
    }
  }
}

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const BUNDLE = join(process.cwd(), "dist/netverdict.cjs");

/** Starts the bundle as a user would, on this cluster. */
export function start(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): { child: ChildProcess; done: Promise<Finished> } {
  const child = spawn(process.execPath, [BUNDLE, ...args], {
    env: { ...process.env, KUBECONFIG, CI: "1", NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const done = new Promise<Finished>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
  return { child, done };
}

export function netverdict(...args: readonly string[]): Promise<Finished> {
  return start(args).done;
}

/** A run with its report. */
export async function runReport(
  ...args: readonly string[]
): Promise<{ code: number; report: RunReport; stderr: string }> {
  const { code, stdout, stderr } = await netverdict(...args, "-o", "json");
  if (stdout === "") throw new Error(`no report (exit code ${code}): ${stderr}`);
  return { code, report: JSON.parse(stdout) as RunReport, stderr };
}

interface ObjectList {
  readonly items: readonly {
    readonly kind: string;
    readonly metadata: {
      readonly name: string;
      readonly namespace: string;
      readonly uid: string;
      readonly generation?: number;
    };
  }[];
}

/** Everything of ours that is in the cluster. */
export function leftovers(): readonly string[] {
  const ours = (kind: string, selector: string): readonly string[] =>
    kubectlJson<ObjectList>("get", kind, "-A", "-l", selector).items.map(
      ({ metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`,
    );
  return [
    ...ours("pods", "netverdict.dev/stand-in"),
    ...ours("deployments", "netverdict.dev/run"),
    ...ours("jobs", "netverdict.dev/run"),
    ...ours("networkpolicies", "netverdict.dev/run"),
  ];
}

/** Production objects of a namespace by identity and generation, to compare before and after. */
export function production(namespace: string): readonly string[] {
  return kubectlJson<ObjectList>("-n", namespace, "get", "pods,deployments,services,networkpolicies")
    .items.map(
      ({ kind, metadata }) => `${kind} ${metadata.name} ${metadata.uid} ${metadata.generation ?? ""}`,
    )
    .sort();
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Runs a command of the test bed. */
export function testbed(...args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(TESTBED, [...args], { encoding: "utf8" }, (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    );
  });
}
