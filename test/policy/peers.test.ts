import { describe, expect, it } from "vitest";
import type { NetworkPolicyPeer } from "../../src/model/kubernetes.ts";
import type { TrafficEnd } from "../../src/model/traffic.ts";
import { address, namespace, pod, policy, predict, unresolved, type WorldOptions } from "./build.ts";

const namespaces = [
  namespace("shop", { env: "prod" }),
  namespace("monitoring", { purpose: "monitoring" }),
  namespace("staging", { env: "dev" }),
];
const subject = pod("shop/db", { labels: { app: "db" }, ips: ["10.244.0.9"] });
const web = pod("shop/web", { labels: { app: "web" }, ips: ["10.244.0.5"] });
const job = pod("shop/job", { labels: { app: "job" }, ips: ["10.244.0.6"] });
const stagingWeb = pod("staging/web", { labels: { app: "web" }, ips: ["10.244.1.5"] });
const prometheus = pod("monitoring/prometheus", { labels: { app: "prometheus" }, ips: ["10.244.2.5"] });
const outside = address("203.0.113.10");
const others: Record<string, TrafficEnd> = { web, job, stagingWeb, prometheus, outside };

/** Which of the other ends the peers let through, tried as `from` and as `to`. */
function admitted(
  peers: readonly (NetworkPolicyPeer | null)[] | null | undefined,
  options: WorldOptions = {},
): string[] {
  const spec = { podSelector: { matchLabels: { app: "db" } }, policyTypes: ["Ingress", "Egress"] };
  const policies = [policy("shop/p", { ...spec, ingress: [{ from: peers }], egress: [{ to: peers }] })];
  return Object.keys(others).filter((name) => {
    const other = others[name] as TrafficEnd;
    const { value: inward } = predict(policies, other, subject, 80, { namespaces, ...options });
    const { value: outward } = predict(policies, subject, other, 80, { namespaces, ...options });
    expect(outward, `${name}: both directions alike`).toBe(inward);
    return inward === "allow";
  });
}

const ALL = ["web", "job", "stagingWeb", "prometheus", "outside"];

describe("peers of a rule", () => {
  it.each([
    ["missing", undefined],
    ["null", null],
    ["an empty list", []],
  ] as const)("S10: that are %s are everyone, also outside the cluster", (_name, peers) => {
    expect(admitted(peers)).toEqual(ALL);
  });

  it.each([
    ["empty", {}],
    ["null", null],
    ["of nulls", { podSelector: null, namespaceSelector: null, ipBlock: null }],
  ])("S10, V9: a peer that is %s matches nothing", (_name, peer) => {
    expect(admitted([peer])).toEqual([]);
  });

  const table: [string, NetworkPolicyPeer[], string[]][] = [
    [
      "S11: podSelector alone: pods of the policy's namespace",
      [{ podSelector: { matchLabels: { app: "web" } } }],
      ["web"],
    ],
    [
      "S11: namespaceSelector alone: all pods of those namespaces",
      [{ namespaceSelector: { matchLabels: { purpose: "monitoring" } } }],
      ["prometheus"],
    ],
    [
      "S11: both in one item: both must match",
      [{ podSelector: { matchLabels: { app: "web" } }, namespaceSelector: { matchLabels: { env: "dev" } } }],
      ["stagingWeb"],
    ],
    [
      "S11: two items: one is enough",
      [
        { podSelector: { matchLabels: { app: "web" } } },
        { namespaceSelector: { matchLabels: { env: "dev" } } },
      ],
      ["web", "stagingWeb"],
    ],
    [
      "S12: podSelector {}: all pods of the policy's namespace, and nobody else",
      [{ podSelector: {} }],
      ["web", "job"],
    ],
    [
      "S12: namespaceSelector {}: all pods of all namespaces, and nothing outside",
      [{ namespaceSelector: {} }],
      ["web", "job", "stagingWeb", "prometheus"],
    ],
    [
      "S12: podSelector {} with a namespaceSelector: all pods of those namespaces",
      [{ podSelector: {}, namespaceSelector: { matchLabels: { env: "dev" } } }],
      ["stagingWeb"],
    ],
    [
      "S11: a null selector is one that is not given",
      [{ podSelector: { matchLabels: { app: "web" } }, namespaceSelector: null }],
      ["web"],
    ],
    [
      "S14: a namespace carries its name as a label",
      [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "staging" } } }],
      ["stagingWeb"],
    ],
    [
      "S14: also for negative expressions",
      [
        {
          namespaceSelector: {
            matchExpressions: [
              { key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["shop", "staging"] },
            ],
          },
        },
      ],
      ["prometheus"],
    ],
    [
      "S19: NotIn on a label that a pod lacks matches",
      [{ podSelector: { matchExpressions: [{ key: "tier", operator: "NotIn", values: ["db"] }] } }],
      ["web", "job"],
    ],
    [
      "S18: an empty label value does not match a pod without the label",
      [{ podSelector: { matchLabels: { tier: "" } } }],
      [],
    ],
    ["S15: an ipBlock by address", [{ ipBlock: { cidr: "203.0.113.0/24" } }], ["outside"]],
    [
      "S15: an address in `except` is left out",
      [{ ipBlock: { cidr: "203.0.113.0/24", except: ["203.0.113.8/29"] } }],
      [],
    ],
    [
      "S15: an address that one item leaves out can be let in by another",
      [
        { ipBlock: { cidr: "203.0.113.0/24", except: ["203.0.113.8/29"] } },
        { ipBlock: { cidr: "203.0.113.10/32" } },
      ],
      ["outside"],
    ],
    [
      "S16: an ipBlock matches pods by their addresses",
      [{ ipBlock: { cidr: "10.244.0.0/16" } }],
      ["web", "job", "stagingWeb", "prometheus"],
    ],
    ["S16: 0.0.0.0/0 is everyone with an IPv4 address", [{ ipBlock: { cidr: "0.0.0.0/0" } }], ALL],
    [
      "S16: and `except` applies to pods too",
      [{ ipBlock: { cidr: "0.0.0.0/0", except: ["10.0.0.0/8"] } }],
      ["outside"],
    ],
    ["S15: ::/0 is nobody with an IPv4 address", [{ ipBlock: { cidr: "::/0" } }], []],
    [
      "S15: an IPv6 block is not read as the IPv4 block of its first bytes",
      [{ ipBlock: { cidr: "cb00:710a::/32" } }],
      [],
    ],
    [
      "S15: an IPv6 `except` takes nothing from an IPv4 block",
      [{ ipBlock: { cidr: "203.0.113.0/24", except: ["::/0"] } }],
      ["outside"],
    ],
    ["V11: bits beyond the prefix are dropped", [{ ipBlock: { cidr: "203.0.113.77/24" } }], ["outside"]],
    ["V10: a block that is none matches nothing", [{ ipBlock: { cidr: "203.0.113.10" } }], []],
    [
      "V12: a block with an `except` that is none matches nothing",
      [{ ipBlock: { cidr: "0.0.0.0/0", except: ["nonsense"] } }],
      [],
    ],
    [
      "V8: an ipBlock beside a selector matches nothing",
      [{ ipBlock: { cidr: "0.0.0.0/0" }, podSelector: {} }],
      [],
    ],
  ];
  it.each(table)("%s", (_name, peers, expected) => {
    expect(admitted(peers)).toEqual(expected);
  });

  it("V10: a block without a cidr, or with a null except, matches nothing and is no crash", () => {
    const raw = JSON.parse('[{"ipBlock": {}}, {"ipBlock": {"cidr": "0.0.0.0/0", "except": [null]}}]');
    expect(admitted(raw)).toEqual([]);
  });

  it("S14: a namespace that nobody declares exists and carries its name", () => {
    const byName = [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "staging" } } }];
    expect(admitted(byName, { namespaces: [] })).toEqual(["stagingWeb"]);
    expect(admitted([{ namespaceSelector: { matchLabels: { env: "dev" } } }], { namespaces: [] })).toEqual(
      [],
    );
  });

  it("S13: selectors never match something that is no pod", () => {
    const policies = [
      policy("shop/p", { ingress: [{ from: [{ podSelector: {} }, { namespaceSelector: {} }] }] }),
    ];
    expect(predict(policies, outside, subject, 80).value).toBe("deny");
    expect(predict(policies, address("0.0.0.0/0"), subject, 80).value).toBe("deny");
    expect(predict(policies, unresolved("example.com"), subject, 80).value).toBe("deny");
  });

  it("S21: a pod's labels are matched as they are, prefixes and all", () => {
    const labels = { "app.kubernetes.io/name": "web", "pod-template-hash": "abc" };
    const source = pod("shop/x", { labels });
    const from = (key: string, value: string) => [
      policy("shop/p", { ingress: [{ from: [{ podSelector: { matchLabels: { [key]: value } } }] }] }),
    ];
    expect(predict(from("app.kubernetes.io/name", "web"), source, subject, 1).value).toBe("allow");
    expect(predict(from("name", "web"), source, subject, 1).value).toBe("deny");
    expect(predict(from("pod-template-hash", "abc"), source, subject, 1).value).toBe("allow");
  });
});
