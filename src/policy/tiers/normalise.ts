import type {
  AdminAction,
  AdminFieldPath,
  AdminPeer,
  AdminPodSelection,
  AdminPolicy,
  AdminPort,
  AdminRule,
} from "../../model/admin-policy.ts";
import type {
  AdminEgressPeer,
  AdminNetworkPolicy,
  AdminPolicySubject,
  BaselineAdminNetworkPolicy,
  ClusterNetworkPolicy,
} from "../../model/kubernetes.ts";
import type { Direction } from "../../model/prediction.ts";
import type { AdminPolicyObjects } from "../../model/snapshot.ts";
import { normalisePort, normaliseProtocol } from "./normalise-ports.ts";

/** BaselineAdminNetworkPolicy has no priority; in a cluster it is the only policy of its tier. */
const BASELINE_PRIORITY = 1000;

/**
 * One form for the policies of both versions of the API, in the order in which a tier asks them: by priority, then by
 * name (what comes of equal priorities is for the evaluator to say, T2).
 */
export function normaliseAdminPolicies(objects: AdminPolicyObjects): readonly AdminPolicy[] {
  return [
    ...objects.clusterNetworkPolicies.map(fromCluster),
    ...objects.adminNetworkPolicies.map(fromAdmin),
    ...objects.baselineAdminNetworkPolicies.map(fromBaseline),
  ].sort(byPrecedence);
}

function fromCluster({ metadata, spec }: ClusterNetworkPolicy): AdminPolicy {
  return {
    kind: "ClusterNetworkPolicy",
    name: metadata.name,
    tier: spec?.tier === "Baseline" ? "Baseline" : "Admin",
    priority: spec?.priority ?? 0,
    subject: normaliseSubject(spec?.subject),
    rules: {
      ingress: rulesOf("ingress", spec?.ingress, (rule, path) =>
        portsOf(rule.protocols, [...path, "protocols"], normaliseProtocol),
      ),
      egress: rulesOf("egress", spec?.egress, (rule, path) =>
        portsOf(rule.protocols, [...path, "protocols"], normaliseProtocol),
      ),
    },
  };
}

function fromAdmin({ metadata, spec }: AdminNetworkPolicy): AdminPolicy {
  return {
    kind: "AdminNetworkPolicy",
    name: metadata.name,
    tier: "Admin",
    priority: spec?.priority ?? 0,
    ...firstVersion(spec),
  };
}

function fromBaseline({ metadata, spec }: BaselineAdminNetworkPolicy): AdminPolicy {
  return {
    kind: "BaselineAdminNetworkPolicy",
    name: metadata.name,
    tier: "Baseline",
    priority: BASELINE_PRIORITY,
    ...firstVersion(spec),
  };
}

function firstVersion(spec: BaselineAdminNetworkPolicy["spec"]): Pick<AdminPolicy, "subject" | "rules"> {
  return {
    subject: normaliseSubject(spec?.subject),
    rules: {
      ingress: rulesOf("ingress", spec?.ingress, (rule, path) =>
        portsOf(rule.ports, [...path, "ports"], normalisePort),
      ),
      egress: rulesOf("egress", spec?.egress, (rule, path) =>
        portsOf(rule.ports, [...path, "ports"], normalisePort),
      ),
    },
  };
}

/** Anything but exactly one of the two fields is refused by the API server (T6, T15). */
function normaliseSubject(subject: AdminPolicySubject | null | undefined): AdminPodSelection | undefined {
  return subject && fieldsOf(subject).length === 1 ? selectionOf(subject, ["spec", "subject"]) : undefined;
}

function selectionOf(
  { namespaces, pods }: AdminPolicySubject,
  path: AdminFieldPath,
): AdminPodSelection | undefined {
  if (namespaces) {
    return { namespaces, pods: {}, path, field: "namespaces" };
  }
  return pods
    ? { namespaces: pods.namespaceSelector ?? {}, pods: pods.podSelector ?? {}, path, field: "pods" }
    : undefined;
}

interface RawRule {
  readonly name?: string | null | undefined;
  readonly action?: string | null | undefined;
  readonly from?: PeerList;
  readonly to?: PeerList;
}

type PeerList = readonly (AdminEgressPeer | null | undefined)[] | null | undefined;

function rulesOf<T extends RawRule>(
  direction: Direction,
  rules: readonly (T | null | undefined)[] | null | undefined,
  portsOfRule: (rule: T, path: AdminFieldPath) => readonly AdminPort[] | undefined,
): readonly AdminRule[] {
  return (rules ?? []).map((rule, index): AdminRule => {
    const path = ["spec", direction, index];
    const name = rule?.name ? { name: rule.name } : {};
    const action = actionOf(rule?.action);
    if (rule === null || rule === undefined || action === undefined) {
      const problem = `action ${JSON.stringify(rule?.action ?? "")} is not known here, so the rule denies everything`;
      return { path, index, ...name, action: "Deny", peers: undefined, ports: undefined, problem };
    }
    const list = direction === "ingress" ? rule.from : rule.to;
    const field = direction === "ingress" ? "from" : "to";
    const peers = (list ?? []).map((peer, place) => peerOf(peer ?? {}, direction, [...path, field, place]));
    const known = peers.filter((peer) => peer !== undefined);
    if (peers.length === 0 || known.length < peers.length) {
      return failClosed({ path, index, ...name, action }, peers.length === 0 ? `no ${field}` : "a peer");
    }
    return { path, index, ...name, action, peers: known, ports: portsOfRule(rule, path) };
  });
}

function actionOf(action: string | null | undefined): AdminAction | undefined {
  switch (action) {
    case "Accept":
    case "Allow":
      return "Accept";
    case "Deny":
    case "Pass":
      return action;
    default:
      return undefined;
  }
}

/** T9: an Accept rule then matches nothing; a Deny or Pass rule denies everything, whatever its ports are. */
function failClosed(
  rule: Pick<AdminRule, "path" | "index" | "name" | "action">,
  what: "a peer" | `no ${"from" | "to"}`,
): AdminRule {
  const cause = what === "a peer" ? "a peer of a kind that is not known here" : what;
  return rule.action === "Accept"
    ? { ...rule, peers: [], ports: undefined, problem: `${cause}: the rule matches nothing (T9)` }
    : {
        ...rule,
        action: "Deny",
        peers: undefined,
        ports: undefined,
        problem: `${cause}: the ${rule.action} rule denies everything (T9)`,
      };
}

/** Undefined: none of the fields that are known here for this direction, or more than one (T7, T9). */
function peerOf(peer: AdminEgressPeer, direction: Direction, path: AdminFieldPath): AdminPeer | undefined {
  if (fieldsOf(peer).length !== 1) {
    return undefined;
  }
  const pods = selectionOf(peer, path);
  if (pods !== undefined) {
    return { kind: "pods", ...pods };
  }
  if (direction === "ingress") {
    return undefined;
  }
  const { nodes, networks, domainNames } = peer;
  if (nodes) {
    return { kind: "nodes", path: [...path, "nodes"], nodes };
  }
  if (networks) {
    return { kind: "networks", path: [...path, "networks"], cidrs: networks };
  }
  return domainNames ? { kind: "domains", path: [...path, "domainNames"], names: domainNames } : undefined;
}

/** Fields that are set; null is not. */
function fieldsOf(object: object): readonly string[] {
  return Object.entries(object).flatMap(([key, value]) =>
    value === null || value === undefined ? [] : [key],
  );
}

function portsOf<T>(
  list: readonly (T | null | undefined)[] | null | undefined,
  path: AdminFieldPath,
  normalise: (entry: T | null | undefined, path: AdminFieldPath) => AdminPort,
): readonly AdminPort[] | undefined {
  return list?.length ? list.map((entry, index) => normalise(entry, [...path, index])) : undefined;
}

function byPrecedence(a: AdminPolicy, b: AdminPolicy): number {
  return a.priority - b.priority || compare(a.name, b.name) || compare(a.kind, b.kind);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
