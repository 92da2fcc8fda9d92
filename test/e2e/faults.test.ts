import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { expectSection, type FaultRow } from "../fault-table.ts";
import {
  IS_TESTBED,
  KUBECONFIG,
  kubectl,
  kubectlJson,
  leftovers,
  netverdict,
  sleep,
  testbed,
} from "./cluster.ts";
import { FaultWorld, HIT, HOME, type Played, standInOf, verdicts } from "./fault-world.ts";

const world = new FaultWorld();
const rows: FaultRow[] = [];

/** Answers are confirmed for some seconds, so that there is a middle to a run. */
const LONG = ["--confirm", "8", "--settle", "40s"];

/** Ends a process of the test bed by its recorded id. */
function kill(name: string): void {
  const state = process.env.NETVERDICT_CLUSTER_DIR ?? "/tmp/netverdict-cluster";
  const [pid = ""] = readFileSync(join(state, "pids", name), "utf8").split(" ");
  process.kill(Number(pid), "SIGKILL");
}

interface Nodes {
  readonly items: readonly {
    readonly status: { readonly conditions: readonly { type: string; status: string }[] };
  }[];
}

/** Starts what was ended. What hangs on it may end as well meanwhile, and is started by the next try. */
async function up(): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await testbed("up");
      return;
    } catch (error) {
      if (tries === 5) throw error;
      await sleep(2000);
    }
  }
}

/**
 * Waits until each node has run a new pod: one that is Ready on paper may not hear of pods for most of a minute, after
 * an API server was gone for long, and one that has just come up begins with all that ran on it.
 */
function runNewPods(): void {
  for (const node of ["node1", "node2"]) {
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: `alive-${node}`, namespace: HIT, labels: { app: "alive" } },
      spec: {
        nodeSelector: { "kubernetes.io/hostname": node },
        terminationGracePeriodSeconds: 0,
        containers: [{ name: "alive", image: "busybox:1.35", command: ["sleep", "infinity"] }],
      },
    };
    kubectl("apply", "-f", world.file(`${node}.json`, JSON.stringify(pod)));
  }
  kubectl("-n", HIT, "wait", "--for=condition=Ready", "pod", "-l", "app=alive", "--timeout=120s");
  kubectl("-n", HIT, "delete", "pod", "-l", "app=alive");
}

/** All of the test bed runs again, its nodes run new pods, the server is there, and nothing of ours. */
async function heal(): Promise<void> {
  const isReady = (): boolean =>
    kubectlJson<Nodes>("get", "nodes").items.every(({ status }) =>
      status.conditions.some(({ type, status: is }) => type === "Ready" && is === "True"),
    );
  for (let tries = 0; ; tries++) {
    await up();
    if (isReady()) break;
    if (tries > 60) throw new Error("a node did not come back");
    await sleep(1000);
  }
  runNewPods();
  kubectl("-n", HOME, "rollout", "status", "deployment/web", "--timeout=90s");
  await netverdict("clean");
  for (let tries = 0; tries < 100 && leftovers().length > 0; tries++) await sleep(200);
  expect(leftovers()).toEqual([]);
}

/** When the stand-ins run and the first answers are there. */
async function probing(): Promise<void> {
  await standInOf(HIT);
  await sleep(1500);
}

/** A fault is sat out, or what it hid is undecided: no flow fails, and every undecided one says why. */
function expectHonest(played: Played, says: RegExp): string {
  const { report, code } = played;
  expect([0, 2], played.texts).toContain(code);
  expect(played.texts).not.toContain("this is a bug");
  if (report === undefined) expect(played.stderr).toMatch(says);
  for (const verdict of verdicts(played) ?? []) expect(["pass", "inconclusive"]).toContain(verdict);
  if (code === 2) expect(played.texts).toMatch(says);
  return says.exec(played.texts)?.[0] ?? "";
}

beforeAll(() => world.create());
afterAll(() => world.remove());

describe.runIf(IS_TESTBED)("a run in which something ends", () => {
  afterEach(heal, 300_000);

  it("token rotated in mid-run: it is read anew, and the run passes", async () => {
    const bound = (secret: string): string => {
      kubectl("-n", HOME, "create", "secret", "generic", secret);
      const of = ["--bound-object-kind", "Secret", "--bound-object-name", secret];
      return kubectl("-n", HOME, "create", "token", "rotated", ...of).trim();
    };
    kubectl("-n", HOME, "create", "serviceaccount", "rotated");
    const binding = ["clusterrolebinding", "netverdict-e2e-rotated"];
    kubectl("delete", "--ignore-not-found", ...binding);
    kubectl("create", ...binding, "--clusterrole=cluster-admin", `--serviceaccount=${HOME}:rotated`);
    try {
      const tokenFile = world.file("token", bound("first"));
      const next = bound("second");
      const { clusters } = JSON.parse(kubectl("config", "view", "--raw", "-o", "json")) as {
        readonly clusters: readonly { readonly name: string }[];
      };
      const config = {
        apiVersion: "v1",
        kind: "Config",
        clusters,
        users: [{ name: "rotated", user: { tokenFile } }],
        contexts: [{ name: "rotated", context: { cluster: clusters[0]?.name, user: "rotated" } }],
        "current-context": "rotated",
      };
      const kubeconfig = world.file("rotated.kubeconfig", JSON.stringify(config));
      // The API server believes a token for ten seconds more.
      const long = ["--confirm", "14", "--settle", "60s", "--kubeconfig", kubeconfig];
      const played = await world.play(long, async () => {
        await probing();
        kubectl("-n", HOME, "delete", "secret", "first");
        writeFileSync(tokenFile, next);
      });
      expect([played.code, verdicts(played), played.left], played.texts).toEqual([0, ["pass", "pass"], []]);
      rows.push({
        fault: "token rotated in mid-run",
        played: "a bound ServiceAccount token revoked, the token file replaced",
        exitCode: 0,
        says: "2 passed",
        left: [],
      });
    } finally {
      kubectl("delete", ...binding);
    }
  });

  it("kubelet restarts in mid-run: it is sat out, or said", async () => {
    const played = await world.play([...LONG, "--placement", "cross-node"], async () => {
      await probing();
      kill("kubelet-node2");
      await up();
    });
    expectHonest(
      played,
      /the flow could not be observed: [^\n]*(?:dialing backend|closed|broke|refused|pod does not exist)/,
    );
    expect(played.left).toEqual([]);
    rows.push({
      fault: "kubelet restarts in mid-run",
      played: "its process killed, and started again",
      exitCode: "0 or 2",
      says: "2 passed, or: the flow could not be observed: … error dialing backend",
      left: played.left,
    });
  });

  it("API server restarts in mid-run: it is sat out, or said, and nothing stays", async () => {
    const played = await world.play(LONG, async () => {
      await probing();
      kill("kube-apiserver");
      // So that an exec meets it, and what the run asks after that.
      await sleep(5000);
      await up();
    });
    expectHonest(
      played,
      /(?:the flow could not be observed: [^\n]*(?:closed|broke|cannot reach|refused)|cannot reach the API server|netverdict: )/,
    );
    expect(played.left, played.texts).toEqual([]);
    rows.push({
      fault: "API server restarts in mid-run",
      played: "its process killed, and started again",
      exitCode: "0 or 2",
      says: "2 passed, or: the flow could not be observed: cannot reach the API server … connection refused",
      left: played.left,
    });
  });

  it("API server gone for good: what stays its cluster removes, and that is said", async () => {
    const played = await world.play([...LONG, "--deadline", "120s"], async (done) => {
      await probing();
      kill("kube-apiserver");
      await done;
      await up();
    });
    expect(played.code, played.texts).toBe(2);
    expect(played.stderr).toMatch(
      /the cluster removes run [0-9a-f]{7} by itself within 2 min, or: netverdict clean --run/,
    );
    expect(played.left).toContainEqual(expect.stringMatching(/^pods /));
    const cleaned = await netverdict("clean");
    expect(cleaned.code, cleaned.stderr).toBe(0);
    rows.push({
      fault: "API server gone for good",
      played: "its process killed, started again after the run",
      exitCode: 2,
      says: "the cluster removes run … by itself within 2 min, or: netverdict clean --run …",
      left: ["its stand-ins, until their deadline or `netverdict clean`"],
    });
  });

  it("node of the sources lost in mid-run: its flows are undecided, silence from it is no block", async () => {
    // So often that no answer is the last one before the node goes, however slow this machine is now.
    const often = ["--confirm", "100", "--settle", "60s"];
    const played = await world.play([...often, "--placement", "cross-node"], async () => {
      await probing();
      await testbed("kill-node", "node2");
    });
    const said = expectHonest(played, /the flow could not be observed: [^\n]*/);
    expect(played.code, played.texts).toBe(2);
    expect(verdicts(played)).toEqual(["inconclusive", "inconclusive"]);
    expect(said).not.toBe("");
    rows.push({
      fault: "node of the sources lost in mid-run",
      played: "all processes of the node killed",
      exitCode: played.code,
      says: "2 inconclusive; the flow could not be observed: …",
      left: played.left,
    });
  });
});

describe.runIf(IS_TESTBED)("a run after something ended", () => {
  afterEach(heal, 300_000);

  it("node of the target dead: what is denied to its pods is no pass", async () => {
    // The server is on node1; its pods look Ready for some seconds more.
    await testbed("kill-node", "node1");
    const played = await world.play([
      "--placement",
      "cross-node",
      "--settle",
      "3s",
      "--startup-timeout",
      "10s",
    ]);
    expect(played.report?.flows[1]?.verdict, played.texts).toBe("inconclusive");
    expect(played.report?.flows[0]?.verdict, played.texts).not.toBe("pass");
    expect([1, 2]).toContain(played.code);
    rows.push({
      fault: "node of the target dead",
      played: "all processes of the node killed, just before the run",
      exitCode: "1 or 2",
      says: "the denied flow is inconclusive: which proof is missing; the wanted one fails, or is inconclusive",
      left: played.left,
    });
  });
});

describe.runIf(IS_TESTBED)("docs/faults.md", () => {
  it("tells the faults as they were just played", async () => {
    expect(KUBECONFIG).not.toBe("");
    expect(rows).toHaveLength(6);
    await expectSection("faults on a cluster", rows);
  });
});
