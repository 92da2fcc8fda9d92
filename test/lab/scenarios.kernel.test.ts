import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { holdKubeconfig } from "../../src/cli/held-kubeconfig.ts";
import { readScenarios } from "../../src/cli/scenario-files.ts";
import { startLabWith } from "../../src/cli/start-lab.ts";
import type { Lab } from "../../src/lab/lab.ts";
import { parseManifests } from "../../src/manifests/parse-manifests.ts";
import { readPaths } from "../../src/manifests/read-paths.ts";
import { createTextFile } from "../../src/source/text-file.ts";
import { EXAMPLES, notPassed, runScenario } from "./lab-runs.ts";

// The same expectations as the end-to-end suite has of a real cluster: here every packet is the lab's.

let lab: Lab;
let kubeconfig: Awaited<ReturnType<typeof holdKubeconfig>>;

beforeAll(async () => {
  const files = await readPaths(
    EXAMPLES.map(({ folder }) => `${folder}/manifests`),
    process.stdin,
  );
  const { snapshot } = parseManifests(files);
  const texts = files.map(({ path, text }) => createTextFile(path, text));
  const { scenarios } = await readScenarios(EXAMPLES.map(({ folder }) => `${folder}/scenario.yaml`));
  const started = await startLabWith(
    { enforcement: "reset", nodes: 2, ipFamily: "dual" },
    {
      manifests: { files, snapshot, texts },
      scenarios,
      busyboxImages: [],
      timeoutMs: 30_000,
      signal: new AbortController().signal,
    },
  );
  lab = started.lab;
  kubeconfig = await holdKubeconfig(lab.api.kubeconfig);
});

afterAll(async () => {
  await lab?.close();
  await kubeconfig?.close();
});

describe.each([
  "reset",
  "drop",
] as const)("scenarios in a lab that answers denied packets by %s", (enforcement) => {
  beforeAll(() => lab.setFaults({ enforcement }));

  it.concurrent.each(EXAMPLES)("$name comes to exactly what it must", async ({ folder, expected }) => {
    const report = await runScenario(`${folder}/scenario.yaml`, { kubeconfig: kubeconfig.path });
    expect(notPassed(report)).toEqual(expected.notPassed);
    expect({ exitCode: report.exitCode, flows: report.summary.flows }).toEqual({
      exitCode: expected.exitCode,
      flows: expected.flows,
    });
  });

  afterAll(() => {
    const ours = ["pods", "deployments", "jobs", "replicasets"].flatMap((resource) =>
      lab.store.list(resource),
    );
    expect(ours.filter(({ metadata }) => metadata.name.startsWith("netverdict-"))).toEqual([]);
  });
});

describe("scenarios in a lab that enforces nothing", () => {
  beforeAll(() => lab.setFaults({ enforcement: "off" }));
  afterAll(() => lab.setFaults({ enforcement: "reset" }));

  it.each(EXAMPLES.slice(0, 4))("$name is not green, and enforcement is named", async ({ folder }) => {
    const report = await runScenario(`${folder}/scenario.yaml`, {
      kubeconfig: kubeconfig.path,
      settleMs: 500,
    });
    expect(report.exitCode).toBe(1);
    const denied = report.flows.filter((flow) => flow.expected === "deny" && flow.verdict !== "skipped");
    expect(denied.length).toBeGreaterThan(0);
    for (const flow of denied) expect([flow.id, flow.verdict]).toEqual([flow.id, "fail"]);
    expect(denied.some((flow) => flow.cause === "enforcement")).toBe(true);
  });
});
