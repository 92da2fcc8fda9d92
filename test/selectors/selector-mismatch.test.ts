import { describe, expect, it } from "vitest";
import type { LabelSelector, Labels } from "../../src/model/kubernetes.ts";
import { explainMismatch } from "../../src/selectors/selector-mismatch.ts";

describe("why a selector does not match", () => {
  const cases: [LabelSelector, Labels, string][] = [
    [{ matchLabels: { tier: "db" } }, { tier: "database" }, "label tier=db wanted, pod has tier=database"],
    [{ matchLabels: { tier: "db" } }, { app: "db" }, "label tier=db wanted, pod has no label tier"],
    [
      { matchExpressions: [{ key: "tier", operator: "In", values: ["db", "cache"] }] },
      { tier: "web" },
      "label tier in (db, cache) wanted, pod has tier=web",
    ],
    [
      { matchExpressions: [{ key: "env", operator: "NotIn", values: ["prod"] }] },
      { env: "prod" },
      "label env must not be prod, pod has env=prod",
    ],
    [
      { matchExpressions: [{ key: "env", operator: "NotIn", values: ["prod", "dev"] }] },
      { env: "dev" },
      "label env must not be one of (prod, dev), pod has env=dev",
    ],
    [
      { matchExpressions: [{ key: "env", operator: "Exists" }] },
      {},
      "label env wanted, pod has no label env",
    ],
    [
      { matchExpressions: [{ key: "env", operator: "DoesNotExist" }] },
      { env: "prod" },
      "label env must not be set, pod has env=prod",
    ],
    [
      { matchExpressions: [{ key: "env", operator: "Lt", values: ["1"] }] },
      { env: "0" },
      "the condition on label env is one that the API server refuses, pod has env=0",
    ],
  ];
  it.each(cases)("%j on %j", (selector, labels, text) => {
    expect(explainMismatch(selector, labels, "pod")?.text).toBe(text);
  });

  it("names the first condition that fails, not the first one", () => {
    const selector = {
      matchLabels: { app: "web" },
      matchExpressions: [
        { key: "tier", operator: "Exists" },
        { key: "env", operator: "Exists" },
      ],
    };
    expect(explainMismatch(selector, { app: "web" }, "namespace shop")).toEqual({
      requirement: { key: "tier", operator: "Exists", values: [], path: ["matchExpressions", 0] },
      text: "label tier wanted, namespace shop has no label tier",
    });
  });

  it("has nothing to say where the selector matches", () => {
    expect(explainMismatch({ matchLabels: { app: "web" } }, { app: "web" }, "pod")).toBeUndefined();
  });
});
