import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kubectl, kubectlJson } from "./cluster.ts";
import { HOSTILE, standIn } from "./hostile-pods.ts";
import { RUNNER_NAMESPACE } from "./job.ts";
import { ACCOUNT, answer, RunnerManifests } from "./runner-manifests.ts";

/** In which the account has the rights of the example, and somebody else's pods run. */
const NAMESPACE = "guarded";
const manifests = new RunnerManifests(NAMESPACE);

beforeAll(async () => {
  manifests.application("three-tier", "production", NAMESPACE);
  kubectl("-n", NAMESPACE, "create", "serviceaccount", "deployer");
  await manifests.install(NAMESPACE);
});

afterAll(() => manifests.remove());

describe("the guard", () => {
  it("has no expression that the API server doubts", () => {
    const { items } = kubectlJson<{
      items: readonly { metadata: { name: string }; status?: { typeChecking?: object } }[];
    }>("get", "validatingadmissionpolicies");
    const ours = items.filter(({ metadata }) => metadata.name.startsWith("netverdict-"));
    expect(ours.length).toBeGreaterThan(0);
    for (const { metadata, status } of ours) expect(status?.typeChecking, metadata.name).toEqual({});
  });

  it("lets a stand-in pass", () => {
    expect(manifests.create(standIn(NAMESPACE))).toMatch(/created \(server dry run\)/);
  });

  it.each(HOSTILE)("refuses a pod %s", (_what, change, reason) => {
    const refusal = manifests.create(change(standIn(NAMESPACE)));
    expect(refusal).toContain("ValidatingAdmissionPolicy 'netverdict-stand-ins'");
    expect(refusal).toMatch(reason);
  });

  it("refuses exec into a production pod, and not into a stand-in", () => {
    const exec = (pod: string): string =>
      answer(
        "get",
        `--raw=/api/v1/namespaces/${NAMESPACE}/pods/${pod}/exec?command=id&stdout=true`,
        `--as=${ACCOUNT}`,
      );
    expect(exec(productionPod())).toMatch(/'netverdict-exec'.*commands run only in stand-ins/);
    expect(exec("netverdict-0123abc-1")).toContain('pods "netverdict-0123abc-1" not found');
  });

  it("refuses to remove what is not Netverdict's", () => {
    for (const what of [`pod/${productionPod()}`, "deployment/backend"]) {
      const options = ["--wait=false", "--dry-run=server", `--as=${ACCOUNT}`];
      const refusal = answer("-n", NAMESPACE, "delete", what, ...options);
      expect(refusal).toContain("ValidatingAdmissionPolicy 'netverdict-deletion'");
    }
  });

  it("refuses Deployments and Jobs that make pods", () => {
    const metadata = { name: "netverdict-0123abc", namespace: NAMESPACE };
    const labels = { app: "x" };
    const { containers } = standIn(NAMESPACE).spec;
    const always = { metadata: { labels }, spec: { restartPolicy: "Always", containers } };
    const once = { metadata: { labels }, spec: { restartPolicy: "Never", containers } };
    const deployment = { selector: { matchLabels: labels }, template: always };
    expect(
      manifests.create({ apiVersion: "apps/v1", kind: "Deployment", metadata, spec: deployment }),
    ).toMatch(/'netverdict-deployments'.*makes no pods/);
    expect(
      manifests.create({ apiVersion: "batch/v1", kind: "Job", metadata, spec: { template: once } }),
    ).toMatch(/'netverdict-jobs'.*makes no pods/);
  });

  it("refuses ConfigMaps that are no reports", () => {
    answer(
      "-n",
      RUNNER_NAMESPACE,
      "create",
      "rolebinding",
      "edit",
      "--clusterrole=edit",
      `--user=${ACCOUNT}`,
    );
    const metadata = { name: "netverdict-scenarios", namespace: RUNNER_NAMESPACE };
    const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata };
    expect(manifests.create(configMap)).toContain("ValidatingAdmissionPolicy 'netverdict-reports'");
    const report = { ...configMap, metadata: { ...metadata, name: "netverdict-run-1-report" } };
    expect(manifests.create(report)).toMatch(/created \(server dry run\)/);
  });

  it("holds for the runner's account alone", () => {
    const [pod] = HOSTILE.map(([, change]) => change(standIn(NAMESPACE)));
    expect(answer("create", "-f", manifests.file(pod ?? {}), "--dry-run=server")).toMatch(/created/);
  });
});

function productionPod(): string {
  const { items } = kubectlJson<{ items: readonly { metadata: { name: string } }[] }>(
    ...["-n", NAMESPACE, "get", "pods"],
  );
  return items[0]?.metadata.name ?? "";
}
