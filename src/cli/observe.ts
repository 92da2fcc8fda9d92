import type { Connection } from "../k8s/connect.ts";
import { ClusterError } from "../model/errors.ts";
import type { Check, CheckResult, PlannedStandIn, StandIn } from "../model/plan.ts";
import type { Enforcement, RunProblem } from "../model/report.ts";
import type { ResolvedFlow } from "../model/resolved.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { changedByLabels } from "../plan/added-labels.ts";
import { changesBetween, endChange } from "../plan/changes.ts";
import { isUsable } from "../plan/placement.ts";
import { planCanaries } from "../plan/plan-canaries.ts";
import type { PlanDraft } from "../plan/plan-draft.ts";
import { planFlows } from "../plan/plan-flows.ts";
import { type ProofInputs, planProofs } from "../plan/plan-proofs.ts";
import type { Evaluator } from "../policy/evaluator.ts";
import { gradeOf, judgeCanary } from "../verdict/enforcement.ts";
import { CanaryWatch, type Watched } from "./canary-watch.ts";
import type { LiveRunSettings } from "./live-run.ts";
import { nodeRooms } from "./node-rooms.ts";
import type { Phases } from "./phases.ts";
import type { CanaryPlace } from "./place-canary.ts";
import { probeFlows } from "./probe-flows.ts";
import { ProbeRound, type RoundInputs } from "./probe-round.ts";
import type { Progress } from "./progress.ts";
import { StandInCrew } from "./stand-in-crew.ts";

/** The cluster at one time: what flows are asked about, and what the policies say. */
export interface World {
  readonly snapshot: Snapshot;
  /** Those that are not to be probed keep their place, so that indexes stay theirs. */
  readonly flows: readonly ResolvedFlow[];
  readonly evaluator: Evaluator;
}

export interface ObserveInputs extends World {
  readonly connection: Connection;
  readonly runId: string;
  readonly settings: LiveRunSettings;
  readonly canary: CanaryPlace;
  readonly proofs: Pick<ProofInputs, "controlNamespace" | "timeoutMs" | "mayCreateIn">;
  readonly phases: Phases;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly onTouched: (runId: string, namespaces: readonly string[]) => void;
  readonly warn: (message: string) => void;
  readonly lookAgain: () => Promise<World>;
}

export interface Observed {
  /** As they were when they were answered. */
  readonly flows: readonly ResolvedFlow[];
  /** Why flows were asked once more, by their index. */
  readonly rechecked: ReadonlyMap<number, string>;
  readonly results: readonly CheckResult[];
  readonly standIns: ReadonlyMap<string, StandIn>;
  readonly enforcement: Enforcement;
  readonly problems: readonly RunProblem[];
}

/** In clusters up to this size every node gets its canary at once; else those that matter, when they are known. */
const FEW_NODES = 8;

/** The middle of a run: plans, makes stand-ins and canaries, probes, looks whether anything changed, removes all. */
export async function observe(inputs: ObserveInputs): Promise<Observed> {
  const { settings, snapshot, flows, phases } = inputs;
  const draft = planFlows(flows, snapshot, { placement: settings.placement });
  planProofs(draft, { ...inputs.proofs, snapshot, evaluator: inputs.evaluator });
  const crew = new StandInCrew(inputs);
  const over = new AbortController();
  const around: RoundInputs = {
    draft,
    standIns: crew.standIns,
    evaluator: inputs.evaluator,
    exec: inputs.connection.exec,
    room: nodeRooms(snapshot.nodes),
    settings,
    signal: AbortSignal.any([inputs.signal, over.signal]),
  };
  const round = new ProbeRound(around);
  const canaries = new CanaryWatch(round, settings.settleMs);
  try {
    const canary = await phases.time("stand-ins", () => makeStandIns(draft, crew, canaries, inputs));
    const checks = draft.checks.filter(({ canaryNode }) => canaryNode === undefined);
    const [first, watched] = await phases.time("probing", async () => [
      await probeFlows({ ...inputs, round, checks, canaries }),
      await canaries.end(),
    ]);
    const again = (checks: readonly Check[], evaluator: Evaluator): Promise<readonly CheckResult[]> =>
      probeFlows({ ...inputs, round: new ProbeRound({ ...around, evaluator }), checks, canaries });
    const second = await phases.time("looking again", () => recheck(first, draft, crew, inputs, again));
    const results = [...second.results, ...watched.results];
    await crew.tellEnded(unheard(results));
    return {
      ...second,
      results,
      standIns: crew.standIns,
      enforcement: enforcementOf(canary, draft, crew, watched, inputs),
    };
  } finally {
    over.abort();
    if (crew.touched) await phases.time("clean-up", () => crew.remove());
  }
}

/** Sources whose pods did not answer at last. */
function unheard(results: readonly CheckResult[]): readonly string[] {
  return results.flatMap(({ check, history }) =>
    history?.attempts.at(-1)?.observation.kind === "exec-error" ? [check.source] : [],
  );
}

/**
 * Two waves: what the plan asks for, then what proofs and canaries need in view of addresses and nodes. Canaries are
 * watched as soon as they run.
 */
async function makeStandIns(
  draft: PlanDraft,
  crew: StandInCrew,
  canaries: CanaryWatch,
  inputs: ObserveInputs,
): Promise<CanaryPlace> {
  const { snapshot, proofs, evaluator, progress } = inputs;
  if (draft.checks.length === 0) return { reason: "nothing was probed" };
  const canary = await createPolicy(inputs.canary, crew);
  const withCanary = new Set<string>();
  const addCanaries = (nodes: Iterable<string>): void => {
    if (!("namespace" in canary)) return;
    const usable = new Map(snapshot.nodes.map((node) => [node.metadata.name, isUsable(node)]));
    const wanted = [...new Set(nodes)].filter((node) => !withCanary.has(node) && usable.get(node) !== false);
    for (const node of wanted) withCanary.add(node);
    planCanaries(draft, canary.namespace, wanted);
  };
  const create = async (): Promise<void> => {
    const isCanary = ({ role }: PlannedStandIn): boolean => role === "canary";
    const watched = async (): Promise<void> => {
      await crew.createMissing(draft, isCanary);
      canaries.begin(draft.checks);
    };
    await Promise.all([watched(), crew.createMissing(draft, (planned) => !isCanary(planned))]);
  };
  const few = snapshot.nodes.length <= FEW_NODES ? snapshot.nodes.map(({ metadata }) => metadata.name) : [];
  addCanaries([...targetNodes(inputs.flows), ...few]);
  await create();
  addCanaries(crew.usable.flatMap(({ planned, node }) => (planned.role === "canary" ? [] : (node ?? []))));
  planProofs(draft, { ...proofs, snapshot, evaluator, ...placesOf(crew) });
  await create();
  crew.refuse(changedByLabels(draft.checks, crew.standIns, evaluator));
  const { standIns, usable } = crew;
  if (standIns.size > 0) progress.done(`stand-ins: ${usable.length} of ${standIns.size} running`);
  return canary;
}

/** Admission or a quota may refuse it: then there is no canary. */
async function createPolicy(canary: CanaryPlace, crew: StandInCrew): Promise<CanaryPlace> {
  if (!("policy" in canary)) return canary;
  try {
    await crew.createPolicy(canary.policy);
    return canary;
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    return { reason: `the canary's policy could not be created: ${error.message}` };
  }
}

function placesOf(crew: StandInCrew): Required<Pick<ProofInputs, "ends" | "nodes">> {
  const { usable } = crew;
  return {
    ends: new Map(usable.map((standIn) => [standIn.planned.id, standIn.end])),
    nodes: new Map(usable.flatMap(({ planned, node }) => (node === undefined ? [] : [[planned.id, node]]))),
  };
}

/** Looks at the cluster once more; flows that hang on what changed meanwhile are planned, predicted and tried anew. */
async function recheck(
  results: readonly CheckResult[],
  draft: PlanDraft,
  crew: StandInCrew,
  inputs: ObserveInputs,
  probe: (checks: readonly Check[], evaluator: Evaluator) => Promise<readonly CheckResult[]>,
): Promise<Pick<Observed, "flows" | "rechecked" | "results" | "problems">> {
  const rechecked = new Map<number, string>();
  const asked = results.some(({ check }) => check.purpose === "flow");
  if (!asked) return { flows: inputs.flows, rechecked, results, problems: [] };
  const now = await inputs.lookAgain();
  const changes = changesBetween(inputs.snapshot, now.snapshot);
  inputs.flows.forEach((before, index) => {
    const after = now.flows[index];
    if (after === undefined || !before.flow.observe || !changes.affects(before, after)) return;
    rechecked.set(index, [...changes.texts, ...[endChange(before, after) ?? []].flat()].join("; "));
  });
  if (rechecked.size === 0) return { flows: inputs.flows, rechecked, results, problems: [] };
  const texts = [...new Set(rechecked.values())].join("; ");
  inputs.warn(`the cluster changed during the run (${texts}): ${rechecked.size} flows were asked once more`);
  const flows = inputs.flows.map((flow, index) => (rechecked.has(index) ? (now.flows[index] ?? flow) : flow));
  const again = flows.map((resolved, index) =>
    rechecked.has(index) ? resolved : { ...resolved, flow: { ...resolved.flow, observe: false } },
  );
  const known = draft.checks.length;
  planFlows(again, now.snapshot, { placement: inputs.settings.placement, draft });
  planProofs(draft, { ...inputs.proofs, ...now, ...placesOf(crew) });
  await crew.createMissing(draft);
  crew.refuse(changedByLabels(draft.checks, crew.standIns, now.evaluator));
  const more = await probe(draft.checks.slice(known), now.evaluator);
  const kept = results.filter(({ check }) => check.flow === undefined || !rechecked.has(check.flow));
  const last = await inputs.lookAgain();
  const still = changesBetween(now.snapshot, last.snapshot);
  const restless = flows.some((flow, index) => {
    const after = last.flows[index];
    return flow.flow.observe && after !== undefined && still.affects(now.flows[index] ?? flow, after);
  });
  const problem: RunProblem = {
    severity: "error",
    message: "the cluster kept changing while it was asked, so what was seen may be over already",
    hint: "run again when deployments and policies have settled",
  };
  return { flows, rechecked, results: [...kept, ...more], problems: restless ? [problem] : [] };
}

function enforcementOf(
  canary: CanaryPlace,
  draft: PlanDraft,
  crew: StandInCrew,
  { results, held }: Watched,
  { settings, flows }: ObserveInputs,
): Enforcement {
  if (!("namespace" in canary)) {
    const grade = settings.canary === "off" ? "off" : "not-proven";
    return { canary: settings.canary, grade, reason: canary.reason, nodes: [] };
  }
  const sources = draft.checks.flatMap(({ purpose, source, to }) =>
    purpose === "flow" ? [source, ...(to.kind === "stand-in" ? [to.standIn] : [])] : [],
  );
  const nodes = [
    ...new Set([...targetNodes(flows), ...sources.flatMap((id) => crew.standIns.get(id)?.node ?? [])]),
  ].sort();
  const judged = nodes.map((node) =>
    judgeCanary(
      node,
      results.filter(({ check }) => check.canaryNode === node),
      held.get(node),
      crew.standIns,
    ),
  );
  const { namespace } = canary;
  return { canary: settings.canary, namespace, grade: gradeOf(judged), nodes: judged };
}

/** Where the real targets of the flows that are to be probed run. */
function targetNodes(flows: readonly ResolvedFlow[]): readonly string[] {
  return flows.flatMap(({ flow, targets }) =>
    flow.observe
      ? targets.flatMap((target) => (target.kind === "pod" ? (target.pod.spec.nodeName ?? []) : []))
      : [],
  );
}
