import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../lab/differential/random.ts";
import { apply, kubectl, leftovers } from "./cluster.ts";
import { killRun, runLength } from "./kill-run.ts";

/** bench/sigkill.ts plays more. */
const SEED = 20_251_121;
const SCENARIO = "scenarios/default-deny/scenario.yaml";

const random = new Random(SEED);
/** Hundredths of a run. */
const moments = Array.from({ length: 5 }, () => random.between(5, 90));

let lengthMs = 0;
beforeAll(async () => {
  apply("scenarios/default-deny/manifests", "locked");
  lengthMs = await runLength(SCENARIO);
});
afterAll(() => kubectl("delete", "namespace", "--wait=false", "locked"));

describe(`a run that ends at a random moment (seed ${SEED})`, () => {
  let killed = 0;

  it.each(
    moments,
  )("by SIGKILL after %d hundredths of it leaves nothing that clean does not remove", async (moment) => {
    const afterMs = (lengthMs * moment) / 100;
    const { stays, touched, isKilled } = await killRun(SCENARIO, ["locked"], { signal: "SIGKILL", afterMs });
    expect(stays).toEqual([]);
    expect(touched).toEqual([]);
    killed += isKilled ? 1 : 0;
  });

  it.each(moments)("by SIGINT after %d hundredths of it leaves nothing", async (moment) => {
    const afterMs = (lengthMs * moment) / 100;
    const { left, touched, code } = await killRun(SCENARIO, ["locked"], { signal: "SIGINT", afterMs });
    expect([0, 130]).toContain(code);
    expect(left, leftovers().join()).toBe(0);
    expect(touched).toEqual([]);
  });

  it("was going on when it was killed, most times", () => {
    expect(killed).toBeGreaterThanOrEqual(3);
  });
});
