import type { AdminPort } from "../../model/admin-policy.ts";
import type { NearMiss } from "../../model/prediction.ts";
import { formatCidr } from "../../selectors/cidr.ts";
import { formatAddress } from "../../selectors/ip-address.ts";
import { missesOfLabels } from "../label-miss.ts";
import { DISTANCE, type Miss } from "../miss.ts";
import { type AdminQuestion, matchAdminPeer, matchAdminPort, matchAdminRule } from "./admin-match.ts";
import type {
  CompiledAdminPeer,
  CompiledAdminPolicy,
  CompiledAdminRule,
  CompiledSelection,
} from "./compiled-admin-policy.ts";
import type { TierQuestion } from "./tier-judge.ts";

interface Candidate {
  readonly rule: CompiledAdminRule;
  readonly misses: readonly Miss[];
  readonly distance: number;
}

/**
 * The rule that came nearest to letting through what a rule denies: an Accept or Pass rule that was asked before it and
 * missed, or one of a policy whose subject misses the pod by one slip. Undefined: there is none.
 */
export function nearestAdminMiss(asked: TierQuestion, by: CompiledAdminRule): NearMiss | undefined {
  const { stack, world, question } = asked;
  const admin: AdminQuestion = { ...asked.admin, knobs: question.knobs.peek };
  const before = [...stack.tiers.Admin, ...stack.tiers.Baseline].flatMap(({ rules }) => rules);
  const end = before.indexOf(by);
  const candidates = before
    .slice(0, end < 0 ? before.length : end)
    .filter(({ rule }) => rule.action !== "Deny")
    .map((rule) => missesOfRule(rule, { ...asked, admin }));
  for (const policy of world.admin.policies) {
    candidates.push(...slippedRules(policy, { ...asked, admin }, by));
  }
  const nearest = candidates.reduce<Candidate | undefined>(
    (best, candidate) =>
      candidate.misses.length > 0 && candidate.distance < (best?.distance ?? Number.POSITIVE_INFINITY)
        ? candidate
        : best,
    undefined,
  );
  const [first, second] = nearest?.misses ?? [];
  if (nearest === undefined || first === undefined) {
    return undefined;
  }
  const { policy, rule } = nearest.rule;
  return {
    rule: world.refOf(policy, rule.path),
    condition: world.refOf(policy, first.path),
    text: `${first.text()}${second === undefined ? "" : `; also ${second.text()}`}`,
  };
}

function missesOfRule(rule: CompiledAdminRule, asked: TierQuestion): Candidate {
  const peers = (rule.peers ?? []).map((peer) => missesOfPeer(peer, asked));
  const nearestPeer = peers.reduce(
    (best, misses) => (sum(misses) < sum(best) ? misses : best),
    peers[0] ?? nothingMatches(rule),
  );
  const ports = rule.rule.ports;
  const hits = ports === undefined || ports.some((port) => matchAdminPort(port, asked.admin).match === "yes");
  const misses = [...nearestPeer, ...(hits ? [] : [missOfPorts(ports, asked)])];
  return { rule, misses, distance: sum(misses) };
}

function sum(misses: readonly Miss[]): number {
  return misses.reduce((total, { distance }) => total + distance, 0);
}

/** T9: an Accept rule with a peer that is not known. */
function nothingMatches({ rule }: CompiledAdminRule): readonly Miss[] {
  const { problem, path } = rule;
  return problem === undefined ? [] : [{ distance: DISTANCE.refused, path, text: () => problem }];
}

function missOfPorts(ports: readonly AdminPort[], { admin }: TierQuestion): Miss {
  const [first] = ports;
  const asked = admin.protocol === "ICMP" ? "ICMP" : `${admin.protocol} ${admin.port}`;
  return {
    distance: DISTANCE.otherPort,
    path: first?.path ?? [],
    text: () => `${ports.map(describePort).join(" or ")} wanted, flow asks ${asked}`,
  };
}

function describePort(port: AdminPort): string {
  switch (port.kind) {
    case "protocol":
      return port.protocol;
    case "range":
      return `${port.protocol} ${port.first === port.last ? port.first : `${port.first}-${port.last}`}`;
    case "named":
      return `port ${port.name}`;
    case "unknown":
      return port.problem;
    default: {
      const never: never = port;
      throw new Error(`unhandled port ${JSON.stringify(never)}`);
    }
  }
}

function missesOfPeer(peer: CompiledAdminPeer, asked: TierQuestion): readonly Miss[] {
  const { admin, question, world } = asked;
  if (matchAdminPeer(peer, admin, world).match === "yes") {
    return [];
  }
  const { other } = question;
  const name = admin.address === undefined ? other.display : formatAddress(admin.address);
  switch (peer.kind) {
    case "pods": {
      const { pod } = admin;
      return pod === undefined || pod.spec.hostNetwork === true
        ? [
            {
              distance: DISTANCE.otherKind,
              path: peer.path,
              text: () => `selectors match pods outside of their node's network only, not ${other.display}`,
            },
          ]
        : missesOfSelection(peer, pod, asked);
    }
    case "networks": {
      const distance = admin.pod === undefined ? DISTANCE.outsideBlock : DISTANCE.otherKind;
      const blocks = peer.blocks.map(({ cidr }) => formatCidr(cidr)).join(", ");
      return [{ distance, path: peer.path, text: () => `${name} is not in ${blocks}` }];
    }
    case "nodes":
      return [
        {
          distance: DISTANCE.otherKind,
          path: peer.path,
          text: () => `${name} is no address of a node that it selects`,
        },
      ];
    case "domains":
      return [
        {
          distance: admin.host === undefined ? DISTANCE.otherKind : DISTANCE.otherValue,
          path: peer.path,
          text: () => `${peer.names.join(" or ")} wanted, not ${admin.host ?? other.display}`,
        },
      ];
    default: {
      const never: never = peer;
      throw new Error(`unhandled peer ${JSON.stringify(never)}`);
    }
  }
}

function missesOfSelection(
  { namespaces, namespacesPath, pods, podsPath }: CompiledSelection,
  pod: NonNullable<AdminQuestion["pod"]>,
  { world }: TierQuestion,
): readonly Miss[] {
  const { labels } = world.labelsOf(pod.namespace);
  const holder = { labels, name: `namespace ${pod.namespace}`, what: "namespace label" };
  return [
    ...missesOfLabels(namespaces, holder, namespacesPath),
    ...missesOfLabels(pods, { labels: pod.labels, name: "pod", what: "label" }, podsPath),
  ];
}

/** Rules that would let it through, of a policy that would be asked before but by one slip does not select the pod. */
function slippedRules(
  { policy, subject, rules }: CompiledAdminPolicy,
  asked: TierQuestion,
  by: CompiledAdminRule,
): readonly Candidate[] {
  const comesLater =
    policy.tier === by.policy.tier ? policy.priority > by.policy.priority : policy.tier === "Baseline";
  if (comesLater || subject === undefined) {
    return [];
  }
  const [first, ...rest] = missesOfSelection(subject, asked.pod, asked);
  if (first === undefined || first.distance !== DISTANCE.slip || rest.length > 0) {
    return [];
  }
  const rule = rules[asked.question.direction].find(
    (candidate) => matchAdminRule(candidate, asked.admin, asked.world).match === "yes",
  );
  const miss: Miss = {
    ...first,
    distance: DISTANCE.notInForce,
    text: () => `the policy misses the pod: ${first.text()}`,
  };
  return rule === undefined || rule.rule.action === "Deny"
    ? []
    : [{ rule, misses: [miss], distance: miss.distance }];
}
