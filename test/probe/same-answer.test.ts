import { describe, expect, it } from "vitest";
import { OBSERVATION_KINDS, type Observation, type ObservationKind } from "../../src/model/observation.ts";
import { sameAnswer } from "../../src/probe/same-answer.ts";

const saw = (kind: ObservationKind, reason = ""): Observation => ({ kind, reason });

describe("sameAnswer", () => {
  it("takes refused and timeout for one answer", () => {
    expect(sameAnswer(saw("refused"), saw("timeout"))).toBe(true);
    expect(sameAnswer(saw("timeout"), saw("refused"))).toBe(true);
  });

  it("compares kinds and nothing else", () => {
    expect(
      sameAnswer(saw("connected", "connected to 10.0.0.1:80"), saw("connected", "HTTP/1.1 200 OK")),
    ).toBe(true);
  });

  it("tells every other pair of kinds apart", () => {
    const pairs = OBSERVATION_KINDS.flatMap((a) => OBSERVATION_KINDS.map((b) => [a, b] as const));
    const same = pairs.filter(([a, b]) => a !== b && sameAnswer(saw(a), saw(b)));
    expect(same).toEqual([
      ["refused", "timeout"],
      ["timeout", "refused"],
    ]);
  });
});
