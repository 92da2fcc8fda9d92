import { describe, expect, it } from "vitest";
import { DnsZone } from "../../../src/lab/control/dns-zone.ts";
import { resolvConf } from "../../../src/lab/control/resolver.ts";
import type { LabObject } from "../../../src/lab/model.ts";
import { type FakeLab, fakeLab, podObject } from "./fake-lab.ts";

const web = (name: string, ports: readonly object[], labels: object = { app: "web" }): object =>
  podObject(name, { containers: [{ name: "main", image: "busybox", command: ["x"], ports }] }, { labels });

const service = (spec: object, name = "web"): object => ({
  metadata: { name, namespace: "shop" },
  spec: { selector: { app: "web" }, ports: [{ name: "http", port: 80, targetPort: "http" }], ...spec },
});

interface Slice extends LabObject {
  readonly addressType: string;
  readonly endpoints: readonly {
    readonly addresses: readonly string[];
    readonly hostname?: string;
    readonly conditions: object;
    readonly targetRef?: { readonly name: string };
  }[];
  readonly ports: readonly { readonly name: string; readonly port: number }[];
}

const slices = (lab: FakeLab): readonly Slice[] =>
  lab.store.list("endpointslices", "shop") as readonly Slice[];
const specOf = (lab: FakeLab, name = "web"): Readonly<Record<string, unknown>> =>
  lab.store.get("services", "shop", name)?.spec as Readonly<Record<string, unknown>>;

describe("a Service", () => {
  it.each([
    { name: "an IPv4 address", spec: {}, families: ["IPv4"], count: 1 },
    {
      name: "both with PreferDualStack",
      spec: { ipFamilyPolicy: "PreferDualStack" },
      families: ["IPv4", "IPv6"],
      count: 2,
    },
    {
      name: "an IPv6 address where it asks for that family",
      spec: { ipFamilies: ["IPv6"] },
      families: ["IPv6"],
      count: 1,
    },
  ])("gets $name at once", async ({ spec, families, count }) => {
    const lab = await fakeLab();
    lab.store.create("services", service(spec));
    const found = specOf(lab);
    expect(found.ipFamilies).toEqual(families);
    expect(found.clusterIPs).toHaveLength(count);
    expect(found.clusterIP).toBe((found.clusterIPs as readonly string[])[0]);
  });

  it("gets an IPv4 address in a lab of IPv4 alone, whatever it asks for, as nodes and pods do", async () => {
    const lab = await fakeLab({ families: ["IPv4"] });
    lab.store.create("services", service({ ipFamilyPolicy: "PreferDualStack", ipFamilies: ["IPv6"] }));
    lab.store.create("pods", {
      metadata: { name: "web", namespace: "shop" },
      spec: { containers: [{ name: "web", image: "nginx" }] },
    });
    await lab.settle();
    expect(specOf(lab)).toMatchObject({ ipFamilies: ["IPv4"], clusterIPs: ["10.96.1.0"] });
    expect(lab.pod("shop", "web")?.status?.podIPs).toEqual([{ ip: expect.stringMatching(/^10\.244\./) }]);
    const dns = lab.store.get("services", "kube-system", "kube-dns");
    expect(dns?.spec).toMatchObject({ clusterIPs: ["10.96.0.10"], ipFamilies: ["IPv4"] });
    for (const { spec, status } of lab.store.list("nodes") as readonly LabObject[]) {
      expect(spec).toMatchObject({ podCIDRs: [expect.stringContaining("10.244.")] });
      expect(JSON.stringify(status)).not.toContain("fd00:");
    }
  });

  it("keeps the address that it asks for, and no other Service gets it", async () => {
    const lab = await fakeLab();
    lab.store.create("services", service({ clusterIP: "10.96.1.0" }));
    lab.store.create("services", service({}, "other"));
    expect(specOf(lab).clusterIP).toBe("10.96.1.0");
    expect(specOf(lab, "other").clusterIP).toBe("10.96.1.1");
  });

  it("without an address has none; one that is only a name, too", async () => {
    const lab = await fakeLab();
    lab.store.create("services", service({ clusterIP: "None" }));
    lab.store.create("services", service({ type: "ExternalName", externalName: "example.com" }, "name"));
    expect(specOf(lab)).toMatchObject({ clusterIP: "None", clusterIPs: ["None"] });
    expect(specOf(lab, "name").clusterIP).toBeUndefined();
  });
});

describe("the slices of a Service", () => {
  it("group pods by the numbers that the target port's name has in them", async () => {
    const lab = await fakeLab();
    lab.store.create("services", service({}));
    lab.store.create("pods", web("a", [{ name: "http", containerPort: 8080 }]));
    lab.store.create("pods", web("b", [{ name: "http", containerPort: 8081 }]));
    lab.store.create("pods", web("c", [{ name: "other", containerPort: 1 }]));
    lab.store.create("pods", web("stranger", [{ name: "http", containerPort: 8080 }], { app: "other" }));
    await lab.settle();
    const found = slices(lab).map(({ ports, endpoints }) => [
      ports.map(({ port }) => port),
      endpoints.map(({ targetRef }) => targetRef?.name),
    ]);
    expect(found).toHaveLength(3);
    expect(found).toEqual(
      expect.arrayContaining([
        [[8080], ["a"]],
        [[8081], ["b"]],
        [[], ["c"]],
      ]),
    );
  });

  it("list pods that are not ready as that, unless the Service publishes them", async () => {
    const lab = await fakeLab();
    const gates = { readinessGates: [{ conditionType: "never" }] };
    lab.store.create("pods", podObject("a", gates, { labels: { app: "web" } }));
    lab.store.create("services", service({ ports: [{ port: 80 }] }));
    lab.store.create("services", service({ ports: [{ port: 80 }], publishNotReadyAddresses: true }, "all"));
    await lab.settle();
    const ready = Object.fromEntries(
      slices(lab).map(({ metadata, endpoints }) => [
        metadata.labels?.["kubernetes.io/service-name"],
        endpoints[0]?.conditions,
      ]),
    );
    expect(ready).toEqual({
      web: { ready: false, serving: false, terminating: false },
      all: { ready: true, serving: true, terminating: false },
    });
  });

  it("say which pods are ending, and forget those that are gone", async () => {
    const lab = await fakeLab();
    lab.kernel.ignoresTerm = true;
    lab.store.create("services", service({ ports: [{ port: 80 }] }));
    lab.store.create(
      "pods",
      podObject("a", { terminationGracePeriodSeconds: 5 }, { labels: { app: "web" } }),
    );
    await lab.settle();
    lab.store.delete("pods", "shop", "a");
    await lab.settle();
    expect(slices(lab)[0]?.endpoints[0]?.conditions).toEqual({
      ready: false,
      serving: true,
      terminating: true,
    });
    await lab.clock.advance(6_000);
    expect(slices(lab)[0]?.endpoints).toEqual([]);
  });

  it("are of both families for a Service with both, and go with it", async () => {
    const lab = await fakeLab();
    lab.store.create("services", service({ ports: [{ port: 80 }], ipFamilyPolicy: "PreferDualStack" }));
    lab.store.create("pods", podObject("a", {}, { labels: { app: "web" } }));
    await lab.settle();
    expect(
      slices(lab)
        .map(({ addressType }) => addressType)
        .sort(),
    ).toEqual(["IPv4", "IPv6"]);
    lab.store.delete("services", "shop", "web");
    await lab.settle();
    expect(slices(lab)).toEqual([]);
  });

  it("are left alone where somebody else made them for a Service without a selector", async () => {
    const lab = await fakeLab();
    lab.store.create("services", service({ selector: undefined, ports: [{ port: 80 }] }));
    lab.store.create("endpointslices", {
      metadata: { name: "mine", namespace: "shop", labels: { "kubernetes.io/service-name": "web" } },
      addressType: "IPv4",
      endpoints: [{ addresses: ["203.0.113.10"] }],
      ports: [{ port: 8080 }],
    });
    await lab.settle();
    expect(slices(lab).map(({ metadata }) => metadata.name)).toEqual(["mine"]);
  });
});

describe("the cluster's DNS", () => {
  it("knows Services, the pods of headless ones, named ports, other names, and hosts outside", async () => {
    const lab = await fakeLab();
    lab.store.create("services", service({ clusterIP: "10.96.7.7" }));
    lab.store.create(
      "services",
      service({ clusterIP: "None", ports: [{ name: "http", port: 80 }] }, "nodes"),
    );
    lab.store.create("services", service({ type: "ExternalName", externalName: "Example.com." }, "alias"));
    lab.store.create(
      "pods",
      podObject("a", { hostname: "first", subdomain: "nodes" }, { labels: { app: "web" } }),
    );
    await lab.settle();
    const zone = new DnsZone(lab.store, new Map([["example.com", ["192.0.2.1"]]]));
    const address = lab.pod("shop", "a")?.status?.podIP ?? "";
    expect(zone.lookup("web.shop.svc.cluster.local")).toEqual([{ type: "A", address: "10.96.7.7" }]);
    expect(zone.lookup("_http._tcp.web.shop.svc.cluster.local")).toEqual([
      { type: "SRV", port: 80, target: "web.shop.svc.cluster.local" },
    ]);
    expect(zone.lookup("nodes.shop.svc.cluster.local")).toEqual([{ type: "A", address }]);
    expect(zone.lookup("first.nodes.shop.svc.cluster.local")).toEqual([{ type: "A", address }]);
    expect(zone.lookup("alias.shop.svc.cluster.local")).toEqual([{ type: "CNAME", target: "example.com" }]);
    expect(zone.lookup("example.com")).toEqual([{ type: "A", address: "192.0.2.1" }]);
    expect(zone.lookup(`${address.replaceAll(".", "-")}.shop.pod.cluster.local`)).toEqual([
      { type: "A", address },
    ]);
    expect(zone.lookup("shop.svc.cluster.local")).toEqual([]);
    expect(zone.lookup("none.shop.svc.cluster.local")).toBeUndefined();
  });

  it("is a pod behind a Service at the address that pods ask", async () => {
    const lab = await fakeLab();
    const dns = lab.store.get("services", "kube-system", "kube-dns");
    expect((dns?.spec as { readonly clusterIPs: readonly string[] }).clusterIPs).toEqual([
      "10.96.0.10",
      "fd00:10:96::a",
    ]);
    const [pod] = lab.pods("kube-system");
    expect(pod?.metadata.labels).toMatchObject({ "k8s-app": "kube-dns" });
    expect(lab.kernel.processes.map(({ command }) => command)).toEqual(["dns"]);
    lab.store.create(
      "pods",
      podObject("a", { dnsPolicy: "None", dnsConfig: { nameservers: ["192.0.2.53"] } }),
    );
    await lab.settle();
    expect(resolvConf(lab.pod("shop", "a")!)).toBe("nameserver 192.0.2.53\n");
  });
});

describe("the rules in the kernel", () => {
  const closed = {
    metadata: { name: "closed", namespace: "shop" },
    spec: { podSelector: {}, policyTypes: ["Ingress"] },
  };
  /** All that was loaded since the last call. */
  const loaded = (lab: FakeLab): string => lab.kernel.rules.splice(0).join("\n");

  it("follow policies, labels of pods and labels of namespaces, each in one transaction", async () => {
    const lab = await fakeLab();
    lab.store.create("pods", podObject("a", {}, { labels: { app: "web" } }));
    await lab.settle();
    loaded(lab);
    lab.store.create("networkpolicies", {
      metadata: { name: "from-blue", namespace: "shop" },
      spec: {
        podSelector: { matchLabels: { app: "web" } },
        ingress: [{ from: [{ namespaceSelector: { matchLabels: { color: "blue" } } }] }],
      },
    });
    await lab.settle();
    expect(lab.kernel.rules).toHaveLength(1);
    loaded(lab);
    const namespace = lab.store.get("namespaces", undefined, "shop")!;
    const labels = { ...namespace.metadata.labels, color: "blue" };
    lab.store.replace("namespaces", { ...namespace, metadata: { ...namespace.metadata, labels } });
    await lab.settle();
    expect(loaded(lab)).toContain(lab.pod("shop", "a")?.status?.podIP);
    const pod = lab.pod("shop", "a")!;
    lab.store.replace("pods", { ...pod, metadata: { ...pod.metadata, labels: { app: "other" } } });
    await lab.settle();
    expect(loaded(lab)).not.toBe("");
  });

  it("are not loaded for changes that concern no packet", async () => {
    const lab = await fakeLab();
    lab.store.create("pods", podObject("a"));
    await lab.settle();
    loaded(lab);
    const pod = lab.pod("shop", "a")!;
    lab.store.replace("pods", { ...pod, metadata: { ...pod.metadata, annotations: { note: "x" } } });
    lab.store.create("configmaps", { metadata: { name: "x", namespace: "shop" } });
    await lab.clock.advance(30_000);
    expect(loaded(lab)).toBe("");
  });

  it("bite only after the delay that is set", async () => {
    const lab = await fakeLab({ faults: { policyDelayMs: 500 } });
    lab.store.create("pods", podObject("a"));
    await lab.settle();
    loaded(lab);
    lab.store.create("networkpolicies", closed);
    await lab.clock.advance(400);
    expect(loaded(lab)).toBe("");
    await lab.clock.advance(200);
    expect(loaded(lab)).not.toBe("");
    lab.store.delete("networkpolicies", "shop", "closed");
    await lab.clock.advance(400);
    expect(loaded(lab)).toBe("");
    await lab.clock.advance(200);
    expect(loaded(lab)).not.toBe("");
  });

  it.each(["failOpenMs", "failClosedMs"] as const)("hold a new pod for %s", async (fault) => {
    const lab = await fakeLab({ faults: { [fault]: 700 } });
    lab.store.create("networkpolicies", closed);
    lab.store.create("networkpolicies", {
      metadata: { name: "open", namespace: "shop" },
      spec: { podSelector: {}, ingress: [{}] },
    });
    await lab.settle();
    lab.store.create("pods", podObject("a"));
    await lab.settle();
    loaded(lab);
    await lab.clock.advance(600);
    expect(loaded(lab)).toBe("");
    await lab.clock.advance(200);
    expect(loaded(lab)).not.toBe("");
  });

  it("change with the enforcement", async () => {
    const lab = await fakeLab();
    lab.store.create("networkpolicies", closed);
    lab.store.create("pods", podObject("a"));
    await lab.settle();
    loaded(lab);
    lab.faults.enforcement = "off";
    lab.control.network.onFaultsChanged();
    await lab.control.network.settled();
    expect(loaded(lab)).not.toBe("");
  });

  it("no longer know a pod that has ended", async () => {
    const lab = await fakeLab();
    lab.store.create("networkpolicies", closed);
    lab.store.create("pods", podObject("once", { restartPolicy: "Never" }));
    await lab.settle();
    const address = lab.pod("shop", "once")?.status?.podIP ?? "";
    expect(lab.control.compiler.compileAll().join("\n")).toContain(address);
    lab.kernel.running("shop/once")[0]?.finish(0);
    await lab.settle();
    expect(lab.control.compiler.compileAll().join("\n")).not.toContain(address);
  });
});
