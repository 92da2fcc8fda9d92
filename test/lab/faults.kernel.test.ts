import pLimit from "p-limit";
import { afterAll, describe, expect, it } from "vitest";
import { allTexts, counts, expectSection, type FaultRow, steady } from "../fault-table.ts";
import { FaultLab, type Ran } from "./fault-lab.ts";
import { FAULTS, type Fault } from "./lab-faults.ts";

/** So many faults are played at the same time, each on a lab of its own. */
const LABS = 4;

const inTurn = pLimit(LABS);
const labs: FaultLab[] = [];
const idle: FaultLab[] = [];

/** Faults that are left out by the command line cost nothing, not even a lab. */
function play(fault: Fault): Promise<{ readonly ran: Ran; readonly left: readonly string[] }> {
  return inTurn(async () => {
    const lab = idle.pop() ?? (await FaultLab.start());
    if (!labs.includes(lab)) labs.push(lab);
    const ran = await fault.run(lab);
    const left = lab.leftovers();
    idle.push(lab);
    return { ran, left };
  });
}

afterAll(async () => {
  for (const lab of labs) await lab.close();
});

const rows = new Map<string, FaultRow>();

describe("a run on the lab", () => {
  for (const fault of FAULTS) {
    it.concurrent(`${fault.fault}: is said, and nothing is left`, async () => {
      const { ran, left } = await play(fault);
      const { report } = ran;
      const texts = allTexts(report, report === undefined ? ran.stdout + ran.stderr : ran.stderr);
      const flows = report?.flows.map(({ id, verdict, reason }) => `${id}: ${verdict}: ${reason}`);
      const shown = `${JSON.stringify(flows, undefined, 1)}\n${ran.stderr}`;
      expect(ran.exitCode, shown).toBe(fault.exitCode);
      expect(texts).toMatch(fault.says);
      expect(texts).not.toContain("this is a bug");
      if (fault.prints !== undefined) expect(ran.stdout).toMatch(fault.prints);
      if (fault.counts !== undefined) expect(report && counts(report), shown).toBe(fault.counts);
      if (fault.exitCode !== 1) expect(report?.summary.failed ?? 0, shown).toBe(0);
      // The one flow that a blind run would take for green.
      if (fault.exitCode === 1) expect(report?.enforcement?.grade).toBe("failed");
      expect(left).toEqual([]);
      const said = steady(fault.says.exec(texts)?.[0] ?? "");
      const { played, exitCode } = fault;
      const all = fault.counts === undefined ? said : `${fault.counts}; ${said}`;
      rows.set(fault.fault, { fault: fault.fault, played, exitCode, says: all, left });
    });
  }

  it("is the table in docs/faults.md", async () => {
    const inOrder = FAULTS.flatMap(({ fault }) => rows.get(fault) ?? []);
    expect(inOrder).toHaveLength(FAULTS.length);
    await expectSection("faults on the lab", inOrder);
  });
});
