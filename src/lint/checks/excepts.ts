import type { BlockPeer } from "../../policy/compiled-peer.ts";
import type { CompiledRule } from "../../policy/compiled-policy.ts";
import { formatCidr, relationTo } from "../../selectors/cidr.ts";
import { type Check, finding } from "../check.ts";
import { admitsBlock, overlapPort } from "../coverage.ts";
import { isDnsOnly } from "../dns-ports.ts";
import { formatFieldPath } from "../field-error.ts";
import type { Draft } from "../finding.ts";
import { allBlocks, DIRECTIONS, type LintPolicy, type LintWorld, rulesInForce } from "../lint-world.ts";
import { labelsOf } from "../pod-index.ts";
import { RuleBuckets } from "../rule-buckets.ts";
import { implies, selectorKey } from "../selector-implication.ts";

/** Exceptions of address blocks that do nothing (S15). */
export const checkExcepts: Check = (world) => [
  ...readmitted(world),
  ...allBlocks(world).flatMap(({ policy, peer }) => needlessExcepts(policy, peer)),
];

function needlessExcepts({ object }: LintPolicy, { excepts }: BlockPeer): Draft[] {
  if (excepts.length > 200) return [];
  return excepts.flatMap((except, index) => {
    const other = excepts.find(
      ({ cidr }, at) =>
        at !== index &&
        relationTo(except.cidr, cidr) === "covered" &&
        (at < index || relationTo(cidr, except.cidr) !== "covered"),
    );
    if (other === undefined) return [];
    return finding("redundant-except", {
      object,
      path: except.path,
      message: `${formatCidr(other.cidr)} takes ${formatCidr(except.cidr)} out already`,
      hint: "remove it, or correct the address",
      part: "value",
      related: [{ object, at: other.path, message: "the wider exception" }],
    });
  });
}

interface Admission {
  readonly policy: LintPolicy;
  readonly rule: CompiledRule;
}

/** Exceptions that another peer for the same pods lets in again; rules for DNS alone are passed over. */
function readmitted(world: LintWorld): Draft[] {
  return world.subjectIndexes.flatMap((index) =>
    DIRECTIONS.flatMap((direction) => {
      const policies = index.groups.flatMap((group) => group.policies);
      const buckets = new RuleBuckets<Admission>();
      const seen = new Set<string>();
      for (const policy of policies) {
        for (const rule of rulesInForce(policy, direction)) {
          if (isDnsOnly(rule)) continue;
          // One of each kind will do: what is found names one rule.
          const kind = `${selectorKey(policy.compiled.subject)} ${JSON.stringify(plain(rule))}`;
          if (rule.peers !== undefined && !rule.peers.some((peer) => peer.kind === "block")) continue;
          if (!seen.has(kind)) buckets.add(rule.peers, { policy, rule });
          seen.add(kind);
        }
      }
      return policies.flatMap((policy) =>
        rulesInForce(policy, direction).flatMap((rule) =>
          (rule.peers ?? []).flatMap((peer) =>
            peer.kind === "block"
              ? peer.excepts.flatMap((except) => readmission(world, policy, rule, except, buckets))
              : [],
          ),
        ),
      );
    }),
  );
}

/** What a rule allows, without where it stands. */
function plain({ peers, ports }: CompiledRule): unknown {
  const blocks = peers?.map((peer) =>
    peer.kind === "block"
      ? [formatCidr(peer.cidr), ...peer.excepts.map(({ cidr }) => formatCidr(cidr))]
      : peer.kind,
  );
  return [blocks, ports?.map(({ protocol, numbers }) => [protocol, numbers])];
}

function readmission(
  world: LintWorld,
  policy: LintPolicy,
  rule: CompiledRule,
  except: BlockPeer["excepts"][number],
  buckets: RuleBuckets<Admission>,
): Draft[] {
  const asPeer: BlockPeer = { kind: "block", path: [], cidr: except.cidr, excepts: [] };
  for (const other of buckets.covering(asPeer)) {
    const peer = other.rule.peers?.find((candidate) => admitsBlock(candidate, except.cidr));
    if (other.rule.peers !== undefined && peer === undefined) continue;
    if (!sharePorts(rule, other.rule) || !shareSubjects(world, policy, other.policy)) continue;
    const same = other.policy === policy;
    const path = peer?.path ?? other.rule.path;
    const where = same ? formatFieldPath(path) : `policy ${other.policy.compiled.name}`;
    return [
      finding("readmitted-except", {
        object: policy.object,
        path: except.path,
        message: `${formatCidr(except.cidr)} stays open: ${where} ${
          peer?.kind === "block" ? `allows ${formatCidr(peer.cidr)}` : "allows everyone"
        }${portsText(other.rule)} for the same pods, and policies only add`,
        hint: "repeat the except there; or deny it in a ClusterNetworkPolicy of the Admin tier",
        part: "value",
        related: [{ object: other.policy.object, at: path, message: "this lets it in again" }],
      }),
    ];
  }
  return [];
}

function portsText({ ports }: CompiledRule): string {
  const numbers = (ports ?? []).flatMap(({ numbers }) =>
    numbers.kind === "range"
      ? numbers.first === numbers.last
        ? [`${numbers.first}`]
        : [`${numbers.first}-${numbers.last}`]
      : [],
  );
  return numbers.length === 0
    ? ""
    : ` on ${numbers.slice(0, 3).join(", ")}${numbers.length > 3 ? ", …" : ""}`;
}

function sharePorts(a: CompiledRule, b: CompiledRule): boolean {
  return (
    a.ports === undefined ||
    b.ports === undefined ||
    a.ports.some((port) => b.ports?.some((other) => overlapPort(port, other)))
  );
}

function shareSubjects(world: LintWorld, a: LintPolicy, b: LintPolicy): boolean {
  const [first, second] = [a.compiled.subject, b.compiled.subject];
  if (a === b || implies(first, second) || implies(second, first)) return true;
  const pods = world.podsIn(a.compiled.namespace)?.select(first) ?? [];
  return pods.some((pod) =>
    world
      .subjectsIn(a.compiled.namespace)
      .selecting(labelsOf(pod))
      .some(({ policies }) => policies.includes(b)),
  );
}
