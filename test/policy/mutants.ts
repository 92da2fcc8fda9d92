import type { Mutation } from "../../scripts/mutation.ts";

/** One rule of semantics.md broken once. */
export interface Mutant extends Mutation {
  readonly rule: string;
}

const mutant = (rule: string, file: string, original: string, mutated: string): Mutant => ({
  rule,
  file: `src/${file}`,
  original,
  mutated,
});

const COMPILED = "policy/compiled-policy.ts";
const INDEX = "policy/policy-index.ts";
const MATCH = "policy/rule-match.ts";
const PORT = "policy/compiled-port.ts";
const JUDGE = "policy/network-policy-judge.ts";
const DIRECTION = "policy/direction-judge.ts";
const EVALUATOR = "policy/evaluator.ts";
const NETWORK = "policy/network-effects.ts";
const LABELS = "selectors/label-selector.ts";
const SERVICE = "selectors/service-endpoints.ts";
const SEEN = "policy/service-view.ts";
const NORMALISE = "policy/tiers/normalise.ts";
const ADMIN = "policy/tiers/admin-match.ts";
const TIER = "policy/tiers/tier-judge.ts";
const RESULTS = "policy/tiers/tier-results.ts";
const TIER_PORTS = "policy/tiers/normalise-ports.ts";

/** Applied one by one by scripts/mutants.ts; all have to be killed by the tests of this folder and of the selectors. */
export const MUTANTS: readonly Mutant[] = [
  mutant("S1", INDEX, "byNamespace.get(pod.namespace) ?? []", "[...byNamespace.values()].flat()"),
  mutant("S1", COMPILED, 'policy.metadata.namespace ?? "default"', 'policy.metadata.namespace ?? ""'),
  mutant(
    "S2",
    INDEX,
    "meetsAll(policy.subject, pod.labels),",
    "policy.subject.length > 0 && meetsAll(policy.subject, pod.labels),",
  ),
  mutant("S3", COMPILED, "{ ingress: true, egress: egressRules > 0 }", "{ ingress: true, egress: true }"),
  mutant(
    "S3",
    COMPILED,
    "{ ingress: true, egress: egressRules > 0 }",
    "{ ingress: egressRules === 0, egress: egressRules > 0 }",
  ),
  mutant(
    "S4",
    INDEX,
    "policy.isolates[direction] && meetsAll",
    "(policy.isolates.ingress || policy.isolates.egress) && meetsAll",
  ),
  mutant(
    "S5",
    MATCH,
    '    if (match === "yes") {\n      return { match, by: candidate };',
    '    if (match === "yes" && candidate === rules.at(-1)) {\n      return { match, by: candidate };',
  ),
  mutant(
    "S6",
    "policy/prediction-fold.ts",
    'if (a === "deny" || b === "deny") {',
    'if (a === "deny" && b === "deny") {',
  ),
  mutant(
    "S7",
    DIRECTION,
    "  if (isolation.policies.length > 0) {\n    return judgeIsolated",
    "  if (isolation.rules.length > 0) {\n    return judgeIsolated",
  ),
  mutant(
    "S8",
    MATCH,
    '  if (rule.peers === undefined) {\n    return "yes";',
    '  if (rule.peers === undefined || rule.ports !== undefined) {\n    return "yes";',
  ),
  mutant(
    "S9",
    EVALUATOR,
    "return bothDirections(judge.judge(egress), judge.judge(ingress));",
    'return bothDirections(bothDirections(judge.judge(egress), judge.judge({ ...ingress, direction: "egress" })).egress, judge.judge({ ...ingress, subject: from, other: to }));',
  ),
  mutant("S10", COMPILED, "peers: peers?.length\n", "peers: peers\n"),
  mutant(
    "S11",
    MATCH,
    '  if (!meetsAll(peer.pods, pod.labels)) {\n    return "no";\n  }\n',
    '  if (peer.namespaces === undefined && !meetsAll(peer.pods, pod.labels)) {\n    return "no";\n  }\n',
  ),
  mutant("S12", MATCH, 'return pod.namespace === policy.namespace ? "yes" : "no";', 'return "yes";'),
  mutant(
    "S13",
    MATCH,
    'return pod === undefined ? "no" : matchPods(peer, policy, pod, labelsOf);',
    'return pod === undefined ? "yes" : matchPods(peer, policy, pod, labelsOf);',
  ),
  mutant(
    "S14",
    "policy/namespace-labels.ts",
    "labels: { ...declared.get(namespace), [NAME_LABEL]: namespace },",
    "labels: { ...declared.get(namespace) },",
  ),
  mutant(
    "S15",
    MATCH,
    "if (!inBlock || peer.excepts.some(({ cidr }) => contains(cidr, address))) {",
    "if (!inBlock) {",
  ),
  mutant(
    "S15",
    "selectors/cidr.ts",
    "return block.family === address.family && block.first <= address.value",
    "return block.first <= address.value",
  ),
  mutant("S16", MATCH, 'return knobs.read("ipBlockPods") === "match" ? "yes" : "no";', 'return "no";'),
  mutant("S16", MATCH, 'return knobs.read("ipBlockPods") === "match" ? "yes" : "no";', 'return "yes";'),
  mutant(
    "S17",
    SEEN,
    "return { other: { ...endpoint, ...address }, port };",
    "return { other: endpoint, port };",
  ),
  mutant("S17", SEEN, 'if (seenAs === "endpoint") {', 'if (seenAs !== "service") {'),
  mutant(
    "S18",
    LABELS,
    "return value !== undefined && requirement.values.includes(value);",
    'return requirement.values.includes(value ?? "");',
  ),
  mutant(
    "S19",
    LABELS,
    "return value === undefined || !requirement.values.includes(value);",
    "return value !== undefined && !requirement.values.includes(value);",
  ),
  mutant(
    "S20",
    "policy/compiled-peer.ts",
    "const selects = Boolean(podSelector) || Boolean(namespaceSelector);",
    "const selects = Object.keys(podSelector ?? {}).length > 0 || Boolean(namespaceSelector);",
  ),
  mutant(
    "S21",
    LABELS,
    "return Object.hasOwn(labels, key) ? labels[key] : undefined;",
    'return labels[key.replace(/^.*\\//, "")];',
  ),
  mutant("S22", "plan/label-traps.ts", "Object.hasOwn(labels, key)", "key in { ...labels, host: 1 }"),
  mutant("S23", COMPILED, "ports: ports?.length\n", "ports: ports\n"),
  mutant("S24", PORT, 'protocol: protocol ?? "TCP",', 'protocol: protocol ?? "UDP",'),
  mutant(
    "S24",
    PORT,
    '    case "all":\n      return true;',
    '    case "all":\n      return protocol === "TCP";',
  ),
  mutant("S25", SEEN, "port: service.port };", "port };"),
  mutant(
    "S26",
    PORT,
    "numbers.first < port && port <= numbers.last &&",
    "numbers.first < port && port < numbers.last &&",
  ),
  mutant("S26", PORT, ' && knobs.read("endPort") === "range";', ";"),
  mutant(
    "S27",
    JUDGE,
    'direction === "ingress" ? pod.spec : other.pod?.spec;',
    'direction === "ingress" ? other.pod?.spec : pod.spec;',
  ),
  mutant("S27", PORT, 'knobs.read("namedPort") === "whole-protocol"', "false"),
  mutant(
    "S28",
    "selectors/container-ports.ts",
    "  if (containers.some(declares)) {",
    "  if (containers.slice(0, 1).some(declares)) {",
  ),
  mutant("S28", "policy/port-notes.ts", "if (numbers.length > 1) {", "if (numbers.length > 2) {"),
  mutant(
    "S29",
    PORT,
    "  if (destination === undefined) {\n    return false;",
    "  if (destination === undefined) {\n    return true;",
  ),
  mutant(
    "S30",
    "selectors/container-ports.ts",
    '(container) => (init === "all" || container.restartPolicy === "Always") && declares(container),',
    "(container) => declares(container),",
  ),
  mutant("S30", PORT, 'declaresPort(destination, wanted, knobs.read("namedPortInit"))', "false"),
  mutant(
    "S31",
    PORT,
    "      if (numbers.first === port) {\n        return numbers.first <= numbers.last;",
    '      if (numbers.first === port) {\n        return destination === undefined || declaresPort(destination, { name: "", port, protocol }, "all");',
  ),
  mutant(
    "S32",
    NETWORK,
    'protocol === "SCTP" && touchesPods && outcome.value !== "deny"',
    'protocol === "UDP" && touchesPods && outcome.value !== "deny"',
  ),
  mutant("S32", NETWORK, 'protocol === "ICMP" && choices.read("icmp") === "allowed"', 'protocol === "ICMP"'),
  mutant(
    "S33",
    EVALUATOR,
    'if (toSelf === "address" && choices.read("self") === "allowed") {',
    'if (toSelf === "address") {',
  ),
  mutant(
    "S33",
    EVALUATOR,
    "return query.from.key === query.to.key;",
    "return query.from.display === query.to.display && query.from.labels === query.to.labels && query.from.ips === undefined;",
  ),
  mutant("S34", JUDGE, 'settled === "deny" && toSelf === "exempt-service" ? "allow" : settled;', "settled;"),
  mutant("S35", JUDGE, 'if (ownNode && direction === "ingress") {', "if (ownNode) {"),
  mutant(
    "S35",
    "policy/judgement.ts",
    ".every((range) => nodes.some((node) => node.family === range.family && node.first === range.first));",
    ".every((range) => range.first === range.last);",
  ),
  mutant("S35", DIRECTION, 'question.knobs.read("podToOwnNode") === "allowed";', "false;"),
  mutant(
    "S36",
    EVALUATOR,
    'const asNodes = hosts && choices.read("hostNetworkPods") === "node";',
    "const asNodes = false;",
  ),
  mutant(
    "S36",
    MATCH,
    'return isNode(address) && knobs.read("ipBlockNodes") === "no-match" ? "no" : "yes";',
    'return "yes";',
  ),
  mutant(
    "S37",
    "policy/end-view.ts",
    '? { ...common, ranges, address: "exact" }\n        : { ...common, ranges: ANYWHERE, address: "unknown" };',
    '? { ...common, ranges, address: "exact" }\n        : { ...common, ranges: ANYWHERE.slice(0, 1), address: "exact" };',
  ),
  mutant(
    "S38",
    "selectors/container-ports.ts",
    "    ...spec.containers.flatMap((container) => portsOf(container, false)),",
    "    ...spec.containers.slice(0, 1).flatMap((container) => portsOf(container, false)),",
  ),
  mutant("S39", NETWORK, 'established === true && choices.read("established") === "kept"', "false"),
  mutant(
    "S40",
    "policy/combine-predictions.ts",
    "if (rest.every(({ prediction }) => prediction.value === first.prediction.value)) {",
    "if (rest.length >= 0) {",
  ),
  mutant(
    "S41",
    SERVICE,
    'return phase !== "Succeeded" && phase !== "Failed" &&',
    'return phase !== "Succeeded" &&',
  ),
  mutant(
    "S42",
    "selectors/container-ports.ts",
    'return typeof targetPort === "number" && targetPort !== 0 ? targetPort : servicePort.port;',
    "return servicePort.port;",
  ),
  mutant(
    "S43",
    SERVICE,
    "targetPort: (headless ? undefined : candidate.targetPort(port)) ?? port.port,",
    "targetPort: candidate.targetPort(port) ?? port.port,",
  ),
  mutant("S44", SERVICE, 'if (spec.type === "ExternalName") {', 'if (spec.type === "Externalname") {'),
  mutant("S45", EVALUATOR, "    !via.keepsClient &&\n", ""),
  mutant("S45", EVALUATOR, 'choices.read("serviceClient") === "node";', "false;"),
  mutant(
    "S46",
    "plan/predict-flow.ts",
    'if (target?.kind !== "host" || prediction.value === "deny" || dns.value !== "deny") return prediction;',
    'if (dns.value === "allow" || target !== undefined) return prediction;',
  ),
  mutant(
    "T1",
    TIER,
    "return anyOf(asked, askTier(stack.tiers.Admin, asked.admin, world), () => afterAdmin(asked));",
    "return afterAdmin(asked);",
  ),
  mutant("T1", NORMALISE, "a.priority - b.priority ||", "b.priority - a.priority ||"),
  mutant(
    "T2",
    RESULTS,
    'inForce.length < 2 || knobs.read("samePriority") === "by-name"',
    "inForce.length >= 0",
  ),
  mutant(
    "T2",
    RESULTS,
    'inForce.length < 2 || knobs.read("samePriority") === "by-name"',
    "inForce.length < 2",
  ),
  mutant(
    "T3",
    TIER,
    '    case "Pass": {\n      const judgement = next();',
    '    case "Pass": {\n      const judgement: Judgement = { trace: { ...base, value: "allow", reason: "" } };',
  ),
  mutant("T3", NORMALISE, '    case "Accept":\n    case "Allow":\n', '    case "Accept":\n'),
  mutant(
    "T4",
    RESULTS,
    "return { results: [...results, NONE], why };",
    "return { results: results.length === 0 ? candidates.flatMap(({ rules }) => rules.slice(0, 1)).map((by) => ({ by })).concat(candidates.length === 0 ? [{ by: undefined as never }] : []) : [...results, NONE], why };",
  ),
  mutant("T5", TIER, 'if (selected && knobs.read("npGatesBaseline") === "any") {', "if (selected) {"),
  mutant(
    "T5",
    TIER,
    'if (selected && knobs.read("npGatesBaseline") === "any") {',
    "if (!selected && knobs === undefined) {",
  ),
  mutant(
    "T6",
    ADMIN,
    "if (pod.spec.hostNetwork === true || !meetsAll(pods, pod.labels)) {",
    "if (!meetsAll(pods, pod.labels)) {",
  ),
  mutant(
    "T6",
    NORMALISE,
    "fieldsOf(subject).length === 1 ? selectionOf",
    "fieldsOf(subject).length >= 1 ? selectionOf",
  ),
  mutant("T7", NORMALISE, '  if (direction === "ingress") {\n    return undefined;\n  }\n', ""),
  mutant(
    "T7",
    ADMIN,
    "addresses.some((candidate) => keyOf(candidate) === key) && meetsAll(peer.nodes, labels),",
    "addresses.some((candidate) => keyOf(candidate) === key) && meetsAll(peer.nodes, {}) && Boolean(labels),",
  ),
  mutant(
    "T7",
    "policy/tiers/domain-names.ts",
    "name.endsWith(wanted.slice(1)) && name !== wanted.slice(2)",
    "name.endsWith(wanted.slice(2))",
  ),
  mutant(
    "T7",
    "policy/tiers/nodes.ts",
    '(nodes.length === 0 ? "no nodes are given" : undefined)',
    "undefined",
  ),
  mutant(
    "T8",
    ADMIN,
    "return address !== undefined && peer.blocks.some",
    "return address !== undefined && pod === undefined && peer.blocks.some",
  ),
  mutant(
    "T9",
    NORMALISE,
    "if (peers.length === 0 || known.length < peers.length) {",
    "if (known.length === 0) {",
  ),
  mutant("T9", NORMALISE, '  return rule.action === "Accept"\n', '  return rule.action !== "Deny"\n'),
  mutant(
    "T10",
    TIER_PORTS,
    'return numbers(protocol ?? "TCP", port, port, [...path, "portNumber"]);',
    'return numbers(protocol ?? "UDP", port, port, [...path, "portNumber"]);',
  ),
  mutant("T10", TIER_PORTS, ': { kind: "protocol", path: [...path, field], protocol };', ": unknown(path);"),
  mutant(
    "T10",
    ADMIN,
    "entry.protocol === protocol && entry.first <= port && port <= entry.last",
    "entry.first <= port && port <= entry.last",
  ),
  mutant(
    "T10",
    ADMIN,
    'protocol !== "ICMP" && matchesNamedPort(entry.name, port, protocol, destination, knobs)',
    'protocol === "TCP" && matchesNamedPort(entry.name, port, protocol, destination, knobs)',
  ),
  mutant("T11", NORMALISE, "const BASELINE_PRIORITY = 1000;", "const BASELINE_PRIORITY = 0;"),
  mutant(
    "T12",
    NORMALISE,
    'path, field: "pods" }\n    : undefined;',
    'path, field: "pods" }\n    : { namespaces: {}, pods: {}, path, field: "namespaces" };',
  ),
  mutant("T13", DIRECTION, 'stack.isEmpty || question.toSelf === "address"', "stack.isEmpty"),
  mutant(
    "T14",
    EVALUATOR,
    'toSelf: toSelf === "address" ? "address" : exempt ? "exempt-service" : undefined,',
    'toSelf: toSelf !== undefined ? "address" : exempt ? "exempt-service" : undefined,',
  ),
  mutant("T15", TIER_PORTS, "    ? unknown(path)\n", '    ? { kind: "protocol", path, protocol }\n'),
  mutant(
    "unread tiers",
    TIER,
    "const unread = stack.unread.find(({ kind }) => isEnforced(kind, knobs));",
    "const unread = stack.unread.find(({ kind }) => kind !== kind && isEnforced(kind, knobs));",
  ),
  mutant(
    "unread labels",
    "policy/namespace-labels.ts",
    'if (unknown && requirement.operator !== "never") {',
    'if (unknown && requirement.operator === "never") {',
  ),
  mutant(
    "unread policies",
    JUDGE,
    'return match === "unknown" || unread !== undefined ? "undetermined" : "deny";',
    'return match === "unknown" ? "undetermined" : "deny";',
  ),
];
