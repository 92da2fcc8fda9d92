import { describe, expect, it } from "vitest";
import type { EndpointSlice, Service } from "../../../src/model/kubernetes.ts";
import { compilerFor } from "../differential/compile-cluster.ts";
import { Random } from "../differential/random.ts";
import { type RandomCluster, randomCluster } from "../differential/random-cluster.ts";
import { fate, IPS, loaded, node, packet, pod, policy, smallCluster } from "./build.ts";
import { NftModel } from "./nft-model.ts";

const CLOSED = policy("shop/closed", { podSelector: {}, policyTypes: ["Ingress", "Egress"] });

describe("what becomes of a denied packet", () => {
  it.each([
    ["drop", "drop", "drop"],
    ["reject", "reject", "reject"],
    ["reset", "reset", "reject"],
    ["off", "accept", "accept"],
  ] as const)("%s: %s for TCP, %s for UDP", (mode, tcp, udp) => {
    const cluster = smallCluster(CLOSED);
    cluster.setEnforcement(mode);
    expect([fate(cluster, "app>web:80/tcp"), fate(cluster, "app>web:80/udp6")]).toEqual([tcp, udp]);
  });

  it("enforces nothing for the pods of a node whose policy engine is dead", () => {
    const cluster = smallCluster(CLOSED);
    cluster.setPod(pod("shop/db", { ips: IPS.db ?? [], node: "node-2" }));
    cluster.setEnforcement("drop", ["node-2"]);
    expect([fate(cluster, "app>db:80/tcp"), fate(cluster, "app>web:80/tcp")]).toEqual(["accept", "drop"]);
    expect(fate(cluster, "db>web:80/tcp")).toBe("drop");
  });

  it("counts it for the pod whose policies deny it, and says which they are", () => {
    const cluster = smallCluster(CLOSED, policy("shop/also", { policyTypes: ["Ingress"] }));
    const [counter = "", ...more] = loaded(cluster).send(packet("app>web:80/tcp6")).counted;
    expect(more).toEqual([]);
    expect(cluster.explainCounter(counter)).toEqual({
      namespace: "shop",
      pod: "web",
      direction: "ingress",
      policies: ["shop/also", "shop/closed"],
    });
    const [egress = ""] = loaded(cluster).send(packet("web>app:80/tcp")).counted;
    expect(cluster.explainCounter(egress)).toMatchObject({ direction: "egress", policies: ["shop/closed"] });
    cluster.removePolicy("shop", "closed");
    cluster.removePolicy("shop", "also");
    cluster.flush();
    expect(cluster.explainCounter(counter)).toBeUndefined();
  });

  it("counts nothing that is admitted", () => {
    const cluster = smallCluster(policy("shop/open", { podSelector: {}, ingress: [{}] }));
    expect(loaded(cluster).send(packet("app>web:80/tcp"))).toMatchObject({ verdict: "accept", counted: [] });
  });

  it("keeps names within nft's limits, however long the objects' names are, and apart", () => {
    const long = "x".repeat(63);
    const cluster = smallCluster();
    const names = ["a", "b"].map((end) => `${`${long}.`.repeat(3)}${end}`);
    for (const [i, name] of names.entries()) {
      cluster.setPod(pod(`${long}/${name}`, { ips: [`10.9.0.${i}`] }));
      cluster.setPolicy(policy(`${long}/${name}`, { podSelector: { matchLabels: { app: name } } }));
    }
    const counted = names.map(
      (_, i) => loaded(cluster).send(packet(`app>10.9.0.${i}:80/tcp`)).counted[0] ?? "",
    );
    expect(counted.map((name) => cluster.explainCounter(name)?.pod)).toEqual(names);
  });
});

describe("pods that are held", () => {
  it("opens a pod to everything, and closes one to everything but its node, until let go", () => {
    const cluster = smallCluster(CLOSED);
    cluster.holdPod("shop", "web", "open");
    cluster.holdPod("other", "app", "closed");
    expect([fate(cluster, "outside>web:80/tcp"), fate(cluster, "outside>app:80/tcp")]).toEqual([
      "accept",
      "drop",
    ]);
    expect([fate(cluster, "node>app:80/tcp"), fate(cluster, "app>outside:80/tcp")]).toEqual([
      "accept",
      "drop",
    ]);
    const [counter = ""] = loaded(cluster).send(packet("outside>app:80/tcp")).counted;
    expect(cluster.explainCounter(counter)?.policies).toEqual([]);
    cluster.holdPod("shop", "web", undefined);
    cluster.holdPod("other", "app", undefined);
    expect([fate(cluster, "outside>web:80/tcp"), fate(cluster, "outside>app:80/tcp")]).toEqual([
      "drop",
      "accept",
    ]);
  });
});

const SERVICE: Service = {
  metadata: { namespace: "shop", name: "web" },
  spec: { clusterIPs: ["10.96.0.1", "fd96::1"], ports: [{ name: "main", port: 80, targetPort: 8080 }] },
};

function slice(
  ip: string,
  options: { ready?: boolean | null; port?: number; name?: string } = {},
): EndpointSlice {
  return {
    metadata: {
      namespace: "shop",
      name: `web-${ip.replaceAll(":", "-")}`,
      labels: { "kubernetes.io/service-name": "web" },
    },
    addressType: ip.includes(":") ? "IPv6" : "IPv4",
    endpoints: [{ addresses: [ip], conditions: { ready: options.ready ?? null } }],
    ports: [{ name: options.name ?? "main", protocol: "TCP", port: options.port ?? 8080 }],
  };
}

describe("Services", () => {
  it("translates the ClusterIP to an endpoint of the same family before any policy", () => {
    const cluster = smallCluster(
      policy("shop/it", { podSelector: {}, ingress: [{ ports: [{ port: 8080 }] }] }),
    );
    cluster.setService(SERVICE);
    cluster.setEndpointSlice(slice("10.0.0.1"));
    cluster.setEndpointSlice(slice("fd00::1"));
    const model = loaded(cluster);
    expect(model.send(packet("app>10.96.0.1:80/tcp"))).toMatchObject({
      verdict: "accept",
      destination: "10.0.0.1",
      port: 8080,
    });
    expect(model.send(packet("fd00:1::1>fd96::1:80/tcp"))).toMatchObject({
      verdict: "accept",
      destination: "fd00::1",
    });
    expect(model.send(packet("app>web:80/tcp")).verdict).toBe("drop");
  });

  it("spreads over all endpoints, in one rule", () => {
    const cluster = smallCluster();
    cluster.setService(SERVICE);
    cluster.setEndpointSlice(slice("10.0.0.2"));
    cluster.setEndpointSlice(slice("10.0.0.1"));
    expect(cluster.compileAll().join("")).toContain(
      "meta l4proto tcp dnat ip to numgen random mod 2 map { 0 : 10.0.0.1 . 8080, 1 : 10.0.0.2 . 8080 }",
    );
  });

  it.each<[string, EndpointSlice[]]>([
    ["no endpoints", []],
    ["endpoints that are not ready", [slice("10.0.0.1", { ready: false })]],
    ["endpoints of another port", [slice("10.0.0.1", { name: "metrics" })]],
  ])("refuses what nothing serves, whatever the mode: %s", (_name, slices) => {
    const cluster = smallCluster();
    cluster.setService(SERVICE);
    for (const each of slices) {
      cluster.setEndpointSlice(each);
    }
    expect(fate(cluster, "app>10.96.0.1:80/tcp")).toBe("reset");
    expect(fate(cluster, "app>10.96.0.1:53/udp")).toBe("reject");
  });

  it("leaves headless Services to DNS", () => {
    const cluster = smallCluster();
    const before = loaded(cluster).dump();
    cluster.setService({
      ...SERVICE,
      spec: { clusterIP: "None", clusterIPs: ["None"], ports: [{ port: 80 }] },
    });
    expect(loaded(cluster).dump()).toBe(before);
  });

  it("masks a pod that reaches itself, and asks its egress policies only (S34)", () => {
    const cluster = smallCluster(policy("shop/in", { podSelector: {}, policyTypes: ["Ingress"] }));
    cluster.setService(SERVICE);
    cluster.setEndpointSlice(slice("10.0.0.1"));
    expect(loaded(cluster).send(packet("web>10.96.0.1:80/tcp"))).toMatchObject({
      verdict: "accept",
      isMasqueraded: true,
    });
    expect(loaded(cluster).send(packet("app>web:80/tcp"))).toMatchObject({
      verdict: "drop",
      isMasqueraded: false,
    });
    cluster.setPolicy(policy("shop/out", { podSelector: {}, policyTypes: ["Egress"] }));
    expect(fate(cluster, "web>10.96.0.1:80/tcp")).toBe("drop");
  });
});

/** One change of one object, as a cluster sees them. */
function change(
  cluster: RandomCluster,
  other: RandomCluster,
  random: Random,
): (compiler: ReturnType<typeof compilerFor>) => void {
  const from = random.chance(0.5) ? cluster : other;
  switch (random.between(1, 8)) {
    case 1:
    case 2: {
      const changed = random.pick(from.pods);
      return (compiler) => compiler.setPod(changed);
    }
    case 3: {
      const { namespace: ns, name } = random.pick(cluster.pods).metadata;
      return (compiler) => compiler.removePod(ns ?? "", name);
    }
    case 4:
    case 5: {
      const changed = random.pick(from.policies);
      return (compiler) => compiler.setPolicy(changed);
    }
    case 6: {
      const { namespace: ns, name } = random.pick(cluster.policies).metadata;
      return (compiler) => compiler.removePolicy(ns ?? "", name);
    }
    case 7: {
      const changed = random.pick(from.namespaces);
      return (compiler) => compiler.setNamespace(changed);
    }
    default: {
      const mode = random.pick(["drop", "reject", "reset", "off"] as const);
      const hold = random.pick(["open", "closed", undefined] as const);
      const { namespace: ns, name } = random.pick(cluster.pods).metadata;
      const isMode = random.chance(0.5);
      return (compiler) =>
        isMode
          ? compiler.setEnforcement(mode, random.chance(0.5) ? ["node-1"] : [])
          : compiler.holdPod(ns ?? "", name, hold);
    }
  }
}

describe("changes", () => {
  it("says nothing where nothing has changed", () => {
    const cluster = smallCluster(CLOSED);
    expect(cluster.flush()).not.toEqual([]);
    expect(cluster.flush()).toEqual([]);
    cluster.setPod(pod("shop/web", { ips: IPS.web ?? [] }));
    cluster.removePolicy("shop", "unknown");
    cluster.setNode(node("node-1", ...(IPS.node ?? [])));
    expect(cluster.flush()).toEqual([]);
  });

  it("speaks only of what has changed", () => {
    const cluster = smallCluster(
      CLOSED,
      policy("shop/more", { podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] }),
    );
    cluster.flush();
    cluster.setPolicy(policy("shop/more", { podSelector: {}, ingress: [{ ports: [{ port: 81 }] }] }));
    const [text = "", ...more] = cluster.flush();
    expect(more).toEqual([]);
    expect(text.trim().split("\n")).toEqual([
      "flush chain inet netverdict policy-ingress/shop/more",
      'add rule inet netverdict policy-ingress/shop/more tcp dport 81 accept comment "ingress[0]"',
    ]);
  });

  it("leaves the kernel, after any changes, as a fresh start would", () => {
    for (let seed = 1; seed <= 25; seed += 1) {
      const random = new Random(seed);
      const [cluster, other] = [randomCluster(seed), randomCluster(seed + 5_000)];
      const compiler = compilerFor(cluster, "drop");
      const model = new NftModel();
      for (let step = 0; step < 25; step += 1) {
        model.apply(compiler.flush());
        for (let n = random.between(1, 3); n > 0; n -= 1) {
          change(cluster, other, random)(compiler);
        }
      }
      model.apply(compiler.flush());
      expect(model.dump(), `seed ${seed}`).toBe(loaded(compiler).dump());
    }
  });

  it("parts what is too large for one message of nft, so that each part holds by itself", () => {
    const cluster = smallCluster();
    for (let i = 0; i < 400; i += 1) {
      cluster.setPod(
        pod(`shop/p${i}`, { ips: [`10.1.${i >> 8}.${i & 255}`], labels: { app: `a${i % 40}` } }),
      );
      cluster.setPolicy(
        policy(`shop/p${i}`, {
          podSelector: { matchLabels: { app: `a${i % 40}` } },
          ingress: [
            {
              from: [{ podSelector: {} }, { ipBlock: { cidr: `10.2.${i >> 8}.${i & 255}/32` } }],
              ports: [{ port: i + 1 }],
            },
          ],
        }),
      );
    }
    const parts = cluster.compileAll();
    expect(parts.length).toBeGreaterThan(2);
    // nft makes 3 bytes and more of every character.
    expect(Math.max(...parts.map((part) => part.length))).toBeLessThan(70_000);
    const model = new NftModel();
    model.apply(parts);
    expect(model.send(packet("web>10.1.0.7:8/tcp")).verdict).toBe("accept");
    expect(model.send(packet("app>10.1.0.7:8/tcp")).verdict).toBe("drop");
  });
});
