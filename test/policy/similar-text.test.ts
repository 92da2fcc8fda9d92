import { describe, expect, it } from "vitest";
import { isSlipOf } from "../../src/policy/similar-text.ts";

describe("a slip of the pen", () => {
  it.each([
    ["backend", "backnd"],
    ["backend", "bakcend"],
    ["Backend", "backend"],
    ["DB", "db"],
    ["web", "webs"],
    ["web", "wen"],
    ["frontend", "fronted"],
    ["frontend", "frontneds"],
    ["monitoring", "montoring"],
    ["production", "prodction-"],
  ])("%s and %s are one", (a, b) => {
    expect(isSlipOf(a, b)).toBe(true);
    expect(isSlipOf(b, a)).toBe(true);
  });

  it.each([
    ["backend", "backend"],
    ["", "a"],
    ["", ""],
    ["db", "dc"],
    ["a1", "a12"],
    ["db", "database"],
    ["web", "api"],
    ["frontend", "backend"],
    ["prod", "dev"],
    ["production", "staging"],
    ["abcdefgh", "xbcdefgyz"],
    ["abcdef", "badcfe"],
  ])("%s and %s are none", (a, b) => {
    expect(isSlipOf(a, b)).toBe(false);
    expect(isSlipOf(b, a)).toBe(false);
  });
});
