import { setTimeout as wait } from "node:timers/promises";
import type { ExecFault, LabFaults, RequestFault } from "../../src/lab/model.ts";
import { allTexts, steady } from "../fault-table.ts";
import { Random } from "./differential/random.ts";
import { FaultLab, type Ran } from "./fault-lab.ts";

/** What goes wrong in one run, and when. */
export interface Mishap {
  readonly seed: number;
  /** Flows among them that may never pass. */
  readonly lies: boolean;
  readonly faults: Partial<LabFaults>;
  /** Enforcement that ends, and perhaps comes back, in mid-run: milliseconds after its start. */
  readonly outage?: {
    readonly atMs: number;
    readonly untilMs?: number;
    readonly nodes: "all" | string;
  };
}

/** What a run came to, and what is wrong with that. */
export interface Outcome {
  readonly mishap: Mishap;
  /** The kinds of faults that were played. */
  readonly kinds: readonly string[];
  readonly exitCode: number;
  /** Why it could not decide, in steady words. */
  readonly undecided: readonly string[];
  readonly falseGreens: readonly string[];
  readonly falseReds: readonly string[];
  /** Undecided without any fault that could be the reason, a bug, something left behind. */
  readonly troubles: readonly string[];
}

const WINDOWS = [
  ["policyDelayMs", "policies bite late"],
  ["failOpenMs", "fresh pods open"],
  ["failClosedMs", "fresh pods closed"],
] as const;

const NODES = ["node-1", "node-2"];

/** Flows may take so long to agree; all windows and outages that end do so well before. */
const SETTLE = "8s";
/** A connection that was refused just before the enforcement ended is made by its next SYN, a second or three later. */
const GREY_MS = 4000;

const EXEC_KINDS: readonly ExecFault["kind"][] = ["cut", "truncated", "lost-status", "refuse"];
const REQUESTS: readonly Pick<RequestFault, "method" | "resource">[] = [
  { method: "GET", resource: "pods" },
  { method: "GET", resource: "networkpolicies" },
  { method: "GET" },
  { method: "POST", resource: "pods" },
  { method: "POST", resource: "jobs" },
  { method: "POST", resource: "networkpolicies" },
  { method: "DELETE" },
];

/** The same for the same seed. `withSilence`: also execs that never end, which cost half a minute. */
export function mishapOf(seed: number, options: { readonly withSilence: boolean }): Mishap {
  const random = new Random(seed);
  const kinds = new Set(random.some(["exec", "requests", "window", "outage", "dead-node"] as const, 0, 3));
  const enforcement = random.pick(["drop", "reject", "reset"] as const);
  const outage = random.chance(0.5)
    ? { atMs: random.between(0, 5000), nodes: random.pick(["all", ...NODES]) }
    : { atMs: random.between(0, 3000), untilMs: 0, nodes: random.pick(["all", ...NODES]) };
  const window = random.pick(WINDOWS.map(([name]) => name));
  return {
    seed,
    lies: random.chance(0.5),
    faults: {
      enforcement,
      ...(kinds.has("window") ? { [window]: random.between(100, 3000) } : {}),
      ...(kinds.has("dead-node") ? { unenforcedNodes: [random.pick(NODES)] } : {}),
      ...(kinds.has("exec") ? { exec: random.list(1, 3, () => execFault(random, options.withSilence)) } : {}),
      ...(kinds.has("requests") ? { requests: random.list(1, 3, () => requestFault(random)) } : {}),
    },
    ...(kinds.has("outage")
      ? {
          outage:
            "untilMs" in outage ? { ...outage, untilMs: outage.atMs + random.between(200, 1500) } : outage,
        }
      : {}),
  };
}

function execFault(random: Random, withSilence: boolean): ExecFault {
  if (withSilence && random.chance(0.1)) return { kind: "silent", times: 1 };
  const kind = random.pick(EXEC_KINDS);
  const often = random.chance(0.2) ? {} : { times: random.between(1, 6) };
  if (kind === "refuse") return { kind, status: random.pick([403, 404, 429, 500, 502]), ...often };
  return kind === "lost-status" ? { kind, ...often } : { kind, ...often, afterBytes: random.between(0, 400) };
}

function requestFault(random: Random): RequestFault {
  const status = random.pick([429, 500, 502, 503, 504, "reset"] as const);
  return { status, ...random.pick(REQUESTS), times: random.between(1, 6), retryAfterSeconds: 1 };
}

/** Plays a mishap: a run, on a lab on which nothing else happens. */
export async function playMishap(lab: FaultLab, mishap: Mishap): Promise<Outcome> {
  const { faults, outage, lies } = mishap;
  await lab.set(faults);
  const beganAtMs = performance.now();
  const run = lab.runFile(lies ? lab.lies : lab.truths, "--settle", SETTLE);
  let ended = false;
  const finished = run.finally(() => {
    ended = true;
  });
  let brokenAtMs: number | undefined;
  let mendedAtMs: number | undefined;
  if (outage !== undefined) {
    await Promise.race([wait(outage.atMs), finished]);
    if (!ended) {
      const dead = faults.unenforcedNodes ?? [];
      brokenAtMs = performance.now();
      await lab.change(
        outage.nodes === "all" ? { enforcement: "off" } : { unenforcedNodes: [...dead, outage.nodes] },
      );
      if (outage.untilMs !== undefined) {
        await wait(Math.max(0, beganAtMs + outage.untilMs - performance.now()));
        await lab.change({ enforcement: faults.enforcement ?? "drop", unenforcedNodes: dead });
        mendedAtMs = performance.now();
      }
    }
  }
  const ran = await finished;
  return judged(lab, mishap, ran, { brokenAtMs, mendedAtMs });
}

interface Outage {
  readonly brokenAtMs: number | undefined;
  readonly mendedAtMs: number | undefined;
}

function judged(lab: FaultLab, mishap: Mishap, ran: Ran, { brokenAtMs, mendedAtMs }: Outage): Outcome {
  const { faults, outage, lies } = mishap;
  const { report } = ran;
  const flows = report?.flows ?? [];
  const targets = lab.targetNodes();
  const matters = (node: string): boolean => node === "all" || targets.includes(node);
  const dead = (faults.unenforcedNodes ?? []).filter(matters);
  const falseGreens: string[] = [];
  const falseReds: string[] = [];
  const troubles: string[] = [];
  if (lies) {
    for (const { id, verdict } of flows.slice(-2)) {
      if (verdict === "pass") falseGreens.push(`${id} passed, and may never`);
    }
  }
  if (ran.exitCode === 0) {
    if (lies) falseGreens.push("exit code 0 with flows that may never pass");
    if (dead.length > 0) falseGreens.push(`exit code 0, and ${dead.join()} enforced nothing`);
    const seen = brokenAtMs !== undefined && (ran.probedAtMs ?? 0) - brokenAtMs > GREY_MS;
    if (seen && mendedAtMs === undefined && outage !== undefined && matters(outage.nodes)) {
      falseGreens.push(`exit code 0, and ${outage.nodes} enforced nothing at the end`);
    }
  }
  const broken = dead.length > 0 || (brokenAtMs !== undefined && mendedAtMs === undefined);
  if (!broken) {
    for (const { id, verdict, reason } of flows.slice(0, 3)) {
      if (verdict === "fail") falseReds.push(`${id} failed: ${reason}`);
    }
    if (report?.enforcement?.grade === "failed") {
      falseReds.push(`the canary failed: ${JSON.stringify(report.enforcement.nodes)}`);
    }
  }
  const undecided = [
    ...flows.flatMap(({ verdict, reason }) => (verdict === "inconclusive" ? [reason] : [])),
    ...(report?.enforcement?.nodes ?? []).flatMap(({ grade, detail }) =>
      grade === "not-proven" ? [detail] : [],
    ),
    ...(report === undefined
      ? [ran.stderr.split("\n").find((line) => line.startsWith("netverdict: ")) ?? ""]
      : []),
  ].map(steady);
  const mayHinder = faults.exec !== undefined || faults.requests !== undefined || brokenAtMs !== undefined;
  if (!mayHinder) troubles.push(...undecided.map((reason) => `undecided, and nothing hindered: ${reason}`));
  troubles.push(...undecided.filter((reason) => reason === "").map(() => "undecided without a reason"));
  if (allTexts(report, ran.stderr).includes("this is a bug")) troubles.push(ran.stderr);
  troubles.push(...lab.leftovers().map((name) => `left behind: ${name}`));
  return {
    mishap,
    kinds: kindsOf(mishap, brokenAtMs !== undefined),
    exitCode: ran.exitCode,
    undecided,
    falseGreens,
    falseReds,
    troubles,
  };
}

function kindsOf({ faults, outage }: Mishap, wasBroken: boolean): readonly string[] {
  const kinds = [
    ...(faults.exec ?? []).map(
      ({ kind, status }) => `exec ${kind}${status === undefined ? "" : ` ${status}`}`,
    ),
    ...(faults.requests ?? []).map(({ status }) => `request ${status}`),
    ...WINDOWS.flatMap(([name, words]) => (faults[name] === undefined ? [] : [words])),
    ...(faults.unenforcedNodes === undefined ? [] : ["a node that enforces nothing"]),
    ...(outage === undefined || !wasBroken
      ? []
      : [outage.untilMs === undefined ? "enforcement ends in mid-run" : "enforcement pauses in mid-run"]),
  ];
  return kinds.length === 0 ? ["no fault"] : [...new Set(kinds)];
}

/** Plays mishaps on some labs at once. */
export async function playMishaps(
  mishaps: readonly Mishap[],
  options: { readonly labs: number; readonly onOutcome?: (outcome: Outcome) => void },
): Promise<readonly Outcome[]> {
  const labs: FaultLab[] = [];
  const outcomes: Outcome[] = [];
  try {
    for (let count = 0; count < options.labs; count++) labs.push(await FaultLab.start());
    const queue = [...mishaps];
    await Promise.all(
      labs.map(async (lab) => {
        for (let mishap = queue.shift(); mishap !== undefined; mishap = queue.shift()) {
          const outcome = await playMishap(lab, mishap);
          outcomes.push(outcome);
          options.onOutcome?.(outcome);
        }
      }),
    );
    return outcomes.sort((a, b) => a.mishap.seed - b.mishap.seed);
  } finally {
    for (const lab of labs) await lab.close();
  }
}
