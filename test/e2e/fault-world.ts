import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunReport } from "../../src/model/report.ts";
import { allTexts, steady } from "../fault-table.ts";
import {
  IS_TESTBED,
  kubectl,
  kubectlJson,
  leftovers,
  netverdict,
  production,
  sleep,
  start,
  useEngine,
} from "./cluster.ts";
import { Webhook } from "./webhook.ts";

/** Where the server is, and where one source is whose pods something happens to. */
export const HOME = "e2e-faults";
export const HIT = "e2e-faults-hit";
/** A namespace that is being deleted, and cannot. */
export const HELD = "e2e-faults-held";

const MANIFESTS = `apiVersion: v1
kind: Namespace
metadata: {name: ${HOME}}
---
apiVersion: v1
kind: Namespace
metadata: {name: ${HIT}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: ${HOME}}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      nodeName: node1
      terminationGracePeriodSeconds: 0
      containers:
        - name: web
          image: busybox:1.35
          command: [httpd, -f, -p, "8080", -h, /tmp]
          ports: [{containerPort: 8080}]
          readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: ${HOME}}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {team: friends}}}]}]
`;

const SCENARIO = `apiVersion: netverdict.dev/v1alpha1
kind: Scenario
metadata: {name: faults}
defaults: {namespace: ${HOME}}
endpoints:
  web: {workload: deployment/web}
  friend: {labels: {team: friends}, hypothetical: true}
  hit: {namespace: ${HIT}, labels: {app: hit}, hypothetical: true}
flows:
  - friend -> web:8080 should succeed
  - hit -> web:8080 should fail
`;

/** What happens during a run; `done` resolves when that has ended. */
export type Meanwhile = (done: Promise<unknown>) => Promise<void> | void;

/** A run that something happens to, and all that is to be known of it. */
export interface Played {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly report: RunReport | undefined;
  /** Every text of the report and beside it, without what differs from run to run. */
  readonly texts: string;
  readonly left: readonly string[];
}

/** A server that only friends may reach; a friend, and a source that may not. */
export class FaultWorld {
  readonly #folder = mkdtempSync(join(tmpdir(), "netverdict-faults-"));
  readonly scenario = this.file("scenario.yaml", SCENARIO);

  async create(): Promise<void> {
    if (IS_TESTBED) useEngine("reject");
    await clear();
    kubectl("apply", "-f", this.file("manifests.yaml", MANIFESTS));
    kubectl("-n", HOME, "rollout", "status", "deployment/web", "--timeout=90s");
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
    free();
    kubectl("delete", "namespace", "--wait=false", "--ignore-not-found", HOME, HIT);
  }

  file(name: string, text: string): string {
    const path = join(this.#folder, name);
    writeFileSync(path, text);
    return path;
  }

  play(args: readonly string[], meanwhile?: Meanwhile): Promise<Played> {
    return this.playFile(this.scenario, args, meanwhile);
  }

  /** A run during which `meanwhile` happens; production must be as it was. */
  async playFile(
    scenario: string,
    args: readonly string[],
    meanwhile: Meanwhile = () => undefined,
  ): Promise<Played> {
    const before = ofOthers(HOME);
    const { done } = start(["run", scenario, "-o", "json", "--settle", "10s", ...args]);
    await meanwhile(done);
    const { code, stdout, stderr } = await done;
    const report = stdout.startsWith("{") ? (JSON.parse(stdout) as RunReport) : undefined;
    const left = leftovers();
    const after = ofOthers(HOME);
    if (JSON.stringify(after) !== JSON.stringify(before)) {
      throw new Error(`production was touched: ${before.join()} became ${after.join()}`);
    }
    return { code, stdout, stderr, report, texts: steady(allTexts(report, stderr)), left };
  }
}

/** Removes what an earlier suite left that was interrupted, and waits until it is gone. */
async function clear(): Promise<void> {
  Webhook.remove();
  free();
  await netverdict("clean");
  kubectl("delete", "namespace", "--ignore-not-found", "--timeout=90s", HOME, HIT, HELD);
}

interface Held {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly finalizers?: readonly string[] };
  }[];
}

/** Lets go of all that finalizers hold: it would be in the way of every other suite. */
export function free(): void {
  for (const [kind, namespace] of [
    ["pods", HIT],
    ["configmaps", HELD],
  ] as const) {
    for (const { metadata } of kubectlJson<Held>("-n", namespace, "get", kind).items) {
      if ((metadata.finalizers ?? []).length === 0) continue;
      const patch = JSON.stringify({ metadata: { finalizers: null } });
      kubectl("-n", namespace, "patch", kind, metadata.name, "--type=merge", "-p", patch);
    }
  }
}

/** What is not ours: where a run could not clean up, ours is told by `left`. */
function ofOthers(namespace: string): readonly string[] {
  return production(namespace).filter((line) => !line.includes(" netverdict-"));
}

interface StandIns {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly status?: { readonly phase?: string };
  }[];
}

/** The first stand-in of a namespace that runs, when there is one. */
export async function standInOf(namespace: string): Promise<string> {
  const until = performance.now() + 90_000;
  while (performance.now() < until) {
    const { items } = kubectlJson<StandIns>("-n", namespace, "get", "pods", "-l", "netverdict.dev/stand-in");
    const running = items.find(({ status }) => status?.phase === "Running");
    if (running !== undefined) return running.metadata.name;
    await sleep(100);
  }
  throw new Error(`no stand-in ran in ${namespace}`);
}

/** `pass`, `fail` … of each flow. */
export function verdicts({ report }: Played): readonly string[] | undefined {
  return report?.flows.map(({ verdict }) => verdict);
}
