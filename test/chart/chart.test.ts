import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { builtHelm, helm, type KubernetesObject, objectsOf, render, values } from "./helm.ts";
import { type Container, type JobSpec, jobSpecOf } from "./job-spec.ts";
import { type RoleRules, rightsOf, roleRules } from "./role-rules.ts";

const IS_BUILT = builtHelm() !== undefined;
if (!IS_BUILT) {
  console.warn(
    "SKIPPED: the chart is not rendered, for helm is not built; scripts/helm version builds it once, in two minutes (needs Go)",
  );
}

const SCENARIO = ["--set-file", "scenarios.scenario\\.yaml=scenarios/three-tier/scenario.yaml"];
const NAMESPACES = [{ name: "production", services: true }, { name: "default" }];
const THREE_TIER = [...SCENARIO, ...values({ "rbac.namespaces": NAMESPACES })];

const base = parse(readFileSync("manifests/base/job.yaml", "utf8")) as KubernetesObject;

function threeTier(more: Readonly<Record<string, unknown>> = {}): readonly KubernetesObject[] {
  return render("netverdict", "netverdict", [...THREE_TIER, ...values(more)]);
}

function ofKind(objects: readonly KubernetesObject[], kind: string): readonly KubernetesObject[] {
  return objects.filter((object) => object.kind === kind);
}

/** The one object of that kind. */
function only<T = KubernetesObject>(objects: readonly KubernetesObject[], kind: string): T {
  const [object, ...others] = ofKind(objects, kind);
  expect(others).toEqual([]);
  expect(object).toBeDefined();
  return object as unknown as T;
}

function containerOf(spec: JobSpec): Container {
  const [container] = spec.template.spec.containers;
  if (container === undefined) throw new Error("the Job has no container");
  return container;
}

/** A spec with the names that only a release has taken out. */
function withoutLabels(spec: JobSpec): unknown {
  const { template, ...rest } = spec;
  return { ...rest, template: template.spec };
}

function refusal(...options: readonly string[]): string {
  const { code, stderr } = helm("template", "netverdict", "manifests/helm", ...options);
  expect(code).toBe(1);
  return stderr;
}

describe.skipIf(!IS_BUILT)("the chart's Jobs", () => {
  it("have the spec of manifests/base", () => {
    const spec = jobSpecOf(only(threeTier(), "Job"));
    const expected = jobSpecOf(base);
    const [volume] = expected.template.spec.volumes;
    expect(withoutLabels(spec)).toEqual(withoutLabels(expected));
    expect(volume?.configMap.name).toBe(only(threeTier(), "ConfigMap").metadata.name);
    expect(spec.template.metadata.labels).toMatchObject(expected.template.metadata.labels);
  });

  it("run as helm test, and stay until the next one", () => {
    const { metadata } = only(threeTier(), "Job");
    expect(metadata.annotations).toEqual({
      "helm.sh/hook": "test",
      "helm.sh/hook-delete-policy": "before-hook-creation",
      "helm.sh/hook-output-log-policy": "hook-succeeded,hook-failed",
    });
    expect(ofKind(threeTier({ "test.enabled": false }), "Job")).toEqual([]);
  });

  it("run on a schedule, never two at once", () => {
    const cronJob = {
      enabled: true,
      schedule: "@daily",
      timeZone: "Europe/Berlin",
      failedJobsHistoryLimit: 0,
    };
    const objects = threeTier({ cronJob });
    const { spec } = only<{ spec: { jobTemplate: { spec: JobSpec } } }>(objects, "CronJob");
    expect(spec).toMatchObject({
      schedule: "@daily",
      timeZone: "Europe/Berlin",
      concurrencyPolicy: "Forbid",
      suspend: false,
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 0,
    });
    expect(spec.jobTemplate.spec).toEqual(jobSpecOf(only(objects, "Job")));
    expect(ofKind(threeTier(), "CronJob")).toEqual([]);
  });

  it("put the report into a ConfigMap as the Kustomize component does", () => {
    const component = parse(
      readFileSync("manifests/components/report-configmap/kustomization.yaml", "utf8"),
    ) as { patches: readonly { patch: string }[] };
    const [env, argument] = parse(component.patches[0]?.patch ?? "") as { value: unknown }[];
    const objects = threeTier({ "report.configMap": true });
    const container = containerOf(jobSpecOf(only(objects, "Job")));
    expect(container.env).toEqual(env?.value);
    expect(container.args).toEqual(["run", "/scenarios", argument?.value]);
    const role = readFileSync("manifests/components/report-configmap/rights.yaml", "utf8");
    expect(roleRules(objects)).toContainEqual(roleRules(objectsOf(role))[0]);
  });

  it("take image, options and places from the values", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    const objects = threeTier({
      image: { repository: "registry.example:5000/netverdict", tag: "1.2", digest, pullPolicy: "Always" },
      imagePullSecrets: ["registry"],
      probe: { image: "registry.example/busybox:1.35", imagePullSecrets: ["registry"] },
      controlNamespace: "open",
      extraArgs: ["--strict", "--settle=40s"],
      nodeSelector: { "kubernetes.io/os": "linux" },
      tolerations: [{ key: "dedicated", operator: "Exists" }],
    });
    const { template } = jobSpecOf(only(objects, "Job"));
    expect(containerOf(jobSpecOf(only(objects, "Job")))).toMatchObject({
      image: `registry.example:5000/netverdict@${digest}`,
      imagePullPolicy: "Always",
      args: [
        "run",
        "/scenarios",
        "--probe-image=registry.example/busybox:1.35",
        "--image-pull-secret=registry",
        "--control-namespace=open",
        "--strict",
        "--settle=40s",
      ],
    });
    expect(template.spec).toMatchObject({
      imagePullSecrets: [{ name: "registry" }],
      nodeSelector: { "kubernetes.io/os": "linux" },
      tolerations: [{ key: "dedicated", operator: "Exists" }],
    });
  });

  it("run the scenarios as they are written", () => {
    const { data } = only<{ data: Record<string, string> }>(threeTier(), "ConfigMap");
    expect(data).toEqual({ "scenario.yaml": readFileSync("scenarios/three-tier/scenario.yaml", "utf8") });
    const objects = render(
      "netverdict",
      "netverdict",
      values({ existingConfigMap: "mine", "rbac.create": false }),
    );
    expect(ofKind(objects, "ConfigMap")).toEqual([]);
    expect(jobSpecOf(only(objects, "Job")).template.spec.volumes[0]?.configMap.name).toBe("mine");
    expect(ofKind(objects, "Role")).toEqual([]);
  });
});

describe.skipIf(!IS_BUILT)("the chart's rights", () => {
  it("are those of the Kustomize overlays", () => {
    const overlay = (name: string): readonly RoleRules[] =>
      roleRules(objectsOf(readFileSync(`manifests/overlays/${name}/rights.yaml`, "utf8")));
    expect(roleRules(threeTier())).toEqual(overlay("three-tier"));
    expect(roleRules(threeTier({ "rbac.clusterRole": true }))).toEqual(overlay("three-tier-cluster-role"));
  });

  // The broken variants need what the others need.
  it.each(
    readdirSync("scenarios").filter(
      (name) => !name.endsWith("-broken") && existsSync(`scenarios/${name}/scenario.yaml`),
    ),
  )("can be those that netverdict rbac prints for %s", (name) => {
    const printed = roleRules(rightsOf(`scenarios/${name}/scenario.yaml`, "ci/netverdict-shop"));
    const all = (role: RoleRules): string => role.rules.join("\n");
    const namespaces = printed
      .filter(({ namespace }) => namespace !== undefined && !["kube-system", "ci"].includes(namespace))
      .map((role) => ({
        name: role.namespace,
        services: all(role).includes("endpointslices"),
        readOnly: !all(role).includes("create"),
        workloads: all(role).includes("statefulsets") ? ["statefulsets"] : [],
      }));
    const dns = printed.some(({ namespace }) => namespace === "kube-system");
    const more = values({ "rbac.namespaces": namespaces, "rbac.dnsNamespace": dns ? "kube-system" : "" });
    expect(roleRules(render("shop", "ci", [...SCENARIO, ...more]))).toEqual(printed);
  });

  it("can be left to others, and are one Role a namespace", () => {
    const objects = threeTier({ "rbac.create": false, "report.configMap": true });
    expect(objects.filter(({ kind }) => /Role/.test(kind))).toEqual([]);
    const rbac = { namespaces: [{ name: "kube-system", readOnly: true }], nodes: false, tiers: false };
    const [role, ...others] = roleRules(threeTier({ rbac, controlNamespace: "kube-system" }));
    expect(others).toEqual([]);
    expect(role?.rules).toContain("list discovery.k8s.io/endpointslices");
    expect(role?.rules).toContain("create /pods/exec");
    expect(role?.rules).toContain("create networking.k8s.io/networkpolicies");
  });

  it("are the ServiceAccount's, which mounts no token by itself", () => {
    const account = only<{ automountServiceAccountToken: boolean }>(threeTier(), "ServiceAccount");
    expect(account.automountServiceAccountToken).toBe(false);
    const more = values({ serviceAccount: { create: false, name: "smoke" } });
    const objects = render("shop", "ci", [...THREE_TIER, ...more]);
    expect(ofKind(objects, "ServiceAccount")).toEqual([]);
    expect(jobSpecOf(only(objects, "Job")).template.spec.serviceAccountName).toBe("smoke");
    const names = ofKind(objects, "Role").map(({ metadata }) => metadata.name);
    expect(names).toEqual(Array(4).fill("netverdict-ci-smoke"));
  });
});

describe.skipIf(!IS_BUILT)("the chart's guard", () => {
  interface Policy extends KubernetesObject {
    readonly spec: { readonly matchConditions: readonly unknown[]; readonly variables?: readonly unknown[] };
  }
  const files = readdirSync("manifests/guard").filter((name) => name !== "kustomization.yaml");
  const original = files.flatMap((name) => objectsOf(readFileSync(`manifests/guard/${name}`, "utf8")));
  const ofGuard = (objects: readonly KubernetesObject[]): readonly KubernetesObject[] =>
    objects.filter(({ kind }) => kind.startsWith("ValidatingAdmissionPolicy"));
  const byName = (objects: readonly KubernetesObject[]): readonly unknown[] =>
    objects
      .map(({ apiVersion, kind, metadata, ...rest }) => ({ apiVersion, kind, name: metadata.name, ...rest }))
      .sort((one, other) => (`${one.kind}${one.name}` < `${other.kind}${other.name}` ? -1 : 1));

  it("is manifests/guard, if it is wanted", () => {
    expect(byName(ofGuard(threeTier({ "guard.enabled": true })))).toEqual(byName(original));
    expect(ofGuard(threeTier())).toEqual([]);
  });

  it("holds for the release's own account and stand-in image", () => {
    const more = values({ "guard.enabled": true, "probe.image": "registry.example/busybox:1.35" });
    const objects = render("shop", "ci", [...THREE_TIER, ...more]);
    const policies = ofKind(objects, "ValidatingAdmissionPolicy") as readonly Policy[];
    expect(policies).toHaveLength(original.length / 2);
    for (const { spec } of policies) {
      expect(spec.matchConditions).toEqual([
        {
          name: "netverdict",
          expression: "request.userInfo.username == 'system:serviceaccount:ci:netverdict-shop'",
        },
      ]);
    }
    const standIns = policies.find(
      ({ metadata }) => metadata.name === "netverdict-ci-netverdict-shop-stand-ins",
    );
    expect(standIns?.spec.variables).toContainEqual({
      name: "images",
      expression: "['registry.example/busybox:1.35']",
    });
  });
});

describe.skipIf(!IS_BUILT)("the chart", () => {
  it("passes helm lint, as it is and with everything on", () => {
    const more = values({ "guard.enabled": true, "cronJob.enabled": true, "report.configMap": true });
    for (const options of [[], ["--strict", ...THREE_TIER, ...more]]) {
      const { code, stdout } = helm("lint", "manifests/helm", ...options);
      expect(stdout).toContain("1 chart(s) linted, 0 chart(s) failed");
      expect(code).toBe(0);
    }
  });

  it("has the program's version", () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    const chart = parse(readFileSync("manifests/helm/Chart.yaml", "utf8")) as Record<string, unknown>;
    expect([chart.version, chart.appVersion]).toEqual([version, version]);
  });

  it("says what is missing", () => {
    expect(refusal()).toContain(
      "there is no scenario: give a file by --set-file 'scenarios.shop\\.yaml=shop.yaml'",
    );
    expect(refusal(...SCENARIO)).toContain("rbac.namespaces is empty: list the scenarios' namespaces");
    expect(refusal(...THREE_TIER, ...values({ existingConfigMap: "mine" }))).toContain("exclude each other");
    const account = values({ "serviceAccount.create": false });
    expect(refusal(...THREE_TIER, ...account)).toContain("name the one that is there by serviceAccount.name");
  });

  it.each([
    ["a key that it does not know", { "cronJob.cron": "@daily" }, "additional properties 'cron' not allowed"],
    ["a number for a tag", { "image.tag": 1.1 }, "at '/image/tag': got number, want string"],
    ["a tag in the repository's digest", { "image.digest": "1.0" }, "at '/image/digest'"],
    ["no schedule", { "cronJob.schedule": "daily" }, "at '/cronJob/schedule'"],
    ["a scenario that is not text", { scenarios: { "a.yaml": { kind: "Scenario" } } }, "want string"],
    ["a scenario of another ending", { scenarios: { "a.txt": "x" } }, "additional properties 'a.txt'"],
    ["a namespace without a name", { "rbac.namespaces": [{}] }, "missing property 'name'"],
    ["a namespace of another spelling", { "rbac.namespaces": ["shop"] }, "got string, want object"],
    [
      "a text for a switch",
      { "report.configMap": "yes" },
      "at '/report/configMap': got string, want boolean",
    ],
    ["no time at all", { "job.activeDeadlineSeconds": 0 }, "at '/job/activeDeadlineSeconds'"],
    ["an unknown workload", { "rbac.namespaces": [{ name: "a", workloads: ["rollouts"] }] }, "workloads/0"],
  ] as const)("refuses %s", (_, wrong, message) => {
    expect(refusal(...THREE_TIER, ...values(wrong))).toContain(message);
  });

  it("describes every value in its README, as values.yaml does", () => {
    const readme = readFileSync("manifests/helm/README.md", "utf8");
    expect(readme).toContain(valuesTable(readFileSync("manifests/helm/values.yaml", "utf8")));
  });
});

/** A row a value: what stands above it in values.yaml is what it means. */
function valuesTable(text: string): string {
  const rows: string[] = [];
  const parents: string[] = [];
  let comment = "";
  for (const line of text.split("\n")) {
    const [, indent = "", key, value = ""] = /^( *)([\w]+):(?: (.*))?$/.exec(line) ?? [];
    if (key === undefined) {
      comment = line.replace(/^ *# /, "");
      continue;
    }
    parents.splice(indent.length / 2, Infinity, key);
    if (value !== "") rows.push(`| \`${parents.join(".")}\` | \`${value}\` | ${comment} |`);
    comment = "";
  }
  return ["| value | default | |", "|---|---|---|", ...rows].join("\n");
}
