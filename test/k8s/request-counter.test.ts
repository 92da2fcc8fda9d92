import { describe, expect, it } from "vitest";
import { requestCounter, requestKind } from "../../src/k8s/request-counter.ts";

describe("requestKind", () => {
  it.each([
    ["GET", "/api/v1/pods", "list pods"],
    ["GET", "/api/v1/namespaces/shop/pods", "list pods"],
    ["GET", "/api/v1/namespaces/shop/pods/web", "get pods"],
    ["GET", "/api/v1/namespaces/shop/pods/web/log", "get pods/log"],
    ["GET", "/api/v1/namespaces", "list namespaces"],
    ["GET", "/api/v1/namespaces/shop", "get namespaces"],
    ["POST", "/api/v1/namespaces/shop/pods", "create pods"],
    ["PATCH", "/apis/apps/v1/namespaces/shop/deployments/api", "patch deployments"],
    ["DELETE", "/apis/batch/v1/namespaces/shop/jobs/x", "delete jobs"],
    ["GET", "/apis/cilium.io/v2/ciliumnetworkpolicies", "list ciliumnetworkpolicies"],
    ["GET", "/version", "get /version"],
    ["GET", "/apis", "get /apis"],
    ["GET", "/apis/cilium.io/v2", "get /apis/cilium.io/v2"],
  ])("%s %s is: %s", (method, path, kind) => {
    expect(requestKind(method, path)).toBe(kind);
  });
});

describe("requestCounter", () => {
  it("counts plain requests and execs apart, and each kind, the most frequent first", () => {
    const counter = requestCounter();
    counter.count("list pods");
    counter.count("exec pods", "exec");
    counter.count("exec pods", "exec");
    const counts = counter.counts();
    expect(counts).toEqual({ api: 1, exec: 2, byKind: { "exec pods": 2, "list pods": 1 } });
    expect(Object.keys(counts.byKind)).toEqual(["exec pods", "list pods"]);
  });
});
