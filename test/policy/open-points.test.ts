import { describe, expect, it } from "vitest";
import type { KnobName, KnobSettings } from "../../src/model/profile.ts";
import type { ServiceHop } from "../../src/model/traffic.ts";
import { type AskOptions, address, node, pod, policy, predict, profile } from "./build.ts";

const web = pod("shop/web", { labels: { app: "web" }, ips: ["10.244.0.5"], nodeIps: ["192.168.0.1"] });
const db = pod("shop/db", { labels: { app: "db" }, ips: ["10.244.0.9"], nodeIps: ["192.168.0.2"] });
const DENY = policy("shop/deny", { policyTypes: ["Ingress", "Egress"] });
const intoDb = (cidr: string) =>
  policy("shop/in", {
    podSelector: { matchLabels: { app: "db" } },
    ingress: [{ from: [{ ipBlock: { cidr } }] }],
  });
const outOfWeb = (...to: readonly object[]) =>
  policy("shop/out", {
    podSelector: { matchLabels: { app: "web" } },
    policyTypes: ["Egress"],
    egress: [{ to }],
  });

/** With one knob set, and everything else as upstream has it. */
const by = (knobs: Partial<KnobSettings>): AskOptions => ({ profile: profile("upstream", knobs) });
/** With one knob open. */
const portable: AskOptions = { profile: profile("portable") };

describe("S16: ipBlock and the addresses of pods", () => {
  it("S16: match upstream, as its tests require", () => {
    expect(predict([intoDb("10.244.0.5/32")], web, db, 80).value).toBe("allow");
  });

  it("S16: do not match where the plugin classifies pods by identity, and addresses outside still do", () => {
    const cilium = { profile: profile("cilium") };
    expect(predict([intoDb("10.244.0.5/32")], web, db, 80, cilium).value).toBe("deny");
    expect(predict([intoDb("203.0.113.0/24")], address("203.0.113.10"), db, 80, cilium).value).toBe("allow");
  });

  it("S16: are open where the answer must hold everywhere, and the knob is named", () => {
    const answer = predict([intoDb("10.244.0.5/32")], web, db, 80, portable);
    expect(answer).toMatchObject({ value: "undetermined", openPoint: "S16", knob: "ipBlockPods" });
    expect(answer.reason).toBe(
      "allow if ipBlock rules match the addresses of pods, deny if ipBlock rules do not match the addresses of pods (S16)",
    );
    expect(predict([intoDb("10.9.0.0/16")], web, db, 80, portable).value).toBe("deny");
  });
});

describe("S36: ipBlock and the addresses of nodes", () => {
  const nodes = [node("n1", {}, "192.168.0.7")];
  const policies = [intoDb("192.168.0.0/24")];

  it("S36: match upstream", () => {
    expect(predict(policies, address("192.168.0.7"), db, 80, { nodes }).value).toBe("allow");
  });

  it("S36: do not match where the plugin keeps nodes apart; a range then has both kinds", () => {
    const options = { nodes, ...by({ ipBlockNodes: ["no-match"] }) };
    expect(predict(policies, address("192.168.0.7"), db, 80, options).value).toBe("deny");
    expect(predict(policies, address("192.168.0.8"), db, 80, options).value).toBe("allow");
    expect(predict(policies, address("192.168.0.0/28"), db, 80, options).value).toBe("undetermined");
    expect(predict(policies, address("192.168.0.16/28"), db, 80, options).value).toBe("allow");
    const both = by({ ipBlockNodes: ["match", "no-match"] });
    expect(predict(policies, address("192.168.0.7"), db, 80, { nodes, ...both }).knob).toBe("ipBlockNodes");
  });

  it("S36: host-network pods are decided by the profile of a plugin", () => {
    const agent = pod("shop/agent", { labels: { app: "agent" }, hostNetwork: true, ips: ["192.168.0.9"] });
    const bySelector = policy("shop/in", {
      podSelector: { matchLabels: { app: "db" } },
      ingress: [{ from: [{ podSelector: { matchLabels: { app: "agent" } } }] }],
    });
    expect(predict([bySelector], agent, db, 80, by({ hostNetworkPods: ["node"] })).value).toBe("deny");
    expect(predict([bySelector], agent, db, 80, by({ hostNetworkPods: ["pod"] })).value).toBe("allow");
    expect(predict([bySelector], agent, db, 80)).toMatchObject({ knob: "hostNetworkPods" });
  });
});

describe("S35: a pod's egress to its own node", () => {
  it("S35: is open upstream, and decided by the profile", () => {
    const own = address("192.168.0.1");
    expect(predict([DENY], web, own, 80)).toMatchObject({ openPoint: "S35", knob: "podToOwnNode" });
    expect(predict([DENY], web, own, 80, by({ podToOwnNode: ["filtered"] })).value).toBe("deny");
    const allowed = predict([DENY], web, own, 80, by({ podToOwnNode: ["allowed"] }));
    expect(allowed).toMatchObject({ value: "allow", reason: "shop/web may always reach its own node (S35)" });
  });
});

describe("S33: a pod and its own address", () => {
  it("S33: is decided by the profile", () => {
    expect(predict([DENY], web, web, 80, by({ self: ["allowed"] })).value).toBe("allow");
    expect(predict([DENY], web, web, 80, by({ self: ["filtered"] })).value).toBe("deny");
    expect(predict([DENY], web, web, 80).knob).toBe("self");
  });
});

const service = (more: Partial<ServiceHop> = {}): ServiceHop => ({
  name: "shop/db",
  namespace: "shop",
  address: "10.96.0.7",
  port: 5432,
  selector: { app: "db" },
  keepsClient: false,
  ...more,
});

describe("S34: a pod to itself by way of a Service", () => {
  it("S34: is open upstream where NetworkPolicies deny it, and decided by the profile", () => {
    const via = service();
    expect(predict([DENY], web, web, 80, { via })).toMatchObject({ openPoint: "S34", knob: "hairpin" });
    expect(predict([DENY], web, web, 80, { via, ...by({ hairpin: ["allowed"] }) }).value).toBe("allow");
    expect(predict([DENY], web, web, 80, { via, ...by({ hairpin: ["filtered"] }) }).value).toBe("deny");
    expect(predict([], web, web, 80, { via }).value).toBe("allow");
    expect(predict([DENY], web, db, 80, { via, ...by({ hairpin: ["allowed"] }) }).value).toBe("deny");
  });
});

describe("S17: what egress policies see of a connection to a Service", () => {
  const via = service();
  const selectors = outOfWeb({ podSelector: { matchLabels: { app: "db" } } });

  it("S17: is the endpoint for selectors, as upstream's tests require", () => {
    expect(predict([selectors], web, db, 80, { via }).value).toBe("allow");
  });

  it("S17: is open upstream where an ipBlock holds only one of the two addresses", () => {
    for (const cidr of ["10.96.0.0/16", "10.244.0.0/16"]) {
      const answer = predict([outOfWeb({ ipBlock: { cidr } })], web, db, 80, { via });
      expect(answer, cidr).toMatchObject({ value: "undetermined", openPoint: "S17", knob: "serviceSeenAs" });
    }
    const both = outOfWeb({ ipBlock: { cidr: "10.0.0.0/8" } });
    expect(predict([both], web, db, 80, { via }).value).toBe("allow");
    expect(predict([outOfWeb({ ipBlock: { cidr: "172.16.0.0/12" } })], web, db, 80, { via }).value).toBe(
      "deny",
    );
  });

  it("S17: is open where the Service's address is not known", () => {
    const { address: _, ...unknown } = service();
    const block = outOfWeb({ ipBlock: { cidr: "10.244.0.0/16" } });
    expect(predict([block], web, db, 80, { via: unknown }).knob).toBe("serviceSeenAs");
    expect(predict([selectors], web, db, 80, { via: unknown }).value).toBe("allow");
  });

  it("S17: says nothing of a pod that is dialled directly, or of ingress", () => {
    expect(predict([outOfWeb({ ipBlock: { cidr: "10.244.0.0/16" } })], web, db, 80).value).toBe("allow");
    expect(predict([intoDb("10.244.0.0/16")], web, db, 80, { via }).value).toBe("allow");
  });

  it("S25: is the Service's port, and its selector as labels, where rewriting comes after the policies", () => {
    const aws = { profile: profile("aws-vpc-cni") };
    const onPort = (port: number, labels = { app: "db" }) =>
      policy("shop/out", {
        podSelector: { matchLabels: { app: "web" } },
        policyTypes: ["Egress"],
        egress: [{ to: [{ podSelector: { matchLabels: labels } }], ports: [{ port }] }],
      });
    expect(predict([onPort(5432)], web, db, 80, { via, ...aws }).value).toBe("allow");
    expect(predict([onPort(80)], web, db, 80, { via, ...aws }).value).toBe("deny");
    expect(predict([onPort(80)], web, db, 80, { via }).value).toBe("allow");
    expect(predict([onPort(5432)], web, db, 80, { via: service({ selector: {} }), ...aws }).value).toBe(
      "deny",
    );
    expect(
      predict([onPort(5432)], web, db, 80, { via: service({ selector: { app: "x" } }), ...aws }).value,
    ).toBe("deny");
  });

  it("S44: endpoints outside of a Service without a selector are judged by either address as well", () => {
    const outside = address("203.0.113.10");
    const manual = service({ selector: {} });
    const block = outOfWeb({ ipBlock: { cidr: "203.0.113.0/24" } });
    expect(predict([block], web, outside, 80, { via: manual }).knob).toBe("serviceSeenAs");
    expect(predict([DENY], web, outside, 80, { via: manual }).value).toBe("deny");
  });
});

describe("S45: what ingress policies see of an outside client of a Service", () => {
  const client = address("203.0.113.10");
  const nodes = [node("n1", {}, "192.168.0.1"), node("n2", {}, "192.168.0.2")];

  it("S45: is open with the Cluster traffic policy, where only the client's address is let in", () => {
    const answer = predict([intoDb("203.0.113.0/24")], client, db, 80, { via: service(), nodes });
    expect(answer).toMatchObject({ value: "undetermined", openPoint: "S45", knob: "serviceClient" });
  });

  it("S45: is the client with the Local traffic policy", () => {
    const via = service({ keepsClient: true });
    expect(predict([intoDb("203.0.113.0/24")], client, db, 80, { via, nodes }).value).toBe("allow");
    expect(predict([intoDb("192.168.0.0/24")], client, db, 80, { via, nodes }).value).toBe("deny");
  });

  it("S45: may be any node, of which the pod's own is always let in", () => {
    const masked = by({ serviceClient: ["node"] });
    const via = service();
    expect(predict([intoDb("192.168.0.0/24")], client, db, 80, { via, nodes, ...masked }).value).toBe(
      "allow",
    );
    const answer = predict([intoDb("203.0.113.0/24")], client, db, 80, { via, nodes, ...masked });
    expect(answer.value).toBe("undetermined");
    expect(answer.reason).toContain("(S45)");
    const elsewhere = [node("n3", {}, "192.168.0.3")];
    expect(
      predict([intoDb("203.0.113.0/24")], client, db, 80, { via, nodes: elsewhere, ...masked }).value,
    ).toBe("deny");
    expect(predict([intoDb("192.168.0.0/24")], client, db, 80, { via, ...masked }).value).toBe(
      "undetermined",
    );
    expect(predict([], client, db, 80, { via, nodes, ...masked }).value).toBe("allow");
  });

  it("S45: does not hide pods", () => {
    expect(predict([intoDb("10.244.0.5/32")], web, db, 80, { via: service(), nodes }).value).toBe("allow");
  });
});

describe("S39: a connection that stood before the policies", () => {
  it("S39: is open upstream, and kept or cut by profile", () => {
    expect(predict([DENY], web, db, 80, { established: true })).toMatchObject({
      value: "undetermined",
      openPoint: "S39",
      knob: "established",
    });
    expect(predict([DENY], web, db, 80, { established: true, profile: profile("calico") }).value).toBe(
      "allow",
    );
    expect(
      predict([DENY], web, db, 80, { established: true, profile: profile("ovn-kubernetes") }).value,
    ).toBe("deny");
    expect(predict([], web, db, 80, { established: true }).value).toBe("allow");
  });
});

describe("S32: protocols beyond TCP and UDP", () => {
  it("S32: SCTP is judged like the others, and is not TCP", () => {
    const sctp = policy("shop/in", {
      podSelector: { matchLabels: { app: "db" } },
      ingress: [{ ports: [{ protocol: "SCTP", port: 80 }] }],
    });
    expect(predict([sctp], web, db, "SCTP 80").value).toBe("allow");
    expect(predict([sctp], web, db, 80).value).toBe("deny");
    expect(predict([DENY], web, db, "SCTP 80").value).toBe("deny");
  });

  it("S32: SCTP may not pass at all", () => {
    const dropped = predict([], web, db, "SCTP 80", by({ sctp: ["dropped"] }));
    expect(dropped).toMatchObject({ value: "deny", reason: "the network passes no SCTP (S32)" });
    expect(predict([], web, db, "SCTP 80", { profile: profile("cilium") }).knob).toBe("sctp");
    expect(predict([DENY], web, db, "SCTP 80", { profile: profile("cilium") }).value).toBe("deny");
    expect(predict([], web, db, 80, by({ sctp: ["dropped"] })).value).toBe("allow");
  });

  it("S32: ICMP is open under a denial, since the API says nothing of it", () => {
    expect(predict([DENY], web, db, "ICMP 0")).toMatchObject({ openPoint: "S32", knob: "icmp" });
    expect(predict([DENY], web, db, "ICMP 0", by({ icmp: ["allowed"] })).value).toBe("allow");
    expect(predict([DENY], web, db, "ICMP 0", by({ icmp: ["filtered"] })).value).toBe("deny");
    expect(predict([], web, db, "ICMP 0").value).toBe("allow");
    const noPorts = policy("shop/in", { ingress: [{}] });
    expect(predict([noPorts], web, db, "ICMP 0", by({ icmp: ["filtered"] })).value).toBe("allow");
    const tcp = policy("shop/in", { ingress: [{ ports: [{ protocol: "TCP" }] }] });
    const answer = predict([tcp], web, db, "ICMP 0", by({ icmp: ["filtered"] }));
    expect(answer.value).toBe("deny");
    expect(answer.reason).toContain("no rule allows ICMP from shop/web");
  });
});

describe("ports that plugins read differently", () => {
  const ports = (list: readonly object[]) =>
    policy("shop/in", { podSelector: { matchLabels: { app: "db" } }, ingress: [{ ports: list }] });

  it("S26: endPort may be read or not; the first port of a range is sure", () => {
    const range = [ports([{ port: 80, endPort: 90 }])];
    expect(predict(range, web, db, 85, by({ endPort: ["port-only"] })).value).toBe("deny");
    expect(predict(range, web, db, 80, by({ endPort: ["port-only"] })).value).toBe("allow");
    expect(predict(range, web, db, 85, portable)).toMatchObject({ openPoint: "S26", knob: "endPort" });
    expect(predict(range, web, db, 80, portable).value).toBe("allow");
    expect(predict(range, web, db, 91, portable).value).toBe("deny");
  });

  const sidecar = (restartPolicy: string | undefined) =>
    pod("shop/db", {
      labels: { app: "db" },
      initContainers: [
        {
          name: "proxy",
          ports: [{ name: "metrics", containerPort: 9090 }],
          ...(restartPolicy === undefined ? {} : { restartPolicy }),
        },
      ],
    });

  it.each([
    ["none", "Always", "deny"],
    ["restartable", "Always", "allow"],
    ["all", "Always", "allow"],
    ["restartable", undefined, "deny"],
    ["all", undefined, "allow"],
  ] as const)("S30: names of init containers count: %s, restartPolicy %s: %s", (value, restart, expected) => {
    const options = by({ namedPortInit: [value] });
    expect(predict([ports([{ port: "metrics" }])], web, sidecar(restart), 9090, options).value).toBe(
      expected,
    );
  });

  it("S30: the knob is named, and upstream it is said that plugins differ", () => {
    const policies = [ports([{ port: "metrics" }])];
    const hard = by({ namedPortInit: ["restartable", "none"] });
    expect(predict(policies, web, sidecar("Always"), 9090, hard).knob).toBe("namedPortInit");
    const answer = predict(policies, web, sidecar("Always"), 9090);
    expect(answer.value).toBe("allow");
    expect(answer.notes).toEqual([
      "port name metrics is declared by an init container of shop/db: network plugins differ on whether it counts (S30)",
    ]);
    expect(predict(policies, web, sidecar("Always"), 80).notes).toBeUndefined();
  });

  it("S28: a name that stands for two numbers is said to be ambiguous", () => {
    const twice = pod("shop/db", {
      labels: { app: "db" },
      ports: [
        { name: "http", containerPort: 80 },
        { name: "http", containerPort: 8080 },
      ],
    });
    const note =
      "port name http stands for 80 and 8080 on shop/db: policies mean all of them, Services only the first (S28)";
    expect(predict([ports([{ port: "http" }])], web, twice, 8080)).toMatchObject({
      value: "allow",
      notes: [note],
    });
    const egress = policy("shop/out", {
      podSelector: { matchLabels: { app: "web" } },
      policyTypes: ["Egress"],
      egress: [{ ports: [{ port: "http" }] }],
    });
    expect(predict([egress, ports([{ port: "http" }])], web, twice, 80).notes).toEqual([note]);
    expect(predict([ports([{ port: 8080 }])], web, twice, 8080).notes).toBeUndefined();
  });

  it("S27: a name may be read as every port of its protocol", () => {
    const named = [ports([{ port: "http" }])];
    expect(predict(named, web, db, 9999, by({ namedPort: ["whole-protocol"] })).value).toBe("allow");
    expect(predict(named, web, db, "UDP 9999", by({ namedPort: ["whole-protocol"] })).value).toBe("deny");
    expect(predict(named, web, db, 9999, { profile: profile("ovn-kubernetes") }).knob).toBe("namedPort");
    expect(predict(named, web, db, 9999).value).toBe("deny");
  });
});

describe("several open points at once", () => {
  const open = (...knobs: readonly KnobName[]): AskOptions => {
    const all = profile("portable").knobs;
    return by(Object.fromEntries(knobs.map((knob) => [knob, all[knob]])));
  };

  it("name the first whose values lead to different answers", () => {
    const rules = policy("shop/in", {
      podSelector: { matchLabels: { app: "db" } },
      ingress: [{ from: [{ ipBlock: { cidr: "10.244.0.0/16" } }], ports: [{ port: 80, endPort: 90 }] }],
    });
    const options = open("endPort", "ipBlockPods");
    expect(predict([rules], web, db, 85, options).knob).toBe("endPort");
    expect(predict([rules], web, db, 80, options).knob).toBe("ipBlockPods");
  });

  it("do not matter where every combination comes to the same", () => {
    const rules = policy("shop/in", {
      podSelector: { matchLabels: { app: "db" } },
      ingress: [
        { from: [{ ipBlock: { cidr: "10.244.0.0/16" } }] },
        { from: [{ podSelector: {} }], ports: [{ port: 80, endPort: 90 }] },
        { from: [{ podSelector: { matchLabels: { app: "web" } } }] },
      ],
    });
    expect(predict([rules], web, db, 85, portable).value).toBe("allow");
  });
});
