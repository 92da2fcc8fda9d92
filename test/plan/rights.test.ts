import { describe, expect, it } from "vitest";
import { WORKLOAD_APIS } from "../../src/k8s/workloads.ts";
import type { WorkloadKind } from "../../src/model/kubernetes.ts";
import type { Endpoint, Flow } from "../../src/model/scenario.ts";
import { controlRights, type RightsOptions, rightsOf, rightsText, rightText } from "../../src/plan/rights.ts";
import { flow, labelsEndpoint } from "../build-snapshot.ts";

const RANGE = labelsEndpoint("x", "x").range;
const web = labelsEndpoint("web", "shop");
const db = labelsEndpoint("db", "data");
const dns: Endpoint = { kind: "dns", name: "dns", range: RANGE };
const host: Endpoint = { kind: "host", name: "host", range: RANGE, host: "example.org", ports: [] };
const ip: Endpoint = { kind: "ip", name: "ip", range: RANGE, ip: "192.0.2.1", ports: [] };
const cidr: Endpoint = { kind: "cidr", name: "cidr", range: RANGE, cidr: "192.0.2.0/24", ports: [] };
const service: Endpoint = { kind: "service", name: "svc", range: RANGE, namespace: "data", service: "db" };

function workload(kind: WorkloadKind): Endpoint {
  return {
    kind: "workload",
    name: "w",
    range: RANGE,
    namespace: "data",
    workload: { kind, name: "w" },
    ports: [],
  };
}

/** The required rights, by namespace. */
function required(flows: readonly Flow[], options: Partial<RightsOptions> = {}): Record<string, string[]> {
  const byNamespace: Record<string, string[]> = {};
  for (const { namespace = "", ...right } of rightsOf(flows, { standIns: false, ...options }).required) {
    byNamespace[namespace] = [...(byNamespace[namespace] ?? []), rightText(right)].sort();
  }
  return byNamespace;
}

/** The first choices of the optional rights, each group as one text. */
function optional(flows: readonly Flow[], options: Partial<RightsOptions> = {}): readonly string[] {
  const { optional: groups } = rightsOf(flows, { standIns: false, ...options });
  return groups.map(({ choices }) => rightsText(choices[0] ?? []));
}

const MAKING = [
  "create deployments.apps",
  "create jobs.batch",
  "create pods",
  "create pods/exec",
  "delete deployments.apps",
  "delete jobs.batch",
  "delete pods",
  "get pods/exec",
  "list deployments.apps",
  "list jobs.batch",
  "list pods",
  "list services",
];
const READING = ["list networkpolicies.networking.k8s.io", "list pods"];
const BOTH = [...new Set([...MAKING, ...READING])].sort();

describe("required rights", () => {
  it("are to make and remove stand-ins where sources are, and only to read where targets are", () => {
    expect(required([flow(web, db)])).toEqual({ shop: BOTH, data: READING });
  });

  it("include making where a target is a stand-in", () => {
    expect(required([flow(web, { ...db, standIn: true })]).data).toEqual(BOTH);
  });

  it("include making where --stand-ins may turn a target by labels into a stand-in", () => {
    expect(required([flow(web, db)], { standIns: true }).data).toEqual(BOTH);
    expect(required([flow(web, workload("Deployment"))], { standIns: true }).data).not.toContain(
      "create pods",
    );
  });

  it.each([
    ["Deployment", "list deployments.apps"],
    ["StatefulSet", "list statefulsets.apps"],
    ["DaemonSet", "list daemonsets.apps"],
    ["Job", "list jobs.batch"],
  ] as const)("include listing the workloads of kind %s where the scenario names one", (kind, right) => {
    expect(required([flow(web, workload(kind))]).data).toEqual([...READING, right].sort());
  });

  it("include the Services and what is behind them where a flow leads to one", () => {
    expect(required([flow(web, service)]).data).toEqual(
      [...READING, "list endpointslices.discovery.k8s.io", "list services"].sort(),
    );
  });

  it.each([
    ["a flow that is not to be observed", flow(web, db, { observe: false })],
    ["SCTP, which nothing probes", flow(web, db, { protocol: "SCTP" })],
  ])("are only to read for %s", (_what, only) => {
    expect(required([only])).toEqual({ shop: READING, data: READING });
    expect(required([only], { standIns: true })).toEqual({ shop: READING, data: READING });
  });

  it("are only to read for a range of addresses as the target, and none for one as the source", () => {
    expect(required([flow(web, cidr)])).toEqual({ shop: READING });
    expect(required([flow(cidr, ip)])).toEqual({});
  });

  it("do not depend on the order of the flows, and hold no right twice", () => {
    const flows = [flow(web, db), flow(web, service), flow(db, web), flow(web, workload("Job"))];
    const forth = rightsOf(flows, { standIns: false }).required;
    const back = rightsOf([...flows].reverse(), { standIns: false }).required;
    expect(back.map(rightText)).toEqual(forth.map(rightText));
    expect(new Set(forth.map(rightText)).size).toBe(forth.length);
  });

  it("include writing the ConfigMap that the report is to go to", () => {
    const reportConfigMap = { namespace: "ci", name: "ci" };
    expect(required([flow(web, ip)], { reportConfigMap }).ci).toEqual(["create configmaps"]);
    const { optional } = rightsOf([flow(web, ip)], { standIns: false, reportConfigMap });
    const replacing = optional.find(({ loss }) => loss.includes("ConfigMap ci/ci is there already"));
    expect(replacing?.choices.flat().map(rightText)).toEqual(["patch configmaps/ci in namespace ci"]);
  });

  it("say all that a right is for", () => {
    const list = rightsOf([flow(web, db)], { standIns: false }).required.find(
      (right) => rightText(right) === "list pods in namespace shop",
    );
    expect(list?.purposes).toEqual([
      "stand-ins are created, awaited and removed",
      "the pods that flows are about",
    ]);
  });

  it("know every workload kind by the name that the API server is asked for", () => {
    for (const { kind, base, plural } of WORKLOAD_APIS) {
      const [, group] = /^\/apis\/([^/]+)\//.exec(base) ?? [];
      const expected = `list ${plural}${group === undefined ? "" : `.${group}`}`;
      expect(required([flow(web, workload(kind))]).data).toContain(expected);
    }
  });
});

describe("optional rights", () => {
  const NODES = "list nodes";
  const TIERS =
    "list adminnetworkpolicies.policy.networking.k8s.io, baselineadminnetworkpolicies.policy.networking.k8s.io, clusternetworkpolicies.policy.networking.k8s.io";

  it("are the labels of the namespaces that flows are about, the admin tiers, and the nodes", () => {
    expect(optional([flow(web, db)])).toEqual(["get namespaces/data, namespaces/shop", TIERS, NODES]);
  });

  it("on the admin tiers are of use only where these are served", () => {
    const groups = rightsOf([flow(web, db)], { standIns: false }).optional.map(({ group }) => group);
    expect(groups).toEqual([undefined, "policy.networking.k8s.io", undefined]);
  });

  it.each([
    ["dns", dns],
    ["a host name", host],
  ] as const)("include reading the cluster's DNS for a flow to %s", (_what, target) => {
    expect(optional([flow(web, target)])).toEqual([
      "get namespaces/shop",
      "list pods, services, endpointslices.discovery.k8s.io, networkpolicies.networking.k8s.io in namespace kube-system; get namespaces/kube-system",
      TIERS,
      NODES,
    ]);
  });

  it("take OpenShift's place for the DNS as well", () => {
    const [, group] = rightsOf([flow(web, dns)], { standIns: false }).optional;
    expect(group?.choices.map((choice) => choice[0]?.namespace)).toEqual(["kube-system", "openshift-dns"]);
  });

  it("include making stand-ins in the control namespace that was asked for", () => {
    const [, controls] = rightsOf([flow(web, db)], { standIns: false, controlNamespace: "lab" }).optional;
    expect(controls?.choices).toEqual([controlRights("lab")]);
    expect(controls?.loss).toContain("namespace lab");
    expect(
      controlRights("lab")
        .map(({ namespace: _namespace, ...right }) => rightText(right))
        .sort(),
    ).toEqual([...MAKING, "get namespaces/lab", "list networkpolicies.networking.k8s.io"].sort());
  });
});

describe("the words for rights", () => {
  it.each([
    [
      { verb: "create", group: "", resource: "pods/exec", namespace: "shop" },
      "create pods/exec in namespace shop",
    ],
    [
      { verb: "list", group: "batch", resource: "jobs", namespace: "shop" },
      "list jobs.batch in namespace shop",
    ],
    [{ verb: "list", group: "", resource: "nodes" }, "list nodes"],
    [
      { verb: "patch", group: "", resource: "configmaps", namespace: "shop", name: "shop" },
      "patch configmaps/shop in namespace shop",
    ],
    [
      { verb: "get", group: "", resource: "namespaces", namespace: "shop", name: "shop" },
      "get namespaces/shop",
    ],
  ] as const)("of %j are %s", (right, text) => {
    expect(rightText({ ...right, purposes: [] })).toBe(text);
  });
});
