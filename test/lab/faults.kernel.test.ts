import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allTexts, counts, expectSection, type FaultRow, steady } from "../fault-table.ts";
import { FaultLab, type Ran } from "./fault-lab.ts";
import { FAULTS, type Fault } from "./lab-faults.ts";

/** Each lab plays one fault after the other; faults of one lab do not meet those of another. */
const LABS = 4;

const labs: FaultLab[] = [];
const results = new Map<Fault, { readonly ran: Ran; readonly left: readonly string[] }>();

beforeAll(async () => {
  for (let count = 0; count < LABS; count++) labs.push(await FaultLab.start());
  // The longest first.
  const queue = [...FAULTS].sort((a, b) => Number(/silent/i.test(b.fault)) - Number(/silent/i.test(a.fault)));
  await Promise.all(
    labs.map(async (lab) => {
      for (let fault = queue.shift(); fault !== undefined; fault = queue.shift()) {
        const ran = await fault.run(lab);
        results.set(fault, { ran, left: await lab.leftovers() });
      }
    }),
  );
}, 240_000);

afterAll(async () => {
  for (const lab of labs) await lab.close();
});

const rows: FaultRow[] = [];

describe("a run on the lab", () => {
  it.each(FAULTS)("says what happened, and leaves nothing: $fault", (fault) => {
    const result = results.get(fault);
    if (result === undefined) throw new Error("it was not played");
    const { ran, left } = result;
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
    rows.push({ fault: fault.fault, played, exitCode, says: all, left });
  });

  it("is the table in docs/faults.md", async () => {
    expect(rows).toHaveLength(FAULTS.length);
    await expectSection("faults on the lab", rows);
  });
});
