import type { Direction } from "../../model/prediction.ts";
import type { CompiledRule } from "../../policy/compiled-policy.ts";
import { type Check, finding } from "../check.ts";
import { Coverage, coversPort } from "../coverage.ts";
import { formatFieldPath } from "../field-error.ts";
import type { Draft } from "../finding.ts";
import { DIRECTIONS, type LintPolicy, type LintWorld, rulesInForce } from "../lint-world.ts";
import { RuleBuckets } from "../rule-buckets.ts";
import type { SubjectGroup, SubjectIndex } from "../subject-index.ts";

interface Place {
  readonly policy: LintPolicy;
  readonly rule: CompiledRule;
}

/** Policies, rules, peers and ports that others make needless, since policies only add (S5). */
export const checkRedundancy: Check = (world) =>
  world.subjectIndexes.flatMap((index) => inNamespace(world, index));

function inNamespace(world: LintWorld, index: SubjectIndex<LintPolicy>): Draft[] {
  const namespace = index.groups[0]?.policies[0]?.compiled.namespace ?? "";
  const coverage = new Coverage(world, namespace);
  const buckets = new Map<SubjectGroup<LintPolicy>, Record<Direction, RuleBuckets<Place>>>();
  for (const group of index.groups) {
    const own = { ingress: new RuleBuckets<Place>(), egress: new RuleBuckets<Place>() };
    buckets.set(group, own);
    for (const policy of group.policies) {
      for (const direction of DIRECTIONS) {
        for (const rule of rulesInForce(policy, direction)) own[direction].add(rule.peers, { policy, rule });
      }
    }
  }
  return index.groups.flatMap((group) => {
    const wider = index.wider(group);
    const covering = (place: Place, direction: Direction, foreign: boolean): Place | undefined => {
      for (const other of wider) {
        const lists = buckets.get(other)?.[direction];
        for (const candidate of lists?.covering(place.rule.peers?.[0]) ?? []) {
          if (candidate.rule === place.rule || (foreign && candidate.policy === place.policy)) continue;
          if (!coverage.rule(candidate.rule, place.rule)) continue;
          // Of two that are for the same and say the same, the later one is needless.
          const mutual = other === group && coverage.rule(place.rule, candidate.rule);
          if (!mutual || isBefore(candidate, place)) return candidate;
        }
      }
      return undefined;
    };
    return group.policies.flatMap((policy) => {
      const whole = wholePolicy(policy, group, wider, covering);
      return whole === undefined ? parts(policy, coverage, covering) : [whole];
    });
  });
}

type Covering = (place: Place, direction: Direction, foreign: boolean) => Place | undefined;

function isBefore(a: Place, b: Place): boolean {
  if (a.policy.order !== b.policy.order) return a.policy.order < b.policy.order;
  return Number(a.rule.path[2]) < Number(b.rule.path[2]);
}

function wholePolicy(
  policy: LintPolicy,
  group: SubjectGroup<LintPolicy>,
  wider: readonly SubjectGroup<LintPolicy>[],
  covering: Covering,
): Draft | undefined {
  const directions = DIRECTIONS.filter((direction) => policy.compiled.isolates[direction]);
  const places = directions.flatMap((direction) =>
    rulesInForce(policy, direction).map((rule) => ({ direction, place: { policy, rule } })),
  );
  if (places.length === 0) return sameIsolation(policy, group, directions);
  const others = places.map(({ direction, place }) => covering(place, direction, true)?.policy);
  const [first] = others;
  if (first === undefined || others.includes(undefined)) return undefined;
  const isolated = directions.every((direction) =>
    wider.some((candidates) =>
      candidates.policies.some((other) => other !== policy && other.compiled.isolates[direction]),
    ),
  );
  if (!isolated) return undefined;
  const by = [...new Set(others.flatMap((other) => other?.compiled.name ?? []))];
  return redundant(
    policy,
    first,
    `${by.slice(0, 3).join(", ")} ${by.length === 1 ? "says" : "say"} all that this policy says`,
  );
}

/** A policy without rules beside another one without rules: closing twice. */
function sameIsolation(
  policy: LintPolicy,
  group: SubjectGroup<LintPolicy>,
  directions: readonly Direction[],
): Draft | undefined {
  if (directions.length === 0) return undefined;
  const first = group.policies.find(
    (other) =>
      other.order < policy.order &&
      DIRECTIONS.every((direction) => rulesInForce(other, direction).length === 0) &&
      directions.every((direction) => other.compiled.isolates[direction]),
  );
  return first && redundant(policy, first, `${first.compiled.name} isolates the same pods already`);
}

function redundant({ object }: LintPolicy, other: LintPolicy, message: string): Draft {
  return finding("redundant-policy", {
    object,
    path: ["metadata", "name"],
    message: `${message}, for the same pods or more`,
    hint: "was it copied? Correct its namespace or podSelector, or remove it",
    part: "value",
    related: [{ object: other.object, at: ["metadata", "name"], part: "value", message: "the other policy" }],
  });
}

function parts(policy: LintPolicy, coverage: Coverage, covering: Covering): Draft[] {
  return DIRECTIONS.flatMap((direction) =>
    rulesInForce(policy, direction).flatMap((rule) => {
      const place = covering({ policy, rule }, direction, false);
      if (place === undefined) return [...peers(policy, rule, coverage), ...ports(policy, rule)];
      const same = place.policy === policy;
      const where = formatFieldPath(place.rule.path);
      return [
        finding("redundant-rule", {
          object: policy.object,
          path: rule.path,
          message: `${same ? where : `policy ${place.policy.compiled.name}`} allows all that this rule allows`,
          hint: "remove this rule; if it was meant to restrict, the other one is too wide",
          part: "value",
          related: [{ object: place.policy.object, at: place.rule.path, message: "the wider rule" }],
        }),
      ];
    }),
  );
}

/** Lists longer than this are compared entry by entry no more. */
const LONG_LIST = 200;

function peers({ object }: LintPolicy, { peers = [] }: CompiledRule, coverage: Coverage): Draft[] {
  if (peers.length > LONG_LIST) return [];
  return needless(peers, (wide, narrow) => coverage.peer(wide, narrow)).map(([peer, other]) =>
    finding("redundant-peer", {
      object,
      path: peer.path,
      message: `${formatFieldPath(other.path)} matches all that this peer matches`,
      hint: "remove this peer; if it was meant to restrict, the other one is too wide",
      part: "value",
      related: [{ object, at: other.path, message: "the wider peer" }],
    }),
  );
}

function ports({ object }: LintPolicy, { ports = [] }: CompiledRule): Draft[] {
  if (ports.length > LONG_LIST) return [];
  return needless(ports, coversPort).map(([port, other]) =>
    finding("redundant-port", {
      object,
      path: port.path,
      message: `${formatFieldPath(other.path)} covers this port`,
      hint: "remove this entry; if it was meant to restrict, the other one is too wide",
      part: "value",
      related: [{ object, at: other.path, message: "the wider entry" }],
    }),
  );
}

/** Each entry that another one covers, with the first such; of two that cover each other the later one. */
function needless<T>(entries: readonly T[], covers: (wide: T, narrow: T) => boolean): [needless: T, by: T][] {
  return entries.flatMap((entry, index): [T, T][] => {
    const other = entries.find(
      (candidate, at) =>
        at !== index && covers(candidate, entry) && (at < index || !covers(entry, candidate)),
    );
    return other === undefined ? [] : [[entry, other]];
  });
}
