import type { DecodingCase } from "../manifests/decoding-cases.ts";

/** A NetworkPolicy that the API server can decode, and the rule of the semantics that it is about. */
export interface ValidationCase extends DecodingCase {
  readonly rule: string;
}

const policy = (spec: unknown, metadata: unknown = { name: "case" }): string =>
  JSON.stringify({ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata, spec });
const selected = (podSelector: unknown): string => policy({ podSelector });
const expression = (requirement: unknown): string => selected({ matchExpressions: [requirement] });
const port = (entry: unknown): string => policy({ podSelector: {}, ingress: [{ ports: [entry] }] });
const peer = (entry: unknown): string => policy({ podSelector: {}, egress: [{ to: [entry] }] });
const block = (cidr: string, except?: readonly string[]): string => peer({ ipBlock: { cidr, except } });
/** A text in a case's name. */
const shown = (text: string): string =>
  text.length > 40 ? `${JSON.stringify(text.slice(0, 5))}... of ${text.length}` : JSON.stringify(text);
const long = (length: number): string => "a".repeat(length);

const NAMES = [
  "a",
  "a.b",
  "A",
  "a_b",
  "-a",
  "a-",
  "a..b",
  "a/b",
  "ä",
  "1",
  long(253),
  long(254),
  ".a",
  " a",
  "a\n",
];
const LABEL_KEYS = [
  "a",
  "a/b",
  "/b",
  "a/",
  "a/b/c",
  "A/b",
  "a.b/c_d.E",
  "-a",
  "a-",
  "",
  long(63),
  long(64),
  "a b",
  "ä",
  "a/ä",
  `${long(254)}/b`,
];
const LABEL_VALUES = [
  "",
  "a",
  "a b",
  "-a",
  "a_",
  "a.b",
  "A_b-1",
  long(63),
  long(64),
  "ä",
  "a/b",
  "a\tb",
  'a"b',
  "a\\b",
];
const PORT_NAMES = [
  "http",
  "80",
  "a--b",
  "-a",
  "a-",
  "HTTP",
  "a_b",
  "",
  "x".repeat(15),
  "x".repeat(16),
  "8-0",
  "--",
  "a1",
];
const PORT_NUMBERS = [0, -1, 1, 65535, 65536, 100000];
const CIDRS = [
  ["10.0.0.0/8", "0.0.0.0/0", "10.0.0.1/32", "::/0", "2001:db8::/64", "2001:DB8::/64", "2001:db8:0:0::/64"],
  [
    "",
    "10.0.0.0",
    "10.0.0.0/33",
    "10.0.0/8",
    "300.0.0.0/8",
    "10.0.0.0/",
    "10.0.0.0/a",
    "10.0.0.0/-1",
    " 10.0.0.0/8",
  ],
  [
    "10.0.0.5/24",
    "2001:db8::1/64",
    "010.0.0.0/8",
    "10.0.0.0/08",
    "10.00.0.0/8",
    "10.0.0.0/008",
    "2001:db8::/064",
  ],
  [
    "::ffff:10.0.0.0/104",
    "::ffff:0a00:0000/104",
    "::ffff:10.0.0.5/120",
    "::ffff:10.0.0.0/90",
    "::ffff:010.0.0.0/104",
  ],
  [
    "00001:db8::/64",
    "2001:0db8::/32",
    "fe80::1%eth0/64",
    "::1.2.3.4/128",
    "::/129",
    "1::2::3/64",
    "::01.2.3.4/128",
  ],
].flat();
const BLOCKS: readonly (readonly [string, readonly string[]])[] = [
  ["10.0.0.0/8", ["10.1.0.0/16"]],
  ["10.0.0.0/8", ["10.0.0.0/8"]],
  ["10.0.0.0/8", ["11.0.0.0/16"]],
  ["10.0.0.0/8", ["0.0.0.0/0"]],
  ["10.0.0.0/8", ["2001:db8::/64"]],
  ["10.0.0.0/8", ["10.1.0.5/16", "10.2.0.0/16", "x", ""]],
  ["10.0.0.0/8", ["10.1.0.0/16", "10.1.0.0/16", "10.1.1.0/24"]],
  ["::/0", ["10.0.0.0/8"]],
  ["::/0", ["2001:db8::/32"]],
  ["x", ["y"]],
  ["", ["y"]],
  ["10.0.0.5/8", ["10.1.0.0/16", "12.0.0.0/16"]],
  ["::ffff:10.0.0.0/104", ["10.1.0.0/16", "::ffff:10.1.0.0/112"]],
];

const named = (rule: string, name: string, text: string): ValidationCase => ({
  rule,
  name: `${rule} ${name}`,
  text,
});

export const VALIDATION_CASES: readonly ValidationCase[] = [
  ...NAMES.map((name) => named("V1", `name ${shown(name)}`, policy({}, { name }))),
  named("V1", "labels of the policy", policy({}, { name: "case", labels: { "a b": "c d", ok: "yes" } })),
  named(
    "V1",
    "annotations",
    policy({}, { name: "case", annotations: { "A/b": "any thing", "a b": "", A_b: "x" } }),
  ),
  named(
    "V1",
    "annotations that are too long",
    policy({}, { name: "case", annotations: { a: "b".repeat(256 * 1024) } }),
  ),

  named("V2", "In without values", expression({ key: "a", operator: "In" })),
  named("V2", "NotIn with no values", expression({ key: "a", operator: "NotIn", values: [] })),
  named("V2", "Exists with values", expression({ key: "a", operator: "Exists", values: ["b"] })),
  named("V2", "DoesNotExist with values", expression({ key: "a", operator: "DoesNotExist", values: [""] })),
  named("V2", "DoesNotExist with no values", expression({ key: "a", operator: "DoesNotExist", values: [] })),
  named("V2", "Gt", expression({ key: "a", operator: "Gt", values: ["1"] })),
  named("V2", "operator in lower case", expression({ key: "a", operator: "in", values: ["1"] })),
  named("V2", "no operator", expression({ key: "a" })),
  named("V2", "no key", expression({ operator: "Exists" })),
  named("V2", "in a peer", peer({ podSelector: { matchExpressions: [{ key: "a", operator: "In" }] } })),
  named(
    "V2",
    "in a namespace selector",
    peer({ namespaceSelector: { matchExpressions: [{ key: "a", operator: "X" }] } }),
  ),

  ...LABEL_KEYS.map((key) => named("V3", `key ${shown(key)}`, selected({ matchLabels: { [key]: "x" } }))),
  ...LABEL_VALUES.map((value) =>
    named("V3", `value ${shown(value)}`, selected({ matchLabels: { a: value } })),
  ),
  named("V3", "key of an expression", expression({ key: "a b", operator: "Exists" })),
  named(
    "V3",
    "values of an expression",
    expression({ key: "a", operator: "In", values: ["x", "-", "y z", long(64)] }),
  ),
  named("V3", "in a namespace selector", peer({ namespaceSelector: { matchLabels: { "a b": "-" } } })),

  ...["TCP", "UDP", "SCTP", "tcp", "ICMP", ""].map((protocol) =>
    named("V4", JSON.stringify(protocol), port({ protocol, port: 80 })),
  ),
  ...PORT_NUMBERS.map((number) => named("V5", String(number), port({ port: number }))),
  ...PORT_NAMES.map((name) => named("V6", JSON.stringify(name), port({ port: name }))),

  named("V7", "endPort above", port({ port: 80, endPort: 90 })),
  named("V7", "endPort equal", port({ port: 80, endPort: 80 })),
  named("V7", "endPort below", port({ port: 80, endPort: 79 })),
  named("V7", "endPort zero", port({ port: 80, endPort: 0 })),
  named("V7", "endPort too high", port({ port: 80, endPort: 65536 })),
  named("V7", "both out of range", port({ port: 0, endPort: 70000 })),
  named("V7", "with a named port", port({ port: "http", endPort: 90 })),
  named("V7", "with a bad named port", port({ port: "80", endPort: 0 })),
  named("V7", "without a port", port({ endPort: 90 })),

  named("V8", "ipBlock and podSelector", peer({ ipBlock: { cidr: "10.0.0.0/8" }, podSelector: {} })),
  named(
    "V8",
    "ipBlock and namespaceSelector",
    peer({ ipBlock: { cidr: "10.0.0.0/8" }, namespaceSelector: {} }),
  ),
  named(
    "V8",
    "a bad ipBlock and both selectors",
    peer({ ipBlock: { cidr: "x" }, namespaceSelector: {}, podSelector: {} }),
  ),
  named("V9", "empty peer", peer({})),
  named(
    "V9",
    "empty peer in ingress",
    policy({ podSelector: {}, ingress: [{ from: [{ podSelector: {} }, {}] }] }),
  ),
  named("V9", "null peer", peer(null)),

  ...CIDRS.map((cidr) =>
    named(
      /[05]\/0|5\/24|:ffff:|00001|::1\/64|\/064/.test(cidr) ? "V11" : "V10",
      JSON.stringify(cidr),
      block(cidr),
    ),
  ),
  named("V10", "no cidr", peer({ ipBlock: {} })),
  ...BLOCKS.map(([cidr, except]) => named("V12", `${cidr} except ${except.join(" ")}`, block(cidr, except))),

  named("V13", "three types", policy({ podSelector: {}, policyTypes: ["Ingress", "Egress", "Ingress"] })),
  named("V13", "unknown types", policy({ podSelector: {}, policyTypes: ["ingress", ""] })),
  named("V13", "the same type twice", policy({ podSelector: {}, policyTypes: ["Ingress", "Ingress"] })),

  named("V14", "empty from", policy({ podSelector: {}, ingress: [{ from: [] }] })),
  named(
    "V14",
    "egress rules of an ingress policy",
    policy({ podSelector: {}, policyTypes: ["Ingress"], egress: [{}] }),
  ),
  named(
    "V14",
    "all mistakes at once",
    policy(
      {
        podSelector: { matchLabels: { "a b": "x" } },
        policyTypes: ["X"],
        ingress: [{ from: [{}, { ipBlock: { cidr: "x" } }], ports: [{ port: 0 }, { protocol: "tcp" }] }],
        egress: [{ to: [{}], ports: [{ port: "a--b", endPort: 1 }] }],
      },
      { name: "A" },
    ),
  ),
];
