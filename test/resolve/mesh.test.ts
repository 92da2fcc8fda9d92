import { describe, expect, it } from "vitest";
import type { Pod } from "../../src/model/kubernetes.ts";
import { resolveScenarios } from "../../src/resolve/resolve.ts";
import { flow, labelsEndpoint, namespace, pod, snapshot, tcp } from "../build-snapshot.ts";

const web = labelsEndpoint("web", "shop");
const db = labelsEndpoint("db", "shop", { ports: [tcp(5432)] });

function withProxy(of: Pod, name: string, where: "containers" | "initContainers" = "containers"): Pod {
  const containers = where === "containers" ? [...of.spec.containers, { name }] : of.spec.containers;
  const initContainers = where === "initContainers" ? [{ name, restartPolicy: "Always" }] : [];
  return { ...of, spec: { ...of.spec, containers, initContainers } };
}

function warnings(
  parts: {
    readonly labels?: Record<string, string>;
    readonly pods?: readonly Pod[];
    readonly web?: typeof web;
  },
  options = { predictOnly: false, observe: true },
): readonly string[] {
  const world = snapshot({
    namespaces: [namespace("shop", parts.labels ?? {})],
    pods: parts.pods ?? [pod("shop/db-0", { labels: { app: "db" } })],
  });
  const flows = [flow(parts.web ?? web, db, { observe: options.observe })];
  const scenario = { name: "s", file: "s.yaml", annotations: {}, endpoints: [], flows };
  return resolveScenarios([scenario], world, { standIns: false, predictOnly: options.predictOnly })
    .diagnostics.filter(({ severity }) => severity === "warning")
    .map(({ message }) => message);
}

const AMBIENT = { "istio.io/dataplane-mode": "ambient" };

describe("a service mesh", () => {
  it("that is not there is not spoken of", () => {
    expect(warnings({})).toEqual([]);
    expect(warnings({ labels: { "istio.io/dataplane-mode": "none" } })).toEqual([]);
  });

  it("of ambient mode accepts connections at their source, and is said once", () => {
    const said = warnings({ labels: AMBIENT });
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/^web is in an ambient mesh .*accepts its connections on its own node/);
  });

  it("of ambient mode is left by a pod that says so, and entered by one", () => {
    const out = labelsEndpoint("web", "shop", { labels: { "istio.io/dataplane-mode": "none" } });
    expect(warnings({ labels: AMBIENT, web: out })).toEqual([]);
    expect(warnings({ web: labelsEndpoint("web", "shop", { labels: AMBIENT }) })).toHaveLength(1);
  });

  it.each([
    ["istio-proxy", "containers"],
    ["istio-proxy", "initContainers"],
    ["linkerd-proxy", "containers"],
  ] as const)("is known by the sidecar %s among the %s of the target's pods", (name, where) => {
    const pods = [withProxy(pod("shop/db-0", { labels: { app: "db" } }), name, where)];
    expect(warnings({ pods })).toEqual([
      `pod db-0 of db receives its traffic through a mesh's proxy (${name}), which accepts connections in its place`,
    ]);
  });

  it("of the source's pods is not tested by the stand-in, and that is said", () => {
    const pods = [
      withProxy(pod("shop/web-0", { labels: { app: "web" } }), "istio-proxy"),
      pod("shop/db-0", { labels: { app: "db" } }),
    ];
    expect(warnings({ pods })).toEqual([
      "pod web-0 of web sends its traffic through a mesh's proxy (istio-proxy); the stand-in has none",
    ]);
  });

  it("is nothing to a prediction, nor to a flow that is not observed", () => {
    expect(warnings({ labels: AMBIENT }, { predictOnly: true, observe: true })).toEqual([]);
    expect(warnings({ labels: AMBIENT }, { predictOnly: false, observe: false })).toEqual([]);
  });
});
