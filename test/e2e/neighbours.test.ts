import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunReport } from "../../src/model/report.ts";
import { kubectl, kubectlJson, leftovers, production, runReport, sleep, start } from "./cluster.ts";

const NAMESPACE = "e2e-neighbours";
const folder = mkdtempSync(join(tmpdir(), "netverdict-neighbours-"));

/** A web server that a ReplicaSet, a budget, a Service and rules about placement all know by `app: web`. */
const NEIGHBOURS = `apiVersion: v1
kind: Namespace
metadata: {name: ${NAMESPACE}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web, namespace: ${NAMESPACE}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: web
          image: busybox:1.35
          command: [httpd, -f, -p, "8080", -h, /tmp]
          ports: [{name: http, containerPort: 8080}]
          readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: ${NAMESPACE}}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: ${NAMESPACE}}
spec: {maxUnavailable: 1, selector: {matchLabels: {app: web}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: ${NAMESPACE}}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 8080}]}]
`;

const SCENARIO = `apiVersion: netverdict.dev/v1alpha1
kind: Scenario
metadata: {name: neighbours}
defaults: {namespace: ${NAMESPACE}}
endpoints:
  web: {labels: {app: web}, ports: [8080]}
  server: {labels: {app: web}, standIn: true, ports: [8080, 9090]}
  stranger: {labels: {app: stranger}, hypothetical: true}
flows:
  - web -> web:8080 should succeed
  - stranger -> web:8080 should fail
  - web -> server:8080 should succeed
  - web -> server:9090 should fail
`;

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const scenario = file("scenario.yaml", SCENARIO);
const noted = (name: string, text: string): void => void kubectl("apply", "-f", file(name, text));

beforeAll(() => {
  noted("neighbours.yaml", NEIGHBOURS);
  kubectl("-n", NAMESPACE, "wait", "--for=condition=Ready", "pod", "-l", "app=web", "--timeout=60s");
});

afterAll(() => {
  rmSync(folder, { recursive: true });
  kubectl("delete", "namespace", "--wait=false", NAMESPACE);
});

/** What the owners of production think of their pods. */
interface View {
  readonly replicas: unknown;
  readonly budget: unknown;
  readonly ready: readonly string[];
}

interface Items {
  readonly items: readonly {
    readonly kind: string;
    readonly metadata: { readonly name: string };
    readonly status?: Record<string, unknown>;
    readonly endpoints?: readonly {
      readonly conditions: { readonly ready?: boolean; readonly serving?: boolean };
      readonly targetRef: { readonly name: string };
    }[];
  }[];
}

function view(): View {
  const list = kubectlJson<Items>("-n", NAMESPACE, "get", "replicasets,poddisruptionbudgets,endpointslices");
  const items = list.items.filter(({ metadata }) => !metadata.name.startsWith("netverdict-"));
  const status = (kind: string): Record<string, unknown> =>
    items.find((item) => item.kind === kind)?.status ?? {};
  const { replicas, readyReplicas, availableReplicas } = status("ReplicaSet");
  const { currentHealthy, desiredHealthy, disruptionsAllowed, expectedPods, conditions } =
    status("PodDisruptionBudget");
  const reason = (conditions as readonly { readonly reason: string }[] | undefined)?.map((c) => c.reason);
  return {
    replicas: { replicas, readyReplicas, availableReplicas },
    budget: { currentHealthy, desiredHealthy, disruptionsAllowed, expectedPods, reason },
    ready: items
      .flatMap(({ endpoints }) => endpoints ?? [])
      .filter(({ conditions: is }) => is.ready === true || is.serving === true)
      .map(({ targetRef }) => targetRef.name)
      .sort(),
  };
}

describe("a ReplicaSet, a Service and a PodDisruptionBudget that select the stand-ins' labels", () => {
  it("never count, adopt or feed a stand-in, and the run passes", async () => {
    const before = { objects: production(NAMESPACE), view: view() };
    expect(before.view.ready).toHaveLength(2);
    expect(before.view.budget).toMatchObject({ disruptionsAllowed: 1, expectedPods: 2 });
    const { done } = start(["run", scenario, "-o", "json"]);
    const seen = new Set<string>();
    let standIns = 0;
    let running = true;
    void done.then(() => (running = false));
    while (running) {
      standIns = Math.max(standIns, leftovers().filter((name) => name.startsWith("pods ")).length);
      seen.add(JSON.stringify(view()));
      await sleep(100);
    }
    const { code, stdout } = await done;
    const report = JSON.parse(stdout) as RunReport;
    expect(report.flows.map(({ verdict, reason }) => [verdict, reason])).toEqual(
      report.flows.map(() => ["pass", expect.any(String)]),
    );
    expect(code).toBe(0);
    expect(standIns, "stand-ins with app=web were there while it was looked").toBeGreaterThan(0);
    expect([...seen]).toEqual([JSON.stringify(before.view)]);
    expect(production(NAMESPACE)).toEqual(before.objects);
    expect(leftovers()).toEqual([]);
  });
});

/** Runs the scenario beside an object that restrains it; the object goes afterwards, and production is as it was. */
async function runBeside(
  name: string,
  object: string,
  ...options: readonly string[]
): Promise<{ code: number; report: RunReport; reasons: string }> {
  noted(`${name}.yaml`, object);
  try {
    const before = production(NAMESPACE);
    const { code, report } = await runReport("run", scenario, ...options);
    expect(production(NAMESPACE)).toEqual(before);
    expect(leftovers()).toEqual([]);
    const standIns = report.standIns.map(({ problem }) => problem ?? "");
    return { code, report, reasons: [...standIns, ...report.flows.map(({ reason }) => reason)].join("\n") };
  } finally {
    kubectl("delete", "-f", join(folder, `${name}.yaml`));
  }
}

const passed = (report: RunReport): readonly string[] => report.flows.map(({ verdict }) => verdict);

describe("a ResourceQuota", () => {
  const quota = (hard: string): string => `apiVersion: v1
kind: ResourceQuota
metadata: {name: room, namespace: ${NAMESPACE}}
spec: {hard: {${hard}}}
`;

  it("with room for the stand-ins lets the run pass", async () => {
    const { code, report } = await runBeside(
      "quota-room",
      quota('pods: "20", limits.memory: 4Gi, requests.cpu: "1"'),
    );
    expect([code, passed(report)]).toEqual([0, Array(4).fill("pass")]);
  });

  it("without room leaves the flows undecided, and the quota is named", async () => {
    const { code, report, reasons } = await runBeside("quota-full", quota('pods: "2"'));
    expect([code, passed(report)]).toEqual([2, Array(4).fill("inconclusive")]);
    expect(reasons).toMatch(/exceeded quota: room, requested: pods=1, used: pods=2, limited: pods=2/);
  });

  it("of processors, which stand-ins do not limit, is named with what it wants", async () => {
    const { code, report, reasons } = await runBeside("quota-cpu", quota('limits.cpu: "4"'));
    expect([code, passed(report)]).toEqual([2, Array(4).fill("inconclusive")]);
    expect(reasons).toMatch(/failed quota: room: must specify limits\.cpu/);
  });

  it("of processors together with a LimitRange that gives a default lets the run pass", async () => {
    const { code, report } = await runBeside(
      "quota-default",
      `${quota('limits.cpu: "4"')}---
apiVersion: v1
kind: LimitRange
metadata: {name: defaults, namespace: ${NAMESPACE}}
spec: {limits: [{type: Container, default: {cpu: 200m}}]}
`,
    );
    expect([code, passed(report)]).toEqual([0, Array(4).fill("pass")]);
  });
});

describe("a LimitRange", () => {
  const range = (limit: string): string => `apiVersion: v1
kind: LimitRange
metadata: {name: sizes, namespace: ${NAMESPACE}}
spec: {limits: [{type: Container, ${limit}}]}
`;

  it("that the stand-ins fit lets the run pass", async () => {
    const { code, report } = await runBeside("limits-fit", range("min: {memory: 16Mi}, max: {memory: 1Gi}"));
    expect([code, passed(report)]).toEqual([0, Array(4).fill("pass")]);
  });

  it("that they do not fit leaves the flows undecided, and the limit is named", async () => {
    const { code, report, reasons } = await runBeside("limits-narrow", range("min: {memory: 256Mi}"));
    expect([code, passed(report)]).toEqual([2, Array(4).fill("inconclusive")]);
    expect(reasons).toMatch(/minimum memory usage per Container is 256Mi, but request is 32Mi/);
  });
});

describe("a required podAntiAffinity against the stand-ins' labels", () => {
  /** A real pod that wants no `app: web` on its node; on both nodes of the test bed, none is left for stand-ins. */
  const hermits = (replicas: number): string => `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: hermit, namespace: ${NAMESPACE}}
spec:
  replicas: ${replicas}
  podManagementPolicy: Parallel
  serviceName: hermit
  selector: {matchLabels: {app: stranger}}
  template:
    metadata: {labels: {app: stranger}}
    spec:
      terminationGracePeriodSeconds: 0
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            - {topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: stranger}}}
      containers: [{name: hermit, image: busybox:1.35, command: [sleep, infinity]}]
`;
  const beside = async (replicas: number, ...options: readonly string[]) => {
    noted("hermits.yaml", hermits(replicas));
    kubectl("-n", NAMESPACE, "rollout", "status", "statefulset/hermit", "--timeout=60s");
    return await runBeside("hermits", hermits(replicas), ...options);
  };

  it("leaves the other node, where the stand-in goes, and the run passes", async () => {
    const { code, report } = await beside(1);
    expect([code, passed(report)]).toEqual([0, Array(4).fill("pass")]);
  });

  it("on every node leaves its flows undecided, the scheduler's words are told, and the others go on", async () => {
    const nodes = kubectlJson<Items>("get", "nodes").items.length;
    const { code, report, reasons } = await beside(nodes, "--startup-timeout", "5s");
    expect([code, passed(report)]).toEqual([2, ["pass", "inconclusive", "pass", "pass"]]);
    expect(reasons).toMatch(
      /was not scheduled within 5 s: .*node\(s\) didn't satisfy existing pods anti-affinity rules/,
    );
  });
});
