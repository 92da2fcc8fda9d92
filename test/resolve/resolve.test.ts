import { describe, expect, it } from "vitest";
import type { Endpoint, Flow, ServiceEndpoint, WorkloadEndpoint } from "../../src/model/scenario.ts";
import type { Snapshot } from "../../src/model/snapshot.ts";
import { STAND_IN_LABEL } from "../../src/model/stand-in.ts";
import { type Resolution, resolveScenarios } from "../../src/resolve/resolve.ts";
import {
  deployment,
  flow,
  labelsEndpoint,
  namespace,
  pod,
  service,
  snapshot,
  tcp,
} from "../build-snapshot.ts";

const RANGE = { file: "s.yaml", start: { line: 1, column: 1 }, end: { line: 1, column: 2 } };
const web = labelsEndpoint("web", "shop");
const api = labelsEndpoint("api", "shop", { hypothetical: false });

function resolve(
  flows: readonly Flow[],
  parts: Partial<Snapshot>,
  options = { standIns: false, predictOnly: false },
): Resolution {
  const endpoints: Endpoint[] = [...new Set(flows.flatMap(({ from, to }) => [from, to]))];
  const scenario = { name: "s", file: "s.yaml", annotations: {}, endpoints, flows };
  return resolveScenarios([scenario], snapshot({ namespaces: [namespace("shop")], ...parts }), options);
}

function errors(resolution: Resolution): readonly string[] {
  return resolution.diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message);
}

function displays(resolution: Resolution): readonly string[] {
  return resolution.flows.flatMap(({ targets }) => targets.map(({ display, port }) => `${display}:${port}`));
}

function workload(name: string): WorkloadEndpoint {
  return {
    kind: "workload",
    name,
    range: RANGE,
    namespace: "shop",
    workload: { kind: "Deployment", name },
    ports: [],
  };
}

function svc(name: string): ServiceEndpoint {
  return { kind: "service", name, range: RANGE, namespace: "shop", service: name };
}

describe("targets by labels", () => {
  it("are the running pods that match, and no others", () => {
    const pods = [
      pod("shop/api-0", { labels: { app: "api", extra: "x" } }),
      pod("shop/api-1", { labels: { app: "api" }, phase: "Succeeded" }),
      pod("shop/api-2", { labels: { app: "api" }, terminating: true }),
      pod("shop/netverdict-x-1", { labels: { app: "api", [STAND_IN_LABEL]: "true" } }),
      pod("other/api-3", { labels: { app: "api" } }),
      pod("shop/web-0", { labels: { app: "web" } }),
    ];
    expect(displays(resolve([flow(web, api)], { pods }))).toEqual(["pod shop/api-0:80"]);
  });

  it("are an error when no pod matches, with what to do", () => {
    const resolution = resolve([flow(web, api)], {});
    expect(errors(resolution)).toEqual(["no running pod in namespace shop carries the labels of api"]);
    expect(resolution.diagnostics[0]?.hint).toContain("standIn: true");
  });

  it("become servers of our own with --stand-ins", () => {
    const resolution = resolve([flow(web, api)], {}, { standIns: true, predictOnly: false });
    expect(errors(resolution)).toEqual([]);
    expect(resolution.flows[0]?.targets[0]?.kind).toBe("stand-in");
  });

  it("are taken as they are, with a warning, when nothing is probed", () => {
    const resolution = resolve([flow(web, api)], {}, { standIns: false, predictOnly: true });
    expect(errors(resolution)).toEqual([]);
    expect(resolution.diagnostics.map(({ severity }) => severity)).toContain("warning");
  });

  it("are probed on at most `replicas` pods", () => {
    const pods = [1, 2, 3].map((n) => pod(`shop/api-${n}`, { labels: { app: "api" } }));
    const limited = { ...api, replicas: 2 };
    expect(displays(resolve([flow(web, limited)], { pods }))).toHaveLength(2);
  });

  it("resolve a port name on each pod by itself (S27), leaving out those without it", () => {
    const pods = [
      pod("shop/api-1", { labels: { app: "api" }, ports: [{ name: "http", containerPort: 8080 }] }),
      pod("shop/api-2", { labels: { app: "api" }, ports: [{ name: "http", containerPort: 9090 }] }),
      pod("shop/api-3", { labels: { app: "api" }, ports: [{ name: "metrics", containerPort: 1 }] }),
    ];
    const resolution = resolve([flow(web, api, { port: "http" })], { pods });
    expect(displays(resolution)).toEqual(["pod shop/api-1:8080", "pod shop/api-2:9090"]);
    expect(resolution.diagnostics.map(({ message }) => message).join()).toContain(
      "shop/api-3 declares no TCP port named http",
    );
  });

  it("are an error when no pod knows the port name", () => {
    const pods = [
      pod("shop/api-1", { labels: { app: "api" }, ports: [{ name: "metrics", containerPort: 1 }] }),
    ];
    const resolution = resolve([flow(web, api, { port: "http" })], { pods });
    expect(errors(resolution)).toHaveLength(1);
    expect(resolution.diagnostics.at(-1)?.hint).toContain("metrics");
  });
});

describe("sources", () => {
  it("warn when no pod or template carries the labels", () => {
    const resolution = resolve([flow(api, { ...web, standIn: true, ports: [tcp(80)] })], {});
    expect(resolution.diagnostics.map(({ message }) => message)).toEqual([
      "no pod or workload in namespace shop carries the labels of api",
    ]);
  });

  it("do not warn when a template carries them, though it runs no pod", () => {
    const workloads = [deployment("shop/api", { app: "api" })];
    const target = { ...web, standIn: true, ports: [tcp(80)] };
    expect(resolve([flow(api, target)], { workloads }).diagnostics).toEqual([]);
  });

  it("take the labels of a workload's template", () => {
    const workloads = [deployment("shop/api", { app: "api", tier: "backend" })];
    const target = { ...web, standIn: true, ports: [tcp(80)] };
    const [resolved] = resolve([flow(workload("api"), target)], { workloads }).flows;
    expect(resolved?.source.kind === "stand-in" && resolved.source.template.labels).toEqual({
      app: "api",
      tier: "backend",
    });
  });

  it("that run in their node's network are inconclusive, with the reason", () => {
    const template = {
      metadata: { labels: { app: "agent" } },
      spec: { hostNetwork: true, containers: [{ name: "c" }] },
    };
    const workloads = [deployment("shop/agent", { app: "agent" }, { template })];
    const target = { ...web, standIn: true, ports: [tcp(80)] };
    const [resolved] = resolve([flow(workload("agent"), target)], { workloads }).flows;
    expect(resolved?.problem?.reason).toContain("node's network");
  });

  it("that do not exist are an error with the nearest name", () => {
    const workloads = [deployment("shop/backend", { app: "api" })];
    const resolution = resolve([flow(workload("backnd"), { ...web, standIn: true, ports: [tcp(80)] })], {
      workloads,
    });
    expect(errors(resolution)).toEqual(["there is no Deployment backnd in namespace shop"]);
    expect(resolution.diagnostics[0]?.hint).toBe('did you mean "backend"?');
  });

  it("that could not be read say so instead of being missing", () => {
    const unread = [{ resource: "workloads", reason: "forbidden: cannot list deployments" }] as const;
    const resolution = resolve([flow(workload("api"), { ...web, standIn: true, ports: [tcp(80)] })], {
      unread,
    });
    expect(errors(resolution)[0]).toContain("forbidden: cannot list deployments");
  });
});

describe("Services", () => {
  const pods = [
    pod("shop/db-0", { labels: { app: "db" }, ip: "10.0.0.5", ports: [{ name: "pg", containerPort: 5432 }] }),
    pod("shop/db-1", { labels: { app: "db" }, ip: "10.0.0.6", ports: [{ name: "pg", containerPort: 6432 }] }),
  ];
  const database = service("shop/db", {
    clusterIP: "10.96.0.7",
    selector: { app: "db" },
    ports: [{ name: "sql", port: 5432, targetPort: "pg" }],
  });

  it("are the ClusterIP and every endpoint on its own target port", () => {
    const resolution = resolve([flow(web, svc("db"), { port: 5432 })], {
      origin: "manifests",
      pods,
      services: [database],
    });
    expect(displays(resolution)).toEqual([
      "ClusterIP 10.96.0.7 of Service shop/db:5432",
      "pod shop/db-0 behind Service shop/db:5432",
      "pod shop/db-1 behind Service shop/db:6432",
    ]);
  });

  it("without endpoints are a problem of the flow, never a pass", () => {
    const resolution = resolve([flow(web, svc("db"), { port: 5432 })], {
      origin: "manifests",
      services: [database],
    });
    expect(resolution.flows[0]?.problem?.reason).toContain("no endpoints");
    expect(resolution.flows[0]?.targets).toEqual([]);
  });

  it("that lack the port are an error that names those there are", () => {
    const resolution = resolve([flow(web, svc("db"), { port: 80 })], {
      origin: "manifests",
      pods,
      services: [database],
    });
    expect(errors(resolution)).toEqual(["Service shop/db has no TCP port 80"]);
    expect(resolution.diagnostics[0]?.hint).toContain("sql/TCP");
  });

  it("that are headless are their endpoints, on the port that was asked for (S43)", () => {
    const headless = service("shop/db", {
      clusterIP: "None",
      selector: { app: "db" },
      ports: [{ port: 80, targetPort: 5432 }],
    });
    const resolution = resolve([flow(web, svc("db"), { port: 9999 })], {
      origin: "manifests",
      pods,
      services: [headless],
    });
    expect(displays(resolution)).toEqual([
      "pod shop/db-0 behind Service shop/db:9999",
      "pod shop/db-1 behind Service shop/db:9999",
    ]);
  });

  it("that are aliases lead to the host that they stand for, on the port that is dialled (S44)", () => {
    const alias = service("shop/db", {
      type: "ExternalName",
      externalName: "db.example.com",
      ports: [{ name: "sql", port: 5432 }],
    });
    for (const port of [5432, "sql", undefined]) {
      const resolution = resolve([flow(web, svc("db"), { port })], { services: [alias] });
      expect(resolution.flows[0]?.targets).toEqual([
        {
          kind: "host",
          display: "db.example.com (alias by Service shop/db)",
          host: "db.example.com",
          port: 5432,
          end: { kind: "unknown-address", display: "db.example.com", host: "db.example.com" },
        },
      ]);
    }
    expect(errors(resolve([flow(web, svc("db"), { port: "web" })], { services: [alias] }))).toEqual([
      "Service shop/db is an alias for db.example.com and declares no TCP port web",
    ]);
    expect(
      errors(resolve([flow(web, svc("db"))], { services: [service("shop/db", { type: "ExternalName" })] })),
    ).toEqual(["Service shop/db is an alias without an externalName"]);
  });

  it("carry what policies may see of them to their endpoints, but not to pods that are dialled directly (S17, S45)", () => {
    const local = service("shop/db", {
      clusterIP: "10.96.0.7",
      clusterIPs: ["10.96.0.7"],
      externalTrafficPolicy: "Local",
      selector: { app: "db" },
      ports: [{ port: 80, targetPort: 5432 }],
    });
    const resolution = resolve([flow(web, svc("db"), { port: 80 })], {
      origin: "manifests",
      pods,
      services: [local],
    });
    const [viaAddress, ...direct] = resolution.flows[0]?.targets ?? [];
    expect(viaAddress?.kind === "cluster-ip" && viaAddress.backends.map(({ via }) => via)).toEqual(
      Array(2).fill({
        name: "shop/db",
        namespace: "shop",
        address: "10.96.0.7",
        port: 80,
        selector: { app: "db" },
        keepsClient: true,
      }),
    );
    expect(direct.map(({ kind }) => kind)).toEqual(["pod", "pod"]);
  });

  it("that stay on their node are warned of (S45)", () => {
    const local = service("shop/db", {
      clusterIP: "None",
      internalTrafficPolicy: "Local",
      selector: { app: "db" },
      ports: [{ port: 5432 }],
    });
    const { diagnostics } = resolve([flow(web, svc("db"), { port: 5432 })], {
      origin: "manifests",
      pods,
      services: [local],
    });
    expect(diagnostics.map(({ severity, message }) => [severity, message])).toEqual([
      [
        "warning",
        "Service shop/db has internalTrafficPolicy: Local: from a node without an endpoint of its own it leads nowhere (S45)",
      ],
    ]);
  });
});

describe("flows that cannot be probed", () => {
  it("over SCTP say so", () => {
    const target = { ...api, standIn: true, ports: [tcp(80)] };
    expect(resolve([flow(web, target, { protocol: "SCTP" })], {}).flows[0]?.problem?.reason).toContain(
      "SCTP",
    );
  });

  it("in namespaces that do not exist are an error", () => {
    const lost = labelsEndpoint("lost", "nowhere");
    expect(errors(resolve([flow(lost, { ...api, standIn: true, ports: [tcp(80)] })], {}))).toEqual([
      "there is no namespace nowhere",
    ]);
  });
});

describe("addresses", () => {
  const ip = (address: string): Endpoint => ({
    kind: "ip",
    name: address,
    range: RANGE,
    ip: address,
    ports: [],
  });

  it("that are a pod's are judged as that pod", () => {
    const pods = [pod("shop/api-0", { labels: { app: "api" }, ip: "10.0.0.5" })];
    const [target] = resolve([flow(web, ip("10.0.0.5"))], { pods }).flows[0]?.targets ?? [];
    expect(target?.kind === "pod" && target.end.labels).toEqual({ app: "api" });
  });

  it("that are a Service's are judged by what is behind it", () => {
    const pods = [pod("shop/db-0", { labels: { app: "db" }, ip: "10.0.0.5" })];
    const services = [
      service("shop/db", {
        clusterIP: "10.96.0.7",
        selector: { app: "db" },
        ports: [{ port: 80, targetPort: 5432 }],
      }),
    ];
    const [target] =
      resolve([flow(web, ip("10.96.0.7"))], { origin: "manifests", pods, services }).flows[0]?.targets ?? [];
    expect(target?.kind === "cluster-ip" && target.backends.map((backend) => backend.port)).toEqual([5432]);
  });

  it("that nobody in the cluster has are taken as they are", () => {
    const [target] = resolve([flow(web, ip("203.0.113.10"))], {}).flows[0]?.targets ?? [];
    expect(target).toMatchObject({
      kind: "address",
      address: "203.0.113.10",
      end: { kind: "cidr", cidr: "203.0.113.10/32" },
    });
  });
});
