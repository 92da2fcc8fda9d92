import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { main } from "../../src/cli/main.ts";
import { startLabWith } from "../../src/cli/start-lab.ts";
import { noFaults } from "../../src/lab/api/switches.ts";
import type { Lab } from "../../src/lab/lab.ts";
import type { LabFaults } from "../../src/lab/model.ts";
import { parseManifests } from "../../src/manifests/parse-manifests.ts";
import type { RunReport } from "../../src/model/report.ts";
import { createTextFile } from "../../src/source/text-file.ts";

/** Two servers, one of them for friends only. */
const MANIFESTS = `apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: db, namespace: shop}
spec:
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: db, ports: [{containerPort: 5432}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 5432}]}]
`;

const ENDS = `apiVersion: netverdict.dev/v1alpha1
kind: Scenario
metadata: {name: faults}
defaults: {namespace: shop, timeout: 1s}
endpoints:
  web: {workload: deployment/web}
  db: {workload: deployment/db}
  stranger: {labels: {app: stranger}, hypothetical: true}
  foreigner: {labels: {app: foreigner}, hypothetical: true}
flows:
  - web -> db:5432 should succeed
  - stranger -> web:8080 should succeed
  - stranger -> db:5432 should fail
`;

/** A block that no policy makes, and a way to a port that the policy keeps closed. */
const LIES = `  - web -> web:8080 should fail
  - foreigner -> db:5432 should succeed
`;

/** How a run ended, and what a person read. */
export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Undefined: there was none. */
  readonly report: RunReport | undefined;
  /** When the probing ended, on the clock of `performance`; undefined: nobody looked, or it never did. */
  readonly probedAtMs?: number;
}

/** A lab that is told what goes wrong, and runs against it as a user makes them. */
export class FaultLab {
  readonly lab: Lab;
  readonly #folder = mkdtempSync(join(tmpdir(), "netverdict-faults-"));
  readonly kubeconfig: string;
  /** All flows pass where nothing goes wrong. */
  readonly truths: string;
  /**
   * The same with time for a second packet: Linux does not believe an ICMP error that comes while it still connects, as on
   * one machine it does.
   */
  readonly patient: string;
  /** Two flows more, which may never pass: the policies say the opposite. */
  readonly lies: string;

  private constructor(lab: Lab) {
    this.lab = lab;
    this.kubeconfig = this.file("kubeconfig", lab.api.kubeconfig);
    this.truths = this.file("truths.yaml", ENDS);
    this.patient = this.file("patient.yaml", ENDS.replace("timeout: 1s", "timeout: 3s"));
    this.lies = this.file("lies.yaml", ENDS + LIES);
  }

  static async start(): Promise<FaultLab> {
    const files = [{ path: "shop.yaml", text: MANIFESTS }];
    const { snapshot } = parseManifests(files);
    const texts = files.map(({ path, text }) => createTextFile(path, text));
    const { lab } = await startLabWith(
      { enforcement: "drop", nodes: 2, ipFamily: "dual" },
      {
        manifests: { files, snapshot, texts },
        scenarios: [],
        busyboxImages: [],
        timeoutMs: 30_000,
        signal: new AbortController().signal,
      },
    );
    return new FaultLab(lab);
  }

  async close(): Promise<void> {
    await this.lab.close();
    rmSync(this.#folder, { recursive: true });
  }

  file(name: string, text: string): string {
    const path = join(this.#folder, name);
    writeFileSync(path, text);
    return path;
  }

  /** Nothing goes wrong but what is given. */
  set(faults: Partial<LabFaults>): Promise<void> {
    return this.lab.setFaults({ ...noFaults(), ...faults });
  }

  /** The faults stay, but for what is given. */
  change(faults: Partial<LabFaults>): Promise<void> {
    return this.lab.setFaults(faults);
  }

  /** Where the servers run that flows go to. */
  targetNodes(): readonly string[] {
    return this.lab.store.list("pods", "shop").flatMap((pod) => {
      const { nodeName } = pod.spec as { readonly nodeName?: string };
      return pod.metadata.name.startsWith("netverdict-") || nodeName === undefined ? [] : [nodeName];
    });
  }

  /** `run -o json` of the flows that all pass, in this process. */
  run(...args: readonly string[]): Promise<Ran> {
    return this.runFile(this.truths, ...args);
  }

  /** `run -o json FILE`, in this process. */
  async runFile(file: string, ...args: readonly string[]): Promise<Ran> {
    let probedAtMs: number | undefined;
    const stdout = captured();
    const stderr = captured((text) => {
      if (text.startsWith("probing: ")) probedAtMs = performance.now();
    });
    const given = args.includes("--kubeconfig") ? [] : ["--kubeconfig", this.kubeconfig];
    const exitCode = await main(
      ["node", "netverdict", "run", file, "-o", "json", "--settle", "4s", ...given, ...args],
      {
        stdout: stdout.stream,
        stderr: stderr.stream,
        stdin: process.stdin,
        env: { CI: "1", PATH: process.env.PATH },
      },
    );
    const ran = ranOf(exitCode, stdout.text(), stderr.text());
    return probedAtMs === undefined ? ran : { ...ran, probedAtMs };
  }

  /** The same by a shell: "$@" is `node netverdict run …`. */
  runInShell(line: string, options: { readonly nodeOptions?: readonly string[] } = {}): Promise<Ran> {
    const command = [
      process.execPath,
      ...(options.nodeOptions ?? []),
      "src/cli/netverdict.ts",
      ...["run", this.truths, "--settle", "4s", "--kubeconfig", this.kubeconfig],
    ];
    const child = spawn("bash", ["-c", line, "bash", ...command], {
      env: { PATH: process.env.PATH, CI: "1", NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve(ranOf(code ?? -1, stdout, stderr)));
    });
  }

  /** Resolves when the run that was just started has all its stand-ins and begins to probe. */
  async untilProbing(): Promise<void> {
    const isRunning = (): boolean => {
      const pods = this.lab.store
        .list("pods")
        .filter(({ metadata }) => metadata.name.startsWith("netverdict-"));
      return (
        pods.length >= 6 &&
        pods.every((pod) => (pod.status as { readonly phase?: string } | undefined)?.phase === "Running")
      );
    };
    for (let tries = 0; !isRunning(); tries++) {
      if (tries > 500) throw new Error("the run never began to probe");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    // Until its first probes are on their way.
    await new Promise((resolve) => setTimeout(resolve, 900));
  }

  /** Whatever of ours is in the lab. */
  leftovers(): readonly string[] {
    return ["pods", "deployments", "jobs", "networkpolicies"].flatMap((resource) =>
      this.lab.store
        .list(resource)
        .filter(({ metadata }) => metadata.name.startsWith("netverdict-"))
        .map(({ metadata }) => `${resource} ${metadata.namespace}/${metadata.name}`),
    );
  }
}

function captured(onText: (text: string) => void = () => undefined): {
  readonly stream: NodeJS.WriteStream;
  readonly text: () => string;
} {
  const chunks: Buffer[] = [];
  const stream = new PassThrough().on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    onText(chunk.toString("utf8"));
  });
  return {
    stream: stream as unknown as NodeJS.WriteStream,
    text: () => Buffer.concat(chunks).toString("utf8"),
  };
}

function ranOf(exitCode: number, stdout: string, stderr: string): Ran {
  const report = stdout.startsWith("{") ? (JSON.parse(stdout) as RunReport) : undefined;
  return { exitCode, stdout, stderr, report };
}
