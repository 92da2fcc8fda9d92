import type { CompiledRule } from "../../policy/compiled-policy.ts";
import { meetsAll } from "../../selectors/label-selector.ts";
import { type Check, finding } from "../check.ts";
import { isDnsOnly, letsDnsThrough, namesDns } from "../dns-ports.ts";
import type { Draft } from "../finding.ts";
import { type LintPolicy, type LintWorld, rulesInForce } from "../lint-world.ts";
import { labelsOf } from "../pod-index.ts";
import type { SubjectGroup } from "../subject-index.ts";

/** Pods that may call others by name and can't ask for the address (S46). */
export const checkDns: Check = (world) => {
  const drafts: Draft[] = [];
  for (const index of world.subjectIndexes) {
    const told = new Set<string>();
    for (const group of index.groups) {
      const policy = group.policies.find((candidate) => rulesInForce(candidate, "egress").some(callsByName));
      if (policy === undefined) continue;
      const { namespace } = policy.compiled;
      const missing = podsWithoutDns(world, group, namespace);
      const [who] = missing.filter((name) => !told.has(name));
      if (who === undefined) continue;
      for (const name of missing) told.add(name);
      const byTcp = index.wider(group).some((wider) => reaches(world, wider, "TCP"));
      drafts.push(
        finding("egress-without-dns", {
          object: policy.object,
          path: ["spec", "egress"],
          message: `${who} may call others, and ${
            byTcp ? "DNS only by TCP: resolvers ask by UDP first" : "no policy lets it ask the cluster's DNS"
          }`,
          hint: "allow UDP and TCP 53 to the namespace with kubernetes.io/metadata.name: kube-system",
        }),
      );
    }
    for (const group of index.groups) {
      for (const policy of group.policies) drafts.push(...udpAlone(world, policy, group));
    }
  }
  return drafts;
};

/** Somebody is called whose address is not written in the rule: pods, or hosts of the whole internet. */
function callsByName(rule: CompiledRule): boolean {
  if (isDnsOnly(rule) || rule.peers === undefined) return false;
  return rule.peers.some(
    (peer) =>
      peer.kind === "pods" || (peer.kind === "block" && peer.cidr.prefix === 0 && rule.ports !== undefined),
  );
}

/** Pods of a group that no policy lets out to DNS by UDP, as the text names them. */
function podsWithoutDns(world: LintWorld, group: SubjectGroup<LintPolicy>, namespace: string): string[] {
  const index = world.subjectsIn(namespace);
  const pods = world.podsIn(namespace)?.select(group.subject) ?? [];
  if (pods.length === 0) {
    const open = index.wider(group).some((wider) => reaches(world, wider, "UDP"));
    return open ? [] : [`what ${group.policies[0]?.compiled.name} selects`];
  }
  return pods
    .filter(
      (pod) => !selecting(world, namespace, labelsOf(pod)).some((other) => reaches(world, other, "UDP")),
    )
    .map(({ metadata }) => `pod ${namespace}/${metadata.name}`);
}

function selecting(world: LintWorld, namespace: string, labels: Readonly<Record<string, string>>) {
  return world.subjectsIn(namespace).selecting(labels);
}

const known = new WeakMap<SubjectGroup<LintPolicy>, Map<string, boolean>>();

function reaches(world: LintWorld, group: SubjectGroup<LintPolicy>, protocol: "UDP" | "TCP"): boolean {
  const memo = known.get(group) ?? new Map<string, boolean>();
  known.set(group, memo);
  let found = memo.get(protocol);
  if (found === undefined) {
    found = group.policies.some((policy) =>
      rulesInForce(policy, "egress").some(
        (rule) => letsDnsThrough(rule, protocol) && mayReachDns(world, rule, policy.compiled.namespace),
      ),
    );
    memo.set(protocol, found);
  }
  return found;
}

const SYSTEM_LABELS = { "kubernetes.io/metadata.name": "kube-system" };

/**
 * Where DNS is can't be known for sure: in kube-system as a rule, but also at an address of each node, or in a namespace
 * that a rule for port 53 names. A rule that names no port must fit kube-system.
 */
function mayReachDns(world: LintWorld, rule: CompiledRule, namespace: string): boolean {
  if (rule.peers === undefined) return true;
  const forDns = rule.ports?.some(namesDns) === true;
  const dnsHere =
    namespace === "kube-system" ||
    world.servicesIn(namespace).some(({ spec }) => spec?.ports?.some(({ port }) => port === 53));
  return rule.peers.some((peer) => {
    if (peer.kind === "block") return forDns || peer.cidr.prefix <= 16;
    if (peer.kind !== "pods") return false;
    if (peer.namespaces === undefined) return dnsHere;
    return forDns || meetsAll(peer.namespaces, SYSTEM_LABELS);
  });
}

/** UDP 53 in a rule, and nowhere TCP 53 for the same pods. */
function udpAlone(world: LintWorld, policy: LintPolicy, group: SubjectGroup<LintPolicy>): Draft[] {
  const { object, compiled } = policy;
  return rulesInForce(policy, "egress").flatMap((rule) => {
    const port = rule.ports?.find((entry) => entry.protocol === "UDP" && namesDns(entry));
    if (port === undefined || letsDnsThrough(rule, "TCP")) return [];
    const wider = world.subjectsIn(compiled.namespace).wider(group);
    if (wider.some((other) => reaches(world, other, "TCP"))) return [];
    return [
      finding("dns-without-tcp", {
        object,
        path: [...port.path, "port"],
        message: "DNS by UDP only: answers too long for it are asked for again by TCP, which stays closed",
        hint: "add {protocol: TCP, port: 53} beside it",
      }),
    ];
  });
}
