import { describe, expect, it } from "vitest";
import type {
  AdminIngressPeer,
  AdminPolicySubject,
  ClusterNetworkPolicy,
  ClusterNetworkPolicyProtocol,
} from "../../src/model/kubernetes.ts";
import { NO_ADMIN_POLICIES, type Unread } from "../../src/model/snapshot.ts";
import { normaliseAdminPolicies } from "../../src/policy/tiers/normalise.ts";
import {
  type AskOptions,
  address,
  anp,
  banp,
  cnp,
  host,
  namespace,
  node,
  pod,
  policy,
  predict,
  profile,
  unresolved,
} from "./build.ts";

const PORTS = [
  { name: "http", containerPort: 8080 },
  { name: "dns", containerPort: 53, protocol: "UDP" as const },
];
const web = pod("shop/web", { labels: { app: "web" }, ips: ["10.244.0.5"] });
const db = pod("shop/db", { labels: { app: "db" }, ips: ["10.244.0.9"], ports: PORTS });
const outside = address("203.0.113.10");
const EVERYONE: readonly AdminIngressPeer[] = [{ namespaces: {} }];
const ALLOW_ALL = policy("shop/allow", { policyTypes: ["Ingress", "Egress"], ingress: [{}], egress: [{}] });
const DENY_ALL = policy("shop/deny", { policyTypes: ["Ingress", "Egress"] });

const rule = (action: string, more: object = {}) => ({ action, from: EVERYONE, ...more });
const out = (action: string, to: readonly object[], more: object = {}) => ({ action, to, ...more });
const clusterOnly = (...list: ClusterNetworkPolicy[]): AskOptions => ({
  admin: { clusterNetworkPolicies: list },
});

describe("the tiers around NetworkPolicy", () => {
  it("T1: Admin comes before NetworkPolicy, and NetworkPolicy before Baseline", () => {
    const deny = cnp("deny", 10, { ingress: [rule("Deny")] });
    const accept = cnp("accept", 10, { ingress: [rule("Accept")] });
    const baselineDeny = cnp("base", 10, { tier: "Baseline", ingress: [rule("Deny")] });
    expect(predict([ALLOW_ALL], web, db, 80, clusterOnly(deny)).value).toBe("deny");
    expect(predict([DENY_ALL], outside, db, 80, clusterOnly(accept)).value).toBe("deny");
    const denyIngress = policy("shop/deny", { podSelector: { matchLabels: { app: "db" } } });
    expect(predict([denyIngress], web, db, 80, clusterOnly(accept)).value).toBe("allow");
    expect(predict([ALLOW_ALL], web, db, 80, clusterOnly(baselineDeny)).value).toBe("allow");
    expect(predict([], web, db, 80, clusterOnly(baselineDeny)).value).toBe("deny");
  });

  it("T1: the lower priority wins, then the first rule in the object", () => {
    const first = cnp("z", 1, { ingress: [rule("Accept"), rule("Deny")] });
    const second = cnp("a", 2, { ingress: [rule("Deny")] });
    const { value, ingress } = predict([], web, db, 80, clusterOnly(second, first));
    expect(value).toBe("allow");
    expect(ingress).toMatchObject({
      tier: "Admin",
      allowedBy: { kind: "ClusterNetworkPolicy", name: "z", path: "spec.ingress[0]" },
      admin: [{ tier: "Admin", ruleIndex: 0, action: "Accept" }],
      isolatedBy: [],
    });
    expect(ingress.allowedBy).not.toHaveProperty("namespace");
    expect(ingress.reason).toBe(
      "ClusterNetworkPolicy z (Admin tier, priority 1) accepts TCP 80 from shop/web (spec.ingress[0])",
    );
  });

  it("T2: of one priority any may win, so it is open where they would differ", () => {
    const accept = cnp("a", 5, { ingress: [rule("Accept")] });
    const deny = cnp("b", 5, { ingress: [rule("Deny")] });
    const prediction = predict([], web, db, 80, clusterOnly(accept, deny));
    expect(prediction).toMatchObject({ value: "undetermined", openPoint: "T2", knob: "samePriority" });
    expect(prediction.reason).toContain("ClusterNetworkPolicy a (Admin tier, priority 5) accepts");
    expect(prediction.reason).toContain("ClusterNetworkPolicy b (Admin tier, priority 5) denies");
    expect(prediction.ingress.admin).toHaveLength(2);
    expect(predict([], web, db, 80, clusterOnly(deny, cnp("a", 5, { ingress: [rule("Deny")] }))).value).toBe(
      "deny",
    );
    const other = cnp("a", 5, {
      subject: { namespaces: { matchLabels: { x: "y" } } },
      ingress: [rule("Accept")],
    });
    expect(predict([], web, db, 80, clusterOnly(other, deny)).value).toBe("deny");
    const later = cnp("a", 6, { ingress: [rule("Accept")] });
    expect(predict([], web, db, 80, clusterOnly(later, deny)).value).toBe("deny");
  });

  it("T2: a Pass beside an Accept is open only where the next tiers deny", () => {
    const accept = cnp("a", 5, { ingress: [rule("Accept")] });
    const pass = cnp("b", 5, { ingress: [rule("Pass")] });
    const denyIngress = policy("shop/deny", { podSelector: { matchLabels: { app: "db" } } });
    expect(predict([], web, db, 80, clusterOnly(accept, pass)).value).toBe("allow");
    expect(predict([denyIngress], web, db, 80, clusterOnly(accept, pass)).openPoint).toBe("T2");
  });

  it("T2: the first by name wins where that is known of the plugin", () => {
    const accept = cnp("a", 5, { ingress: [rule("Accept")] });
    const deny = cnp("b", 5, { ingress: [rule("Deny")] });
    const options = { ...clusterOnly(deny, accept), profile: profile("kube-network-policies") };
    expect(predict([], web, db, 80, options).value).toBe("allow");
  });

  it("T3: Pass skips the rest of its tier only", () => {
    const pass = cnp("pass", 1, { ingress: [rule("Pass")] });
    const deny = cnp("deny", 2, { ingress: [rule("Deny")] });
    const base = cnp("base", 1, { tier: "Baseline", ingress: [rule("Deny", { name: "no" })] });
    expect(predict([], web, db, 80, clusterOnly(pass, deny)).value).toBe("allow");
    const { value, ingress } = predict([], web, db, 80, clusterOnly(pass, deny, base));
    expect(value).toBe("deny");
    expect(ingress).toMatchObject({
      tier: "Baseline",
      deniedBy: { name: "base" },
      admin: [
        { tier: "Admin", action: "Pass", rule: { name: "pass" } },
        { tier: "Baseline", action: "Deny", ruleName: "no", rule: { name: "base" } },
      ],
    });
    const denyIngress = policy("shop/deny", { podSelector: { matchLabels: { app: "db" } } });
    expect(predict([denyIngress], web, db, 80, clusterOnly(pass)).ingress).toMatchObject({
      tier: "NetworkPolicy",
      admin: [{ action: "Pass" }],
    });
  });

  it("T3: Pass in the Baseline tier leads to the default", () => {
    const pass = cnp("pass", 1, { tier: "Baseline", ingress: [rule("Pass")] });
    const deny = cnp("deny", 2, { tier: "Baseline", ingress: [rule("Deny")] });
    expect(predict([], web, db, 80, clusterOnly(pass, deny)).ingress).toMatchObject({
      value: "allow",
      tier: "default",
    });
  });

  it("T3: the Allow of v1alpha1 is Accept, and beats a NetworkPolicy", () => {
    const denyIngress = policy("shop/deny", { podSelector: { matchLabels: { app: "db" } } });
    const admin = { adminNetworkPolicies: [anp("a", 1, { ingress: [rule("Allow")] })] };
    expect(predict([denyIngress], web, db, 80, { admin }).value).toBe("allow");
    const base = { baselineAdminNetworkPolicies: [banp({ ingress: [rule("Deny")] })] };
    expect(predict([], web, db, 80, { admin: base }).ingress).toMatchObject({
      value: "deny",
      tier: "Baseline",
      deniedBy: { kind: "BaselineAdminNetworkPolicy", name: "default" },
      reason:
        "BaselineAdminNetworkPolicy default (Baseline tier) denies TCP 80 from shop/web (spec.ingress[0])",
    });
  });

  it("T4: a subject with rules that do not match is not isolated", () => {
    const other = rule("Accept", { from: [{ namespaces: { matchLabels: { x: "y" } } }] });
    expect(predict([], web, db, 80, clusterOnly(cnp("a", 1, { ingress: [other] }))).value).toBe("allow");
    expect(predict([], web, db, 80, clusterOnly(cnp("a", 1, { ingress: [] }))).ingress.tier).toBe("default");
    const egressOnly = cnp("a", 1, { egress: [out("Deny", [{ networks: ["198.51.100.0/24"] }])] });
    expect(predict([], web, db, 80, clusterOnly(egressOnly)).value).toBe("allow");
  });

  describe("T5: a NetworkPolicy of the other direction before the Baseline tier", () => {
    const egressOnly = policy("shop/e", { policyTypes: ["Egress"], egress: [{}] });
    const base = clusterOnly(cnp("base", 1, { tier: "Baseline", ingress: [rule("Deny")] }));

    it("T5: is open upstream", () => {
      expect(predict([egressOnly], web, db, 80, base)).toMatchObject({
        value: "undetermined",
        openPoint: "T5",
        knob: "npGatesBaseline",
      });
    });

    it("T5: does not count where direction decides, and does where any policy does", () => {
      const by = (value: "direction" | "any") => profile("upstream", { npGatesBaseline: [value] });
      expect(predict([egressOnly], web, db, 80, { ...base, profile: by("direction") }).value).toBe("deny");
      const any = predict([egressOnly], web, db, 80, { ...base, profile: by("any") });
      expect(any.value).toBe("allow");
      expect(any.reason).toContain("(T5)");
    });

    it("T5: makes no difference where the Baseline tier allows, or where nothing selects the pod", () => {
      const accept = clusterOnly(cnp("base", 1, { tier: "Baseline", ingress: [rule("Accept")] }));
      expect(predict([egressOnly], web, db, 80, accept).value).toBe("allow");
      expect(predict([], web, db, 80, base).value).toBe("deny");
    });
  });

  it.each<[string, AdminPolicySubject, "allow" | "deny"]>([
    ["every namespace", { namespaces: {} }, "deny"],
    ["a namespace by label", { namespaces: { matchLabels: { team: "a" } } }, "deny"],
    ["another namespace", { namespaces: { matchLabels: { team: "b" } } }, "allow"],
    [
      "pods by both labels",
      { pods: { namespaceSelector: {}, podSelector: { matchLabels: { app: "db" } } } },
      "deny",
    ],
    ["other pods", { pods: { namespaceSelector: {}, podSelector: { matchLabels: { app: "x" } } } }, "allow"],
    [
      "the right pods of another namespace",
      { pods: { namespaceSelector: { matchLabels: { team: "b" } }, podSelector: {} } },
      "allow",
    ],
    ["pods without selectors", { pods: {} }, "deny"],
    ["nothing at all", {}, "allow"],
    ["both at once, which the API refuses", { namespaces: {}, pods: {} }, "allow"],
  ])("T6: a subject of %s", (_what, subject, expected) => {
    const options = clusterOnly(cnp("a", 1, { subject, ingress: [rule("Deny")] }));
    const namespaces = [namespace("shop", { team: "a" })];
    expect(predict([], web, db, 80, { ...options, namespaces }).value).toBe(expected);
  });

  it("T6: host-network pods are neither subjects nor peers, however they count for NetworkPolicies", () => {
    const agent = pod("shop/agent", { hostNetwork: true, ips: ["192.168.0.1"], nodeIps: ["192.168.0.1"] });
    const denyAll = clusterOnly(
      cnp("a", 1, { ingress: [rule("Deny")], egress: [out("Deny", [{ pods: {} }])] }),
    );
    expect(predict([], outside, agent, 80, denyAll).value).toBe("allow");
    expect(predict([], agent, db, 80, denyAll).value).toBe("allow");
    expect(predict([], db, agent, 80, denyAll).value).toBe("allow");
    const byNetwork = clusterOnly(cnp("a", 1, { egress: [out("Deny", [{ networks: ["192.168.0.0/24"] }])] }));
    expect(predict([], db, agent, 80, byNetwork).value).toBe("deny");
  });

  it("T7: ingress peers are pods only, and networks there are of no known kind", () => {
    const byNamespace = clusterOnly(cnp("a", 1, { ingress: [rule("Deny")] }));
    expect(predict([], outside, db, 80, byNamespace).value).toBe("allow");
    const networks = { networks: ["10.244.0.0/16"] } as AdminIngressPeer;
    const accept = rule("Accept", { from: [networks] });
    const base = cnp("b", 1, { tier: "Baseline", ingress: [rule("Deny")] });
    expect(predict([], web, db, 80, clusterOnly(cnp("a", 1, { ingress: [accept] }), base)).value).toBe(
      "deny",
    );
  });

  describe("T7: egress to nodes", () => {
    const nodes = [
      node("n1", { zone: "a" }, "192.168.0.1", "fd00::1"),
      node("n2", { zone: "b" }, "192.168.0.2"),
    ];
    const denyZone = clusterOnly(
      cnp("a", 1, { egress: [out("Deny", [{ nodes: { matchLabels: { zone: "a" } } }])] }),
    );

    it.each([
      ["192.168.0.1", "deny"],
      ["192.168.0.2", "allow"],
      ["192.168.0.3", "allow"],
      ["192.168.0.0/24", "undetermined"],
    ])("T7: to %s is judged by the labels of the node that has the address: %s", (target, expected) => {
      expect(predict([], web, address(target), 80, { ...denyZone, nodes }).value).toBe(expected);
    });

    it("T7: is unknown where nodes are not known, but never a pod's own address", () => {
      expect(predict([], web, address("192.168.0.1"), 80, denyZone).value).toBe("undetermined");
      expect(predict([], web, db, 80, denyZone).value).toBe("allow");
      const unread: Unread[] = [{ resource: "nodes", reason: "forbidden" }];
      const answer = predict([], web, address("192.168.0.9"), 80, { ...denyZone, nodes, unread });
      expect(answer.reason).toBe("not readable (forbidden): the addresses of the nodes");
    });

    it("T7: to a host-network pod is judged by its node's address", () => {
      const agent = pod("shop/agent", { hostNetwork: true, ips: ["192.168.0.1"] });
      expect(predict([], web, agent, 80, { ...denyZone, nodes }).value).toBe("deny");
    });
  });

  describe("T7: egress by domain names", () => {
    const options = clusterOnly(
      cnp("a", 1, { egress: [out("Accept", [{ domainNames: ["kubernetes.io", "*.example.com"] }])] }),
      cnp("b", 2, { egress: [out("Deny", [{ networks: ["0.0.0.0/0", "::/0"] }])] }),
    );

    it.each([
      ["kubernetes.io", "allow"],
      ["Kubernetes.IO.", "allow"],
      ["www.kubernetes.io", "deny"],
      ["my-kubernetes.io", "deny"],
      ["www.example.com", "allow"],
      ["a.b.example.com", "allow"],
      ["example.com", "deny"],
      ["badexample.com", "deny"],
    ])("T7: %s is decided by its name: %s", (name, expected) => {
      expect(predict([], web, host(name), 443, options).value).toBe(expected);
    });

    it("T7: an address without a name is open, since names may resolve to it", () => {
      const answer = predict([], web, outside, 443, options);
      expect(answer.value).toBe("undetermined");
      expect(answer.reason).toBe("which addresses kubernetes.io, *.example.com resolve to is not known (T7)");
    });
  });

  it("T8: networks match pods' addresses too, whatever ipBlocks of NetworkPolicies do", () => {
    const options = clusterOnly(cnp("a", 1, { egress: [out("Deny", [{ networks: ["0.0.0.0/0"] }])] }));
    expect(predict([], web, db, 80, options).value).toBe("deny");
    const cilium = profile("cilium", { clusterNetworkPolicy: ["enforced"] });
    expect(predict([], web, db, 80, { ...options, profile: cilium }).value).toBe("deny");
    expect(predict([], web, outside, 80, options).value).toBe("deny");
    expect(predict([], web, address("2001:db8::1"), 80, options).value).not.toBe("deny");
  });

  it("T8: networks match ICMP as well", () => {
    const options = clusterOnly(cnp("a", 1, { egress: [out("Deny", [{ networks: ["0.0.0.0/0"] }])] }));
    const filtered = profile("upstream", { icmp: ["filtered"] });
    expect(predict([], web, outside, "ICMP 0", { ...options, profile: filtered }).value).toBe("deny");
  });

  describe("T9: a peer of a kind that is not known", () => {
    const unknown = { serviceAccounts: {} } as AdminIngressPeer;
    const base = cnp("base", 1, { tier: "Baseline", ingress: [rule("Deny")] });

    it("T9: makes an Accept rule match nothing, its known peers included", () => {
      const accept = cnp("a", 1, { ingress: [rule("Accept", { from: [unknown, { namespaces: {} }] })] });
      expect(predict([], web, db, 80, clusterOnly(accept, base)).value).toBe("deny");
    });

    it.each(["Deny", "Pass"])("T9: makes a %s rule deny everything, on every port", (action) => {
      const port = { tcp: { destinationPort: { number: 1 } } };
      const closed = cnp("a", 1, { ingress: [rule(action, { from: [unknown], protocols: [port] })] });
      const answer = predict([], outside, db, 80, clusterOnly(closed));
      expect(answer.value).toBe("deny");
      expect(answer.reason).toContain("(T9)");
    });

    it.each([[{}], [{ namespaces: {}, pods: {} }], [null]])("T9: %j is one too", (peer) => {
      const closed = cnp("a", 1, { ingress: [rule("Deny", { from: [peer] })] });
      expect(predict([], outside, db, 80, clusterOnly(closed)).value).toBe("deny");
    });

    it("T9: an empty list of peers, and an action that is not known, close as well", () => {
      const empty = cnp("a", 1, { ingress: [rule("Deny", { from: [] })] });
      expect(predict([], outside, db, 80, clusterOnly(empty)).value).toBe("deny");
      const action = cnp("a", 1, { ingress: [rule("Log")] });
      expect(predict([], outside, db, 80, clusterOnly(action)).reason).toContain('action "Log"');
    });
  });

  describe("T10: ports", () => {
    const denied = (
      protocols: readonly ClusterNetworkPolicyProtocol[],
      port: Parameters<typeof predict>[3],
    ) =>
      predict([], web, db, port, clusterOnly(cnp("a", 1, { ingress: [rule("Deny", { protocols })] }))).value;

    it.each<[string, ClusterNetworkPolicyProtocol, Parameters<typeof predict>[3], string]>([
      ["a number", { tcp: { destinationPort: { number: 80 } } }, 80, "deny"],
      ["another number", { tcp: { destinationPort: { number: 80 } } }, 81, "allow"],
      ["a number of another protocol", { udp: { destinationPort: { number: 80 } } }, 80, "allow"],
      ["UDP", { udp: { destinationPort: { number: 53 } } }, "UDP 53", "deny"],
      ["SCTP", { sctp: { destinationPort: { number: 80 } } }, "SCTP 80", "deny"],
      ["the first of a range", { tcp: { destinationPort: { range: { start: 80, end: 90 } } } }, 80, "deny"],
      ["the last of a range", { tcp: { destinationPort: { range: { start: 80, end: 90 } } } }, 90, "deny"],
      ["behind a range", { tcp: { destinationPort: { range: { start: 80, end: 90 } } } }, 91, "allow"],
      ["a whole protocol", { tcp: {} }, 9999, "deny"],
      ["a whole other protocol", { tcp: {} }, "UDP 80", "allow"],
      ["a name", { destinationNamedPort: "http" }, 8080, "deny"],
      ["a name on another port", { destinationNamedPort: "http" }, 80, "allow"],
      ["a name with its own protocol", { destinationNamedPort: "dns" }, "UDP 53", "deny"],
      ["a name with another protocol", { destinationNamedPort: "dns" }, 53, "allow"],
      ["something not known", { icmp: {} } as ClusterNetworkPolicyProtocol, 80, "undetermined"],
    ])("T10: v1alpha2 by %s", (_what, protocol, port, expected) => {
      expect(denied([protocol], port)).toBe(expected);
    });

    it("T10: an absent list is every port of every protocol, ICMP included", () => {
      const options = {
        ...clusterOnly(cnp("a", 1, { ingress: [rule("Deny")] })),
        profile: profile("upstream", { icmp: ["filtered"] }),
      };
      expect(predict([], web, db, "ICMP 0", options).value).toBe("deny");
      expect(predict([], web, db, "SCTP 7", options).value).toBe("deny");
      const tcp = clusterOnly(cnp("a", 1, { ingress: [rule("Deny", { protocols: [{ tcp: {} }] })] }));
      expect(predict([], web, db, "ICMP 0", tcp).value).toBe("allow");
    });

    it.each([
      [{ portNumber: { port: 80 } }, 80, "deny"],
      [{ portNumber: { port: 80 } }, "UDP 80", "allow"],
      [{ portNumber: { protocol: "UDP", port: 80 } }, "UDP 80", "deny"],
      [{ portRange: { start: 80, end: 90 } }, 85, "deny"],
      [{ portRange: { protocol: "UDP", start: 80, end: 90 } }, 85, "allow"],
      [{ namedPort: "http" }, 8080, "deny"],
      [{ namedPort: "http" }, 8081, "allow"],
      [{ namedPort: "dns" }, "UDP 53", "deny"],
      [{}, 80, "undetermined"],
    ] as const)("T10: v1alpha1 by %j on %s: %s", (port, asked, expected) => {
      const admin = { adminNetworkPolicies: [anp("a", 1, { ingress: [rule("Deny", { ports: [port] })] })] };
      expect(predict([], web, db, asked, { admin }).value).toBe(expected);
    });

    it("T10: a name is looked up on the destination for egress too, and nowhere else", () => {
      const byName = (to: object) =>
        clusterOnly(
          cnp("a", 1, { egress: [out("Deny", [to], { protocols: [{ destinationNamedPort: "http" }] })] }),
        );
      expect(predict([], web, db, 8080, byName({ namespaces: {} })).value).toBe("deny");
      expect(predict([], db, web, 8080, byName({ namespaces: {} })).value).toBe("allow");
      expect(predict([], web, outside, 8080, byName({ networks: ["0.0.0.0/0"] })).value).toBe("allow");
    });
  });

  it("T11: the one BaselineAdminNetworkPolicy needs no priority, and priorities go from 0 to 1000", () => {
    const [admin, baseline] = normaliseAdminPolicies({
      ...NO_ADMIN_POLICIES,
      adminNetworkPolicies: [anp("a", 0, {})],
      baselineAdminNetworkPolicies: [banp({})],
    });
    expect(admin).toMatchObject({ tier: "Admin", priority: 0 });
    expect(baseline).toMatchObject({ tier: "Baseline", priority: 1000, name: "default" });
    const many = Array.from({ length: 30 }, () =>
      rule("Accept", { from: [{ namespaces: { matchLabels: { x: "y" } } }] }),
    );
    const long = cnp("a", 0, { ingress: [...many, rule("Deny")] });
    expect(predict([], web, db, 80, clusterOnly(long)).ingress.admin?.[0]?.ruleIndex).toBe(30);
  });

  it("T12: the peers of old versions, sameLabels and notSameLabels, are of no known kind", () => {
    const peer = { sameLabels: ["team"] } as AdminIngressPeer;
    expect(
      predict([], web, db, 80, clusterOnly(cnp("a", 1, { ingress: [rule("Deny", { from: [peer] })] })))
        .reason,
    ).toContain("(T9)");
  });

  it("T13: a pod's traffic to its own address is not subject, not even to a Deny of everything", () => {
    const options = clusterOnly(
      cnp("a", 1, { ingress: [rule("Deny")], egress: [out("Deny", [{ networks: ["0.0.0.0/0"] }])] }),
    );
    expect(predict([], db, db, 80, options).value).toBe("allow");
    expect(predict([], db, address("10.244.0.9"), 80, options).value).toBe("allow");
    expect(predict([DENY_ALL], db, db, 80, options)).toMatchObject({
      value: "undetermined",
      openPoint: "S33",
    });
  });

  it("T13: replies to what is accepted need no rule", () => {
    const oneWay = clusterOnly(
      cnp("a", 1, {
        subject: { pods: { podSelector: { matchLabels: { app: "db" } } } },
        ingress: [rule("Accept")],
        egress: [out("Deny", [{ namespaces: {} }])],
      }),
    );
    expect(predict([], web, db, 80, oneWay).value).toBe("allow");
    expect(predict([], db, web, 80, oneWay).value).toBe("deny");
  });

  it("T14: a pod to itself by way of a Service is subject, and a Deny holds whatever NetworkPolicies do there", () => {
    const via = { name: "shop/db", namespace: "shop", port: 80, selector: { app: "db" }, keepsClient: false };
    const options = clusterOnly(cnp("a", 1, { ingress: [rule("Deny")] }));
    expect(predict([], db, db, 80, { ...options, via }).value).toBe("deny");
    expect(predict([], db, db, 80, { via }).value).toBe("allow");
  });

  it("T15: what the API server refuses matches nothing, or leaves the answer open", () => {
    const cidr = clusterOnly(cnp("a", 1, { egress: [out("Deny", [{ networks: ["10.0.0.0"] }])] }));
    expect(predict([], web, db, 80, cidr).value).toBe("allow");
    const reversed = { tcp: { destinationPort: { range: { start: 90, end: 80 } } } };
    const range = clusterOnly(cnp("a", 1, { ingress: [rule("Deny", { protocols: [reversed] })] }));
    expect(predict([], web, db, 85, range).value).toBe("allow");
    const noPort = { tcp: { destinationPort: {} } };
    const open = clusterOnly(cnp("a", 1, { ingress: [rule("Deny", { protocols: [noPort] })] }));
    expect(predict([], web, db, 85, open).value).toBe("undetermined");
  });
});

describe("what of the tiers could not be read", () => {
  it.each([
    "clusternetworkpolicies",
    "adminnetworkpolicies",
    "baselineadminnetworkpolicies",
  ] as const)("leaves everything open, and says so: %s", (resource) => {
    const unread: Unread[] = [{ resource, reason: "forbidden" }];
    const answer = predict([ALLOW_ALL], web, db, 80, { unread });
    expect(answer.value).toBe("undetermined");
    expect(answer.reason).toBe(`not readable (forbidden): ${resource}`);
    expect(predict([], db, db, 80, { unread }).value).toBe("allow");
  });

  it("does not matter where the plugin does not read them", () => {
    const unread: Unread[] = [{ resource: "clusternetworkpolicies", reason: "forbidden" }];
    expect(predict([], web, db, 80, { unread, profile: profile("kube-router") }).value).toBe("allow");
    const deny = clusterOnly(cnp("a", 1, { ingress: [rule("Deny")] }));
    expect(predict([], web, db, 80, { ...deny, profile: profile("kube-router") }).value).toBe("allow");
    expect(predict([], web, db, 80, { ...deny, profile: profile("calico") })).toMatchObject({
      value: "undetermined",
      openPoint: "T1",
      knob: "clusterNetworkPolicy",
    });
    const older = { admin: { adminNetworkPolicies: [anp("a", 1, { ingress: [rule("Deny")] })] } };
    expect(predict([], web, db, 80, { ...older, profile: profile("cilium") }).value).toBe("allow");
    expect(predict([], web, db, 80, { ...older, profile: profile("antrea") }).value).toBe("deny");
  });

  it("leaves subjects and peers by unread namespace labels open", () => {
    const unread: Unread[] = [{ resource: "namespaces", namespace: "shop", reason: "forbidden" }];
    const subject = { namespaces: { matchLabels: { team: "a" } } };
    const bySubject = clusterOnly(cnp("a", 1, { subject, ingress: [rule("Deny")] }));
    const answer = predict([], web, db, 80, { ...bySubject, unread });
    expect(answer.value).toBe("undetermined");
    expect(answer.reason).toBe("not readable (forbidden): labels of namespace shop");
    const first = cnp("0", 0, { ingress: [rule("Deny")] });
    expect(
      predict([], web, db, 80, {
        admin: { clusterNetworkPolicies: [first, ...(bySubject.admin?.clusterNetworkPolicies ?? [])] },
        unread,
      }).value,
    ).toBe("deny");
  });
});

describe("the nearest rule to one that denies", () => {
  const near = (options: AskOptions, from = web, port: Parameters<typeof predict>[3] = 80) =>
    predict([], from, db, port, options).ingress.nearest;

  it("is an Accept or Pass rule before it, with the condition that it missed on", () => {
    const accept = rule("Accept", {
      from: [{ pods: { namespaceSelector: {}, podSelector: { matchLabels: { app: "wep" } } } }],
    });
    expect(near(clusterOnly(cnp("a", 1, { ingress: [accept, rule("Deny")] })))).toMatchObject({
      rule: { kind: "ClusterNetworkPolicy", name: "a", path: "spec.ingress[0]" },
      condition: { path: "spec.ingress[0].from[0].pods.podSelector.matchLabels.app" },
      text: "label app=wep wanted, pod has app=web",
    });
  });

  it("may have missed on the port, or on the namespace's labels", () => {
    const port = rule("Accept", { protocols: [{ tcp: { destinationPort: { number: 443 } } }] });
    expect(near(clusterOnly(cnp("a", 1, { ingress: [port, rule("Deny")] })))?.text).toBe(
      "TCP 443 wanted, flow asks TCP 80",
    );
    const team = rule("Pass", { from: [{ namespaces: { matchLabels: { team: "a" } } }] });
    expect(near(clusterOnly(cnp("a", 1, { ingress: [team, rule("Deny")] })))).toMatchObject({
      condition: { path: "spec.ingress[0].from[0].namespaces.matchLabels.team" },
      text: "namespace label team=a wanted, namespace shop has no label team",
    });
  });

  it("may be of a policy whose subject misses the pod by a slip", () => {
    const subject = { pods: { podSelector: { matchLabels: { app: "dbb" } } } };
    const slipped = cnp("a", 1, {
      subject: { pods: { podSelector: { matchLabels: { app: "dbs" } } } },
      ingress: [rule("Accept")],
    });
    expect(subject).toBeDefined();
    const long = pod("shop/database", { labels: { app: "database" } });
    const typo = cnp("a", 1, {
      subject: { pods: { podSelector: { matchLabels: { app: "databse" } } } },
      ingress: [rule("Accept")],
    });
    const deny = cnp("z", 5, { ingress: [rule("Deny")] });
    expect(predict([], web, long, 80, clusterOnly(typo, slipped, deny)).ingress.nearest).toMatchObject({
      rule: { name: "a", path: "spec.ingress[0]" },
      text: "the policy misses the pod: label app=databse wanted, pod has app=database",
    });
  });

  it("is none where no rule comes before it", () => {
    expect(near(clusterOnly(cnp("a", 1, { ingress: [rule("Deny"), rule("Accept")] })))).toBeUndefined();
  });

  it("says of addresses and names how they missed", () => {
    const ask = (peer: object, target = outside as Parameters<typeof predict>[2]) =>
      predict(
        [],
        web,
        target,
        80,
        clusterOnly(
          cnp("a", 1, {
            egress: [out("Accept", [peer]), out("Deny", [{ networks: ["0.0.0.0/0", "::/0"] }])],
          }),
        ),
      ).egress.nearest?.text;
    expect(ask({ networks: ["198.51.100.0/24"] })).toBe("203.0.113.10 is not in 198.51.100.0/24");
    expect(ask({ namespaces: {} })).toBe(
      "selectors match pods outside of their node's network only, not 203.0.113.10",
    );
    expect(ask({ domainNames: ["example.com"] }, host("example.org"))).toBe(
      "example.com wanted, not example.org",
    );
  });
});

describe("where the rule stands", () => {
  it("is told by the position of the object in its file", () => {
    const asked: unknown[] = [];
    const locate: NonNullable<AskOptions["locate"]> = (object, path) => {
      asked.push([object, path]);
      return { file: "tiers.yaml", line: 7, column: 3 };
    };
    const answer = predict([], web, db, 80, {
      ...clusterOnly(cnp("a", 1, { ingress: [rule("Deny")] })),
      locate,
    });
    expect(answer.ingress.deniedBy?.position).toEqual({ file: "tiers.yaml", line: 7, column: 3 });
    expect(asked).toContainEqual([{ kind: "ClusterNetworkPolicy", name: "a" }, ["spec", "ingress", 0]]);
  });

  it("an end whose address is not known is open where networks tell addresses apart", () => {
    const options = clusterOnly(cnp("a", 1, { egress: [out("Deny", [{ networks: ["203.0.113.0/24"] }])] }));
    expect(predict([], web, unresolved("somewhere"), 80, options).value).toBe("undetermined");
    expect(predict([], web, address("203.0.112.0/23"), 80, options).reason).toContain("treated differently");
  });
});
