import { randomPolicies } from "./random-policies.ts";

/**
 * Objects as JSON texts, and next to them in test/fixtures/lint/refusal-answers.json what a real API server said of
 * each (`npx node scripts/capture-refusals.ts`).
 */
export interface RefusalCase {
  readonly name: string;
  readonly text: string;
}

type Fields = Readonly<Record<string, unknown>>;

const object = (
  apiVersion: string,
  kind: string,
  spec: unknown,
  metadata: Fields = { name: "case" },
): string => JSON.stringify({ apiVersion, kind, metadata, spec });
const policy = (spec: unknown): string => object("networking.k8s.io/v1", "NetworkPolicy", spec);
const block = (cidr: unknown, except?: readonly unknown[]): string =>
  policy({ podSelector: {}, egress: [{ to: [{ ipBlock: { cidr, except } }] }] });
const container = (...ports: readonly unknown[]): Fields => ({ name: "c", image: "i", ports });
const pod = (...ports: readonly unknown[]): string =>
  object("v1", "Pod", { containers: [container(...ports)] });
const cnp = (spec: Fields, metadata?: Fields): string =>
  object(
    "policy.networking.k8s.io/v1alpha2",
    "ClusterNetworkPolicy",
    { tier: "Admin", priority: 10, subject: { namespaces: {} }, ...spec },
    metadata,
  );
const anp = (spec: Fields, metadata?: Fields): string =>
  object(
    "policy.networking.k8s.io/v1alpha1",
    "AdminNetworkPolicy",
    { priority: 10, subject: { namespaces: {} }, ...spec },
    metadata,
  );
const banp = (spec: Fields, metadata: Fields = { name: "default" }): string =>
  object(
    "policy.networking.k8s.io/v1alpha1",
    "BaselineAdminNetworkPolicy",
    { subject: { namespaces: {} }, ...spec },
    metadata,
  );
const to = (peer: unknown, more: Fields = {}): Fields => ({
  egress: [{ action: "Deny", to: [peer], ...more }],
});
const from = (peer: unknown, more: Fields = {}): Fields => ({
  ingress: [{ action: "Deny", from: [peer], ...more }],
});
const protocols = (...entries: readonly unknown[]): Fields =>
  from({ namespaces: {} }, { protocols: entries });
const ports = (...entries: readonly unknown[]): Fields => from({ namespaces: {} }, { ports: entries });
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

const CASES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  V11: Object.fromEntries(
    [
      ...["10.0.0.5/24", "2001:db8::1/64", "2001:DB8::/64", "2001:0db8::/64", "2001:db8:0:0::/64", "::/0"],
      ...["0:0:0:0:0:0:0:0/0", "1:0:0:2:0:0:0:3/128", "::1.2.3.4/128", "fe80::/10", "::ffff:10.0.0.0/104"],
      ...["0.0.0.0/0", "10.0.0.0/08", "2001:db8::/064"],
    ].map((cidr) => [cidr, block(cidr)]),
  ),
  V12: {
    "spellings of exceptions": block("2001:DB8::/32", ["2001:DB8:1::/48", "2001:db8:0002::/48"]),
    "mistakes of all kinds": block("10.0.0.5/8", ["10.0.0.5/16", "11.0.0.0/16", "x", "10.0.0.0/8", ""]),
  },
  V15: {
    "unknown fields": policy({ podselector: {}, ingress: [{ form: [], ports: [{ Port: 1 }] }], egres: [] }),
    "unknown field beside a wrong value": policy({
      podSelector: {},
      x: 1,
      ingress: [{ ports: [{ port: 0 }] }],
    }),
    "protocol as a number": policy({ podSelector: {}, ingress: [{ ports: [{ protocol: 6 }] }] }),
    "policy type as a boolean": policy({ podSelector: {}, policyTypes: [true] }),
    "policy types as a word": policy({ podSelector: {}, policyTypes: "Ingress" }),
    "operator as a number": policy({ podSelector: { matchExpressions: [{ key: "a", operator: 1 }] } }),
    "values as a word": policy({
      podSelector: { matchExpressions: [{ key: "a", operator: "In", values: "b" }] },
    }),
    "peers as an object": policy({ podSelector: {}, ingress: [{ from: { podSelector: {} } }] }),
    "a peer as a word": policy({ podSelector: {}, ingress: [{ from: ["everyone"] }] }),
    "a rule as a list": policy({ podSelector: {}, ingress: [[]] }),
    "except as a word": block("10.0.0.0/8", "10.1.0.0/16" as unknown as string[]),
    "cidr as a number": block(10),
    "labels as a list": policy({ podSelector: { matchLabels: ["a"] } }),
    "endPort as text": policy({ podSelector: {}, ingress: [{ ports: [{ port: 1, endPort: "2" }] }] }),
    "spec as a list": policy([]),
  },
  V16: {
    "right ports": pod(
      { containerPort: 80, name: "http" },
      { containerPort: 80, protocol: "UDP", name: "dns" },
    ),
    "same name twice": pod({ containerPort: 80, name: "http" }, { containerPort: 81, name: "http" }),
    "same name in two containers": object("v1", "Pod", {
      containers: [
        container({ containerPort: 80, name: "a" }),
        { ...container({ containerPort: 81, name: "a" }), name: "d" },
      ],
    }),
    "bad names": pod(
      { containerPort: 80, name: "UPPER" },
      { containerPort: 81, name: "80" },
      { containerPort: 82, name: "x".repeat(16) },
    ),
    "a bad name with two complaints": pod({ containerPort: 80, name: "-A-" }),
    "numbers out of range": pod(
      { containerPort: 0 },
      { containerPort: 65536 },
      { containerPort: 1, hostPort: 70000 },
    ),
    "protocol in lower case": pod({ containerPort: 80, protocol: "tcp" }),
    "an init container": object("v1", "Pod", {
      initContainers: [{ ...container({ containerPort: 0, name: "x--y" }), name: "i" }],
      containers: [container()],
    }),
    "in a deployment": object("apps/v1", "Deployment", {
      selector: { matchLabels: { a: "b" } },
      template: {
        metadata: { labels: { a: "b" } },
        spec: {
          containers: [
            container({ containerPort: 80, name: "http" }, { containerPort: 99999, name: "http" }),
          ],
        },
      },
    }),
    "in a cron job": object("batch/v1", "CronJob", {
      schedule: "* * * * *",
      jobTemplate: {
        spec: {
          template: {
            spec: { restartPolicy: "Never", containers: [container({ containerPort: 80, protocol: "X" })] },
          },
        },
      },
    }),
  },
  V18: {
    "empty tcp": cnp(protocols({ tcp: {} })),
    "empty destinationPort": cnp(protocols({ tcp: { destinationPort: {} } })),
    "empty protocol": cnp(protocols({})),
    "two protocols in one": cnp(
      protocols({ tcp: { destinationPort: { number: 1 } }, udp: { destinationPort: { number: 1 } } }),
    ),
    "number and range": cnp(
      protocols({ sctp: { destinationPort: { number: 1, range: { start: 1, end: 2 } } } }),
    ),
    "range the wrong way round": cnp(
      protocols({ udp: { destinationPort: { range: { start: 2, end: 2 } } } }),
    ),
    "half a range": cnp(protocols({ udp: { destinationPort: { range: { start: 2 } } } })),
    "port out of range": cnp(
      protocols({ tcp: { destinationPort: { number: 0 } } }, { tcp: { destinationPort: { number: 65536 } } }),
    ),
    "named port": cnp(protocols({ destinationNamedPort: "http" })),
    "no protocols": cnp(protocols()),
  },
  T11: {
    "25 rules": cnp({ ingress: times(25, { action: "Deny", from: [{ namespaces: {} }] }) }),
    "26 rules": cnp({ ingress: times(26, { action: "Deny", from: [{ namespaces: {} }] }) }),
    "26 peers": cnp({ egress: [{ action: "Deny", to: times(26, { namespaces: {} }) }] }),
    "26 protocols": cnp(protocols(...times(26, { destinationNamedPort: "a" }))),
    "26 networks": cnp(to({ networks: Array.from({ length: 26 }, (_, index) => `10.${index}.0.0/16`) })),
    "priority 1001": cnp({ priority: 1001 }),
    "priority below zero": cnp({ priority: -1 }),
    "v1alpha1 101 rules": anp({ egress: times(101, { action: "Deny", to: [{ namespaces: {} }] }) }),
    "v1alpha1 101 ports": anp(ports(...times(101, { namedPort: "a" }))),
    "v1alpha1 priority 1001": anp({ priority: 1001 }),
    "baseline of another name": banp({}, { name: "other" }),
    "baseline that passes": banp({ ingress: [{ action: "Pass", from: [{ namespaces: {} }] }] }),
    "baseline with domain names": banp(to({ domainNames: ["example.com"] })),
    baseline: banp(from({ pods: { podSelector: {}, namespaceSelector: {} } })),
  },
  T15: {
    "right policy": cnp(to({ networks: ["10.0.0.0/8", "::/0"] }, { name: "a".repeat(100) })),
    "name of a rule too long": cnp(to({ namespaces: {} }, { name: "a".repeat(101) })),
    "no tier": cnp({ tier: undefined }),
    "unknown tier": cnp({ tier: "admin" }),
    "no priority": cnp({ priority: undefined }),
    "no subject": cnp({ subject: undefined }),
    "empty subject": cnp({ subject: {} }),
    "two subjects": cnp({ subject: { namespaces: {}, pods: { podSelector: {}, namespaceSelector: {} } } }),
    "pods without a podSelector": cnp({ subject: { pods: { namespaceSelector: {} } } }),
    "pods without a namespaceSelector": cnp({ subject: { pods: { podSelector: {} } } }),
    "v1alpha1 pods without a namespaceSelector": anp({ subject: { pods: { podSelector: {} } } }),
    "no peers": cnp({ ingress: [{ action: "Deny", from: [] }] }),
    "peers missing": cnp({ egress: [{ action: "Deny" }] }),
    "empty peer": cnp(from({})),
    "two peers in one": cnp(to({ namespaces: {}, networks: ["10.0.0.0/8"] })),
    "unknown action": cnp({ ingress: [{ action: "Allow", from: [{ namespaces: {} }] }] }),
    "v1alpha1 action of v1alpha2": anp({ ingress: [{ action: "Accept", from: [{ namespaces: {} }] }] }),
    "no action": cnp({ ingress: [{ from: [{ namespaces: {} }] }] }),
    "bad networks": cnp(
      to({ networks: ["x", "10.0.0.1", "10.0.0.5/8", "010.0.0.0/8", "::ffff:10.0.0.0/104", "10.0.0.0/08"] }),
    ),
    "spellings of networks": cnp(to({ networks: ["2001:DB8::/32", "2001:0db8::/32", "0:0:0:0:0:0:0:0/0"] })),
    "a network too long": cnp(to({ networks: ["1".repeat(44)] })),
    "a network twice": cnp(to({ networks: ["10.0.0.0/8", "10.0.0.0/8", "10.0.0.0/8"] })),
    "no networks": cnp(to({ networks: [] })),
    "networks in ingress": cnp(from({ networks: ["10.0.0.0/8"] })),
    "named port to networks": cnp(
      to({ networks: ["10.0.0.0/8"] }, { protocols: [{ destinationNamedPort: "a" }] }),
    ),
    "named port to nodes": cnp(to({ nodes: {} }, { protocols: [{ destinationNamedPort: "a" }] })),
    "v1alpha1 named port to networks": anp(to({ networks: ["10.0.0.0/8"] }, { ports: [{ namedPort: "a" }] })),
    "baseline named port to networks": banp(
      to({ networks: ["10.0.0.0/8"] }, { ports: [{ namedPort: "a" }] }),
    ),
    "domain names": cnp(to({ domainNames: ["example.com", "*.example.com", "*", "a..b", "*.*.b"] })),
    "selector without a key": cnp({
      subject: { namespaces: { matchExpressions: [{ operator: "Exists" }] } },
    }),
    "selector of no meaning": cnp({
      subject: { namespaces: { matchExpressions: [{ key: "a b", operator: "Gt" }] } },
    }),
    "v1alpha1 empty port": anp(ports({})),
    "v1alpha1 port zero": anp(ports({ portNumber: { port: 0, protocol: "TCP" } })),
    "v1alpha1 protocol in lower case": anp(ports({ portNumber: { port: 1, protocol: "tcp" } })),
    "v1alpha1 port without a protocol": anp(ports({ portNumber: { port: 1 } })),
    "v1alpha1 range the wrong way round": anp(ports({ portRange: { start: 3, end: 2 } })),
    "name of the policy": cnp({}, { name: "Bad_Name" }),
    "many mistakes": cnp({
      tier: "x",
      priority: 5000,
      subject: {},
      ...protocols({ tcp: {} }),
      egress: [{ action: "Deny" }],
    }),
    "mistakes that do not block": cnp({
      priority: 2000,
      ...protocols({ tcp: {} }, { udp: { destinationPort: { range: { start: 5, end: 4 } } } }),
      ...to({ networks: ["x"] }),
    }),
  },
};

export const REFUSAL_CASES: readonly RefusalCase[] = [
  ...Object.entries(CASES).flatMap(([rule, cases]) =>
    Object.entries(cases).map(([name, text]) => ({ name: `${rule} ${name}`, text })),
  ),
  ...randomPolicies(20260918, 400).map((text, index) => ({ name: `random ${index}`, text })),
];
