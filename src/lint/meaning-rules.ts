import type { RuleText } from "./rule-text.ts";

/** What the API server accepts and people rarely mean. The semantics' rules that explain it stand in `covers`. */
export const MEANING_RULES = {
  "inert-rules": {
    severity: "warning",
    covers: "S3, V14",
    reason: "Rules of a direction that `policyTypes` leaves out do nothing.",
    example: "`policyTypes: [Ingress]` above `egress:` with rules",
    fix: "Add the direction to `policyTypes`, or remove the rules.",
  },
  "implicit-ingress-isolation": {
    severity: "warning",
    covers: "S3",
    reason: "Without `policyTypes` every policy isolates for ingress, also one that has only egress rules.",
    example: "`spec: {podSelector: {}, egress: [...]}`",
    fix: "Write `policyTypes: [Egress]`; or `[Ingress, Egress]` if nobody is to come in.",
  },
  "egress-not-isolated": {
    severity: "warning",
    covers: "S3",
    reason: "Without `policyTypes` an empty `egress: []` isolates nobody for egress.",
    example: "`spec: {podSelector: {}, egress: []}`",
    fix: "Write `policyTypes: [Ingress, Egress]`.",
  },
  "duplicate-policy-type": {
    severity: "warning",
    covers: "V13",
    reason: "The same type twice is accepted, and the other direction was most likely meant.",
    example: "`policyTypes: [Ingress, Ingress]`",
    fix: "`[Ingress, Egress]`, or the one type once.",
  },
  "empty-peer-list": {
    severity: "warning",
    covers: "S10",
    reason: "An empty `from` or `to` reads like nobody and means everyone, pods or not.",
    example: "`- from: []`",
    fix: "For everyone leave `from` or `to` out. For nobody remove the rule.",
  },
  "allows-nothing": {
    severity: "warning",
    covers: "S7",
    reason: "The policy is called an allowing one and has no rule: it only isolates.",
    example: "`name: allow-web`, `ingress: []`",
    fix: "`ingress: [{}]` allows everything. Rename it if it is meant to deny.",
  },
  "empty-pod-selector-peer": {
    severity: "info",
    covers: "S12",
    reason:
      "`podSelector: {}` alone means the pods of the policy's own namespace: not those of others, and nothing outside. A warning where the policy is named for everyone, or the rule is for DNS, which is in another namespace.",
    example: "`name: allow-from-all`, `- from: [{podSelector: {}}]`",
    fix: "`namespaceSelector: {}` for the pods of all namespaces, no `from` or `to` for everyone.",
  },
  "all-namespaces-peer": {
    severity: "warning",
    covers: "S12",
    reason: "`namespaceSelector: {}` is every pod of every namespace, of other teams too.",
    example: "`- from: [{namespaceSelector: {}}]`",
    fix: "`podSelector: {}` is the policy's own namespace. For DNS add a podSelector or the port.",
  },
  "or-looks-like-and": {
    severity: "warning",
    covers: "S11",
    reason: "Two list items are OR: pods of these namespaces, or those pods of the policy's own namespace.",
    example: "`- namespaceSelector: {...}` and on a line of its own `- podSelector: {...}`",
    fix: "Without the second dash both must match. If OR is meant, suppress it.",
  },
  "redundant-policy": {
    severity: "warning",
    covers: "S5",
    reason: "Policies only add, and others for the same pods say all that this one says.",
    example: "a policy copied from another one, with nothing changed but its name",
    fix: "Remove it, or correct what should differ: the namespace or the podSelector.",
  },
  "redundant-rule": {
    severity: "warning",
    covers: "S5",
    reason: "Another rule for the same pods allows all that this one allows, so it restricts nothing.",
    example: "`- from: [{podSelector: {}}]` beside `- {}`",
    fix: "Remove it; or the other one, if that is wider than it was meant.",
  },
  "redundant-peer": {
    severity: "warning",
    covers: "S8",
    reason: "Another peer of the rule matches all that this one matches.",
    example: "`cidr: 10.1.0.0/16` beside `cidr: 10.0.0.0/8`",
    fix: "Remove it; or the other one, if that is wider than it was meant.",
  },
  "redundant-port": {
    severity: "warning",
    covers: "S23, S24",
    reason: "Another entry of `ports` covers this one.",
    example: "`{port: 80}` beside `{port: 1, endPort: 1024}`",
    fix: "Remove it; or the other one, if that is wider than it was meant.",
  },
  "redundant-except": {
    severity: "warning",
    covers: "S15",
    reason: "Another `except` of the block takes these addresses out already.",
    example: "`except: [10.1.0.0/16, 10.1.2.0/24]`",
    fix: "Remove it, or correct the address.",
  },
  "readmitted-except": {
    severity: "warning",
    covers: "S15",
    reason:
      "Policies only add: `except` takes addresses out of its own peer, and another peer lets them in again.",
    example: "`except: [169.254.169.254/32]` here, and `cidr: 0.0.0.0/0` in another policy for the same pods",
    fix: "Repeat the `except` there, or deny it in a ClusterNetworkPolicy of the Admin tier.",
  },
  "pointless-end-port": {
    severity: "warning",
    covers: "S26",
    reason: "`endPort` is the same as `port`, so the range is one port.",
    example: "`{port: 8080, endPort: 8080}`",
    fix: "Leave `endPort` out, or correct it.",
  },
  "named-port-to-addresses": {
    severity: "warning",
    covers: "S29",
    reason: "A port's name is looked up on the destination pod; addresses outside the cluster have none.",
    example: "`to: [{ipBlock: {cidr: 0.0.0.0/0}}]`, `ports: [{port: https}]`",
    fix: "Write the number.",
  },
  "impossible-selector": {
    severity: "warning",
    covers: "S18, S19",
    reason: "The conditions exclude each other, so nothing can ever match.",
    example: "`{key: tier, operator: DoesNotExist}` beside `matchLabels: {tier: db}`",
    fix: "Values of one key belong into one `In` list.",
  },
  "subject-selects-nothing": {
    severity: "warning",
    covers: "S2",
    reason: "The manifests hold pods of the namespace, and none that the policy is for: it isolates nobody.",
    example: "`podSelector: {matchLabels: {app: postgres}}`, and the pods say `app: postgresql`",
    fix: "Use the labels of the pod template, not those of the workload.",
  },
  "peer-selects-nothing": {
    severity: "warning",
    covers: "S11",
    reason: "The manifests hold pods of the namespace, and none that this peer selects.",
    example: "`podSelector: {matchLabels: {tier: back-end}}`, and the pods say `tier: backend`",
    fix: "Correct the labels; for pods of another namespace add a namespaceSelector in the same item.",
  },
  "unknown-namespace-label": {
    severity: "warning",
    covers: "S14",
    reason:
      "No namespace of the manifests has the labels. Kubernetes sets only `kubernetes.io/metadata.name` by itself.",
    example: "`namespaceSelector: {matchLabels: {name: monitoring}}`",
    fix: "`kubernetes.io/metadata.name: monitoring`, or label the namespace.",
  },
  "undeclared-namespace": {
    severity: "warning",
    covers: "S1, V14",
    reason:
      "The manifests declare namespaces but not this one, and nothing else is in it. The policy is refused there, or protects nobody.",
    example: "`namespace: prod` where the manifests have `production`",
    fix: "Correct the namespace, or add it to the manifests.",
  },
  "undeclared-port": {
    severity: "warning",
    covers: "S25, S31",
    reason:
      "No container of the destination pods declares the port. Policies see the pod's port, never the Service's.",
    example: "`port: 80` where a Service leads port 80 to 8080 of the pods",
    fix: "Write the target port.",
  },
  "undeclared-port-name": {
    severity: "warning",
    covers: "S27",
    reason: "No destination pod has a container port of that name and protocol, so the entry allows nothing.",
    example: "`port: http` where the containers call it `web`",
    fix: "Use the container port's name, or its number.",
  },
  "ambiguous-port-name": {
    severity: "warning",
    covers: "S28, V16",
    reason:
      "Two containers of a pod have a port of that name; which one is meant differs between Services and policies.",
    example: "`http` in the application and in its sidecar",
    fix: "Give them different names.",
  },
  "egress-without-dns": {
    severity: "warning",
    covers: "S46",
    reason:
      "The pods may call others and can't ask for their addresses: no policy lets them out to DNS by UDP.",
    example: "an egress rule to the database, and none for port 53",
    fix: "Allow UDP and TCP 53 to kube-system.",
  },
  "dns-without-tcp": {
    severity: "warning",
    covers: "S46",
    reason: "Answers too long for UDP are asked for again by TCP, which is closed: some names then fail.",
    example: "`ports: [{protocol: UDP, port: 53}]`",
    fix: "Add `{protocol: TCP, port: 53}`.",
  },
  "block-of-cluster-addresses": {
    severity: "warning",
    covers: "S16, S17",
    reason:
      "ipBlock is for addresses outside the cluster. Network plugins differ on whether it matches pods, and Service addresses are replaced before most of them look.",
    example: "`cidr: 10.244.0.0/16`",
    fix: "Select pods by podSelector and namespaceSelector.",
  },
  "ipv6-forgotten": {
    severity: "warning",
    covers: "S15",
    reason: "The cluster has IPv6 addresses too, and `0.0.0.0/0` holds none of them.",
    example: "`cidr: 0.0.0.0/0` beside Services with IPv6 addresses",
    fix: "Add a peer `cidr: ::/0`.",
  },
  "duplicate-priority": {
    severity: "warning",
    covers: "T2",
    reason:
      "Two policies of one tier have the same priority; which one decides where both match is not defined.",
    example: "two ClusterNetworkPolicies with `tier: Admin`, `priority: 10`",
    fix: "Give each its own priority; the lower number wins.",
  },
  "unreached-admin-rule": {
    severity: "warning",
    covers: "T1, T3",
    reason:
      "An earlier rule of the same object matches everything that this one matches, so it is never asked.",
    example: "`action: Accept` for a namespace, below `action: Deny` for all namespaces",
    fix: "Put the narrower rule first.",
  },
  "unusable-selector": {
    severity: "warning",
    covers: "T15, V2, V3",
    reason:
      "The CRDs of the admin tiers take any text as operator, key and value; a plugin can't use these, and leaves the policy out or matches nothing.",
    example: "`{key: tier, operator: Gt, values: ['1']}` in a ClusterNetworkPolicy",
    fix: "As for `invalid-selector` and `invalid-label` above.",
  },
  "unknown-lint-id": {
    severity: "warning",
    covers: "",
    reason:
      "The annotation `netverdict.dev/lint-disable` names a finding that does not exist, so it suppresses nothing.",
    example: '`netverdict.dev/lint-disable: "redundant-rules"`',
    fix: "Use the ids of this table, separated by commas.",
  },
} as const satisfies Readonly<Record<string, RuleText>>;

export type MeaningRuleId = keyof typeof MEANING_RULES;
