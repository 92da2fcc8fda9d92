import { describe, expect, it } from "vitest";
import type { ExecTryOptions } from "../../src/k8s/exec.ts";
import type { ExecTry } from "../../src/k8s/exec-outcome.ts";
import { execStarts } from "../../src/k8s/exec-starts.ts";
import { limitTo } from "../../src/k8s/limit.ts";
import { type RetryingExecDependencies, retryingExec } from "../../src/k8s/retrying-exec.ts";
import { recordingBackoff } from "./test-connection.ts";

const POD = { namespace: "shop", name: "probe-1" };

const lost: ExecTry = {
  result: {
    kind: "failed",
    reason: "connection-lost",
    message: "cut",
    retryable: true,
    stdout: "half",
    stderr: "",
  },
};
const forbidden: ExecTry = {
  result: { kind: "failed", reason: "forbidden", message: "no", retryable: false, stdout: "", stderr: "" },
};
const failedCommand: ExecTry = {
  result: { kind: "completed", exitCode: 1, stdout: "", stderr: "", overflow: false },
};

function play(tries: readonly ExecTry[], dependencies: Partial<RetryingExecDependencies> = {}) {
  const waits: number[] = [];
  const asked: ExecTryOptions[] = [];
  const port = retryingExec(
    async (_pod, _command, options) => {
      asked.push(options);
      return tries[Math.min(asked.length, tries.length) - 1] ?? lost;
    },
    {
      starts: execStarts({ now: () => 0 }),
      open: limitTo(64),
      backoff: recordingBackoff(waits),
      closed: new AbortController().signal,
      ...dependencies,
    },
  );
  return { port, waits, asked };
}

describe("retryingExec", () => {
  it("tries a lost connection three times, waiting longer each time, and then says so", async () => {
    const { port, waits, asked } = play([lost]);
    expect(await port.exec(POD, ["true"], { deadlineMs: 1000 })).toEqual(lost.result);
    expect(asked).toHaveLength(3);
    expect(waits).toEqual([125, 250]);
  });

  it("takes the first try that completes", async () => {
    const { port, asked } = play([lost, failedCommand]);
    expect(await port.exec(POD, ["true"], { deadlineMs: 1000 })).toEqual(failedCommand.result);
    expect(asked).toHaveLength(2);
  });

  it.each([
    ["a command that completed, whatever its exit code", failedCommand],
    ["a failure that asking again cannot help", forbidden],
  ])("does not try %s again", async (_title, only) => {
    const { port, asked } = play([only]);
    expect(await port.exec(POD, ["true"], { deadlineMs: 1000 })).toEqual(only.result);
    expect(asked).toHaveLength(1);
  });

  it("asks longer what is throttled, since nothing was started, and then says so", async () => {
    const refusal: ExecTry = { ...lost, throttled: true };
    const { port, waits, asked } = play([refusal]);
    expect(await port.exec(POD, ["true"], { deadlineMs: 1000 })).toEqual(refusal.result);
    expect(asked).toHaveLength(8);
    expect(waits).toEqual([125, 250, 500, 1000, 2000, 4000, 5000]);
  });

  it("counts faults of the way by themselves, however often it was throttled before", async () => {
    const refusal: ExecTry = { ...lost, throttled: true };
    const { port, asked } = play([refusal, refusal, refusal, refusal, lost, failedCommand]);
    expect(await port.exec(POD, ["true"], { deadlineMs: 1000 })).toEqual(failedCommand.result);
    expect(asked).toHaveLength(6);
  });

  it("waits as long as the API server says", async () => {
    const { port, waits } = play([{ ...lost, retryAfterMs: 3000 }, failedCommand]);
    await port.exec(POD, ["true"], { deadlineMs: 1000 });
    expect(waits).toEqual([3000]);
  });

  it("gives every try the whole deadline", async () => {
    const { port, asked } = play([lost, lost, failedCommand]);
    await port.exec(POD, ["true"], { deadlineMs: 1234 });
    expect(asked.map((options) => options.deadlineMs)).toEqual([1234, 1234, 1234]);
  });

  it("stops trying when the signal comes during a wait, and keeps what had arrived", async () => {
    const controller = new AbortController();
    const { port, asked } = play([lost], {
      backoff: {
        sleep: async (_ms, signal) => {
          controller.abort();
          signal?.throwIfAborted();
        },
        random: () => 0,
        now: () => 0,
      },
    });
    const result = await port.exec(POD, ["true"], { deadlineMs: 1000, signal: controller.signal });
    expect(result).toMatchObject({ kind: "failed", reason: "aborted", retryable: false, stdout: "half" });
    expect(asked).toHaveLength(1);
  });

  it("gives up in the queue when the signal comes, without ever starting", async () => {
    const hold = Promise.withResolvers<void>();
    const open = limitTo(1);
    const held = open(undefined, () => hold.promise);
    const { port, asked } = play([failedCommand], { open });
    const controller = new AbortController();
    const waiting = port.exec(POD, ["true"], { deadlineMs: 1000, signal: controller.signal });
    controller.abort();
    expect(await waiting).toMatchObject({ kind: "failed", reason: "aborted" });
    hold.resolve();
    await held;
    expect(asked).toHaveLength(0);
  });

  it("gives its starting slot back also where a try ends without an answer", async () => {
    const { port, asked } = play([forbidden], { starts: execStarts({ most: 1, now: () => 0 }) });
    for (let times = 0; times < 3; times += 1) await port.exec(POD, ["true"], { deadlineMs: 1000 });
    expect(asked).toHaveLength(3);
  });

  it("does not hide a bug behind a failure", async () => {
    const port = retryingExec(() => Promise.reject(new Error("bug")), {
      starts: execStarts({ most: 1, now: () => 0 }),
      open: limitTo(1),
      backoff: recordingBackoff([]),
      closed: new AbortController().signal,
    });
    await expect(port.exec(POD, ["true"], { deadlineMs: 1000 })).rejects.toThrow("bug");
  });
});
