import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../lab/differential/random.ts";
import { apply, kubectl, leftovers } from "./cluster.ts";
import { killRun } from "./kill-run.ts";

/** bench/sigkill.ts plays more. */
const SEED = 20_251_121;
const SCENARIO = "scenarios/default-deny/scenario.yaml";

const random = new Random(SEED);
const moments = Array.from({ length: 5 }, () => random.between(300, 6000));

beforeAll(() => apply("scenarios/default-deny/manifests", "locked"));
afterAll(() => kubectl("delete", "namespace", "--wait=false", "locked"));

describe(`a run that ends at a random moment (seed ${SEED})`, () => {
  it.each(moments)("by SIGKILL after %d ms leaves nothing that clean does not remove", async (afterMs) => {
    const { stays, touched } = await killRun(SCENARIO, ["locked"], { signal: "SIGKILL", afterMs });
    expect(stays).toEqual([]);
    expect(touched).toEqual([]);
  });

  it.each(moments)("by SIGINT after %d ms leaves nothing", async (afterMs) => {
    const { left, touched, code } = await killRun(SCENARIO, ["locked"], { signal: "SIGINT", afterMs });
    expect([0, 130]).toContain(code);
    expect(left, leftovers().join()).toBe(0);
    expect(touched).toEqual([]);
  });
});
