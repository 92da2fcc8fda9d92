import { describe, expect, it } from "vitest";
import type { NetworkPolicy } from "../../src/model/kubernetes.ts";
import { address, type PolicySpec, pod, policy, predict, unresolved } from "./build.ts";

const DENY: PolicySpec = { podSelector: {}, policyTypes: ["Ingress", "Egress"] };
const web = pod("shop/web", { labels: { app: "web" }, ips: ["10.244.0.5"], nodeIps: ["192.168.0.1"] });
const db = pod("shop/db", { labels: { app: "db" }, ips: ["10.244.0.9"], nodeIps: ["192.168.0.2"] });
const outside = address("203.0.113.10");

function fromBlocks(...cidrs: string[]): NetworkPolicy {
  return policy("shop/in", { ingress: [{ from: cidrs.map((cidr) => ({ ipBlock: { cidr } })) }] });
}

function toBlocks(...cidrs: string[]): NetworkPolicy {
  return policy("shop/out", {
    policyTypes: ["Egress"],
    egress: [{ to: cidrs.map((cidr) => ({ ipBlock: { cidr } })) }],
  });
}

describe("S33: a pod and itself", () => {
  it("is allowed where the rules allow it", () => {
    expect(predict([], db, db, 1)).toMatchObject({ value: "allow" });
    const same = policy("shop/p", {
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ from: [{ podSelector: {} }] }],
      egress: [{}],
    });
    expect(predict([same], db, db, 1).value).toBe("allow");
  });

  it("is open where the rules deny it", () => {
    const prediction = predict([policy("shop/p", DENY)], db, db, 1);
    expect(prediction).toMatchObject({
      value: "undetermined",
      openPoint: "S33",
      egress: { value: "undetermined" },
      ingress: { value: "undetermined" },
    });
    expect(prediction.reason).toContain("(S33)");
  });

  it("is recognised by the key, not by the labels", () => {
    const twin = { ...pod("shop/db-2", { labels: { app: "db" } }) };
    expect(predict([policy("shop/p", DENY)], db, twin, 1).value).toBe("deny");
  });

  it("is recognised by the pod's own address too", () => {
    const policies = [policy("shop/p", DENY)];
    expect(predict(policies, db, address("10.244.0.9"), 1).openPoint).toBe("S33");
    expect(predict(policies, address("10.244.0.9"), db, 1).openPoint).toBe("S33");
    expect(predict(policies, db, address("10.244.0.5"), 1).value).toBe("deny");
    expect(predict(policies, db, address("10.244.0.8/30"), 1).value).toBe("deny");
  });
});

describe("S35: a pod's own node", () => {
  it("is always let in", () => {
    const prediction = predict([policy("shop/p", DENY)], address("192.168.0.2"), db, 1);
    expect(prediction.value).toBe("allow");
    expect(prediction.reason).toContain("(S35)");
  });

  it("is not another node", () => {
    expect(predict([policy("shop/p", DENY)], address("192.168.0.1"), db, 1).value).toBe("deny");
    expect(predict([fromBlocks("192.168.0.1/32")], address("192.168.0.1"), db, 1).value).toBe("allow");
  });

  it("leaves egress to it open, unless a rule allows it", () => {
    expect(predict([policy("shop/p", DENY)], db, address("192.168.0.2"), 1)).toMatchObject({
      value: "undetermined",
      openPoint: "S35",
    });
    expect(predict([toBlocks("192.168.0.0/24")], db, address("192.168.0.2"), 1).value).toBe("allow");
    expect(predict([policy("shop/p", DENY)], db, address("192.168.0.1"), 1).value).toBe("deny");
  });

  it("is unknown where the node is unknown", () => {
    expect(predict([policy("shop/p", DENY)], address("192.168.0.2"), pod("shop/x"), 1).value).toBe("deny");
  });

  it("inside a wider range does not change the answer for the range, but is named", () => {
    const { value, reason } = predict([policy("shop/p", DENY)], address("192.168.0.0/24"), db, 1);
    expect(value).toBe("deny");
    expect(reason).toMatch(/, its own node 192\.168\.0\.2 aside \(S35\)$/);
  });

  it("names the rule where one allows it anyway", () => {
    const { ingress } = predict([fromBlocks("192.168.0.0/24")], address("192.168.0.2"), db, 1);
    expect(ingress.allowedBy).toMatchObject({ name: "in", path: "spec.ingress[0]" });
  });
});

describe("S36: a host-network pod", () => {
  const agent = pod("shop/agent", {
    labels: { app: "agent" },
    hostNetwork: true,
    ips: ["192.168.0.1"],
    nodeIps: ["192.168.0.1"],
  });
  const bySelector = policy("shop/in", {
    ingress: [{ from: [{ podSelector: { matchLabels: { app: "agent" } } }] }],
  });

  it("as a source is let in where it is both as a pod and as its node's address", () => {
    expect(predict([], agent, db, 1).value).toBe("allow");
    expect(predict([fromBlocks("192.168.0.0/24")], agent, db, 1).value).toBe("allow");
  });

  it("as a source is denied where it is neither", () => {
    const selectsDb: PolicySpec = { podSelector: { matchLabels: { app: "db" } } };
    expect(predict([policy("shop/p", selectsDb)], agent, db, 1).value).toBe("deny");
  });

  it("as a source is open where only its labels are let in", () => {
    const prediction = predict([bySelector], agent, db, 1);
    expect(prediction).toMatchObject({
      value: "undetermined",
      openPoint: "S36",
      ingress: { value: "undetermined" },
    });
    expect(prediction.reason).toBe(
      "host-network shop/agent: allow if it counts as a pod, deny if it counts as its node's address (S36)",
    );
  });

  it("is open where it is on the pod's own node, which is always let in", () => {
    const onSameNode = pod("shop/db", { labels: { app: "db" }, nodeIps: ["192.168.0.1"] });
    const selectsDb: PolicySpec = { podSelector: { matchLabels: { app: "db" } } };
    expect(predict([policy("shop/p", selectsDb)], agent, onSameNode, 1)).toMatchObject({
      value: "undetermined",
      openPoint: "S36",
    });
  });

  it("as a policy's subject is isolated or not selected at all", () => {
    expect(predict([policy("shop/p", DENY)], outside, agent, 1)).toMatchObject({
      value: "undetermined",
      openPoint: "S36",
    });
    expect(predict([policy("shop/p", DENY)], agent, outside, 1)).toMatchObject({
      value: "undetermined",
      openPoint: "S36",
    });
    expect(predict([policy("other/p", DENY)], outside, agent, 1).value).toBe("allow");
  });

  it("as a target is reached by labels or by its node's address", () => {
    const egressTo = (peer: object) =>
      policy("shop/out", {
        podSelector: { matchLabels: { app: "db" } },
        policyTypes: ["Egress"],
        egress: [{ to: [peer] }],
      });
    const byLabels = { podSelector: { matchLabels: { app: "agent" } } };
    expect(predict([egressTo(byLabels)], db, agent, 1).openPoint).toBe("S36");
    expect(predict([egressTo({ ipBlock: { cidr: "192.168.0.1/32" } })], db, agent, 1).value).toBe("allow");
    expect(predict([egressTo({ ipBlock: { cidr: "192.168.0.9/32" } })], db, agent, 1).value).toBe("deny");
  });

  it("takes its node's address where it has none of its own", () => {
    const starting = pod("shop/agent", { hostNetwork: true, nodeIps: ["192.168.0.1"] });
    expect(predict([fromBlocks("192.168.0.1/32")], starting, db, 1).value).toBe("allow");
  });

  it("to itself is open for the reason of S33", () => {
    expect(predict([policy("shop/p", DENY)], agent, agent, 1).openPoint).toBe("S33");
  });
});

describe("S37: a pod without an address yet", () => {
  const standIn = pod("shop/{app: web}", { labels: { app: "web" } });

  it("does not matter where no rule asks for addresses", () => {
    const policies = [
      policy("shop/p", { ingress: [{ from: [{ podSelector: { matchLabels: { app: "web" } } }] }] }),
    ];
    expect(predict(policies, standIn, db, 1).value).toBe("allow");
    expect(predict(policies, pod("shop/x"), db, 1).value).toBe("deny");
  });

  it("leaves ipBlock rules open", () => {
    const prediction = predict([fromBlocks("10.244.0.0/16")], standIn, db, 1);
    expect(prediction.value).toBe("undetermined");
    expect(prediction.openPoint).toBeUndefined();
    expect(prediction.reason).toContain("address of shop/{app: web} not known yet");
    expect(prediction.ingress.undetermined).toBe(prediction.reason);
  });

  it("is let in where another rule does anyway", () => {
    const policies = [
      fromBlocks("10.0.0.0/8"),
      policy("shop/p", { ingress: [{ from: [{ podSelector: { matchLabels: { app: "web" } } }] }] }),
    ];
    expect(predict(policies, standIn, db, 1).value).toBe("allow");
  });

  it("is let in by a block of all addresses of the family that the other end has", () => {
    expect(predict([fromBlocks("0.0.0.0/0")], standIn, db, 1).value).toBe("allow");
    expect(predict([fromBlocks("::/0")], standIn, db, 1).value).toBe("deny");
    expect(predict([fromBlocks("0.0.0.0/1", "128.0.0.0/1")], standIn, db, 1).value).toBe("allow");
  });

  it("is open where the family is unknown too, unless both are let in", () => {
    const target = pod("shop/db-new", { labels: { app: "db" } });
    expect(predict([fromBlocks("0.0.0.0/0")], standIn, target, 1).value).toBe("undetermined");
    expect(predict([fromBlocks("0.0.0.0/0", "::/0")], standIn, target, 1).value).toBe("allow");
  });

  it("counts an empty list of addresses, and texts that are none, as unknown", () => {
    expect(predict([fromBlocks("10.0.0.0/8")], pod("shop/x", { ips: [] }), db, 1).value).toBe("undetermined");
    expect(predict([fromBlocks("10.0.0.0/8")], pod("shop/x", { ips: ["?"] }), db, 1).value).toBe(
      "undetermined",
    );
  });
});

describe("a dual-stack pod", () => {
  const dual = pod("shop/dual", { labels: { app: "db" }, ips: ["10.244.0.7", "fd00::7"] });
  const dualWeb = pod("shop/dual-web", { ips: ["10.244.0.8", "fd00::8"] });
  const egressV4 = policy("shop/out", {
    policyTypes: ["Egress"],
    egress: [{ to: [{ ipBlock: { cidr: "10.244.0.0/16" } }] }],
  });

  it("is reached over the family that both ends have", () => {
    expect(predict([egressV4], web, dual, 1).value).toBe("allow");
    expect(predict([egressV4], pod("shop/six", { ips: ["fd00::5"] }), dual, 1).value).toBe("deny");
  });

  it("is open where the families differ, and says so", () => {
    const prediction = predict([egressV4], dualWeb, dual, 1);
    expect(prediction.value).toBe("undetermined");
    expect(prediction.reason).toBe("families differ: allow over IPv4, deny over IPv6");
  });

  it("is judged by the family of the address that is dialled, at both ends", () => {
    expect(predict([egressV4], dualWeb, dual, 1, { address: "10.244.0.7" }).value).toBe("allow");
    expect(predict([egressV4], dualWeb, dual, 1, { address: "fd00::7" }).value).toBe("deny");
    const ingressV6 = policy("shop/in", { ingress: [{ from: [{ ipBlock: { cidr: "fd00::8/128" } }] }] });
    expect(predict([ingressV6], dualWeb, dual, 1, { address: "fd00::7" }).value).toBe("allow");
    expect(predict([ingressV6], dualWeb, dual, 1, { address: "10.244.0.7" }).value).toBe("deny");
  });

  it("is denied where each family fails in another direction", () => {
    const out = policy("shop/out", {
      policyTypes: ["Egress"],
      egress: [{ to: [{ ipBlock: { cidr: "0.0.0.0/0" } }] }],
    });
    const into = policy("shop/in", { ingress: [{ from: [{ ipBlock: { cidr: "::/0" } }] }] });
    const prediction = predict([out, into], dualWeb, dual, 1);
    expect(prediction).toMatchObject({
      value: "deny",
      egress: { value: "allow" },
      ingress: { value: "deny" },
    });
  });

  it("without a family in common with the other end is never said to be reached", () => {
    const six = pod("shop/six", { ips: ["fd00::5"] });
    expect(predict([], web, six, 1)).toMatchObject({ value: "undetermined" });
    expect(predict([], web, six, 1).reason).toBe("shop/web and shop/six have no address family in common");
    expect(predict([policy("shop/p", DENY)], web, six, 1).value).toBe("deny");
  });
});

describe("a range of addresses", () => {
  const rules = fromBlocks("10.0.0.0/9", "10.128.0.0/9", "192.0.2.0/25");

  it.each([
    ["10.1.0.0/16", "allow"],
    ["10.0.0.0/8", "allow"], // no block covers it alone, both together do
    ["192.0.2.0/25", "allow"],
    ["192.0.2.0/24", "undetermined"],
    ["192.0.2.128/25", "deny"],
    ["0.0.0.0/0", "undetermined"],
    ["2001:db8::/32", "deny"],
  ])("%s is answered for all of its addresses: %s", (cidr, expected) => {
    expect(predict([rules], address(cidr), db, 1).value).toBe(expected);
  });

  it("is split by `except` in its middle", () => {
    const metadata = policy("shop/p", {
      policyTypes: ["Egress"],
      egress: [{ to: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["169.254.169.254/32"] } }] }],
    });
    expect(predict([metadata], web, address("169.254.169.254"), 80).value).toBe("deny");
    expect(predict([metadata], web, address("169.254.169.0/24"), 80)).toMatchObject({
      value: "undetermined",
      reason:
        "addresses of 169.254.169.0/24 are treated differently: 169.254.169.0 allow, 169.254.169.254 deny",
    });
    expect(predict([metadata], web, address("169.254.169.255"), 80).value).toBe("allow");
    expect(predict([metadata], web, address("169.254.169.253"), 80).value).toBe("allow");
  });

  it("as a target is judged at the source alone", () => {
    expect(predict([toBlocks("203.0.113.0/24")], web, address("203.0.113.0/26"), 1).value).toBe("allow");
    expect(predict([toBlocks("203.0.113.0/24")], web, address("203.0.112.0/23"), 1).value).toBe(
      "undetermined",
    );
  });

  it("that is none is an address that is not known", () => {
    expect(
      predict([toBlocks("203.0.113.0/24")], web, { kind: "cidr", cidr: "nonsense", display: "nonsense" }, 1)
        .value,
    ).toBe("undetermined");
  });
});

describe("an end outside whose address is not known", () => {
  const example = unresolved("example.com");

  it("is decided where addresses do not matter", () => {
    expect(predict([], web, example, 443).value).toBe("allow");
    expect(predict([policy("shop/p", DENY)], web, example, 443).value).toBe("deny");
    expect(
      predict(
        [policy("shop/p", { policyTypes: ["Egress"], egress: [{ ports: [{ port: 443 }] }] })],
        web,
        example,
        443,
      ).value,
    ).toBe("allow");
  });

  it("is let through where its every address is", () => {
    expect(predict([toBlocks("0.0.0.0/0")], web, example, 443).value).toBe("allow");
    expect(predict([toBlocks("0.0.0.0/0", "::/0")], pod("shop/new"), example, 443).value).toBe("allow");
  });

  it("is open where blocks decide", () => {
    const prediction = predict([toBlocks("203.0.113.0/24")], web, example, 443);
    expect(prediction.value).toBe("undetermined");
    expect(prediction.reason).toContain("address of example.com not known");
    expect(predict([toBlocks("0.0.0.0/0")], pod("shop/new"), example, 443).value).toBe("undetermined");
  });

  it("is never taken for the pod's own node", () => {
    expect(predict([policy("shop/p", DENY)], example, db, 1).value).toBe("deny");
  });
});
