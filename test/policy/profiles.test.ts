import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { profilesPage } from "../../scripts/generate-profiles.ts";
import { PROFILE_NAMES } from "../../src/model/profile.ts";
import { KNOB_INFO } from "../../src/policy/knob-info.ts";
import { profileOf, SOURCED_PROFILES } from "../../src/policy/profiles.ts";
import { ALL_KNOBS } from "./build.ts";

describe("the profiles", () => {
  it("know every knob, each value once, each with a meaning and a source", () => {
    for (const name of PROFILE_NAMES) {
      expect(Object.keys(profileOf(name).knobs).sort(), name).toEqual(Object.keys(KNOB_INFO).sort());
      for (const knob of ALL_KNOBS) {
        const { values, source } = SOURCED_PROFILES[name][knob];
        expect(source.length, `${name} ${knob}`).toBeGreaterThan(5);
        expect(new Set(values).size, `${name} ${knob}`).toBe(values.length);
        for (const value of values) {
          expect(Object.keys(KNOB_INFO[knob].if), `${name} ${knob}`).toContain(value);
        }
      }
    }
  });

  it("leave open in portable whatever any other profile decides otherwise or leaves open", () => {
    for (const name of PROFILE_NAMES) {
      for (const knob of ALL_KNOBS) {
        const open: readonly string[] = profileOf("portable").knobs[knob];
        // Whichever of equal policies wins is open in itself.
        const own = profileOf(name).knobs[knob].filter((value) => value !== "by-name");
        expect(open, `${name} ${knob}`).toEqual(expect.arrayContaining(own));
      }
    }
  });

  it("leave open upstream what semantics.md lists: S17, S33-S36, S39, S45, T2, T5, ICMP", () => {
    const { knobs } = profileOf("upstream");
    const open = ALL_KNOBS.filter((knob) => knobs[knob].length > 1).map((knob) => KNOB_INFO[knob].rule);
    expect(new Set(open)).toEqual(new Set(["S36", "S35", "S33", "S34", "S17", "S45", "S39", "S32", "T5"]));
    expect(knobs.samePriority).toEqual(["any"]);
    expect(knobs.ipBlockPods).toEqual(["match"]);
  });

  it("stand in docs/profiles.md as they are", () => {
    expect(readFileSync("docs/profiles.md", "utf8")).toBe(profilesPage());
  });
});
