import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FAULT_SUITES } from "./fault-suites.ts";
import { faultsIn } from "./fault-table.ts";

describe.each(Object.values(FAULT_SUITES))("the mutants of the $section", ({ section, mutants }) => {
  it.each(mutants)("$fault, $protection: what it breaks in $file still stands there, once", ({
    file,
    original,
    mutated,
  }) => {
    expect(file).toMatch(/^src\//);
    expect(readFileSync(file, "utf8").split(original)).toHaveLength(2);
    expect(mutated).not.toBe(original);
  });

  it("break a protection of every fault in docs/faults.md, and of no other", () => {
    expect(new Set(mutants.map(({ fault }) => fault))).toEqual(new Set(faultsIn(section)));
  });
});
