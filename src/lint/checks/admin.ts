import type {
  AdminPeer,
  AdminPodSelection,
  AdminPolicy,
  AdminPort,
  AdminRule,
} from "../../model/admin-policy.ts";
import { normaliseAdminPolicies } from "../../policy/tiers/normalise.ts";
import { parseCidr, relationTo } from "../../selectors/cidr.ts";
import { requirementsOf } from "../../selectors/label-selector.ts";
import { type Check, finding } from "../check.ts";
import { type FieldError, formatFieldPath } from "../field-error.ts";
import type { Draft } from "../finding.ts";
import { implies } from "../selector-implication.ts";
import { selectorErrors } from "../validate-selector.ts";

/** Policies of the Admin and Baseline tiers (T1 to T3). */
export const checkAdminPolicies: Check = ({ snapshot }) => {
  const policies = normaliseAdminPolicies(snapshot.adminPolicies);
  return [...equalPriorities(policies), ...policies.flatMap(unreached), ...policies.flatMap(unusable)];
};

function equalPriorities(policies: readonly AdminPolicy[]): Draft[] {
  // There is one BaselineAdminNetworkPolicy at most, and its priority is not its own.
  const ranked = policies.filter(({ kind }) => kind !== "BaselineAdminNetworkPolicy");
  const groups = Map.groupBy(ranked, ({ kind, tier, priority }) => `${kind} ${tier} ${priority}`);
  return [...groups.values()].flatMap(([first, ...others]) =>
    others.flatMap(({ kind, name, tier, priority }) =>
      first === undefined
        ? []
        : finding("duplicate-priority", {
            object: { kind, name },
            path: ["spec", "priority"],
            message: `${first.name} has priority ${priority} in the ${tier} tier too: where both match, either may decide`,
            hint: "give each policy a priority of its own; the lower number is asked first",
            part: "value",
            related: [
              { object: { kind, name: first.name }, at: ["spec", "priority"], message: "the other policy" },
            ],
          }),
    ),
  );
}

/** Selectors that the CRD takes and the API server would refuse in a NetworkPolicy. */
function unusable({ kind, name, subject, rules }: AdminPolicy): Draft[] {
  const peers = [...rules.ingress, ...rules.egress].flatMap(({ peers }) => peers ?? []);
  const errors = [...(subject === undefined ? [] : [subject]), ...peers].flatMap(wrongSelectors);
  return errors.map(({ path, detail }) =>
    finding("unusable-selector", {
      object: { kind, name },
      path,
      message: `${detail}: the API server takes it, and no plugin can use it`,
      hint: "correct the operator, key or value",
      part: "value",
    }),
  );
}

function wrongSelectors(peer: AdminPodSelection | AdminPeer): FieldError[] {
  if ("kind" in peer && peer.kind === "nodes") return selectorErrors(peer.nodes, [...peer.path, "nodes"]);
  if (!("pods" in peer)) return [];
  const { namespaces, pods, path, field } = peer;
  if (field === "namespaces") return selectorErrors(namespaces, [...path, field]);
  return [
    ...selectorErrors(namespaces, [...path, field, "namespaceSelector"]),
    ...selectorErrors(pods, [...path, field, "podSelector"]),
  ];
}

function unreached({ kind, name, rules }: AdminPolicy): Draft[] {
  return [rules.ingress, rules.egress].flatMap((list) =>
    list.flatMap((rule, index) => {
      const earlier = list.slice(0, index).find((before) => coversRule(before, rule));
      if (earlier === undefined) return [];
      return finding("unreached-admin-rule", {
        object: { kind, name },
        path: rule.path,
        message: `${formatFieldPath(earlier.path)} (${earlier.action}) matches all that this rule (${rule.action}) matches, and is asked first`,
        hint: "put this rule before it, or remove it",
        part: "value",
        related: [{ object: { kind, name }, at: earlier.path, message: "the rule that decides" }],
      });
    }),
  );
}

function coversRule(wide: AdminRule, narrow: AdminRule): boolean {
  if (wide.problem !== undefined || narrow.problem !== undefined) return false;
  const ports =
    wide.ports === undefined ||
    narrow.ports?.every((port) => wide.ports?.some((other) => coversPort(other, port))) === true;
  const peers =
    wide.peers === undefined ||
    narrow.peers?.every((peer) => wide.peers?.some((other) => coversPeer(other, peer))) === true;
  return ports && peers;
}

function coversPort(wide: AdminPort, narrow: AdminPort): boolean {
  if (wide.kind === "named") return narrow.kind === "named" && wide.name === narrow.name;
  if (wide.kind === "unknown" || narrow.kind === "unknown" || narrow.kind === "named") return false;
  if (wide.protocol !== narrow.protocol) return false;
  if (wide.kind === "protocol") return true;
  return narrow.kind === "range" && wide.first <= narrow.first && narrow.last <= wide.last;
}

function coversPeer(wide: AdminPeer, narrow: AdminPeer): boolean {
  if (wide.kind === "pods" && narrow.kind === "pods") {
    return (
      implies(requirementsOf(narrow.namespaces), requirementsOf(wide.namespaces)) &&
      implies(requirementsOf(narrow.pods), requirementsOf(wide.pods))
    );
  }
  if (wide.kind === "networks" && narrow.kind === "networks") {
    return narrow.cidrs.every((cidr) => wide.cidrs.some((other) => holds(other, cidr)));
  }
  if (wide.kind === "nodes" && narrow.kind === "nodes") {
    return implies(requirementsOf(narrow.nodes), requirementsOf(wide.nodes));
  }
  return (
    wide.kind === "domains" &&
    narrow.kind === "domains" &&
    narrow.names.every((name) => wide.names.includes(name))
  );
}

function holds(wide: string, narrow: string): boolean {
  const [outer, inner] = [parseCidr(wide), parseCidr(narrow)];
  return outer !== undefined && inner !== undefined && relationTo(inner, outer) === "covered";
}
