import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { kubectl, leftovers, sleep } from "./cluster.ts";
import { builtImage } from "./image.ts";
import { RUNNER_NAMESPACE, runJob } from "./job.ts";
import { answer, RunnerManifests, rights } from "./runner-manifests.ts";
import { pluginObjects } from "./sonobuoy-plugin.ts";

/** The applications, and Sonobuoy's place, in namespaces that no other suite uses. */
const GOOD = "integrations";
const BROKEN = "integrations-broken";
const SONOBUOY = "integrations-sonobuoy";

/** Its module holds the definitions of its resources. */
const ROLLOUTS = "github.com/argoproj/argo-rollouts@v1.10.0";
const DEFINITIONS = ["analysis-template", "rollout"];

const manifests = new RunnerManifests(GOOD);
let image = "";

beforeAll(async () => {
  image = await builtImage();
  manifests.useImage(image);
  renameIn("argo-rollouts", "production", GOOD);
  renameIn("sonobuoy", "production", GOOD);
  renameIn("sonobuoy", "sonobuoy", SONOBUOY);
  manifests.application("three-tier", "production", GOOD);
  manifests.application("three-tier-broken", "staging", BROKEN);
}, 600_000);

afterAll(() => {
  answer("delete", "-k", manifests.at("sonobuoy"), "--ignore-not-found", "--wait=false");
  answer("delete", "-k", manifests.at("argo-rollouts"), "--ignore-not-found", "--wait=false");
  const names = DEFINITIONS.map((name) => `${name.replace("-", "")}s.argoproj.io`);
  answer("delete", "customresourcedefinition", "--ignore-not-found", ...names);
  manifests.remove();
  answer("wait", "--for=delete", `namespace/${SONOBUOY}`, "--timeout=120s");
});

describe("Argo CD", () => {
  it("makes the Job after the sync, and everything else in it", async () => {
    const objects = parseAllDocuments(kubectl("kustomize", manifests.at("argo-cd"))).map(
      (document) => document.toJS() as { kind: string; metadata: { annotations?: Record<string, string> } },
    );
    const hooks = objects.filter(({ metadata }) => metadata.annotations !== undefined);
    expect(hooks.map(({ kind, metadata }) => [kind, metadata.annotations])).toEqual([
      [
        "Job",
        {
          "argocd.argoproj.io/hook": "PostSync",
          "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation",
        },
      ],
    ]);
    const run = await runJob(manifests.at("argo-cd"));
    expect([run.code, run.condition], run.stdout).toEqual([0, "Complete"]);
    expect(run.stdout).toContain("14 passed (14 flows");
    kubectl("-n", RUNNER_NAMESPACE, "delete", "job", run.name);
  });
});

describe("Argo Rollouts", () => {
  beforeAll(async () => {
    const module = rolloutsModule();
    for (const name of DEFINITIONS) {
      const path = join(module, "manifests/crds", `${name}-crd.yaml`);
      kubectl("apply", "--server-side", "-f", path);
    }
    // kubectl wait does not take a definition that has no conditions yet.
    for (let tries = 0; answer("get", "rollouts,analysistemplates", "-n", GOOD).includes("error"); tries++) {
      if (tries === 60) throw new Error("the API server does not know the resources of Argo Rollouts");
      await sleep(250);
    }
  });

  it("knows every field of the AnalysisTemplate and of the Rollout", () => {
    const dry = (path: string): string =>
      answer("apply", "--dry-run=server", "--validate=strict", "-f", path);
    const template = manifests.at("argo-rollouts/analysis-template.yaml");
    expect(dry(template)).toContain("analysistemplate.argoproj.io/netverdict created (server dry run)");
    expect(dry(manifests.at("argo-rollouts/rollout.yaml"))).toContain(
      "rollout.argoproj.io/backend created (server dry run)",
    );
    const wrong = manifests.at("wrong.yaml");
    writeFileSync(wrong, readFileSync(template, "utf8").replace("failureLimit", "failureLimits"));
    expect(dry(wrong)).toContain('unknown field "spec.metrics[0].failureLimits"');
  });

  it("judges the canary by a Job beside it", () => {
    kubectl("apply", "-k", manifests.at("argo-rollouts"));
    expect(analysis("backend")).toContain("5 passed (5 flows");
    // A typo in the new version's label, which no policy selects: not the canary that the scenario is about.
    expect(analysis("back-end")).toContain("no running pod");
    expect(leftovers()).toEqual([]);
  });
});

describe("Sonobuoy", () => {
  it.each([
    ["passes", GOOD, 'tests="14" failures="0" errors="0"'],
    ["fails", BROKEN, 'tests="14" failures="2" errors="0"'],
  ])("gets the report of a run that %s", (_, application, totals) => {
    renameIn("sonobuoy", GOOD, application);
    writeFileSync(manifests.at("sonobuoy/scenario.yaml"), pluginScenario());
    const account = ["--service-account", `${SONOBUOY}/netverdict`];
    writeFileSync(manifests.at("sonobuoy/rights.yaml"), rights(manifests.at("sonobuoy"), ...account));
    kubectl("apply", "-k", manifests.at("sonobuoy"));
    for (const object of pluginObjects(manifests.at("sonobuoy/plugin.yaml"), SONOBUOY, image)) {
      kubectl("apply", "-f", manifests.file(object));
    }
    const pod = ["-n", SONOBUOY, "pod/sonobuoy-netverdict-job"];
    kubectl(
      "wait",
      "--for=jsonpath={.status.containerStatuses[?(@.name=='sonobuoy-worker')].state.terminated.exitCode}=0",
      "--timeout=60s",
      ...pod,
    );
    const report = kubectl("logs", "-c", "sonobuoy-worker", ...pod);
    expect(/<testsuites [^>]*>/.exec(report)?.[0], report).toContain(totals);
    expect(report.trimEnd().endsWith("</testsuites>")).toBe(true);
    kubectl("delete", "--now", ...pod);
    expect(leftovers()).toEqual([]);
  });
});

/** In each file of a folder of the manifests, as a user renames them. */
function renameIn(folder: string, from: string, to: string): void {
  for (const name of readdirSync(manifests.at(folder))) rewrite(`${folder}/${name}`, from, to);
}

function rewrite(path: string, from: string, to: string): void {
  const text = readFileSync(manifests.at(path), "utf8");
  // A namespace, not the account's name beside it.
  const pattern = new RegExp(`(namespace: |name: |\\[)${from}(?![-\\w/])`, "g");
  writeFileSync(manifests.at(path), text.replaceAll(pattern, `$1${to}`));
}

/** The scenario in the plugin, as its README tells to name it. */
function pluginScenario(): string {
  const plugin = parse(readFileSync(manifests.at("sonobuoy/plugin.yaml"), "utf8")) as {
    readonly "config-map": { readonly "scenario.yaml": string };
  };
  return plugin["config-map"]["scenario.yaml"];
}

/** What the analysis of such a canary says. */
function analysis(tier: string): string {
  kubectl("apply", "-f", manifests.file(canary(tier)));
  kubectl("-n", GOOD, "rollout", "status", `deployment/canary-${tier}`, "--timeout=60s");
  // A name like those of the controller: AnalysisRun, metric, number.
  const job = `${tier}.netverdict.1`;
  kubectl("create", "-f", manifests.file(analysisJob(job)));
  const outcome = tier === "backend" ? "Complete" : "Failed";
  kubectl("-n", GOOD, "wait", `--for=condition=${outcome}`, `job/${job}`, "--timeout=60s");
  kubectl("-n", GOOD, "delete", "deployment", `canary-${tier}`);
  return kubectl("-n", GOOD, "logs", `job/${job}`);
}

/** The module's files, whichever version of Go its go.mod asks for. */
function rolloutsModule(): string {
  const options = { encoding: "utf8", cwd: tmpdir(), env: { ...process.env, GOFLAGS: "-mod=mod" } } as const;
  return (JSON.parse(execFileSync("go", ["mod", "download", "-json", ROLLOUTS], options)) as { Dir: string })
    .Dir;
}

interface Template {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
}

/** The pods of a canary step, as the Rollout's controller makes and labels them; with this tier. */
function canary(tier: string): object {
  const rollout = parse(readFileSync(manifests.at("argo-rollouts/rollout.yaml"), "utf8")) as {
    readonly spec: {
      readonly strategy: { readonly canary: { readonly canaryMetadata: Template["metadata"] } };
      readonly template: Template;
    };
  };
  const { template, strategy } = rollout.spec;
  const selected = strategy.canary.canaryMetadata.labels;
  const labels = { ...template.metadata.labels, ...selected, tier };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: `canary-${tier}`, namespace: GOOD },
    spec: { selector: { matchLabels: labels }, template: { ...template, metadata: { labels } } },
  };
}

/** The Job that the controller makes of the metric. */
function analysisJob(name: string): object {
  const text = readFileSync(manifests.at("argo-rollouts/analysis-template.yaml"), "utf8");
  const template = parse(text.replaceAll("netverdict:0.1.0", image)) as {
    readonly spec: {
      readonly args: readonly { readonly name: string; readonly value: string }[];
      readonly metrics: readonly { readonly provider: { readonly job: object } }[];
    };
  };
  const { args, metrics } = template.spec;
  const job = args.reduce(
    (json, { name: argument, value }) => json.replaceAll(`{{args.${argument}}}`, value),
    JSON.stringify(metrics[0]?.provider.job),
  );
  const { metadata, spec } = JSON.parse(job) as { readonly metadata: object; readonly spec: object };
  return { apiVersion: "batch/v1", kind: "Job", metadata: { ...metadata, name, namespace: GOOD }, spec };
}
