import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import reportSchema from "../../schema/report.schema.json" with { type: "json" };
import type { Protocol } from "../../src/model/kubernetes.ts";
import { type Attempt, OBSERVATION_KINDS, type Observation } from "../../src/model/observation.ts";
import type { StandInRole } from "../../src/model/plan.ts";
import type {
  AdminDecision,
  DecidingTier,
  Direction,
  DirectionTrace,
  NearMiss,
  PolicyRef,
  Prediction,
  PredictionValue,
} from "../../src/model/prediction.ts";
import {
  type Cause,
  type Evidence,
  type FlowReport,
  LISTENER_PROOFS,
  type PodReport,
  REPORT_API_VERSION,
  type RunProblem,
  type RunReport,
  SOURCE_PROOFS,
  type StandInReport,
  type TargetReport,
  type Verdict,
} from "../../src/model/report.ts";
import type { Expectation, Flow } from "../../src/model/scenario.ts";
import type { ForeignPolicies, SnapshotResource, Unread } from "../../src/model/snapshot.ts";
import { reportJson } from "../../src/report/json.ts";
import type { SourcePosition } from "../../src/source/position.ts";
import { buildFlow, buildReport } from "./build-report.ts";
import { PREDICTED, RICH, SMALL } from "./rich-report.ts";

const validate = new Ajv({ strict: true, allErrors: true, allowUnionTypes: true }).compile(reportSchema);
const OPTIONS = { color: false, width: 100, ascii: false, verbose: false };

/** What a program reads. */
function asJson(report: RunReport): unknown {
  return JSON.parse(reportJson(report, OPTIONS));
}

function mistakesOf(report: unknown): readonly string[] {
  validate(report);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

describe("the schema accepts what is reported", () => {
  it.each([
    ["everything that can happen", RICH],
    ["a small run", SMALL],
    ["predictions", PREDICTED],
    ["no flow at all", buildReport({ flows: [] })],
    [
      "a shard",
      buildReport({
        shard: { index: 2, count: 4, group: "build-7", fingerprint: "f00d" },
        flows: [buildFlow({ shard: 2 })],
      }),
    ],
    [
      "a merged report",
      buildReport({
        runId: undefined,
        shards: {
          count: 4,
          merged: [{ index: 2, runId: "7f3a2b1", startedAt: "2026-11-21T03:00:00.000Z", durationMs: 6100 }],
        },
      }),
    ],
  ])("%s", (_, report) => {
    expect(mistakesOf(asJson(report))).toEqual([]);
  });

  it("has seen every verdict, cause and kind of port on the way", () => {
    expect(new Set(RICH.flows.map(({ verdict }) => verdict))).toEqual(new Set(VERDICTS));
    expect(new Set(RICH.flows.flatMap(({ cause }) => cause ?? []))).toEqual(new Set(CAUSES));
    expect(new Set(RICH.flows.map(({ port }) => (port === null ? "null" : typeof port)))).toEqual(
      new Set(["number", "string", "null"]),
    );
  });

  it.each(OBSERVATION_KINDS)("the observation %s", (observed) => {
    const attempts: Attempt[] = [
      { round: 1, atMs: 0, observation: { kind: observed, reason: "one line", exitCode: -1 } },
    ];
    expect(mistakesOf(asJson(buildReport({ flows: [buildFlow({}, { observed, attempts })] })))).toEqual([]);
  });
});

type Path = readonly (string | number)[];

/** A copy in which the value at a path is another one; undefined takes it away. */
function changed(report: RunReport, path: Path, value: unknown): unknown {
  const copy: unknown = asJson(report);
  let place = copy as Record<string | number, unknown>;
  for (const segment of path.slice(0, -1)) place = place[segment] as Record<string | number, unknown>;
  const last = path.at(-1) ?? "";
  if (value === undefined) delete place[last];
  else place[last] = value;
  return copy;
}

const FAILED = ["flows", 1] as const;
const TARGET = [...FAILED, "targets", 0] as const;
const INGRESS = [...TARGET, "prediction", "ingress"] as const;

describe("the schema refuses", () => {
  it.each<[string, Path, unknown]>([
    ["an unknown key of the report", ["extra"], 1],
    ["an unknown key of a flow", [...FAILED, "extra"], 1],
    ["an unknown key of a target", [...TARGET, "extra"], 1],
    ["an unknown key of a trace", [...INGRESS, "extra"], 1],
    ["an unknown key of a policy", [...INGRESS, "isolatedBy", 0, "uid"], "x"],
    ["an unknown key of a summary", ["summary", "total"], 14],
    ["another version", ["apiVersion"], "netverdict.dev/v2"],
    ["an unknown verdict", [...FAILED, "verdict"], "failed"],
    ["an unknown cause", [...FAILED, "cause"], "user"],
    ["an unknown observation", [...TARGET, "observed"], "blocked"],
    ["an unknown observation of a try", [...TARGET, "attempts", 0, "observation", "kind"], "blocked"],
    ["an unknown proof", [...TARGET, "evidence", "listener", "grade"], "hope"],
    ["a listener's proof for a source", [...TARGET, "evidence", "source", "grade"], "kubelet"],
    ["an unknown direction", [...INGRESS, "direction"], "both"],
    ["a kind of policy that is not read", [...INGRESS, "isolatedBy", 0, "kind"], "CiliumNetworkPolicy"],
    ["an exit code of a signal", ["exitCode"], 130],
    ["a negative time", ["durationMs"], -1],
    ["a time without zone", ["startedAt"], "2026-11-21T03:00:00"],
    ["a port that is too high", [...TARGET, "port"], 65536],
    ["a position without a line", [...FAILED, "position", "line"], undefined],
    ["a flow without a verdict", [...FAILED, "verdict"], undefined],
    ["a flow without observed, which is null where nothing was probed", [...FAILED, "observed"], undefined],
    ["a target without a reason", [...TARGET, "reason"], undefined],
    ["a report without a summary", ["summary"], undefined],
    ["a setting that is a list", ["settings", "settleMs"], [1]],
  ])("%s", (_, path, value) => {
    expect(mistakesOf(changed(RICH, path, value))).not.toEqual([]);
  });
});

/** Every member of a union, kept complete by the compiler. */
function membersOf<Member extends string>(members: Record<Member, true>): readonly string[] {
  return Object.keys(members);
}

const VERDICTS = membersOf<Verdict>({ pass: true, fail: true, inconclusive: true, skipped: true });
const CAUSES = membersOf<Cause>({
  policy: true,
  enforcement: true,
  application: true,
  dns: true,
  "open-point": true,
  evidence: true,
  flapping: true,
  tool: true,
  scenario: true,
});

const { definitions, properties } = reportSchema;

describe("the schema's lists are the model's", () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ["observations", definitions.observationKind.enum, OBSERVATION_KINDS],
    ["listener proofs", definitions.evidence.properties.listener.properties.grade.enum, LISTENER_PROOFS],
    ["source proofs", definitions.evidence.properties.source.properties.grade.enum, SOURCE_PROOFS],
    ["verdicts", definitions.verdict.enum, VERDICTS],
    ["causes", definitions.cause.enum, CAUSES],
    [
      "predictions",
      definitions.predictionValue.enum,
      membersOf<PredictionValue>({ allow: true, deny: true, undetermined: true }),
    ],
    ["expectations", definitions.expectation.enum, membersOf<Expectation>({ allow: true, deny: true })],
    [
      "directions",
      definitions.directionTrace.properties.direction.enum,
      membersOf<Direction>({ ingress: true, egress: true }),
    ],
    [
      "protocols",
      definitions.flow.properties.protocol.enum,
      membersOf<Protocol>({ TCP: true, UDP: true, SCTP: true }),
    ],
    [
      "applications",
      definitions.flow.properties.application.enum,
      membersOf<Flow["application"]["kind"]>({ connect: true, http: true, dns: true }),
    ],
    [
      "agreements",
      definitions.flow.properties.prediction.enum,
      membersOf<FlowReport["prediction"]>({ agrees: true, disagrees: true, undetermined: true }),
    ],
    [
      "roles",
      definitions.standIn.properties.role.enum,
      membersOf<StandInRole>({ source: true, target: true, control: true, canary: true }),
    ],
    [
      "severities",
      definitions.problem.properties.severity.enum,
      membersOf<RunProblem["severity"]>({ error: true, warning: true }),
    ],
    [
      "resources",
      definitions.unread.properties.resource.enum,
      membersOf<SnapshotResource>({
        namespaces: true,
        pods: true,
        services: true,
        endpointslices: true,
        networkpolicies: true,
        nodes: true,
        workloads: true,
        clusternetworkpolicies: true,
        adminnetworkpolicies: true,
        baselineadminnetworkpolicies: true,
      }),
    ],
    ["modes", properties.mode.enum, membersOf<RunReport["mode"]>({ run: true, predict: true })],
    ["versions", [properties.apiVersion.const], [REPORT_API_VERSION]],
    [
      "policy kinds",
      definitions.policyRef.properties.kind.enum,
      membersOf<PolicyRef["kind"]>({
        NetworkPolicy: true,
        ClusterNetworkPolicy: true,
        AdminNetworkPolicy: true,
        BaselineAdminNetworkPolicy: true,
      }),
    ],
    [
      "tiers",
      definitions.directionTrace.properties.tier.enum,
      membersOf<DecidingTier>({ Admin: true, NetworkPolicy: true, Baseline: true, default: true }),
    ],
    [
      "actions",
      definitions.adminDecision.properties.action.enum,
      membersOf<AdminDecision["action"]>({ Accept: true, Deny: true, Pass: true }),
    ],
  ])("%s", (_, schema, model) => {
    expect([...schema].sort()).toEqual([...model].sort());
  });
});

interface ObjectSchema {
  readonly properties: object;
  readonly required: readonly string[];
  readonly additionalProperties: boolean;
}

/** For each key of a record whether it must be there, kept right by the compiler. */
type Keys<Item> = { [Key in keyof Item]-?: Record<string, never> extends Pick<Item, Key> ? false : true };

function expectKeys<Item>(schema: ObjectSchema, keys: Keys<Item>): void {
  const entries = Object.entries(keys);
  const required = entries.filter(([, must]) => must === true).map(([key]) => key);
  expect(Object.keys(schema.properties).sort()).toEqual(entries.map(([key]) => key).sort());
  expect([...schema.required].sort()).toEqual(required.sort());
  expect(schema.additionalProperties).toBe(false);
}

describe("the schema's keys are the model's", () => {
  it("of the report", () => {
    expectKeys<RunReport>(reportSchema, {
      apiVersion: true,
      kind: true,
      mode: true,
      version: true,
      runId: false,
      startedAt: true,
      durationMs: true,
      shard: false,
      shards: false,
      cluster: false,
      manifests: false,
      settings: true,
      scenarios: true,
      policies: true,
      standIns: true,
      enforcement: false,
      phases: true,
      requests: false,
      problems: true,
      flows: true,
      summary: true,
      exitCode: true,
    });
    expectKeys<NonNullable<RunReport["shard"]>>(properties.shard, {
      index: true,
      count: true,
      group: false,
      fingerprint: true,
    });
    expectKeys<NonNullable<RunReport["shards"]>>(properties.shards, { count: true, merged: true });
    expectKeys<NonNullable<RunReport["shards"]>["merged"][number]>(definitions.mergedShard, {
      index: true,
      runId: false,
      startedAt: true,
      durationMs: true,
    });
    expectKeys<NonNullable<RunReport["cluster"]>>(properties.cluster, {
      server: true,
      context: false,
      version: false,
    });
    expectKeys<NonNullable<RunReport["requests"]>>(properties.requests, {
      api: true,
      exec: true,
      byKind: true,
    });
    expectKeys<RunReport["scenarios"][number]>(properties.scenarios.items, {
      name: true,
      file: true,
      annotations: true,
    });
    expectKeys<RunReport["phases"][number]>(properties.phases.items, { name: true, durationMs: true });
    expectKeys<RunReport["policies"]>(properties.policies, {
      networkPolicies: true,
      adminPolicies: false,
      foreign: true,
      unread: true,
    });
    expectKeys<RunReport["summary"]>(properties.summary, {
      flows: true,
      passed: true,
      failed: true,
      inconclusive: true,
      skipped: true,
    });
  });

  it("of flows and targets", () => {
    expectKeys<FlowReport>(definitions.flow, {
      id: true,
      scenario: true,
      name: false,
      position: true,
      from: true,
      to: true,
      port: true,
      protocol: true,
      application: true,
      expected: true,
      predicted: true,
      observed: true,
      prediction: true,
      verdict: true,
      cause: false,
      reason: true,
      advice: false,
      shard: false,
      rechecked: false,
      decidedBy: false,
      targets: true,
    });
    expectKeys<TargetReport>(definitions.target, {
      target: true,
      address: false,
      port: true,
      source: false,
      pod: false,
      predicted: true,
      prediction: true,
      observed: false,
      observation: false,
      durationMs: false,
      output: false,
      attempts: true,
      evidence: false,
      verdict: true,
      cause: false,
      reason: true,
      advice: false,
      command: false,
    });
  });

  it("of observations and evidence", () => {
    expectKeys<Attempt>(definitions.attempt, { round: true, atMs: true, observation: true });
    expectKeys<Observation>(definitions.observation, {
      kind: true,
      reason: true,
      durationMs: false,
      exitCode: false,
      output: false,
    });
    expectKeys<Evidence>(definitions.evidence, { listener: true, source: true });
    const { listener, source } = definitions.evidence.properties;
    expectKeys<Evidence["listener"]>(listener, { grade: true, detail: true });
    expectKeys<Evidence["source"]>(source, { grade: true, detail: true });
  });

  it("of predictions", () => {
    expectKeys<Prediction>(definitions.prediction, {
      value: true,
      reason: true,
      openPoint: false,
      knob: false,
      notes: false,
      egress: true,
      ingress: true,
    });
    expectKeys<AdminDecision>(definitions.adminDecision, {
      tier: true,
      rule: true,
      ruleIndex: true,
      ruleName: false,
      action: true,
    });
    expectKeys<DirectionTrace>(definitions.directionTrace, {
      direction: true,
      value: true,
      subject: false,
      tier: false,
      isolatedBy: true,
      admin: false,
      allowedBy: false,
      deniedBy: false,
      nearest: false,
      undetermined: false,
      reason: true,
    });
    expectKeys<NearMiss>(definitions.nearMiss, { rule: true, condition: true, text: true });
    expectKeys<PolicyRef>(definitions.policyRef, {
      kind: true,
      namespace: false,
      name: true,
      path: false,
      position: false,
    });
  });

  it("of what surrounds the flows", () => {
    expectKeys<PodReport>(definitions.pod, { namespace: true, name: true, node: false, ip: false });
    expectKeys<StandInReport>(definitions.standIn, {
      namespace: true,
      name: true,
      node: false,
      ip: false,
      display: true,
      role: true,
      labels: true,
      problem: false,
    });
    expectKeys<RunProblem>(definitions.problem, {
      severity: true,
      message: true,
      hint: false,
      position: false,
    });
    expectKeys<SourcePosition>(definitions.position, { file: true, line: true, column: true });
    expectKeys<Unread>(definitions.unread, {
      resource: true,
      namespace: false,
      readNamespaces: false,
      reason: true,
    });
    // `count` is always there in the model, but JSON has no undefined.
    expectKeys<Omit<ForeignPolicies, "count"> & { count?: number }>(definitions.foreignPolicies, {
      group: true,
      kind: true,
      count: false,
    });
  });

  it("of nothing else: every definition is used", () => {
    const text = JSON.stringify(reportSchema);
    const unused = Object.keys(definitions).filter((name) => !text.includes(`"#/definitions/${name}"`));
    expect(unused).toEqual([]);
  });
});
