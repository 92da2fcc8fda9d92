import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { KubernetesObject } from "./helm.ts";
import { type JobSpec, jobSpecOf } from "./job-spec.ts";
import { rightsText } from "./role-rules.ts";

const base = jobSpecOf(read<KubernetesObject>("manifests/base/job.yaml"));

function read<T>(path: string): T {
  return parse(readFileSync(path, "utf8")) as T;
}

describe("the example for Argo Rollouts", () => {
  interface AnalysisTemplate {
    readonly spec: {
      readonly metrics: readonly { readonly provider: { readonly job: { readonly spec: JobSpec } } }[];
    };
  }

  it("runs the Job of manifests/base", () => {
    const { spec } = read<AnalysisTemplate>("manifests/argo-rollouts/analysis-template.yaml");
    const text = JSON.stringify(spec.metrics[0]?.provider.job.spec);
    expect(JSON.parse(text.replace("{{args.scenarios}}", "netverdict-scenarios"))).toEqual(base);
  });

  it("has the rights that netverdict rbac prints", () => {
    const folder = "manifests/argo-rollouts";
    const printed = rightsText("scenario.yaml", "production/netverdict", folder);
    expect(readFileSync(`${folder}/rights.yaml`, "utf8")).toBe(printed);
  });
});

describe("the example for Sonobuoy", () => {
  interface Plugin {
    readonly "config-map": Readonly<Record<string, string>>;
    readonly spec: Readonly<Record<string, unknown>>;
    readonly podSpec: Readonly<Record<string, unknown>>;
  }
  const plugin = read<Plugin>("manifests/sonobuoy/plugin.yaml");
  const { containers: _, volumes: __, ...pod } = base.template.spec;

  it("runs the container of manifests/base in the same kind of pod", () => {
    const [container] = base.template.spec.containers;
    const { args, volumeMounts: __, ...own } = plugin.spec;
    expect({ ...container, ...own }).toEqual(container);
    expect(args).toEqual([
      "run",
      "/tmp/sonobuoy/config",
      "--output=table",
      "--output=junit=/tmp/sonobuoy/results/junit.xml",
    ]);
    expect(plugin.podSpec).toMatchObject(pod);
  });

  it("runs the three-tier scenario, with the rights that netverdict rbac prints", () => {
    const example = "manifests/overlays/three-tier";
    const scenario = readFileSync(`${example}/scenario.yaml`, "utf8").replace(/^#.*\n/, "");
    expect(plugin["config-map"]).toEqual({ "scenario.yaml": scenario });
    const printed = rightsText("scenario.yaml", "sonobuoy/netverdict", example);
    expect(readFileSync("manifests/sonobuoy/rights.yaml", "utf8")).toBe(printed);
  });
});
