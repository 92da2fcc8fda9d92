import type { RuleText } from "./rule-text.ts";

/**
 * What the API server refuses (or warns of) when it is given an object, V1 to V18 of the semantics. The findings carry
 * its own words; these texts are for the documentation.
 */
export const API_RULES = {
  "unreadable-document": {
    severity: "error",
    covers: "V15",
    reason: "The text is no YAML or JSON that kubectl could read, or no Kubernetes object.",
    example: "`spec: {podSelector: {}` (a brace is missing)",
    fix: "Mend the text where it is underlined. Build Helm charts and kustomizations first.",
  },
  "unknown-kind": {
    severity: "error",
    covers: "V15",
    reason: "The API server knows no such kind in that version of the API.",
    example: "`kind: NetworkPolicies`",
    fix: "Write kind and apiVersion as `kubectl api-resources` lists them.",
  },
  "unknown-field": {
    severity: "error",
    covers: "V15, V17",
    reason:
      "The kind has no such field; a selector that is dropped for its spelling would select everything.",
    example: "`podselector: {}` in a peer",
    fix: "Mind the spelling, upper and lower case, and the indentation.",
  },
  "duplicate-field": {
    severity: "error",
    covers: "V15",
    reason: "A key stands twice in one map; which one counts depends on who reads it.",
    example: "two `ingress:` in one spec",
    fix: "Merge the two, or remove one.",
  },
  "wrong-type": {
    severity: "error",
    covers: "V15, V17",
    reason:
      "The value has another type than the field. YAML reads unquoted yes, on, 1 and the like as no text.",
    example: "`matchLabels: {enabled: true}`",
    fix: 'Quote it: `enabled: "true"`.',
  },
  "missing-field": {
    severity: "error",
    covers: "V15, V16",
    reason: "The API server requires the field.",
    example: "a container port without `containerPort`",
    fix: "Add the field.",
  },
  "duplicate-object": {
    severity: "error",
    covers: "V1",
    reason: "Two objects of one kind have the same name; the one applied last would win.",
    example: "two NetworkPolicies `shop/deny`",
    fix: "Remove one of them, or rename it.",
  },
  "invalid-metadata": {
    severity: "error",
    covers: "V1",
    reason: "A name, namespace, label or annotation has a form that Kubernetes does not take.",
    example: "`name: Deny_All`",
    fix: "Use lower case letters, digits, `-` and `.` in names.",
  },
  "invalid-selector": {
    severity: "error",
    covers: "V2",
    reason: "The operator is unknown, or does not go with its values.",
    example: "`{key: tier, operator: Exists, values: [db]}`",
    fix: "Give `In` and `NotIn` values, `Exists` and `DoesNotExist` none; there is no other operator.",
  },
  "invalid-label": {
    severity: "error",
    covers: "V3",
    reason:
      "No label can have this key or value. In `matchExpressions` Kubernetes before 1.26 took such a value, and no plugin could use it: there it is a warning.",
    example: "`matchLabels: {app: my app}`",
    fix: "Use at most 63 letters, digits, `-`, `_` and `.`, beginning and ending with a letter or digit.",
  },
  "invalid-protocol": {
    severity: "error",
    covers: "V4",
    reason: "The protocol is not one of TCP, UDP and SCTP, in upper case.",
    example: "`protocol: tcp`",
    fix: "Write `protocol: TCP`, `UDP` or `SCTP`.",
  },
  "invalid-port-number": {
    severity: "error",
    covers: "V5",
    reason: "A port's number is not between 1 and 65535.",
    example: "`port: 0`",
    fix: "Leave `port` out to mean all ports.",
  },
  "invalid-port-name": {
    severity: "error",
    covers: "V6",
    reason: "A port's name has a form that no container port can have.",
    example: '`port: "80"`',
    fix: "Write a number without quotes, or a name of at most 15 lower case letters, digits and `-`.",
  },
  "invalid-port-range": {
    severity: "error",
    covers: "V7",
    reason: "`endPort` is below `port`, or stands without a numeric `port`.",
    example: "`{port: 32768, endPort: 32000}`",
    fix: "Put the lower number in `port` and the higher one in `endPort`.",
  },
  "mixed-peer": {
    severity: "error",
    covers: "V8",
    reason: "One peer has an ipBlock and a selector.",
    example: "`- {ipBlock: {cidr: 10.0.0.0/8}, podSelector: {}}`",
    fix: "Make them two items of the list: either of them then matches.",
  },
  "empty-peer": {
    severity: "error",
    covers: "V9",
    reason: "A peer says nothing.",
    example: "`from: [{}]`",
    fix: "Write `podSelector: {}` for the pods of the namespace; leave `from` out for everyone.",
  },
  "invalid-cidr": {
    severity: "error",
    covers: "V10",
    reason: "The text is no address block.",
    example: "`cidr: 10.0.0.1`",
    fix: "Add the prefix length: `10.0.0.1/32`.",
  },
  "ambiguous-cidr": {
    severity: "error",
    covers: "V11",
    reason:
      "The address block can be read in two ways. Refused from Kubernetes 1.36 on; before that accepted with a warning, which is then the finding's severity. An IPv6 block in another than the canonical spelling is a warning in every version.",
    example: "`cidr: 10.0.0.5/24`",
    fix: "Write `10.0.0.0/24` for the block, `10.0.0.5/32` for the address.",
  },
  "except-outside-cidr": {
    severity: "error",
    covers: "V12",
    reason: "An `except` is not a smaller part of its `cidr`.",
    example: "`{cidr: 10.0.0.0/8, except: [192.168.0.0/16]}`",
    fix: "Correct one of the two, or remove the `except`: what is not in `cidr` is not allowed anyway.",
  },
  "invalid-policy-types": {
    severity: "error",
    covers: "V13",
    reason: "`policyTypes` has an unknown type or more than two.",
    example: "`policyTypes: [ingress]`",
    fix: "Write `Ingress`, `Egress` or both.",
  },
  "invalid-container-port": {
    severity: "error",
    covers: "V16",
    reason:
      "A container's port has a number, name or protocol that is refused, or a name that another port has.",
    example: "two ports `name: http` in one container",
    fix: "Give each port of a container a name of its own; policies can then name it.",
  },
  "invalid-admin-policy": {
    severity: "error",
    covers: "V18, T11, T15",
    reason:
      "A ClusterNetworkPolicy, AdminNetworkPolicy or BaselineAdminNetworkPolicy breaks the schema of its kind. Checked against the experimental channel, which has all fields.",
    example: "`protocols: [{tcp: {}}]`",
    fix: "Write `tcp: {destinationPort: {number: 80}}` for one port; leave `protocols` out for all.",
  },
} as const satisfies Readonly<Record<string, RuleText>>;

export type ApiRuleId = keyof typeof API_RULES;
