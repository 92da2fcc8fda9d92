import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectSection, type FaultRow } from "../fault-table.ts";
import { IS_TESTBED, kubectl, leftovers, sleep } from "./cluster.ts";
import { FaultWorld, free, HELD, HIT, HOME, type Played, standInOf, verdicts } from "./fault-world.ts";
import { Webhook } from "./webhook.ts";

const world = new FaultWorld();
const rows: FaultRow[] = [];
let webhook: Webhook;

beforeAll(async () => {
  await world.create();
  webhook = await Webhook.start();
});

afterAll(() => {
  webhook.close();
  world.remove();
});

/** What happened to one source, is said of its flow; the other flow goes on. */
function expectOnlyHit(played: Played, says: RegExp): string {
  const said = says.exec(played.texts)?.[0];
  expect(said, played.texts).toBeDefined();
  expect([played.code, verdicts(played)], played.texts).toEqual([2, ["pass", "inconclusive"]]);
  expect(played.report?.flows[1]?.reason).toMatch(/could not be observed|proof|prove/);
  return said ?? "";
}

function note(row: Omit<FaultRow, "exitCode" | "says">, { code }: Played, said: string): void {
  rows.push({ ...row, exitCode: code, says: said });
}

describe.runIf(IS_TESTBED)("nothing in the way", () => {
  it("lets the run pass", async () => {
    const played = await world.play([]);
    expect([played.code, verdicts(played), played.left], played.texts).toEqual([0, ["pass", "pass"], []]);
  });
});

interface WebhookCase {
  readonly path: string;
  readonly fault: string;
  readonly says: RegExp;
  readonly args?: readonly string[];
}

/** Well below the 60 s that a stand-in is waited for unless the user says. */
const SOON_MS = 30_000;

const WEBHOOKS: readonly WebhookCase[] = [
  {
    path: "/refuse",
    fault: "webhook refuses the pod",
    says: /the stand-in could not be created: [^\n]*the house has enough pods/,
  },
  {
    path: "/silence",
    fault: "webhook does not answer",
    says: /the stand-in could not be created: [^\n]*failed calling webhook/,
  },
  {
    path: "/sidecar",
    fault: "webhook adds a container",
    says: /admission injected containers into the stand-in \(proxy\): its traffic would be theirs/,
  },
  {
    path: "/label",
    fault: "webhook adds a label that a policy selects",
    says: /admission added labels to the stand-in \(team=friends\), and the policies treat it differently with them/,
  },
  {
    path: "/gate",
    fault: "webhook adds a readiness gate",
    says: /admission added readiness gates to the stand-in \(example.com\/balancer\): a load balancer may register it/,
  },
  {
    path: "/ready",
    fault: "webhook removes the readiness gate",
    says: /admission removed the stand-in's readiness gate: it could receive production traffic/,
  },
  {
    path: "/tiny",
    fault: "a sandbox that cannot be made, for want of memory",
    says: /the stand-in did not run within 5 s: ContainerCreating/,
    args: ["--startup-timeout", "5s"],
  },
  {
    path: "/nowhere",
    fault: "no node for the pod",
    says: /the stand-in was not scheduled within 5 s: 0\/2 nodes are available/,
    args: ["--startup-timeout", "5s"],
  },
];

describe.runIf(IS_TESTBED)("admission", () => {
  for (const { path, fault, says, args = [] } of WEBHOOKS) {
    it(`${fault}: is said, and the other flow goes on`, async () => {
      const played = await webhook.during(path, HIT, () => world.play(args));
      const said = expectOnlyHit(played, says);
      expect(played.report?.durationMs).toBeLessThan(SOON_MS);
      expect(played.left).toEqual([]);
      note(
        { fault, played: `an admission webhook on the test bed (${path.slice(1)})`, left: [] },
        played,
        said,
      );
    });
  }

  it("webhook adds a finalizer: what only its owner can free stays, and that is said", async () => {
    try {
      const played = await webhook.during("/finalizer", HIT, () => world.play([]));
      const said = expectOnlyHit(played, /admission added finalizers to the stand-in \(example.com\/hold\)/);
      expect(played.texts).toMatch(
        /Pod \S+ could not be removed: its finalizers hold it \(example.com\/hold\)/,
      );
      expect(played.left).toEqual([expect.stringMatching(/^pods /)]);
      const left = ["the stand-in, until its finalizer is taken away; said with its name"];
      note(
        { fault: "webhook adds a finalizer", played: "an admission webhook on the test bed", left },
        played,
        said,
      );
    } finally {
      free();
    }
    await sleep(500);
    expect(leftovers()).toEqual([]);
  });
});

describe.runIf(IS_TESTBED)("stand-ins that cannot be, or go", () => {
  it("image cannot be pulled: everything is undecided", async () => {
    const played = await world.play(["--probe-image", "registry.invalid/busybox:none"]);
    const says = /the stand-in cannot start: (?:ErrImagePull|ImagePullBackOff)/;
    expect([played.code, verdicts(played)], played.texts).toEqual([2, ["inconclusive", "inconclusive"]]);
    expect(played.texts).toMatch(says);
    expect(played.report?.durationMs).toBeLessThan(SOON_MS);
    expect(played.left).toEqual([]);
    note(
      { fault: "image cannot be pulled", played: "`--probe-image registry.invalid/busybox:none`", left: [] },
      played,
      "the stand-in cannot start: ErrImagePull, or ImagePullBackOff",
    );
  });

  it("stand-in evicted in mid-run: its flow is undecided", async () => {
    const played = await world.play(["--confirm", "4"], async () => {
      const name = await standInOf(HIT);
      await sleep(1500);
      const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace: HIT } };
      const path = `/api/v1/namespaces/${HIT}/pods/${name}/eviction`;
      kubectl("create", "--raw", path, "-f", world.file("eviction.json", JSON.stringify(eviction)));
    });
    const said = expectOnlyHit(played, /stand-in \S+ is gone: evicted, drained, or removed by somebody/);
    expect(played.left).toEqual([]);
    note({ fault: "stand-in evicted in mid-run", played: "the eviction API", left: [] }, played, said);
  });

  it("stand-in out of memory in mid-run: its flow is undecided, a killed probe is no silence", async () => {
    const played = await world.play(["--confirm", "4"], async () => {
      const name = await standInOf(HIT);
      await sleep(1500);
      const fill = "cat /dev/zero >/dev/shm/full; while :; do sleep 1 || cat /dev/zero >/dev/shm/full; done";
      try {
        kubectl("-n", HIT, "exec", name, "--request-timeout=6s", "--", "sh", "-c", fill);
      } catch {
        // Killed for want of memory, as is everything that starts there from now on.
      }
    });
    const said = expectOnlyHit(played, /stand-in \S+ has ended \(Failed: OOMKilled\)/);
    expect(played.left).toEqual([]);
    note(
      { fault: "stand-in out of memory in mid-run", played: "its memory filled by hand", left: [] },
      played,
      said,
    );
  });

  it("namespace being deleted: its flow is undecided", async () => {
    kubectl("create", "namespace", HELD);
    kubectl("-n", HELD, "create", "configmap", "hold");
    const hold = JSON.stringify({ metadata: { finalizers: ["example.com/hold"] } });
    kubectl("-n", HELD, "patch", "configmap", "hold", "--type=merge", "-p", hold);
    kubectl("delete", "namespace", "--wait=false", HELD);
    try {
      const text = `apiVersion: netverdict.dev/v1alpha1
kind: Scenario
metadata: {name: deleted}
defaults: {namespace: ${HOME}}
endpoints:
  web: {workload: deployment/web}
  friend: {labels: {team: friends}, hypothetical: true}
  hit: {namespace: ${HELD}, labels: {app: hit}, hypothetical: true}
flows:
  - friend -> web:8080 should succeed
  - hit -> web:8080 should fail
`;
      const played = await world.playFile(world.file("deleted.yaml", text), []);
      const said = expectOnlyHit(played, /the stand-in could not be created: [^\n]*being terminated/);
      expect(played.left).toEqual([]);
      note(
        { fault: "namespace being deleted", played: "a namespace held by a finalizer", left: [] },
        played,
        said,
      );
    } finally {
      free();
    }
  });
});

describe("a service mesh", () => {
  it("ambient mesh: is known by its label, and the run warns", async () => {
    kubectl("label", "namespace", HIT, "istio.io/dataplane-mode=ambient");
    try {
      const played = await world.play([]);
      const says = /hit is in an ambient mesh [^:]*: the mesh accepts its connections on its own node/;
      expect(played.texts).toMatch(says);
      expect(played.code).toBe(0);
      note(
        {
          fault: "ambient mesh",
          played: "label istio.io/dataplane-mode=ambient on the namespace",
          left: played.left,
        },
        played,
        says.exec(played.texts)?.[0] ?? "",
      );
    } finally {
      kubectl("label", "namespace", HIT, "istio.io/dataplane-mode-");
    }
  });

  it("mesh sidecar: beside the servers it is known, and the run warns", async () => {
    const sidecar = { name: "istio-proxy", image: "busybox:1.35", command: ["sleep", "infinity"] };
    const patch = { spec: { template: { spec: { containers: [sidecar] } } } };
    kubectl("-n", HOME, "patch", "deployment", "web", "-p", JSON.stringify(patch));
    kubectl("-n", HOME, "rollout", "status", "deployment/web", "--timeout=60s");
    await sleep(1000);
    const played = await world.play([]);
    const says =
      /receives its traffic through a mesh's proxy \(istio-proxy\), which accepts connections in its place/;
    expect(played.texts).toMatch(says);
    expect(played.code).toBe(0);
    note(
      { fault: "mesh sidecar", played: "a container istio-proxy in the target's pod", left: played.left },
      played,
      says.exec(played.texts)?.[0] ?? "",
    );
  });
});

describe.runIf(IS_TESTBED)("docs/faults.md", () => {
  it("tells the hazards as they were just seen", async () => {
    expect(rows).toHaveLength(WEBHOOKS.length + 7);
    await expectSection("hazards on a cluster", rows);
  });
});
