import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { classOf } from "../../src/model/observation.ts";
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
  start,
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

/** What each run came to, for the table in docs: by example, by engine. */
const outcomes = new Map<string, Map<string, string>>();

/** What was seen on the real cluster: by example, once for each engine. */
const onCluster = new Map<string, readonly RunReport[]>();

function note(name: string, engine: string, report: RunReport): void {
  onCluster.set(name, [...(onCluster.get(name) ?? []), report]);
  noteOutcome(name, engine, report);
}

function noteOutcome(name: string, engine: string, report: RunReport): void {
  const { summary, flows } = report;
  const causes = [
    ...new Set(flows.flatMap(({ verdict, cause }) => (verdict === "fail" ? [cause ?? ""] : []))),
  ];
  const words = [
    `${summary.passed} passed`,
    summary.failed > 0 ? `${summary.failed} failed (${causes.sort().join(", ")})` : "",
    summary.inconclusive > 0 ? `${summary.inconclusive} inconclusive` : "",
    summary.skipped > 0 ? `${summary.skipped} skipped` : "",
  ];
  const row = outcomes.get(name) ?? new Map<string, string>();
  outcomes.set(name, row.set(engine, `exit ${report.exitCode}: ${words.filter(Boolean).join(", ")}`));
}

/** What a README says first after its heading, without links. */
function firstSentence(path: string): string {
  const text = readFileSync(path, "utf8").replace(/^#.*$/m, "").replaceAll(/\s+/g, " ").trim();
  return (/^.*?[.;](?= |$)/.exec(text)?.[0] ?? text).replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").slice(0, -1);
}

function outcomeTable(): string {
  const rows = EXAMPLES.map(({ name, folder }) => {
    const cell = (engine: Engine | "lab"): string => outcomes.get(name)?.get(engine) ?? "not run";
    return `| [${name}](../${folder}) | ${firstSentence(`${folder}/README.md`)} | ${cell("reject")} | ${cell("kube-network-policies")} | ${cell("lab")} |`;
  });
  return `# Every scenario on a real cluster, and in the lab

What \`netverdict run\` came to on the test bed: under an engine that rejects what policies deny (as kube-router does)
and one that drops it (kube-network-policies); and in the lab, flow by flow the same. Generated: \`npm run test:e2e --
test/e2e/scenarios.test.ts\` compares this file with what it sees, and writes it when told \`-u\`. Without any engine
none of them is green.

| scenario | what it shows | rejecting | dropping | lab |
|---|---|---|---|---|
${rows.join("\n")}
`;
}

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
    name,
    folder,
    namespaces,
    expected,
  }) => {
    const before = namespaces.map(production);
    const { code, report } = await runReport("run", `${folder}/scenario.yaml`);
    expect(notPassed(report)).toEqual(expected.notPassed);
    expect({ code, flows: report.summary.flows }).toEqual({ code: expected.exitCode, flows: expected.flows });
    expect(report.exitCode).toBe(code);
    note(name, engine ?? "", report);
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
    // The canary of each node is looked at once more at the end.
    const canaries = report.enforcement?.nodes.length ?? 0;
    expect(report.requests?.exec).toBeLessThanOrEqual(report.standIns.length * rounds + canaries);
  });
});

describe("scenarios in the lab, beside those on the cluster", () => {
  const runtime = mkdtempSync(join(tmpdir(), "netverdict-beside-"));
  const inLab = { XDG_RUNTIME_DIR: runtime, KUBECONFIG: "" };

  beforeAll(async () => {
    const up = await start(
      [
        // As the test bed is.
        ...["lab", "up", "--ip-family", "ipv4"],
        ...EXAMPLES.flatMap(({ folder }) => [
          ...["--manifests", `${folder}/manifests`],
          ...["--scenario", `${folder}/scenario.yaml`],
        ]),
      ],
      inLab,
    ).done;
    if (up.code !== 0) throw new Error(up.stderr);
    inLab.KUBECONFIG = up.stdout.trim();
  });

  afterAll(async () => {
    const down = await start(["lab", "down"], inLab).done;
    rmSync(runtime, { recursive: true });
    expect(down.code).toBe(0);
  });

  it.each(EXAMPLES)("$name: every flow the same", async ({ name, folder }) => {
    const seen = onCluster.get(name) ?? [];
    expect(seen).toHaveLength(ENGINES.length);
    const { done } = start(["run", `${folder}/scenario.yaml`, "-o", "json"], inLab);
    const report = JSON.parse((await done).stdout) as RunReport;
    for (const { flows } of seen) expect(report.flows.map(alike)).toEqual(flows.map(alike));
    noteOutcome(name, "lab", report);
  });
});

/** What must be the same wherever a flow is tried. */
function alike({ id, verdict, cause, advice, predicted, observed }: FlowReport): Record<string, unknown> {
  return { id, verdict, cause, advice, predicted, seen: observed === null ? null : classOf(observed) };
}

describe.runIf(IS_TESTBED)("docs/scenarios.md", () => {
  it("tells what was just seen", async () => {
    expect([...outcomes.values()].every((row) => row.size === ENGINES.length + 1)).toBe(true);
    await expect(outcomeTable()).toMatchFileSnapshot("../../docs/scenarios.md");
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
