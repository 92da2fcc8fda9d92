import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunReport } from "../../src/model/report.ts";
import { kubectl, kubectlJson, sleep } from "./cluster.ts";
import { builtImage } from "./image.ts";
import { type FinishedJob, RUNNER_NAMESPACE, runJob } from "./job.ts";
import { ACCOUNT, answer, RunnerManifests, rights } from "./runner-manifests.ts";

/** The applications, in namespaces that no other suite uses. */
const GOOD = "in-cluster";
const BROKEN = "in-cluster-broken";

const manifests = new RunnerManifests(GOOD);
const at = (path: string): string => manifests.at(path);

interface ObjectList {
  readonly items: readonly {
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace: string };
  }[];
}

beforeAll(async () => {
  manifests.useImage(await builtImage());
  manifests.application("three-tier", "production", GOOD);
  manifests.application("three-tier-broken", "staging", BROKEN);
  const broken = readFileSync("scenarios/three-tier-broken/scenario.yaml", "utf8");
  manifests.overlay("broken", broken.replaceAll("staging", BROKEN), { rbac: ["--cluster-role"] });
  manifests.overlay("slow", slowScenario());
  manifests.overlay("reporting", readFileSync(at("overlays/three-tier/scenario.yaml"), "utf8"), {
    components: ["report-configmap", "report-volume"],
  });
  await manifests.install(GOOD);
}, 600_000);

afterAll(() => manifests.remove());

describe("the Job", () => {
  it("passes with the least Roles, tells its result in every place, and leaves nothing", async () => {
    for (const right of ["create pods", "list pods", "create pods/exec", "delete pods", "get secrets"]) {
      const [verb = "", what = ""] = right.split(" ");
      expect(answer("-n", BROKEN, "auth", "can-i", verb, what, `--as=${ACCOUNT}`), right).toMatch(/^no/);
    }
    const run = await runJob(at("overlays/reporting"));
    expect(run.stdout).toContain("14 passed (14 flows");
    expect([run.code, run.condition]).toEqual([0, "Complete"]);
    expect(JSON.parse(run.lastWords ?? "")).toMatchObject({ exitCode: 0, passed: 14, notPassed: [] });
    const kept = kubectl(
      "-n",
      RUNNER_NAMESPACE,
      "get",
      "configmap",
      `${run.name}-report`,
      "-o",
      "jsonpath={.data.report\\.json}",
    );
    const report = JSON.parse(kept) as RunReport;
    expect(report.flows.map(({ verdict }) => verdict)).toEqual(Array(14).fill("pass"));
    expect(remains(runOf(run))).toEqual([]);
    console.info(`three-tier as a Job: created to finished in ${run.seconds} s`);
    expect(run.seconds).toBeLessThanOrEqual(30);
  });

  it("fails with a ClusterRole and a broken policy, and names flow and policy in its last words", async () => {
    const run = await runJob(at("overlays/broken"));
    expect([run.code, run.condition]).toEqual([1, "Failed"]);
    expect(run.message).toContain("failed with exit code 1");
    expect(JSON.parse(run.lastWords ?? "")).toMatchObject({
      exitCode: 1,
      failed: 2,
      notPassed: [
        { id: `${BROKEN}/backend -> ${BROKEN}/database:5432/TCP`, verdict: "fail", cause: "policy" },
        {},
      ],
    });
    expect(run.stdout).toContain("label tier=back-end wanted, pod has tier=backend");
    expect(remains(runOf(run))).toEqual([]);
  });

  it("passes twice at once", async () => {
    const runs = await Promise.all([
      runJob(at("overlays/three-tier")),
      runJob(at("overlays/three-tier-cluster-role")),
    ]);
    for (const run of runs) {
      expect(run.code, run.stdout).toBe(0);
      expect(JSON.parse(run.lastWords ?? "")).toMatchObject({ passed: 14 });
      expect(remains(runOf(run))).toEqual([]);
    }
    expect(runs[0]?.name).not.toBe(runs[1]?.name);
  });

  it("cleans up at its deadline", async () => {
    const stopped = runJob(at("overlays/slow"), "--deadline", "15");
    const id = await untilStandIns();
    const run = await stopped;
    expect(run.stdout).toContain("SIGTERM: stopping and cleaning up");
    expect([run.code, run.condition]).toEqual([143, "Failed"]);
    expect(run.stderr).toContain("DeadlineExceeded");
    expect(remains(id)).toEqual([]);
  });

  it("cleans up when it is evicted", async () => {
    const evicted = runJob(at("overlays/slow"));
    const id = await untilStandIns();
    const selection = [
      "--selector",
      "app.kubernetes.io/component=runner",
      "--field-selector",
      "status.phase=Running",
    ];
    const [pod] = namesOf(RUNNER_NAMESPACE, "pods", ...selection);
    const metadata = { name: pod, namespace: RUNNER_NAMESPACE };
    const eviction = manifests.file({ apiVersion: "policy/v1", kind: "Eviction", metadata });
    kubectl("create", "--raw", `/api/v1/namespaces/${RUNNER_NAMESPACE}/pods/${pod}/eviction`, "-f", eviction);
    const run = await evicted;
    expect([run.code, run.condition]).toEqual([143, "Failed"]);
    expect(run.stderr).toContain("EvictionByEvictionAPI");
    expect(remains(id)).toEqual([]);
  });

  it("that does not start is undecided, and the cluster's reason is told", async () => {
    const run = await runJob(
      at("overlays/three-tier"),
      "--start-timeout",
      "8",
      "--image",
      "netverdict:nowhere",
    );
    expect([run.code, run.condition]).toEqual([2, undefined]);
    expect(run.stderr).toContain("not started within 8 s");
    expect(run.stderr).toMatch(/image "netverdict:nowhere"/);
  });
});

describe("the manifests", () => {
  it("hold the example's scenario, and the rights that netverdict rbac prints for it", () => {
    const withoutSchema = (path: string): string => readFileSync(path, "utf8").replace(/^#.*\n/, "");
    const example = "manifests/overlays/three-tier";
    expect(withoutSchema(`${example}/scenario.yaml`)).toBe(
      withoutSchema("scenarios/three-tier/scenario.yaml"),
    );
    expect(readFileSync(`${example}/rights.yaml`, "utf8")).toBe(rights(example));
    expect(readFileSync(`${example}-cluster-role/rights.yaml`, "utf8")).toBe(
      rights(example, "--cluster-role"),
    );
  });
});

/** It is asked again for 20 s: no policy forbids the way to an address that nobody has (RFC 5737). */
function slowScenario(): string {
  return `apiVersion: netverdict.dev/v1alpha1
kind: Scenario
metadata: {name: slow}
defaults: {namespace: ${GOOD}}
endpoints:
  frontend: {workload: deployment/frontend}
  backend: {workload: deployment/backend}
  outsider: {namespace: default, labels: {app: outsider}, hypothetical: true}
  nowhere: {ip: 198.51.100.77}
flows:
  - frontend -> backend:8080 should succeed
  - outsider -> nowhere:80 should succeed
`;
}

function namesOf(namespace: string, kind: string, ...selection: readonly string[]): readonly string[] {
  return kubectlJson<ObjectList>("-n", namespace, "get", kind, ...selection).items.map(
    ({ metadata }) => metadata.name,
  );
}

/** The run that a Job's last words name. */
function runOf(job: FinishedJob): string {
  return (JSON.parse(job.lastWords ?? "") as { readonly runId: string }).runId;
}

/** Waits for stand-ins of a run that is under way; returns which run it is. */
async function untilStandIns(): Promise<string> {
  const find = (): string | undefined =>
    namesOf(GOOD, "pods").flatMap((name) => /^netverdict-([0-9a-f]{7})-/.exec(name)?.[1] ?? [])[0];
  await until("there are stand-ins", () => find() !== undefined);
  return find() ?? "";
}

/** What a run left, in any namespace. */
function remains(runId: string): readonly string[] {
  expect(runId).toMatch(/^[0-9a-f]{7}$/);
  const { items } = kubectlJson<ObjectList>("get", "pods,deployments,jobs", "--all-namespaces");
  return items
    .map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`)
    .filter((name) => name.includes(`/netverdict-${runId}`));
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 60; tries++) {
    if (isSo()) return;
    await sleep(250);
  }
  throw new Error(`waited in vain until ${what}`);
}
