import { describe, expect, it } from "vitest";
import type { LabelSelector } from "../../../src/model/kubernetes.ts";
import { fate, IPS, loaded, namespace, packet, pod, policy, smallCluster } from "./build.ts";

const INGRESS = { policyTypes: ["Ingress"] };

describe("which pods a policy isolates, and in which direction", () => {
  it("leaves pods alone that no policy selects (S4)", () => {
    const cluster = smallCluster(policy("shop/closed", { podSelector: { matchLabels: { app: "db" } } }));
    expect(fate(cluster, "app>web:80/tcp")).toBe("accept");
    expect(fate(cluster, "app>db:80/tcp")).toBe("drop");
  });

  it("selects pods of its own namespace only (S1)", () => {
    const cluster = smallCluster(policy("shop/closed", { podSelector: {} }));
    expect(fate(cluster, "web>app:80/tcp")).toBe("accept");
    expect(fate(cluster, "app>web:80/tcp")).toBe("drop");
  });

  it.each<[string, LabelSelector | null | undefined]>([
    ["empty", {}],
    ["null", null],
    ["absent", undefined],
    ["empty lists", { matchLabels: {}, matchExpressions: [] }],
  ])("selects all pods of the namespace by a podSelector that is %s (S2)", (_form, podSelector) => {
    const cluster = smallCluster(policy("shop/closed", { podSelector }));
    expect(fate(cluster, "app>web:80/tcp")).toBe("drop");
    expect(fate(cluster, "app>db:80/tcp6")).toBe("drop");
  });

  it.each<[string, Parameters<typeof policy>[1], { in: string; out: string }]>([
    ["nothing given: Ingress", {}, { in: "drop", out: "accept" }],
    ["empty types: Ingress", { policyTypes: [] }, { in: "drop", out: "accept" }],
    ["egress rules and no types: both", { egress: [{ ports: [{ port: 1 }] }] }, { in: "drop", out: "drop" }],
    ["empty egress and no types: Ingress", { egress: [] }, { in: "drop", out: "accept" }],
    ["Egress: egress only", { policyTypes: ["Egress"] }, { in: "accept", out: "drop" }],
    [
      "Egress makes ingress rules inert",
      { policyTypes: ["Egress"], ingress: [] },
      { in: "accept", out: "drop" },
    ],
    ["Ingress makes egress rules inert", { ...INGRESS, egress: [{}] }, { in: "drop", out: "accept" }],
    ["both", { policyTypes: ["Ingress", "Egress"] }, { in: "drop", out: "drop" }],
  ])("takes the directions from policyTypes (S3): %s", (_name, spec, wanted) => {
    const cluster = smallCluster(
      policy("shop/it", { podSelector: { matchLabels: { app: "web" } }, ...spec }),
    );
    expect(fate(cluster, "app>web:80/tcp")).toBe(wanted.in);
    expect(fate(cluster, "web>app:80/tcp")).toBe(wanted.out);
  });

  it("adds up what several policies admit (S5)", () => {
    const open = (port: number) => ({ podSelector: {}, ingress: [{ ports: [{ port }] }] });
    const cluster = smallCluster(policy("shop/a", open(80)), policy("shop/b", open(81)));
    expect([80, 81, 82].map((port) => fate(cluster, `app>web:${port}/tcp`))).toEqual([
      "accept",
      "accept",
      "drop",
    ]);
  });

  it("asks both ends (S6)", () => {
    const egress = policy("shop/out", {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [{ ports: [{ port: 80 }] }],
    });
    const ingress = policy("other/in", {
      podSelector: {},
      ingress: [{ ports: [{ port: 80 }, { port: 81 }] }],
    });
    const cluster = smallCluster(egress, ingress);
    expect([80, 81, 82].map((port) => fate(cluster, `web>app:${port}/tcp`))).toEqual([
      "accept",
      "drop",
      "drop",
    ]);
    expect(fate(cluster, "outside>app:81/tcp")).toBe("accept");
  });

  it("admits nothing by a list of rules that is empty, and everything by an empty rule (S7)", () => {
    expect(fate(smallCluster(policy("shop/it", { ingress: [] })), "app>web:80/tcp")).toBe("drop");
    expect(fate(smallCluster(policy("shop/it", { ingress: null })), "app>web:80/tcp")).toBe("drop");
    for (const rule of [{}, null]) {
      const cluster = smallCluster(policy("shop/it", { ingress: [rule] }));
      expect(["tcp", "udp", "sctp"].map((protocol) => fate(cluster, `outside>web:80/${protocol}`))).toEqual([
        "accept",
        "accept",
        "accept",
      ]);
      expect(fate(cluster, "outside>web/icmp")).toBe("accept");
    }
  });

  it("lets through what belongs to a connection that was admitted (S9)", () => {
    const model = loaded(smallCluster(policy("shop/closed", { policyTypes: ["Ingress", "Egress"] })));
    expect(model.send({ ...packet("db>web:80/tcp"), isEstablished: true }).verdict).toBe("accept");
    expect(model.send(packet("db>web:80/tcp")).verdict).toBe("drop");
  });

  it.each<[string, LabelSelector, boolean]>([
    ["a label that is there", { matchLabels: { app: "web" } }, true],
    ["an empty value on a missing key (S18)", { matchLabels: { zone: "" } }, false],
    ["an empty value on an empty label", { matchLabels: { empty: "" } }, true],
    ["In", { matchExpressions: [{ key: "app", operator: "In", values: ["db", "web"] }] }, true],
    [
      "In on a missing key",
      { matchExpressions: [{ key: "zone", operator: "In", values: ["", "a"] }] },
      false,
    ],
    [
      "NotIn on a missing key (S19)",
      { matchExpressions: [{ key: "zone", operator: "NotIn", values: ["a"] }] },
      true,
    ],
    [
      "NotIn with the value",
      { matchExpressions: [{ key: "app", operator: "NotIn", values: ["web"] }] },
      false,
    ],
    ["Exists", { matchExpressions: [{ key: "empty", operator: "Exists" }] }, true],
    ["Exists on a missing key", { matchExpressions: [{ key: "zone", operator: "Exists" }] }, false],
    ["DoesNotExist", { matchExpressions: [{ key: "app", operator: "DoesNotExist" }] }, false],
    [
      "DoesNotExist on a missing key",
      { matchExpressions: [{ key: "zone", operator: "DoesNotExist" }] },
      true,
    ],
    [
      "an operator that the API refuses",
      { matchExpressions: [{ key: "app", operator: "Gt", values: ["1"] }] },
      false,
    ],
    [
      "all requirements at once (S18)",
      { matchLabels: { app: "web" }, matchExpressions: [{ key: "empty", operator: "DoesNotExist" }] },
      false,
    ],
    [
      "a key of every object's prototype",
      { matchExpressions: [{ key: "toString", operator: "Exists" }] },
      false,
    ],
  ])("selects by %s", (_name, podSelector, isSelected) => {
    const cluster = smallCluster(policy("shop/closed", { podSelector }));
    cluster.setPod(pod("shop/web", { ips: IPS.web ?? [], labels: { app: "web", empty: "" } }));
    expect(fate(cluster, "app>web:80/tcp")).toBe(isSelected ? "drop" : "accept");
  });

  it("leaves out pods on the host's network, pods that have ended, and pods without an address (S36, S37)", () => {
    const closed = policy("shop/closed", { podSelector: {} });
    const only = (options: Parameters<typeof pod>[1]) => {
      const cluster = smallCluster(closed);
      cluster.setPod(pod("shop/late", { ips: ["10.0.0.9"], ...options }));
      return cluster;
    };
    expect(fate(only({}), "app>10.0.0.9:80/tcp")).toBe("drop");
    expect(fate(only({ hostNetwork: true }), "app>10.0.0.9:80/tcp")).toBe("accept");
    expect(fate(only({ phase: "Succeeded" }), "app>10.0.0.9:80/tcp")).toBe("accept");
    expect(fate(only({ phase: "Failed" }), "app>10.0.0.9:80/tcp")).toBe("accept");
    expect(fate(only({ ips: [] }), "app>10.0.0.9:80/tcp")).toBe("accept");
  });

  it("lets the resident node reach its pods, and no other node (S35)", () => {
    const cluster = smallCluster(policy("shop/closed", { policyTypes: ["Ingress", "Egress"] }));
    expect(fate(cluster, "node>web:80/tcp")).toBe("accept");
    expect(fate(cluster, "node>web:80/udp6")).toBe("accept");
    expect(fate(cluster, "otherNode>web:80/tcp")).toBe("drop");
    expect(fate(cluster, "web>node:80/tcp")).toBe("drop");
  });

  it("sees the labels of namespaces, with their names (S14)", () => {
    const from = (name: string) => ({
      ingress: [{ from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } }] }],
    });
    expect(fate(smallCluster(policy("shop/it", from("other"))), "app>web:80/tcp")).toBe("accept");
    expect(fate(smallCluster(policy("shop/it", from("shop"))), "app>web:80/tcp")).toBe("drop");
    const cluster = smallCluster(policy("shop/it", from("other")));
    cluster.removeNamespace("other");
    expect(fate(cluster, "app>web:80/tcp")).toBe("accept");
    cluster.setNamespace(namespace("other", { "kubernetes.io/metadata.name": "other" }));
    expect(fate(cluster, "app>web:80/tcp")).toBe("accept");
  });
});
