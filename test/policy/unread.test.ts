import { describe, expect, it } from "vitest";
import type { NetworkPolicyPeer } from "../../src/model/kubernetes.ts";
import type { Unread } from "../../src/model/snapshot.ts";
import { address, namespace, pod, policy, predict } from "./build.ts";

const web = pod("shop/web", { labels: { app: "web" } });
const db = pod("shop/db", { labels: { app: "db" }, nodeIps: ["192.168.0.2"] });
const prometheus = pod("monitoring/prometheus");
const outside = address("203.0.113.10");

const policiesOfShop: Unread = {
  resource: "networkpolicies",
  namespace: "shop",
  reason: 'forbidden: cannot list networkpolicies in namespace "shop"',
};
const allowsWeb = policy("shop/p", {
  ingress: [{ from: [{ podSelector: { matchLabels: { app: "web" } } }] }],
});

describe("policies that could not be read", () => {
  it("leave both directions of their namespace's pods open", () => {
    const prediction = predict([], web, outside, 1, { unread: [policiesOfShop] });
    expect(prediction).toMatchObject({ value: "undetermined", egress: { value: "undetermined" } });
    expect(prediction.openPoint).toBeUndefined();
    expect(prediction.reason).toBe(
      'not readable (forbidden: cannot list networkpolicies in namespace "shop"): networkpolicies of namespace shop',
    );
    expect(predict([], outside, web, 1, { unread: [policiesOfShop] }).ingress.value).toBe("undetermined");
  });

  it("leave a denial open, since they could allow", () => {
    const prediction = predict([allowsWeb], outside, db, 1, { unread: [policiesOfShop] });
    expect(prediction.value).toBe("undetermined");
    expect(prediction.ingress.isolatedBy).toHaveLength(1);
    expect(prediction.reason).toContain(
      "policy shop/p isolates shop/db for ingress; what allows TCP 1 from 203.0.113.10",
    );
  });

  it("cannot take back what a known rule allows", () => {
    const { ingress, value } = predict([allowsWeb], web, db, 1, { unread: [policiesOfShop] });
    expect(ingress.value).toBe("allow");
    expect(value, "but the source's egress is open").toBe("undetermined");
  });

  it("cannot cut a pod off from its own node", () => {
    expect(predict([], address("192.168.0.2"), db, 1, { unread: [policiesOfShop] }).value).toBe("allow");
  });

  it("do not matter where the other direction is denied anyway", () => {
    const deny = policy("monitoring/p", { policyTypes: ["Ingress"] });
    expect(predict([deny], web, prometheus, 1, { unread: [policiesOfShop] }).value).toBe("deny");
  });

  it("do not matter for pods of other namespaces", () => {
    expect(predict([], prometheus, outside, 1, { unread: [policiesOfShop] }).value).toBe("allow");
  });

  it("of the whole cluster concern every namespace but those that were read", () => {
    const all: Unread = { resource: "networkpolicies", reason: "forbidden" };
    const most: Unread = { ...all, readNamespaces: ["shop"] };
    expect(predict([], web, outside, 1, { unread: [all] }).value).toBe("undetermined");
    expect(predict([], web, outside, 1, { unread: [most] }).value).toBe("allow");
    expect(predict([], prometheus, outside, 1, { unread: [most] }).value).toBe("undetermined");
  });
});

describe("namespaces that could not be read", () => {
  const unread: Unread[] = [
    { resource: "namespaces", reason: "forbidden: cannot list namespaces", readNamespaces: ["shop"] },
  ];

  function ask(peer: NetworkPolicyPeer, options = { unread }): string {
    const policies = [policy("shop/p", { ingress: [{ from: [peer] }] })];
    return predict(policies, prometheus, db, 9090, options).value;
  }

  it("leave a namespaceSelector open", () => {
    const peer = { namespaceSelector: { matchLabels: { purpose: "monitoring" } } };
    expect(ask(peer)).toBe("undetermined");
    const policies = [policy("shop/p", { ingress: [{ from: [peer] }] })];
    const { reason, ingress } = predict(policies, prometheus, db, 9090, { unread });
    expect(reason).toBe("not readable (forbidden: cannot list namespaces): labels of namespace monitoring");
    expect(ingress.nearest?.text).toBe(
      "namespaceSelector purpose=monitoring wanted, labels of namespace monitoring not readable",
    );
  });

  it("leave negative conditions open too", () => {
    const absent = { matchExpressions: [{ key: "purpose", operator: "DoesNotExist" }] };
    expect(ask({ namespaceSelector: absent })).toBe("undetermined");
  });

  it("still match the empty selector and the name's label", () => {
    expect(ask({ namespaceSelector: {} })).toBe("allow");
    expect(ask({ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } })).toBe(
      "allow",
    );
    expect(ask({ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "shop" } } })).toBe(
      "deny",
    );
  });

  it("still do not match where a known condition fails", () => {
    const matchLabels = { purpose: "monitoring", "kubernetes.io/metadata.name": "shop" };
    expect(ask({ namespaceSelector: { matchLabels } })).toBe("deny");
    expect(
      ask({
        namespaceSelector: { matchLabels: { purpose: "monitoring" } },
        podSelector: { matchLabels: { a: "b" } },
      }),
    ).toBe("deny");
  });

  it("do not matter for peers without a namespaceSelector", () => {
    expect(ask({ podSelector: {} })).toBe("deny");
  });

  it("that were read all the same are known", () => {
    const readable: Unread[] = [
      { resource: "namespaces", reason: "forbidden", readNamespaces: ["monitoring"] },
    ];
    const policies = [
      policy("shop/p", { ingress: [{ from: [{ namespaceSelector: { matchLabels: { purpose: "x" } } }] }] }),
    ];
    expect(predict(policies, prometheus, db, 1, { unread: readable }).value).toBe("deny");
  });

  it("do not hide labels that are known", () => {
    const peer = { namespaceSelector: { matchLabels: { purpose: "monitoring" } } };
    const policies = [policy("shop/p", { ingress: [{ from: [peer] }] })];
    const namespaces = [namespace("monitoring", { purpose: "monitoring" })];
    expect(predict(policies, prometheus, db, 1, { unread, namespaces }).value).toBe("allow");
  });
});
