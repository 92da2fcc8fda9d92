import { describe, expect, it } from "vitest";
import type { NetworkPolicyPeer, NetworkPolicyPort } from "../../../src/model/kubernetes.ts";
import { fate, IPS, pod, policy, smallCluster } from "./build.ts";

/** Which of `web`, `app`, `outside` reach shop/db over either family. */
function admitted(from: readonly NetworkPolicyPeer[] | null, family = ""): string[] {
  const cluster = smallCluster(policy("shop/it", { podSelector: {}, ingress: [{ from }] }));
  return ["web", "app", "outside"].filter((name) => fate(cluster, `${name}>db:80/tcp${family}`) === "accept");
}

/** Whether shop/web may reach these, `port/protocol`, by such ports of an egress rule. */
function open(ports: readonly (NetworkPolicyPort | null)[] | null, ...tried: string[]): boolean[] {
  const cluster = smallCluster(policy("shop/it", { policyTypes: ["Egress"], egress: [{ ports }] }));
  return tried.map((each) => fate(cluster, `web>outside:${each}`) === "accept");
}

describe("peers", () => {
  it.each<[string, readonly NetworkPolicyPeer[] | null, readonly string[]]>([
    ["no list: everyone (S10)", null, ["web", "app", "outside"]],
    ["an empty list: everyone (S10)", [], ["web", "app", "outside"]],
    ["a peer that says nothing: no one (S10)", [{}], []],
    ["an empty podSelector: the policy's namespace (S12)", [{ podSelector: {} }], ["web"]],
    ["an empty namespaceSelector: all pods, nothing else (S12)", [{ namespaceSelector: {} }], ["web", "app"]],
    ["a namespaceSelector (S11)", [{ namespaceSelector: { matchLabels: { team: "tools" } } }], ["app"]],
    [
      "a podSelector does not look into other namespaces (S11)",
      [{ podSelector: { matchLabels: { app: "app" } } }],
      [],
    ],
    [
      "both selectors: both hold (S11)",
      [
        {
          namespaceSelector: { matchLabels: { team: "tools" } },
          podSelector: { matchLabels: { app: "web" } },
        },
      ],
      [],
    ],
    [
      "two peers: one of them (S11)",
      [
        { namespaceSelector: { matchLabels: { team: "tools" } } },
        { podSelector: { matchLabels: { app: "web" } } },
      ],
      ["web", "app"],
    ],
  ])("selects by %s", (_name, from, wanted) => {
    expect(admitted(from)).toEqual(wanted);
    expect(admitted(from, "6")).toEqual(wanted);
  });

  it.each<[string, readonly NetworkPolicyPeer[], readonly string[], readonly string[]]>([
    ["all of IPv4 (S15, S16)", [{ ipBlock: { cidr: "0.0.0.0/0" } }], ["web", "app", "outside"], []],
    ["all of IPv6", [{ ipBlock: { cidr: "::/0" } }], [], ["web", "app", "outside"]],
    ["one address", [{ ipBlock: { cidr: "10.0.1.1/32" } }], ["app"], []],
    ["a block without a part", [{ ipBlock: { cidr: "10.0.0.0/8", except: ["10.0.1.0/24"] } }], ["web"], []],
    [
      "excepted by one block, admitted by another (S15)",
      [
        { ipBlock: { cidr: "0.0.0.0/0", except: ["10.0.0.0/8", "10.0.1.0/24", "10.0.0.0/8"] } },
        { ipBlock: { cidr: "10.0.1.0/24" } },
      ],
      ["app", "outside"],
      [],
    ],
    ["IPv6 with an exception", [{ ipBlock: { cidr: "fd00::/15", except: ["fd00:1::/32"] } }], [], ["web"]],
    [
      "host bits that are set, where the API is not strict (V11)",
      [{ ipBlock: { cidr: "10.0.1.9/24" } }],
      ["app"],
      [],
    ],
    ["leading zeros, which are decimal (V11)", [{ ipBlock: { cidr: "010.000.001.001/32" } }], ["app"], []],
    [
      "an IPv4-mapped block, which is IPv4 (V11)",
      [{ ipBlock: { cidr: "::ffff:10.0.1.0/120" } }],
      ["app"],
      [],
    ],
    ["unshortened IPv6", [{ ipBlock: { cidr: "FD00:0001:0:0:0:0:0:0001/128" } }], [], ["app"]],
    ["what is no block: no one", [{ ipBlock: { cidr: "10.0.1.1/33" } }], [], []],
  ])("takes addresses by %s", (_name, from, wanted, wanted6) => {
    expect(admitted(from)).toEqual(wanted);
    expect(admitted(from, "6")).toEqual(wanted6);
  });
});

describe("ports", () => {
  it("means all ports and all protocols where there is no list (S23)", () => {
    expect(open(null, "1/tcp", "2/udp", "3/sctp")).toEqual([true, true, true]);
    expect(open([], "1/tcp", "2/udp", "3/sctp")).toEqual([true, true, true]);
  });

  it.each<[string, readonly (NetworkPolicyPort | null)[], readonly string[], readonly boolean[]]>([
    [
      "TCP by default (S24)",
      [{ port: 80 }],
      ["80/tcp", "80/udp", "80/sctp", "81/tcp"],
      [true, false, false, false],
    ],
    [
      "no port: all of the protocol (S24)",
      [{ protocol: "UDP" }],
      ["1/udp", "65535/udp", "1/tcp"],
      [true, true, false],
    ],
    ["nothing at all: all of TCP (S24)", [{}, null], ["1/tcp", "1/udp"], [true, false]],
    ["SCTP is not TCP (S32)", [{ protocol: "SCTP", port: 80 }], ["80/sctp", "80/tcp"], [true, false]],
    [
      "endPort inclusive (S26)",
      [{ port: 80, endPort: 90 }],
      ["79/tcp", "80/tcp", "90/tcp", "91/tcp"],
      [false, true, true, false],
    ],
    [
      "ranges that overlap and touch",
      [
        { port: 80, endPort: 90 },
        { port: 85, endPort: 95 },
        { port: 96 },
        { port: 10 },
        { port: 80, endPort: 80 },
      ],
      ["10/tcp", "79/tcp", "80/tcp", "95/tcp", "96/tcp", "97/tcp"],
      [true, false, true, true, true, false],
    ],
    ["a port and the whole protocol", [{ port: 80 }, { protocol: "TCP" }], ["80/tcp", "9/tcp"], [true, true]],
    [
      "a port name towards what is no pod: never (S29)",
      [{ port: "http" }],
      ["80/tcp", "0/tcp"],
      [false, false],
    ],
  ])("reads %s", (_name, ports, tried, wanted) => {
    expect(open(ports, ...tried)).toEqual(wanted);
    expect(open(ports, ...tried.map((each) => `${each}6`))).toEqual(wanted);
  });

  it("takes a port name from the destination pod, each pod its own number (S27)", () => {
    const tried = (direction: "ingress" | "egress") => {
      const rules = [{ ports: [{ port: "http" }, { protocol: "UDP" as const, port: "dns" }] }];
      const types = direction === "ingress" ? ["Ingress"] : ["Egress"];
      const cluster = smallCluster(
        policy("shop/it", { podSelector: {}, policyTypes: types, [direction]: rules }),
      );
      cluster.setPod(pod("shop/web", { ips: IPS.web ?? [], ports: [{ name: "http", containerPort: 8080 }] }));
      cluster.setPod(
        pod("shop/db", {
          ips: IPS.db ?? [],
          ports: [
            { name: "http", containerPort: 80 },
            { name: "dns", containerPort: 53, protocol: "TCP" },
          ],
        }),
      );
      return ["db>web:8080/tcp", "db>web:80/tcp", "web>db:80/tcp6", "web>db:8080/tcp", "web>db:53/udp"].map(
        (each) => fate(cluster, each) === "accept",
      );
    };
    expect(tried("ingress")).toEqual([true, false, true, false, false]);
    expect(tried("egress")).toEqual([true, false, true, false, false]);
  });

  it("takes all numbers that containers and sidecars give a name, and none of other init containers (S28, S30)", () => {
    const cluster = smallCluster(
      policy("shop/it", { podSelector: {}, ingress: [{ ports: [{ port: "http" }] }] }),
    );
    const http = (name: string, containerPort: number) => ({
      name,
      ports: [{ name: "http", containerPort }],
    });
    cluster.setPod(
      pod("shop/web", {
        ips: IPS.web ?? [],
        containers: [http("a", 80), http("b", 81)],
        initContainers: [{ ...http("side", 82), restartPolicy: "Always" }, http("init", 83)],
      }),
    );
    expect([80, 81, 82, 83].map((port) => fate(cluster, `db>web:${port}/tcp`))).toEqual([
      "accept",
      "accept",
      "accept",
      "drop",
    ]);
  });

  it("holds peers and ports of one rule together, and rules apart (S8)", () => {
    const cluster = smallCluster(
      policy("shop/it", {
        podSelector: { matchLabels: { app: "db" } },
        ingress: [
          { from: [{ podSelector: {} }], ports: [{ port: 80 }] },
          { from: [{ ipBlock: { cidr: "203.0.113.0/24" } }], ports: [{ port: 81 }] },
        ],
      }),
    );
    expect(
      ["web>db:80/tcp", "web>db:81/tcp", "outside>db:80/tcp", "outside>db:81/tcp"].map((each) =>
        fate(cluster, each),
      ),
    ).toEqual(["accept", "drop", "drop", "accept"]);
  });
});
