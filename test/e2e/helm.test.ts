import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { objectsOf, render, values } from "../chart/helm.ts";
import { type Finished, KUBECONFIG, kubectl, kubectlJson, leftovers } from "./cluster.ts";
import { builtImage } from "./image.ts";
import { answer, RunnerManifests } from "./runner-manifests.ts";

/** The applications and the releases, in namespaces that no other suite uses. */
const GOOD = "helm-good";
const BROKEN = "helm-broken";
const RELEASES = "helm-releases";

const manifests = new RunnerManifests(GOOD);
let image: readonly string[] = [];

interface ObjectList {
  readonly items: readonly {
    readonly kind: string;
    readonly metadata: {
      readonly name: string;
      readonly namespace?: string;
      readonly uid: string;
      readonly labels?: Readonly<Record<string, string>>;
    };
    readonly status?: { readonly succeeded?: number };
  }[];
}

beforeAll(async () => {
  const [repository, tag] = splitImage(await builtImage());
  image = values({ image: { repository, tag } });
  manifests.application("three-tier", "production", GOOD);
  manifests.application("three-tier-broken", "staging", BROKEN);
  kubectl("create", "namespace", RELEASES);
  kubectl("label", "namespace", RELEASES, "pod-security.kubernetes.io/enforce=restricted");
}, 600_000);

afterAll(async () => {
  for (const release of ["good", "broken"]) {
    await helm("uninstall", release, "-n", RELEASES, "--ignore-not-found", "--wait");
  }
  answer("delete", "namespace", RELEASES, "--ignore-not-found", "--wait=false");
  manifests.remove();
  answer("wait", "--for=delete", `namespace/${RELEASES}`, "--timeout=120s");
});

describe("the chart", () => {
  it("passes the API server's own validation with every kind of values", () => {
    const sets = [
      {},
      { "rbac.clusterRole": true, "rbac.nodes": false, "test.enabled": false, cronJob: { enabled: true } },
      { "guard.enabled": true, "report.configMap": true, "probe.image": "registry.example/busybox:1.35" },
      {
        nodeSelector: { "kubernetes.io/os": "linux" },
        tolerations: [{ key: "dedicated", operator: "Exists", effect: "NoSchedule" }],
        imagePullSecrets: ["registry"],
        probe: { imagePullSecrets: ["registry"] },
        "image.digest": `sha256:${"0".repeat(64)}`,
        extraArgs: ["--strict"],
        cronJob: { enabled: true, schedule: "@daily", timeZone: "Europe/Berlin", suspend: true },
        serviceAccount: { annotations: { "example.org/team": "platform" } },
      },
    ];
    for (const set of sets) {
      const objects = render("dry", RELEASES, [...options(GOOD), ...values(set)]);
      const list = manifests.file({ apiVersion: "v1", kind: "List", items: objects });
      const said = kubectl("apply", "--dry-run=server", "--validate=strict", "-f", list);
      expect(said.trim().split("\n")).toHaveLength(objects.length);
    }
  });

  it("is installed, proves the policies at each helm test, and goes", async () => {
    const more = values({ "cronJob.enabled": true, "guard.enabled": true, "report.configMap": true });
    const installed = await helm("install", "good", "manifests/helm", ...options(GOOD), ...more);
    expect(installed.code, installed.stderr).toBe(0);
    expect(installed.stdout).toContain("helm test good");

    const first = await helm("test", "good");
    expect(first.code, first.stdout + first.stderr).toBe(0);
    expect(first.stdout).toContain("Phase:          Succeeded");
    expect(first.stderr).toContain("14 passed (14 flows");
    const [before] = jobs();
    const second = await helm("test", "good");
    expect(second.code, second.stdout + second.stderr).toBe(0);
    const [after] = jobs();
    expect(after?.name).toBe("netverdict-good-test");
    expect(after?.uid).not.toBe(before?.uid);
    expect(reports()).toContain("netverdict-good-test-report");

    kubectl("-n", RELEASES, "create", "job", "netverdict-now", "--from=cronjob/netverdict-good");
    kubectl("-n", RELEASES, "wait", "--for=condition=Complete", "job/netverdict-now", "--timeout=60s");
    expect(kubectl("-n", RELEASES, "logs", "job/netverdict-now")).toContain("14 passed (14 flows");

    const gone = await helm("uninstall", "good", "--wait");
    expect(gone.code, gone.stderr).toBe(0);
    expect(left("good")).toEqual([]);
    // These are no part of the release: NOTES.txt tells.
    expect(jobs().map(({ name }) => name)).toEqual(["netverdict-good-test"]);
    expect(leftovers()).toEqual([]);
  });

  it("fails helm test where a policy is wrong, and its log names flow and policy", async () => {
    const installed = await helm("install", "broken", "manifests/helm", ...options(BROKEN));
    expect(installed.code, installed.stderr).toBe(0);
    const tested = await helm("test", "broken");
    expect([tested.code, tested.stdout]).toEqual([1, expect.stringContaining("Phase:          Failed")]);
    expect(tested.stderr).toContain(`${BROKEN}/backend -> ${BROKEN}/database:5432/TCP`);
    expect(tested.stderr).toContain("label tier=back-end wanted, pod has tier=backend");
    expect(tested.stderr).toContain("database-policy");
    expect((await helm("uninstall", "broken", "--wait")).code).toBe(0);
    expect(left("broken")).toEqual([]);
    expect(leftovers()).toEqual([]);
  });
});

/** Image, scenario and least rights for one of the applications. */
function options(application: string): readonly string[] {
  const name = application === GOOD ? "three-tier" : "three-tier-broken";
  const path = manifests.at(`${name}.yaml`);
  const scenario = readFileSync(`scenarios/${name}/scenario.yaml`, "utf8");
  writeFileSync(path, scenario.replaceAll(/namespace: (production|staging)/g, `namespace: ${application}`));
  const namespaces = [{ name: application, services: true }, { name: "default" }];
  return [
    ...image,
    ...values({ "rbac.namespaces": namespaces }),
    "--set-file",
    `scenarios.scenario\\.yaml=${path}`,
  ];
}

/** scripts/helm in the releases' namespace. */
function helm(...args: readonly string[]): Promise<Finished> {
  const child = spawn("scripts/helm", [...args, "-n", RELEASES], {
    env: { ...process.env, KUBECONFIG },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
}

function jobs(): readonly { readonly name: string; readonly uid: string }[] {
  return kubectlJson<ObjectList>("-n", RELEASES, "get", "jobs").items.map(({ metadata }) => metadata);
}

function reports(): readonly string[] {
  return kubectlJson<ObjectList>("-n", RELEASES, "get", "configmaps").items.map(
    ({ metadata }) => metadata.name,
  );
}

/** What is there of a release's own objects, of all kinds that the chart knows. */
function left(release: string): readonly string[] {
  const kinds =
    "serviceaccounts,configmaps,roles,rolebindings,clusterroles,clusterrolebindings,cronjobs,validatingadmissionpolicies,validatingadmissionpolicybindings";
  const selector = ["--selector", `app.kubernetes.io/instance=${release}`];
  return objectsOf(kubectl("get", kinds, "--all-namespaces", ...selector, "-o", "yaml")).flatMap((list) =>
    (list as unknown as ObjectList).items.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
  );
}

/** `registry.example:5000/netverdict:1.0` as repository and tag. */
function splitImage(name: string): readonly [string, string] {
  const colon = name.lastIndexOf(":");
  return [name.slice(0, colon), name.slice(colon + 1)];
}
