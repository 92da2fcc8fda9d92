import { describe, expect, it } from "vitest";
import { createProgress, type Progress } from "../../src/cli/progress.ts";

interface Watched {
  readonly progress: Progress;
  readonly written: () => string;
  readonly pass: (ms: number) => void;
}

function watch(given: { isTty?: boolean; ci?: boolean; quiet?: boolean; width?: number } = {}): Watched {
  let written = "";
  let time = 1000;
  const progress = createProgress({
    stream: {
      write: (text: string) => {
        written += text;
      },
    },
    isTty: given.isTty ?? false,
    ci: given.ci ?? false,
    quiet: given.quiet ?? false,
    now: () => time,
    width: given.width ?? 40,
  });
  return {
    progress,
    written: () => written,
    pass: (ms) => {
      time += ms;
    },
  };
}

/** What a terminal of our width shows of all that was written to it. */
function screenOf(written: string): readonly string[] {
  const rows = [""];
  for (const part of written.split(/(\r\x1b\[2K|\n)/)) {
    if (part === "\n") rows.push("");
    else if (part === "\r\x1b[2K") rows[rows.length - 1] = "";
    else rows[rows.length - 1] += part;
  }
  return rows;
}

function aRun({ progress, pass }: Watched): void {
  progress.step("stand-ins: creating 9");
  pass(100);
  progress.update("stand-ins: 3 of 9 running");
  pass(1000);
  progress.step("stand-ins: creating 2");
  pass(800);
  progress.done("stand-ins: 11 running");
  progress.step("probing: 40 connections");
  progress.warn("exec into staging/netverdict-1 was lost");
  pass(2340);
  progress.done("probing: 40 connections");
  progress.close();
}

describe("progress in a log", () => {
  const lines = [
    "stand-ins: 11 running in 1.9 s",
    "warning: exec into staging/netverdict-1 was lost",
    "probing: 40 connections in 2.3 s",
    "",
  ].join("\n");

  it.each([
    ["a pipe", {}],
    ["a CI system", { ci: true }],
    ["a CI system that claims to be a terminal", { ci: true, isTty: true }],
  ])("of %s is one line for each finished step", (_, where) => {
    const watched = watch(where);
    aRun(watched);
    expect(watched.written()).toBe(lines);
  });

  it("counts a step that follows an unfinished one from its own beginning", () => {
    const { progress, pass, written } = watch();
    progress.step("stand-ins: creating 9");
    pass(60_000);
    progress.step("removing the stand-ins");
    pass(400);
    progress.done("stand-ins removed");
    expect(written()).toBe("stand-ins removed in 0.4 s\n");
  });

  it("says no time of what was never begun, and nothing more once closed", () => {
    const { progress, written } = watch();
    progress.done("cluster read");
    progress.close();
    progress.done("too late");
    expect(written()).toBe("cluster read\n");
  });

  it("escapes what a cluster puts in", () => {
    const { progress, written } = watch();
    progress.done("pod \x1b[2Ka\r\nb");
    progress.warn("\u202ex");
    expect(written()).toBe("pod \\x1b[2Ka\\r\\nb\nwarning: \\u{202e}x\n");
  });
});

describe("progress on a terminal", () => {
  it("is one moving line, which is gone at the end; warnings stay", () => {
    const watched = watch({ isTty: true });
    aRun(watched);
    expect(screenOf(watched.written())).toEqual(["warning: exec into staging/netverdict-1 was lost", ""]);
    expect(watched.written()).toContain("stand-ins: 3 of 9 running");
  });

  it("shows the line again below a warning", () => {
    const { progress, written } = watch({ isTty: true });
    progress.step("probing");
    progress.warn("lost");
    expect(screenOf(written())).toEqual(["warning: lost", "probing"]);
  });

  it("never fills the last column, where the line would wrap, and counts wide characters as two", () => {
    const { progress, written } = watch({ isTty: true, width: 10 });
    progress.step("0123456789abc");
    expect(screenOf(written())).toEqual(["012345678"]);
    progress.step("店店店店店店");
    expect(screenOf(written())).toEqual(["店店店店"]);
  });

  it("draws no faster than the eye can follow, but always what comes of a step", () => {
    const { progress, pass, written } = watch({ isTty: true });
    progress.step("probing");
    progress.update("probing: 1 of 9");
    expect(screenOf(written())).toEqual(["probing"]);
    pass(50);
    progress.update("probing: 2 of 9");
    expect(screenOf(written())).toEqual(["probing: 2 of 9"]);
    progress.done("probed");
    expect(screenOf(written())).toEqual(["probed"]);
  });

  it("writes nothing twice, and nothing but warnings once it is closed", () => {
    const { progress, written } = watch({ isTty: true });
    progress.step("probing");
    const once = written();
    progress.done("probing");
    expect(written()).toBe(once);
    progress.close();
    const closed = written();
    progress.step("too late");
    progress.close();
    expect(written()).toBe(closed);
    progress.warn("kept");
    expect(screenOf(written())).toEqual(["warning: kept", ""]);
  });

  it("escapes what a cluster puts in", () => {
    const { progress, written } = watch({ isTty: true });
    progress.step("a\x1b[1Ab");
    expect(screenOf(written())).toEqual(["a\\x1b[1Ab"]);
  });
});

describe("--quiet", () => {
  it.each([{ isTty: true }, { isTty: false }])("writes nothing at all %o", (where) => {
    const watched = watch({ ...where, quiet: true });
    aRun(watched);
    expect(watched.written()).toBe("");
  });
});
