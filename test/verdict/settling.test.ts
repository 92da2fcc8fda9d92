import { describe, expect, it } from "vitest";
import type { Attempt, ObservationKind } from "../../src/model/observation.ts";
import { isFlapping, isSettled } from "../../src/verdict/settling.ts";

/** Attempts at these times: `["connected", 0]`, a third number being how long it took. */
function tries(...all: readonly (readonly [ObservationKind, number, number?])[]): readonly Attempt[] {
  return all.map(([kind, atMs, durationMs = 2], index) => ({
    round: index + 1,
    atMs,
    observation: { kind, reason: kind, durationMs },
  }));
}

const OLD = { freshUntilMs: 0, confirm: 0 };

describe("an answer is settled", () => {
  it.each([
    ["what was predicted was seen once", "allow", tries(["connected", 0]), true],
    ["a refusal is a block", "deny", tries(["refused", 0]), true],
    ["silence is a block", "deny", tries(["timeout", 0, 2000]), true],
    ["it is not what was predicted", "deny", tries(["connected", 0]), false],
    ["it is closed where open was predicted", "allow", tries(["timeout", 0, 2000]), false],
    ["a name did not resolve where DNS should work", "allow", tries(["dns-failure", 0]), false],
    ["the probe itself failed: that is retried where it happens", "allow", tries(["exec-error", 0]), true],
    ["nothing was tried", "allow", tries(), false],
  ] as const)("or not where %s", (_, prediction, attempts, settled) => {
    expect(isSettled(prediction, attempts, OLD)).toBe(settled);
  });

  it("only by what was seen when the pods were no longer fresh", () => {
    const rules = { freshUntilMs: 1500, confirm: 0 };
    expect(isSettled("allow", tries(["connected", 100]), rules)).toBe(false);
    expect(isSettled("allow", tries(["connected", 100], ["connected", 1600]), rules)).toBe(true);
    expect(isSettled("deny", tries(["refused", 100]), rules)).toBe(false);
  });

  it("by a silence whose repeated packet came after that time", () => {
    expect(isSettled("deny", tries(["timeout", 0, 2000]), { freshUntilMs: 1200, confirm: 0 })).toBe(true);
    expect(isSettled("deny", tries(["timeout", 0, 2000]), { freshUntilMs: 1300, confirm: 0 })).toBe(false);
  });

  it("by as many equal answers more as were asked for", () => {
    const rules = { freshUntilMs: 0, confirm: 2 };
    expect(isSettled("allow", tries(["connected", 0], ["connected", 300]), rules)).toBe(false);
    expect(isSettled("allow", tries(["connected", 0], ["connected", 300], ["connected", 600]), rules)).toBe(
      true,
    );
    expect(
      isSettled("allow", tries(["connected", 0], ["timeout", 300], ["connected", 600]), rules),
      "answers before a change do not count",
    ).toBe(false);
  });

  it("where the policies leave it open, by two equal answers a second apart", () => {
    expect(isSettled("undetermined", tries(["connected", 0]), OLD)).toBe(false);
    expect(isSettled("undetermined", tries(["connected", 0], ["connected", 900]), OLD)).toBe(false);
    expect(isSettled("undetermined", tries(["connected", 0], ["connected", 1000]), OLD)).toBe(true);
    expect(isSettled("undetermined", tries(["connected", 0], ["refused", 1000]), OLD)).toBe(false);
  });

  it("after two changes of mind only by three equal answers", () => {
    const wavering = tries(["connected", 0], ["timeout", 300], ["connected", 600]);
    expect(isSettled("allow", wavering, OLD)).toBe(false);
    const steady = tries(
      ["connected", 0],
      ["timeout", 1],
      ["connected", 2],
      ["connected", 3],
      ["connected", 4],
    );
    expect(isSettled("allow", steady, OLD)).toBe(true);
  });
});

describe("answers flap", () => {
  it.each([
    ["one change is a network that settled", tries(["timeout", 0], ["connected", 1]), false],
    ["two changes and no rest", tries(["connected", 0], ["timeout", 1], ["connected", 2]), true],
    ["refusal and silence are the same answer", tries(["refused", 0], ["timeout", 1], ["refused", 2]), false],
    ["a fault of the way is no answer", tries(["connected", 0], ["exec-error", 1], ["connected", 2]), false],
    [
      "two changes and three equal answers",
      tries(["timeout", 0], ["connected", 1], ["timeout", 2], ["timeout", 3], ["timeout", 4]),
      false,
    ],
  ] as const)("or not: %s", (_, attempts, flapping) => {
    expect(isFlapping(attempts)).toBe(flapping);
  });
});
