import { afterAll, beforeAll, expect, test } from "vitest";
import { type Kernel, startKernel } from "../../../src/lab/kernel/start-kernel.ts";

let kernel: Kernel;

beforeAll(async () => {
  kernel = await startKernel();
});

afterAll(() => kernel.close());

test("refuses wrong rules in nft's own words, all or nothing", async () => {
  const wrong = kernel.loadRules("table inet a {\n  counter kept {\n  }\n}\nadd rule inet a absent accept\n");
  await expect(wrong).rejects.toThrow(/nft refused the rules: .*5:\d+.*No such file or directory/s);
  expect(await kernel.readCounters()).toEqual(new Map());
  await expect(kernel.loadRules("tabel\n")).rejects.toThrow("syntax error");
});

test("loads what it is given at once in the order in which it was given, past a failure", async () => {
  const loads = [
    // Long, so that the others would overtake it.
    kernel.loadRules(`${"table inet b {\n}\n".repeat(5_000)}table inet b {\n  counter first {\n  }\n}\n`),
    kernel.loadRules("add counter inet b second\n"),
    kernel.loadRules("nonsense\n"),
    kernel.loadRules("delete counter inet b first\n"),
  ];
  const settled = await Promise.allSettled(loads);
  expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
  expect(await kernel.readCounters()).toEqual(new Map([["second", 0]]));
  await kernel.loadRules("delete table inet b\n");
});

test("takes rules of two hundred kilobytes in one transaction", async () => {
  const lines = Array.from(
    { length: 4_000 },
    (_, index) => `    10.${index >> 8}.${index & 255}.1 : accept,`,
  );
  const map = ["table inet c {", "  map m {", "    type ipv4_addr : verdict", "    elements = {", ...lines];
  await kernel.loadRules([...map, "    }", "  }", "  counter done {", "  }", "}", ""].join("\n"));
  expect((await kernel.readCounters()).has("done")).toBe(true);
});
