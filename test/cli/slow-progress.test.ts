import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Io } from "../../src/cli/io.ts";
import { createSlowProgress } from "../../src/cli/slow-progress.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function terminal() {
  let written = "";
  const stderr = {
    isTTY: true,
    columns: 80,
    write: (text: string) => {
      written += text;
      return true;
    },
  } as unknown as Io["stderr"];
  const progress = createSlowProgress({ stderr, env: {} }, { quiet: false, verbose: false });
  return { progress, written: () => written };
}

describe("the progress of what is mostly quick", () => {
  it("is silent for a second, then shows a step that somebody else is waited for in", async () => {
    const { progress, written } = terminal();
    progress.step("reading the cluster");
    await vi.advanceTimersByTimeAsync(990);
    expect(written()).toBe("");
    await vi.advanceTimersByTimeAsync(20);
    expect(written()).toContain("reading the cluster");
    progress.close();
    expect(written()).toMatch(/\r\u001b\[2K$/);
  });

  it("shows what is known to be slow at once, since nothing can be shown while it lasts", () => {
    const { progress, written } = terminal();
    progress.step("asking about all pairs", { slow: true });
    expect(written()).toContain("asking about all pairs");
    progress.close();
  });

  it("leaves nothing behind of what was done in time", async () => {
    const { progress, written } = terminal();
    progress.step("reading");
    progress.step("writing");
    progress.close();
    await vi.advanceTimersByTimeAsync(5000);
    expect(written()).toBe("");
  });
});
