import { describe, expect, it } from "vitest";
import { resourceType } from "../../../src/lab/api/resource-types.ts";
import { objectFilter } from "../../../src/lab/api/selectors.ts";
import type { LabObject, ResourceType } from "../../../src/lab/model.ts";

const PODS = resourceType("pods") as ResourceType;

function object(labels: Readonly<Record<string, string>>): LabObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "a", namespace: "n", uid: "u", resourceVersion: "1", creationTimestamp: "", labels },
    spec: { nodeName: "node-1" },
    status: { phase: "Running" },
  };
}

function matches(query: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): boolean {
  return objectFilter(PODS, new URLSearchParams(query))?.(object(labels)) ?? true;
}

describe("a label selector", () => {
  it.each([
    ["", { app: "web" }, true],
    ["app=web", { app: "web" }, true],
    ["app==web", { app: "api" }, false],
    ["app!=web", {}, true],
    ["app!=web", { app: "web" }, false],
    ["app in (web, api)", { app: "api" }, true],
    ["app in (web,api)", {}, false],
    ["app notin (web,api)", {}, true],
    ["app notin (web,api)", { app: "web" }, false],
    ["app", { app: "" }, true],
    ["app", {}, false],
    ["!app", {}, true],
    ["! app", { app: "web" }, false],
    ["app=", { app: "" }, true],
    ["app=", {}, false],
    ["n>4", { n: "5" }, true],
    ["n<4", { n: "5" }, false],
    ["n>4", { n: "x" }, false],
    ["example.com/a=b,app in (web)", { "example.com/a": "b", app: "web" }, true],
    ["example.com/a=b,app in (web)", { "example.com/a": "b" }, false],
    ["toString", {}, false],
  ])("%j on %j is %j", (labelSelector, labels, expected) => {
    expect(matches({ labelSelector }, labels)).toBe(expected);
  });

  it.each(["a=b=c", "a in b", "=", "a in (b", ","])("refuses %j", (labelSelector) => {
    expect(() => matches({ labelSelector }, {})).toThrow("unable to parse requirement");
  });
});

describe("a field selector", () => {
  it.each([
    ["metadata.name=a", true],
    ["metadata.name=b", false],
    ["metadata.namespace=n,spec.nodeName=node-1", true],
    ["status.phase!=Running", false],
    ["status.phase!=Pending,status.phase!=Failed", true],
    ["spec.nodeName=", false],
  ])("%j is %j", (fieldSelector, expected) => {
    expect(matches({ fieldSelector }, {})).toBe(expected);
  });

  it("refuses a field that the API server does not select by", () => {
    expect(() => matches({ fieldSelector: "spec.hostname=a" }, {})).toThrow(
      "field label not supported: spec.hostname",
    );
  });
});
