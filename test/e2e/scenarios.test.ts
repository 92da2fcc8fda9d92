import { existsSync, readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cause, FlowReport, RunReport, Verdict } from "../../src/model/report.ts";
import {
  applyAll,
  type Engine,
  IS_TESTBED,
  kubectl,
  leftovers,
  netverdict,
  production,
  runReport,
  useEngine,
} from "./cluster.ts";

/** What a scenario's run must come to, exactly. Flows that are not named pass. */
interface Expected {
  readonly exitCode: number;
  readonly flows: number;
  readonly notPassed: Readonly<
    Record<string, { readonly verdict: Verdict; readonly cause?: Cause; readonly advice?: string }>
  >;
}

interface Example {
  readonly name: string;
  readonly folder: string;
  readonly namespaces: readonly string[];
  readonly expected: Expected;
}

const EXAMPLES: readonly Example[] = readdirSync("scenarios")
  .filter((name) => existsSync(`scenarios/${name}/scenario.yaml`))
  .map((name) => {
    const folder = `scenarios/${name}`;
    const namespaces = readFileSync(`${folder}/manifests/namespace.yaml`, "utf8").matchAll(
      /^\s*(?:metadata: \{)?name: ([a-z0-9-]+)/gm,
    );
    return {
      name,
      folder,
      namespaces: [...namespaces].map((match) => match[1] ?? ""),
      expected: JSON.parse(readFileSync(`${folder}/expected.json`, "utf8")) as Expected,
    };
  });

function notPassed(report: RunReport): Expected["notPassed"] {
  const entry = ({ verdict, cause, advice }: FlowReport): Expected["notPassed"][string] => ({
    verdict,
    ...(cause === undefined ? {} : { cause }),
    ...(advice === undefined ? {} : { advice }),
  });
  return Object.fromEntries(
    report.flows.filter((flow) => flow.verdict !== "pass").map((flow) => [flow.id, entry(flow)]),
  );
}

// Another cluster's engine is as it is; the test bed rejects and drops in turn.
const ENGINES: readonly (Engine | undefined)[] = IS_TESTBED
  ? ["kube-network-policies", "reject"]
  : [undefined];

beforeAll(() => applyAll(EXAMPLES), 300_000);

afterAll(() => {
  kubectl(
    "delete",
    "namespace",
    "--wait=false",
    "--ignore-not-found",
    ...EXAMPLES.flatMap(({ namespaces }) => namespaces),
  );
});

describe("the examples", () => {
  it("are there, broken ones among them", () => {
    expect(EXAMPLES.length).toBeGreaterThanOrEqual(4);
    expect(EXAMPLES.filter(({ expected }) => expected.exitCode === 1).length).toBeGreaterThan(0);
    expect(EXAMPLES.every(({ namespaces }) => namespaces.length > 0)).toBe(true);
  });
});

describe.each(ENGINES)("scenarios under engine %s", (engine) => {
  beforeAll(() => {
    if (engine !== undefined) useEngine(engine);
  });

  it.each(EXAMPLES)("$name comes to exactly what it must, and leaves nothing", async ({
    folder,
    namespaces,
    expected,
  }) => {
    const before = namespaces.map(production);
    const { code, report } = await runReport("run", `${folder}/scenario.yaml`);
    expect(notPassed(report)).toEqual(expected.notPassed);
    expect({ code, flows: report.summary.flows }).toEqual({ code: expected.exitCode, flows: expected.flows });
    expect(report.exitCode).toBe(code);
    expect(leftovers()).toEqual([]);
    expect(namespaces.map(production)).toEqual(before);
  });

  it("proves every block: a listener and a source, each named", async () => {
    const { report } = await runReport("run", "scenarios/three-tier/scenario.yaml");
    const blocked = report.flows.filter((flow) => flow.expected === "deny").flatMap((flow) => flow.targets);
    expect(blocked.length).toBeGreaterThanOrEqual(9);
    for (const target of blocked) {
      expect(["peer", "kubelet", "self", "ready"], target.target).toContain(target.evidence?.listener.grade);
      expect(["connected", "packet-back", "node"], target.target).toContain(target.evidence?.source.grade);
    }
  });

  it("prints the policy, the rule and the label at fault of the broken one", async () => {
    const { code, stdout } = await netverdict("run", "scenarios/three-tier-broken/scenario.yaml");
    expect(code).toBe(1);
    expect(stdout).toContain("staging/database-policy");
    expect(stdout).toContain("spec.ingress[0]");
    expect(stdout).toContain("label tier=back-end wanted, pod has tier=backend");
    expect(stdout).toContain("scenarios/three-tier-broken/scenario.yaml:");
  });

  it("uses one exec per source pod and round", async () => {
    const { report } = await runReport("run", "scenarios/three-tier/scenario.yaml");
    const rounds = Math.max(
      ...report.flows.flatMap((flow) => flow.targets.map((target) => target.attempts.length)),
    );
    expect(report.requests?.exec).toBeLessThanOrEqual(report.standIns.length * rounds);
  });
});

describe.runIf(IS_TESTBED)("without enforcement", () => {
  beforeAll(() => useEngine("none"));
  afterAll(() => useEngine("reject"));

  // Whatever is denied by a policy works now; what no policy denies fails as before.
  it.each(EXAMPLES.slice(0, 8))("$name is not green, and enforcement is named", async ({ folder }) => {
    const { code, report } = await runReport("run", `${folder}/scenario.yaml`, "--settle", "1s");
    expect(code).toBe(1);
    const denied = report.flows.filter((flow) => flow.expected === "deny" && flow.verdict !== "skipped");
    expect(denied.length).toBeGreaterThan(0);
    for (const flow of denied) {
      expect(flow.verdict, flow.id).toBe("fail");
      expect(["enforcement", "policy"], flow.id).toContain(flow.cause);
    }
    expect(denied.some((flow) => flow.cause === "enforcement")).toBe(true);
  });
});
