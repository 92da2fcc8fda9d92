import { describe, expect, it } from "vitest";
import type {
  NetworkPolicy,
  NetworkPolicyIngressRule,
  NetworkPolicyPeer,
  NetworkPolicyPort,
} from "../../src/model/kubernetes.ts";
import type { NearMiss } from "../../src/model/prediction.ts";
import { address, namespace, pod, policy, predict, unresolved, type WorldOptions } from "./build.ts";

const db = pod("shop/db", {
  labels: { tier: "database" },
  ips: ["10.244.0.9"],
  ports: [{ name: "postgres", containerPort: 5432 }],
});
const web = pod("shop/web", { labels: { tier: "backend", app: "web" }, ips: ["10.244.0.5"] });
const staging = pod("staging/web", { labels: { tier: "backend" }, ips: ["10.244.1.5"] });
const outside = address("203.0.113.10");
const DENY = policy("shop/default-deny-all", { podSelector: {}, policyTypes: ["Ingress", "Egress"] });

interface Asked extends WorldOptions {
  readonly from?: typeof web | typeof outside;
  readonly port?: Parameters<typeof predict>[3];
}

function nearestOf(policies: readonly NetworkPolicy[], asked: Asked = {}): NearMiss | undefined {
  const prediction = predict(policies, asked.from ?? web, db, asked.port ?? 5432, asked);
  expect(prediction.ingress.value).not.toBe("allow");
  return prediction.ingress.nearest;
}

/** `path: text` of the condition that a single rule failed on. */
function missOf(rule: NetworkPolicyIngressRule, asked: Asked = {}): string {
  const nearest = nearestOf([policy("shop/p", { ingress: [rule] })], asked);
  return `${nearest?.condition.path}: ${nearest?.text}`;
}

const peer = (value: NetworkPolicyPeer): NetworkPolicyIngressRule => ({ from: [value] });
const ports = (...list: NetworkPolicyPort[]): NetworkPolicyIngressRule => ({ ports: list });

describe("the condition that a rule failed on", () => {
  const table: [string, string, NetworkPolicyIngressRule, Asked?][] = [
    [
      "another label value",
      "spec.ingress[0].from[0].podSelector.matchLabels.tier: label tier=frontend wanted, pod has tier=backend",
      peer({ podSelector: { matchLabels: { tier: "frontend" } } }),
    ],
    [
      "a missing label",
      "spec.ingress[0].from[0].podSelector.matchLabels.role: label role=client wanted, pod has no label role",
      peer({ podSelector: { matchLabels: { role: "client" } } }),
    ],
    [
      "a mistyped label key",
      "spec.ingress[0].from[0].podSelector.matchLabels.teir: label teir=backend wanted, pod has no label teir (but tier=backend)",
      peer({ podSelector: { matchLabels: { teir: "backend" } } }),
    ],
    [
      "an expression",
      "spec.ingress[0].from[0].podSelector.matchExpressions[0]: label tier must not be backend, pod has tier=backend",
      peer({ podSelector: { matchExpressions: [{ key: "tier", operator: "NotIn", values: ["backend"] }] } }),
    ],
    [
      "a key that is no plain word",
      'spec.ingress[0].from[0].podSelector.matchLabels["app.kubernetes.io/name"]: label app.kubernetes.io/name=web wanted, pod has no label app.kubernetes.io/name',
      peer({ podSelector: { matchLabels: { "app.kubernetes.io/name": "web" } } }),
    ],
    [
      "a namespace's label",
      "spec.ingress[0].from[0].namespaceSelector.matchLabels.purpose: namespaceSelector purpose=monitoring wanted, namespace staging has no label purpose",
      peer({ namespaceSelector: { matchLabels: { purpose: "monitoring" } } }),
      { from: staging },
    ],
    [
      "the policy's own namespace",
      "spec.ingress[0].from[0].podSelector: podSelector without namespaceSelector selects only pods of namespace shop; the pod is in staging",
      peer({ podSelector: { matchLabels: { tier: "backend" } } }),
      { from: staging },
    ],
    [
      "an address that is no pod",
      "spec.ingress[0].from[0]: selectors match pods only, and 203.0.113.10 is no pod",
      peer({ namespaceSelector: {} }),
      { from: outside },
    ],
    [
      "an address outside the block",
      "spec.ingress[0].from[0].ipBlock.cidr: 203.0.113.10 is not in 198.51.100.0/24",
      peer({ ipBlock: { cidr: "198.51.100.0/24" } }),
      { from: outside },
    ],
    [
      "an address in except",
      "spec.ingress[0].from[0].ipBlock.except[1]: 203.0.113.10 is in except 203.0.113.0/24",
      peer({ ipBlock: { cidr: "203.0.0.0/16", except: ["203.0.1.0/24", "203.0.113.0/24"] } }),
      { from: outside },
    ],
    [
      "the other family",
      "spec.ingress[0].from[0].ipBlock.cidr: 203.0.113.10 is IPv4, ipBlock ::/0 is IPv6",
      peer({ ipBlock: { cidr: "::/0" } }),
      { from: outside },
    ],
    [
      "an empty peer",
      "spec.ingress[0].from[0]: an empty peer selects nothing (and the API server refuses it)",
      peer({}),
    ],
    [
      "a block that is none",
      'spec.ingress[0].from[0].ipBlock.cidr: "10.0.0.1" is no address block',
      peer({ ipBlock: { cidr: "10.0.0.1" } }),
    ],
    [
      "an expression that the API server refuses",
      "spec.ingress[0].from[0].podSelector.matchExpressions[0]: the condition on label tier is one that the API server refuses, pod has tier=backend",
      peer({ podSelector: { matchExpressions: [{ key: "tier", operator: "Like", values: ["b"] }] } }),
    ],
    [
      "another port",
      "spec.ingress[0].ports[0].port: port 8080 wanted, flow asks 8081",
      ports({ port: 8080 }),
      { port: 8081 },
    ],
    [
      "several other ports",
      "spec.ingress[0].ports[0].port: port 80, 443 or 8000-8080 wanted, flow asks 8081",
      ports({ port: 80 }, { port: 443 }, { port: 8000, endPort: 8080 }),
      { port: 8081 },
    ],
    [
      "a Service's port in place of the pod's",
      "spec.ingress[0].ports[0].port: port 80 wanted, flow asks 5432, which the pod declares: policies count the pod's ports, not a Service's",
      ports({ port: 80 }),
    ],
    [
      "a port that the pod does not declare",
      "spec.ingress[0].ports[0].port: port 5432 wanted, flow asks 80, which the pod does not declare",
      ports({ port: 5432 }),
      { port: 80 },
    ],
    [
      "another protocol",
      "spec.ingress[0].ports[0].protocol: UDP wanted, flow is TCP",
      ports({ protocol: "UDP", port: 5432 }),
    ],
    [
      "a protocol that was left to its default",
      "spec.ingress[0].ports[0].protocol: TCP wanted (the default protocol), flow is UDP",
      ports({ port: 53 }),
      { port: "UDP 53" },
    ],
    [
      "another protocol and port",
      "spec.ingress[0].ports[0].protocol: UDP 53 wanted, flow asks TCP 5432",
      ports({ protocol: "UDP", port: 53 }),
    ],
    [
      "a port name with another number",
      "spec.ingress[0].ports[0].port: port postgres wanted, which is 5432 on shop/db; flow asks 80",
      ports({ port: "postgres" }),
      { port: 80 },
    ],
    [
      "a port name that the pod lacks",
      "spec.ingress[0].ports[0].port: port http wanted, and shop/db declares no TCP port of that name",
      ports({ port: "http" }),
    ],
    [
      "a port name of another protocol",
      "spec.ingress[0].ports[0].port: port postgres wanted, and shop/db declares no UDP port of that name (but a TCP one)",
      ports({ port: "postgres", protocol: "UDP" }),
      { port: "UDP 5432" },
    ],
    [
      "a port entry that the API server refuses",
      "spec.ingress[0].ports[0]: endPort needs a numeric port beside it",
      ports({ endPort: 5432 }),
    ],
    [
      "a peer and a port",
      "spec.ingress[0].from[0].podSelector.matchLabels.tier: label tier=frontend wanted, pod has tier=backend; also port 80 wanted, flow asks 81",
      { from: [{ podSelector: { matchLabels: { tier: "frontend" } } }], ports: [{ port: 80 }] },
      { port: 81 },
    ],
    [
      "more conditions than fit",
      "spec.ingress[0].from[0].podSelector.matchLabels.a: label a=1 wanted, pod has no label a; also label b=2 wanted, pod has no label b (and 1 more)",
      peer({ podSelector: { matchLabels: { a: "1", b: "2", c: "3" } } }),
    ],
  ];
  it.each(table)("%s", (_name, expected, rule, asked) => {
    expect(missOf(rule, asked)).toBe(expected);
  });

  it("is looked up in egress rules at the source", () => {
    const policies = [
      policy("shop/p", {
        policyTypes: ["Egress"],
        egress: [{ to: [{ podSelector: { matchLabels: { tier: "db" } } }] }],
      }),
    ];
    expect(predict(policies, web, db, 5432).egress.nearest?.condition.path).toBe(
      "spec.egress[0].to[0].podSelector.matchLabels.tier",
    );
    const named = [
      policy("shop/p", { policyTypes: ["Egress"], egress: [{ ports: [{ port: "postgres" }] }] }),
    ];
    expect(predict(named, web, outside, 5432).egress.nearest?.text).toBe(
      "port name postgres wanted, and 203.0.113.10 is no pod that could declare it",
    );
  });

  it("speaks of a range and of an unknown address as such", () => {
    const policies = [
      policy("shop/p", { policyTypes: ["Egress"], egress: [{ to: [{ ipBlock: { cidr: "10.0.0.0/8" } }] }] }),
    ];
    expect(predict(policies, web, address("203.0.113.0/24"), 1).egress.nearest?.text).toBe(
      "203.0.113.0 of 203.0.113.0/24 is not in 10.0.0.0/8",
    );
    expect(predict(policies, web, unresolved("example.com"), 1).egress.nearest?.text).toBe(
      "0.0.0.0, which example.com may have, is not in 10.0.0.0/8",
    );
  });

  it("says of a host-network pod how it counts", () => {
    const agent = pod("shop/agent", { hostNetwork: true, ips: ["192.168.0.1"] });
    const policies = [
      policy("shop/p", {
        podSelector: { matchLabels: { tier: "database" } },
        ingress: [peer({ podSelector: {} })],
      }),
    ];
    expect(predict(policies, agent, db, 1).ingress.nearest?.text).toBe(
      "selectors match pods only, and shop/agent counts as its node's address",
    );
  });
});

describe("the rule that came nearest", () => {
  const backendPeer: NetworkPolicyPeer = { podSelector: { matchLabels: { tier: "backend" } } };
  const otherPort = policy("shop/other-port", {
    ingress: [{ from: [backendPeer], ports: [{ port: 5433 }] }],
  });
  const otherLabel = policy("shop/other-label", {
    ingress: [{ from: [{ podSelector: { matchLabels: { tier: "frontend" } } }], ports: [{ port: 5432 }] }],
  });
  const bothOther = policy("shop/both-other", {
    ingress: [{ from: [{ podSelector: { matchLabels: { tier: "frontend" } } }], ports: [{ port: 80 }] }],
  });
  const slip = policy("shop/slip", {
    ingress: [{ from: [{ podSelector: { matchLabels: { tier: "backnd" } } }], ports: [{ port: 5432 }] }],
  });
  const external = policy("shop/external", {
    ingress: [{ from: [{ ipBlock: { cidr: "198.51.100.0/24" } }] }],
  });
  const metrics = policy("shop/metrics", {
    ingress: [
      { from: [{ namespaceSelector: { matchLabels: { purpose: "monitoring" } } }], ports: [{ port: 9090 }] },
    ],
  });

  it.each([
    ["one condition before two", [bothOther, otherLabel], "other-label"],
    [
      "the right peer at another port before another peer at the right port",
      [otherLabel, otherPort],
      "other-port",
    ],
    ["a slip in a label before another port", [otherPort, slip], "slip"],
    ["a slip in a label before a quite different peer", [external, metrics, slip], "slip"],
    ["another label before an ipBlock for elsewhere", [external, otherLabel], "other-label"],
    [
      "by name where they are equal",
      [policy("shop/b", otherLabel.spec ?? null), policy("shop/a", otherLabel.spec ?? null)],
      "a",
    ],
  ])("%s", (_name, policies, expected) => {
    expect(nearestOf([DENY, ...policies])?.rule.name).toBe(expected);
    expect(nearestOf([...policies, DENY].reverse())?.rule.name).toBe(expected);
  });

  it("is named together with its condition, each with its place in the file", () => {
    const locate: WorldOptions["locate"] = ({ name }, path) =>
      path.length === 3 || path.length === 8
        ? { file: `${name}.yaml`, line: path.length, column: 1 }
        : undefined;
    expect(nearestOf([otherLabel], { locate })).toEqual({
      rule: {
        kind: "NetworkPolicy",
        namespace: "shop",
        name: "other-label",
        path: "spec.ingress[0]",
        position: { file: "other-label.yaml", line: 3, column: 1 },
      },
      condition: {
        kind: "NetworkPolicy",
        namespace: "shop",
        name: "other-label",
        path: "spec.ingress[0].from[0].podSelector.matchLabels.tier",
        position: { file: "other-label.yaml", line: 8, column: 1 },
      },
      text: "label tier=frontend wanted, pod has tier=backend",
    });
  });

  it("takes the place of the enclosing field where the field itself stands nowhere", () => {
    const locate: WorldOptions["locate"] = ({ name }, path) =>
      path.at(-1) === "protocol" ? undefined : { file: name, line: path.length, column: 1 };
    const miss = nearestOf([policy("shop/p", { ingress: [ports({ port: 53 })] })], {
      locate,
      port: "UDP 53",
    });
    expect(miss?.condition).toMatchObject({
      path: "spec.ingress[0].ports[0].protocol",
      position: { line: 5 },
    });
  });

  it("is the nearest peer of a rule with several", () => {
    const rule = {
      from: [{ ipBlock: { cidr: "198.51.100.0/24" } }, { podSelector: { matchLabels: { tier: "backnd" } } }],
    };
    expect(nearestOf([policy("shop/p", { ingress: [rule] })])?.condition.path).toBe(
      "spec.ingress[0].from[1].podSelector.matchLabels.tier",
    );
  });

  it("is missing where no policy has any rule", () => {
    expect(nearestOf([DENY])).toBeUndefined();
  });

  it("is missing where the traffic is allowed", () => {
    const allow = policy("shop/p", { ingress: [{ from: [backendPeer] }] });
    expect(predict([allow], web, db, 1).ingress.nearest).toBeUndefined();
  });

  it("may be of a policy that misses the pod by a slip in its podSelector", () => {
    const misses = policy("shop/allow", {
      podSelector: { matchLabels: { tier: "databse" } },
      ingress: [{ from: [backendPeer] }],
    });
    expect(nearestOf([DENY, misses])).toMatchObject({
      rule: { name: "allow", path: "spec.ingress[0]" },
      condition: { path: "spec.podSelector.matchLabels.tier" },
      text: "the policy misses the pod: label tier=databse wanted, pod has tier=database",
    });
  });

  it("is not of a policy that is for other pods", () => {
    const forCache = policy("shop/allow", {
      podSelector: { matchLabels: { tier: "cache" } },
      ingress: [{ from: [backendPeer] }],
    });
    expect(nearestOf([DENY, forCache])).toBeUndefined();
  });

  it("may be of a policy whose policyTypes leave the direction out", () => {
    const inert = policy("shop/allow", { policyTypes: ["Egress"], ingress: [{ from: [backendPeer] }] });
    expect(nearestOf([DENY, inert])).toMatchObject({
      condition: { path: "spec.policyTypes" },
      text: "policyTypes leaves out Ingress, so this rule does nothing",
    });
  });

  it("is not of a policy out of force whose rules would not allow either", () => {
    const inert = policy("shop/allow", { policyTypes: ["Egress"], ingress: [{ ports: [{ port: 1 }] }] });
    expect(nearestOf([DENY, inert])).toBeUndefined();
  });

  it("names the namespace's label where only that fails", () => {
    const rule = {
      from: [
        {
          namespaceSelector: { matchLabels: { env: "prod" } },
          podSelector: { matchLabels: { tier: "backend" } },
        },
      ],
    };
    const asked = { from: staging, namespaces: [namespace("staging", { env: "staging" })] };
    expect(missOf(rule, asked)).toBe(
      "spec.ingress[0].from[0].namespaceSelector.matchLabels.env: namespaceSelector env=prod wanted, namespace staging has env=staging",
    );
  });
});
