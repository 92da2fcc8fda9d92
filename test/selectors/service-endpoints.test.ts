import { describe, expect, it } from "vitest";
import type { EndpointSlice, Labels, Pod, PodStatus, Service } from "../../src/model/kubernetes.ts";
import { serviceEndpoints } from "../../src/selectors/service-endpoints.ts";

type ServiceSpec = NonNullable<Service["spec"]>;

interface PodOptions {
  readonly namespace?: string;
  readonly labels?: Labels;
  readonly ports?: Pod["spec"]["containers"][number]["ports"];
  readonly status?: PodStatus;
  readonly deletionTimestamp?: string;
}

function pod(name: string, options: PodOptions = {}): Pod {
  const { namespace = "shop", labels = { app: "web" }, ports = [], status, deletionTimestamp } = options;
  return {
    metadata: { name, namespace, labels, ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }) },
    spec: { containers: [{ name: "main", ports }] },
    ...(status === undefined ? {} : { status }),
  };
}

function running(ip: string, ready = true): PodStatus {
  const conditions = [{ type: "Ready", status: ready ? "True" : "False" }];
  return { phase: "Running", podIP: ip, podIPs: [{ ip }], conditions };
}

function service(spec: ServiceSpec): Service {
  return {
    metadata: { name: "web", namespace: "shop" },
    spec: {
      selector: { app: "web" },
      clusterIP: "10.96.0.1",
      ports: [{ port: 80, targetPort: 8080 }],
      ...spec,
    },
  };
}

function slice(
  endpoints: EndpointSlice["endpoints"],
  options: {
    ports?: EndpointSlice["ports"];
    addressType?: string;
    service?: string;
    namespace?: string;
  } = {},
): EndpointSlice {
  return {
    metadata: {
      name: "web-abc",
      namespace: options.namespace ?? "shop",
      labels: { "kubernetes.io/service-name": options.service ?? "web" },
    },
    addressType: options.addressType ?? "IPv4",
    endpoints,
    ports: options.ports ?? [{ name: "", port: 8080, protocol: "TCP" }],
  };
}

/** `name address targetPort` of each endpoint of the first Service port. */
function endpointsOf(
  spec: ServiceSpec,
  pods: readonly Pod[],
  slices?: readonly EndpointSlice[],
): readonly string[] {
  const [first] = serviceEndpoints(service(spec), pods, slices).ports;
  return (first?.endpoints ?? []).map(
    (endpoint) => `${endpoint.pod?.metadata.name ?? "-"} ${endpoint.address ?? "-"} ${endpoint.targetPort}`,
  );
}

describe("endpoints of a Service, worked out from its selector", () => {
  it("S41: are the pods of its namespace that its selector matches", () => {
    const pods = [
      pod("web-1"),
      pod("web-2", { labels: { app: "web", extra: "1" } }),
      pod("api", { labels: { app: "api" } }),
      pod("web-elsewhere", { namespace: "other" }),
    ];
    expect(endpointsOf({}, pods)).toEqual(["web-1 - 8080", "web-2 - 8080"]);
  });

  it("S41: are not pods that have ended", () => {
    const pods = [
      pod("done", { status: { ...running("10.0.0.1"), phase: "Succeeded" } }),
      pod("failed", { status: { ...running("10.0.0.2"), phase: "Failed" } }),
      pod("live", { status: running("10.0.0.3") }),
    ];
    expect(endpointsOf({}, pods)).toEqual(["live 10.0.0.3 8080"]);
  });

  it("S41: are not pods without an address once their status is known", () => {
    const pods = [pod("starting", { status: { phase: "Pending" } })];
    expect(endpointsOf({ publishNotReadyAddresses: true }, pods)).toEqual([]);
  });

  it("S41: are only ready pods", () => {
    const pods = [
      pod("ready", { status: running("10.0.0.1") }),
      pod("unready", { status: running("10.0.0.2", false) }),
      pod("silent", { status: { phase: "Running", podIP: "10.0.0.3" } }),
    ];
    expect(endpointsOf({}, pods)).toEqual(["ready 10.0.0.1 8080"]);
  });

  it("S41: are all pods where the Service publishes unready addresses", () => {
    const pods = [
      pod("a", { status: running("10.0.0.1") }),
      pod("b", { status: running("10.0.0.2", false) }),
    ];
    expect(endpointsOf({ publishNotReadyAddresses: true }, pods)).toEqual([
      "a 10.0.0.1 8080",
      "b 10.0.0.2 8080",
    ]);
  });

  it("S41: are terminating pods only while no other is ready", () => {
    const deletionTimestamp = "2026-01-01T00:00:00Z";
    const leaving = pod("leaving", { status: running("10.0.0.1"), deletionTimestamp });
    const gone = pod("gone", { status: running("10.0.0.3", false), deletionTimestamp });
    const staying = pod("staying", { status: running("10.0.0.2") });
    expect(endpointsOf({}, [leaving, staying, gone])).toEqual(["staying 10.0.0.2 8080"]);
    expect(endpointsOf({}, [leaving, gone])).toEqual(["leaving 10.0.0.1 8080"]);
  });

  it("count pods from manifests, which have no status, as ready", () => {
    expect(endpointsOf({}, [pod("a"), pod("b", { status: {} })])).toEqual(["a - 8080", "b - 8080"]);
  });

  it("S42: without targetPort are at the Service's own port", () => {
    expect(endpointsOf({ ports: [{ port: 81 }] }, [pod("a")])).toEqual(["a - 81"]);
  });

  it("S42: resolve a named targetPort on each pod and leave out pods without it", () => {
    const pods = [
      pod("a", { ports: [{ name: "http", containerPort: 8080 }] }),
      pod("b", { ports: [{ name: "http", containerPort: 9090 }] }),
      pod("c", { ports: [{ name: "http", containerPort: 9091, protocol: "UDP" }] }),
      pod("d"),
    ];
    expect(endpointsOf({ ports: [{ port: 80, targetPort: "http" }] }, pods)).toEqual([
      "a - 8080",
      "b - 9090",
    ]);
  });

  it("are given port by port, in the Service's order", () => {
    const ports = [
      { name: "web", port: 80, targetPort: 8080 },
      { name: "dns", port: 53, protocol: "UDP" as const, targetPort: "dns" },
    ];
    const pods = [pod("a"), pod("b", { ports: [{ name: "dns", containerPort: 1053, protocol: "UDP" }] })];
    const found = serviceEndpoints(service({ ports }), pods, undefined);
    expect(found.kind).toBe("proxied");
    expect(
      found.ports.map(({ port, endpoints }) => [port.name, endpoints.map((end) => end.targetPort)]),
    ).toEqual([
      ["web", [8080, 8080]],
      ["dns", [1053]],
    ]);
  });

  it("list a dual-stack pod once per family of the Service", () => {
    const status = { ...running("10.0.0.1"), podIPs: [{ ip: "10.0.0.1" }, { ip: "fd00::1" }] };
    expect(endpointsOf({}, [pod("a", { status })])).toEqual(["a 10.0.0.1 8080"]);
    expect(endpointsOf({ clusterIP: "fd01::1", clusterIPs: ["fd01::1"] }, [pod("a", { status })])).toEqual([
      "a fd00::1 8080",
    ]);
    expect(endpointsOf({ clusterIPs: ["10.96.0.1", "fd01::1"] }, [pod("a", { status })])).toEqual([
      "a 10.0.0.1 8080",
      "a fd00::1 8080",
    ]);
  });

  it("do not depend on the order of the pods", () => {
    const pods = [pod("b"), pod("a"), pod("c")];
    expect(endpointsOf({}, pods)).toEqual(endpointsOf({}, [...pods].reverse()));
  });

  it("S44: are none without a selector", () => {
    expect(endpointsOf({ selector: {} }, [pod("a", { labels: {} })])).toEqual([]);
    expect(endpointsOf({ selector: null }, [pod("a", { labels: {} })])).toEqual([]);
  });

  it("S44: are none for an ExternalName", () => {
    const found = serviceEndpoints(
      service({ type: "ExternalName", externalName: "example.com" }),
      [pod("a")],
      undefined,
    );
    expect(found).toEqual({ kind: "external-name", ports: [], backends: [] });
  });
});

describe("endpoints of a headless Service", () => {
  it("S43: are dialled at the port that the client chose, with no targetPort", () => {
    const spec = { clusterIP: "None", ports: [{ port: 80, targetPort: 8080 }] };
    expect(serviceEndpoints(service(spec), [pod("a")], undefined).kind).toBe("headless");
    expect(endpointsOf(spec, [pod("a")])).toEqual(["a - 80"]);
  });

  it("S43: are not left out for a named targetPort that they lack", () => {
    expect(endpointsOf({ clusterIP: "None", ports: [{ port: 80, targetPort: "http" }] }, [pod("a")])).toEqual(
      ["a - 80"],
    );
  });

  it("S43: are known without any Service port", () => {
    const found = serviceEndpoints(
      service({ clusterIP: "None", ports: null }),
      [pod("a"), pod("b")],
      undefined,
    );
    expect(found.ports).toEqual([]);
    expect(found.backends.map((backend) => backend.pod?.metadata.name)).toEqual(["a", "b"]);
  });

  it("are never terminating ones, since DNS lists only ready pods", () => {
    const leaving = pod("a", { status: running("10.0.0.1"), deletionTimestamp: "2026-01-01T00:00:00Z" });
    expect(endpointsOf({ clusterIP: "None" }, [leaving])).toEqual([]);
  });
});

describe("endpoints of a Service on a live cluster", () => {
  const web = pod("web-1", { status: running("10.0.0.1") });
  const targetRef = { kind: "Pod", namespace: "shop", name: "web-1" };

  it("are those of its EndpointSlices, whatever the selector says", () => {
    const slices = [slice([{ addresses: ["10.0.0.1"], conditions: { ready: true }, targetRef }])];
    expect(endpointsOf({ selector: { app: "nobody" } }, [web], slices)).toEqual(["web-1 10.0.0.1 8080"]);
  });

  it("are none without a slice", () => {
    expect(endpointsOf({}, [web], [])).toEqual([]);
  });

  it("are not those of another Service, another namespace or of names", () => {
    const endpoints = [{ addresses: ["10.0.0.1"], targetRef }];
    const slices = [
      slice(endpoints, { service: "api" }),
      slice(endpoints, { namespace: "other" }),
      slice([{ addresses: ["example.com"] }], { addressType: "FQDN" }),
    ];
    expect(endpointsOf({}, [web], slices)).toEqual([]);
  });

  it("may be addresses that are no pod", () => {
    expect(endpointsOf({ selector: null }, [web], [slice([{ addresses: ["203.0.113.7"] }])])).toEqual([
      "- 203.0.113.7 8080",
    ]);
  });

  it("count unknown readiness as ready, and known unreadiness as not", () => {
    const slices = [
      slice([
        { addresses: ["10.0.0.1"], conditions: {} },
        { addresses: ["10.0.0.2"], conditions: { ready: false } },
        { addresses: ["10.0.0.3"], conditions: { ready: null } },
      ]),
    ];
    expect(endpointsOf({}, [], slices)).toEqual(["- 10.0.0.1 8080", "- 10.0.0.3 8080"]);
  });

  it("S41: are the serving terminating ones where nothing is ready", () => {
    const leaving = {
      addresses: ["10.0.0.1"],
      conditions: { ready: false, serving: true, terminating: true },
    };
    const stuck = {
      addresses: ["10.0.0.2"],
      conditions: { ready: false, serving: false, terminating: true },
    };
    const unready = { addresses: ["10.0.0.3"], conditions: { ready: false, serving: false } };
    expect(endpointsOf({}, [], [slice([leaving, stuck, unready])])).toEqual(["- 10.0.0.1 8080"]);
  });

  it("have the slice's port of that name and protocol", () => {
    const ports = [
      { name: "dns", port: 1053, protocol: "UDP" as const },
      { name: "dns-tcp", port: 1054, protocol: "TCP" as const },
      { name: "metrics" },
    ];
    const slices = [slice([{ addresses: ["10.0.0.1"] }], { ports })];
    expect(endpointsOf({ ports: [{ name: "dns", port: 53, protocol: "UDP" }] }, [], slices)).toEqual([
      "- 10.0.0.1 1053",
    ]);
    expect(endpointsOf({ ports: [{ name: "dns", port: 53 }] }, [], slices)).toEqual([]);
    expect(endpointsOf({ ports: [{ name: "metrics", port: 9 }] }, [], slices)).toEqual([]);
  });

  it("S43: of a headless Service keep the client's port", () => {
    const slices = [slice([{ addresses: ["10.0.0.1"], targetRef }])];
    expect(
      endpointsOf({ clusterIP: "None", ports: [{ port: 80, targetPort: 8080 }] }, [web], slices),
    ).toEqual(["web-1 10.0.0.1 80"]);
  });

  it("are listed once though they stand in two slices", () => {
    const endpoints = [{ addresses: ["10.0.0.1"], targetRef }];
    expect(endpointsOf({}, [web], [slice(endpoints), slice(endpoints)])).toEqual(["web-1 10.0.0.1 8080"]);
  });
});
