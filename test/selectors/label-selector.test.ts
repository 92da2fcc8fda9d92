import { describe, expect, it } from "vitest";
import type { LabelSelector, Labels } from "../../src/model/kubernetes.ts";
import { labelValue, matchesSelector, requirementsOf } from "../../src/selectors/label-selector.ts";

function expression(key: string, operator: string, values?: readonly string[] | null): LabelSelector {
  return { matchExpressions: [{ key, operator, ...(values === undefined ? {} : { values }) }] };
}

describe("a label selector", () => {
  const cases: [string, LabelSelector, Labels, boolean][] = [
    ["S18: matchLabels wants the value", { matchLabels: { tier: "db" } }, { tier: "db" }, true],
    ["S18: another value does not match", { matchLabels: { tier: "db" } }, { tier: "web" }, false],
    ["S18: a missing key does not match", { matchLabels: { tier: "db" } }, {}, false],
    ["S18: an empty value wants the key to be there", { matchLabels: { tier: "" } }, {}, false],
    ["S18: an empty value matches an empty value", { matchLabels: { tier: "" } }, { tier: "" }, true],
    ["S18: all of matchLabels are wanted", { matchLabels: { a: "1", b: "2" } }, { a: "1" }, false],
    [
      "S18: matchLabels and matchExpressions are both wanted",
      { matchLabels: { a: "1" }, matchExpressions: [{ key: "b", operator: "Exists" }] },
      { a: "1" },
      false,
    ],
    [
      "S18: all expressions are wanted",
      {
        matchExpressions: [
          { key: "a", operator: "Exists" },
          { key: "b", operator: "Exists" },
        ],
      },
      { a: "" },
      false,
    ],
    ["S19: In matches any of its values", expression("a", "In", ["1", "2"]), { a: "2" }, true],
    ["S19: In does not match another value", expression("a", "In", ["1", "2"]), { a: "3" }, false],
    ["S19: In does not match a missing key", expression("a", "In", ["1"]), {}, false],
    ["S19: In with an empty value does not match a missing key", expression("a", "In", [""]), {}, false],
    ["S19: NotIn matches a missing key", expression("a", "NotIn", ["1"]), {}, true],
    ["S19: NotIn with an empty value matches a missing key", expression("a", "NotIn", [""]), {}, true],
    ["S19: NotIn matches another value", expression("a", "NotIn", ["1"]), { a: "2" }, true],
    ["S19: NotIn does not match its value", expression("a", "NotIn", ["1", "2"]), { a: "2" }, false],
    ["S19: Exists matches any value, also the empty one", expression("a", "Exists"), { a: "" }, true],
    ["S19: Exists does not match a missing key", expression("a", "Exists", null), { b: "" }, false],
    ["S19: DoesNotExist matches a missing key", expression("a", "DoesNotExist", []), { b: "" }, true],
    ["S19: DoesNotExist does not match an empty value", expression("a", "DoesNotExist"), { a: "" }, false],
    ["S20: the empty selector matches everything", {}, { a: "1" }, true],
    ["S20: the empty selector matches no labels at all", {}, {}, true],
    ["S20: null parts are absent parts", { matchLabels: null, matchExpressions: null }, {}, true],
    ["S21: keys are case-sensitive", { matchLabels: { App: "x" } }, { app: "x" }, false],
    ["S21: values are case-sensitive", { matchLabels: { app: "X" } }, { app: "x" }, false],
    [
      "S21: prefixed keys are matched as a whole",
      { matchLabels: { "example.com/app": "x" } },
      { app: "x", "example.com/app": "y" },
      false,
    ],
    ["what objects inherit is no label", expression("constructor", "Exists"), {}, false],
    ["what objects inherit is no label to be absent", expression("toString", "DoesNotExist"), {}, true],
    ["V2: In without values matches nothing", expression("a", "In", []), { a: "" }, false],
    ["V2: NotIn without values matches nothing", expression("a", "NotIn"), {}, false],
    ["V2: Exists with values matches nothing", expression("a", "Exists", ["1"]), { a: "1" }, false],
    ["V2: DoesNotExist with values matches nothing", expression("a", "DoesNotExist", ["1"]), {}, false],
    ["V2: an unknown operator matches nothing", expression("a", "Gt", ["1"]), { a: "2" }, false],
    ["V2: operators are case-sensitive", expression("a", "in", ["1"]), { a: "1" }, false],
  ];
  it.each(cases)("%s", (_name, selector, labels, expected) => {
    expect(matchesSelector(selector, labels)).toBe(expected);
  });

  it("lists its conditions in the order of the text, each with its path", () => {
    const selector = {
      matchLabels: { b: "1", "example.com/a": "2" },
      matchExpressions: [{ key: "c", operator: "Exists" }],
    };
    expect(requirementsOf(selector)).toEqual([
      { key: "b", operator: "In", values: ["1"], path: ["matchLabels", "b"] },
      { key: "example.com/a", operator: "In", values: ["2"], path: ["matchLabels", "example.com/a"] },
      { key: "c", operator: "Exists", values: [], path: ["matchExpressions", 0] },
    ]);
  });

  it("tells a missing label from an empty one", () => {
    expect(labelValue({ a: "" }, "a")).toBe("");
    expect(labelValue({ a: "" }, "b")).toBeUndefined();
  });
});
