import { describe, expect, it } from "vitest";
import type { NetworkPolicyPort, Protocol } from "../../src/model/kubernetes.ts";
import { address, pod, policy, predict } from "./build.ts";

const source = pod("shop/web", { ports: [{ name: "http", containerPort: 1111 }] });
const target = pod("shop/db", {
  labels: { app: "db" },
  ports: [
    { name: "http", containerPort: 8080 },
    { name: "dns", containerPort: 53, protocol: "UDP" },
  ],
});
const plain = pod("shop/plain", { labels: { app: "db" } });
const outside = address("203.0.113.10");

type Port = `${Protocol} ${number}`;
const TRIED: readonly Port[] = [
  "TCP 79",
  "TCP 80",
  "TCP 81",
  "TCP 90",
  "TCP 91",
  "TCP 8080",
  "UDP 53",
  "UDP 80",
  "SCTP 80",
];

/** Which of the tried ports a rule with these ports lets through to the target. */
function open(ports: readonly (NetworkPolicyPort | null)[] | null | undefined, to = target): string[] {
  const ingress = [policy("shop/p", { podSelector: { matchLabels: { app: "db" } }, ingress: [{ ports }] })];
  const egress = [policy("shop/p", { policyTypes: ["Egress"], egress: [{ ports }] })];
  return TRIED.filter((port) => {
    const { value } = predict(ingress, source, to, port);
    expect(predict(egress, source, to, port).value, `${port}: both directions alike (S25)`).toBe(value);
    return value === "allow";
  });
}

describe("ports of a rule", () => {
  const table: [string, NetworkPolicyPort[] | null | undefined, readonly string[]][] = [
    ["S23: missing: all ports of all protocols", undefined, TRIED],
    ["S23: null: all ports of all protocols", null, TRIED],
    ["S23: an empty list: all ports of all protocols", [], TRIED],
    ["S23: listed: only those", [{ port: 80 }, { protocol: "UDP", port: 53 }], ["TCP 80", "UDP 53"]],
    ["S24: TCP is the default protocol", [{ port: 80 }], ["TCP 80"]],
    ["S24: null is the default protocol", [{ port: 80, protocol: null }], ["TCP 80"]],
    [
      "S24: a protocol without a port: all ports of that protocol only",
      [{ protocol: "UDP" }],
      ["UDP 53", "UDP 80"],
    ],
    [
      "S24: an empty entry: all ports of TCP only",
      [{}],
      ["TCP 79", "TCP 80", "TCP 81", "TCP 90", "TCP 91", "TCP 8080"],
    ],
    ["S26: endPort is inclusive", [{ port: 80, endPort: 90 }], ["TCP 80", "TCP 81", "TCP 90"]],
    ["S26: endPort may be the port itself", [{ port: 80, endPort: 80 }], ["TCP 80"]],
    ["S26: a null endPort is none", [{ port: 80, endPort: null }], ["TCP 80"]],
    ["S26: a range is of one protocol", [{ protocol: "UDP", port: 50, endPort: 100 }], ["UDP 53", "UDP 80"]],
    ["V7: an endPort below the port matches nothing", [{ port: 90, endPort: 80 }], []],
    ["V7: an endPort without a port matches nothing", [{ endPort: 90 }], []],
    ["V7: an endPort beside a name matches nothing", [{ port: "http", endPort: 9000 }], []],
    ["S27: a name is the destination's port of that name", [{ port: "http" }], ["TCP 8080"]],
    ["S27: name and protocol must match", [{ port: "dns" }, { protocol: "UDP", port: "http" }], []],
    ["S27: a name of another protocol", [{ protocol: "UDP", port: "dns" }], ["UDP 53"]],
    ["S27: a name that nobody declares matches nothing", [{ port: "metrics" }], []],
    ["V6: a number in quotes is a name", [{ port: "80" }], []],
    ["S32: SCTP is not TCP", [{ protocol: "SCTP", port: 80 }], ["SCTP 80"]],
  ];
  it.each(table)("%s", (_name, ports, expected) => {
    expect(open(ports)).toEqual(expected);
  });

  it("V17: a null entry is an empty one", () => {
    expect(open([null])).toEqual(open([{}]));
  });

  it("S27: each pod gives a name its own number, and a pod without it gets nothing", () => {
    const elsewhere = pod("shop/b", { labels: { app: "db" }, ports: [{ name: "http", containerPort: 80 }] });
    expect(open([{ port: "http" }], elsewhere)).toEqual(["TCP 80"]);
    expect(open([{ port: "http" }], plain)).toEqual([]);
  });

  it("S27: a name is never looked up on the source", () => {
    const policies = [
      policy("shop/p", {
        policyTypes: ["Ingress", "Egress"],
        ingress: [{ ports: [{ port: "http" }] }],
        egress: [{}],
      }),
    ];
    expect(predict(policies, source, target, 1111).value).toBe("deny");
    expect(predict(policies, source, target, 8080).value).toBe("allow");
  });

  it("S27: a name in an egress rule is looked up on the peer", () => {
    const policies = [policy("shop/p", { policyTypes: ["Egress"], egress: [{ ports: [{ port: "http" }] }] })];
    expect(predict(policies, plain, source, 1111).value).toBe("allow");
    expect(predict(policies, source, plain, 1111).value).toBe("deny");
  });

  it("S28: a name in two containers stands for both numbers", () => {
    const twice = pod("shop/t", {
      labels: { app: "db" },
      ports: [
        { name: "http", containerPort: 80 },
        { name: "http", containerPort: 81 },
      ],
    });
    expect(open([{ port: "http" }], twice)).toEqual(["TCP 80", "TCP 81"]);
  });

  it("S28: a name that an earlier container has for another protocol is still found", () => {
    const mixed = pod("shop/m", {
      labels: { app: "db" },
      ports: [
        { name: "http", containerPort: 90, protocol: "UDP" },
        { name: "http", containerPort: 91 },
      ],
    });
    expect(open([{ port: "http" }], mixed)).toEqual(["TCP 91"]);
  });

  it("S29: a name never matches toward an address, and is no error there", () => {
    const policies = [
      policy("shop/p", { policyTypes: ["Egress"], egress: [{ ports: [{ port: "http" }, { port: 443 }] }] }),
    ];
    expect(predict(policies, source, outside, 80).value).toBe("deny");
    expect(predict(policies, source, outside, 8080).value).toBe("deny");
    expect(predict(policies, source, outside, 443).value).toBe("allow");
    expect(predict(policies, source, address("0.0.0.0/0"), 8080).value).toBe("deny");
  });

  it("S29: a name in an ingress rule counts for connections from outside, on the pod", () => {
    const policies = [policy("shop/p", { ingress: [{ ports: [{ port: "http" }] }] })];
    expect(predict(policies, outside, target, 8080).value).toBe("allow");
    expect(predict(policies, outside, target, 80).value).toBe("deny");
  });

  it("S30: names of init containers that keep running count, of others not", () => {
    const ports = [{ name: "http", containerPort: 80 }];
    const sidecar = pod("shop/s", {
      labels: { app: "db" },
      initContainers: [{ name: "s", restartPolicy: "Always", ports }],
    });
    const setup = pod("shop/i", { labels: { app: "db" }, initContainers: [{ name: "i", ports }] });
    expect(open([{ port: "http" }], sidecar)).toEqual(["TCP 80"]);
    expect(open([{ port: "http" }], setup)).toEqual([]);
  });

  it("S31: a numeric port needs no declaration, and a declaration opens nothing", () => {
    expect(open([{ port: 81 }], plain)).toEqual(["TCP 81"]);
    expect(predict([policy("shop/p", {})], source, target, 8080).value).toBe("deny");
  });

  it.each(["UDP 80", "SCTP 80"] as const)("S32: %s is isolated like TCP", (port) => {
    const only = (protocol: Protocol) => [
      policy("shop/p", { ingress: [{ ports: [{ protocol, port: 80 }] }] }),
    ];
    expect(predict([policy("shop/p", {})], source, target, port).value).toBe("deny");
    expect(predict(only("TCP"), source, target, port).value).toBe("deny");
    expect(predict(only(port.split(" ")[0] as Protocol), source, target, port).value).toBe("allow");
  });
});
