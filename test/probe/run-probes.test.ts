import { describe, expect, it } from "vitest";
import type { Probe, ProbeHistory } from "../../src/model/observation.ts";
import { type ProbeProgress, type RunProbesOptions, runProbes } from "../../src/probe/run-probes.ts";
import { type Call, type Reply, ScriptedExec } from "./scripted-exec.ts";
import { VirtualClock } from "./virtual-clock.ts";

function probe(pod: string, host: string, fields: Partial<Probe> = {}): Probe {
  const source = { namespace: "shop", name: pod };
  return { id: `${pod} -> ${host}`, source, kind: "tcp", host, port: 80, timeoutMs: 2000, ...fields };
}

/** 10.0.0.0 and so on. */
function hosts(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `10.0.${Math.floor(i / 256)}.${i % 256}`);
}

async function run(
  probes: readonly Probe[],
  reply: (call: Call) => Reply,
  options: Partial<RunProbesOptions> = {},
) {
  const clock = new VirtualClock();
  const exec = new ScriptedExec(clock, reply);
  let nonces = 0;
  const work = runProbes(probes, {
    exec,
    again: () => false,
    settleMs: 10_000,
    clock,
    random: () => {
      nonces += 1;
      return `nonce${String(nonces).padStart(8, "0")}`;
    },
    ...options,
  });
  return { histories: await clock.run(work), exec, calls: exec.calls, clock };
}

function kinds(history: ProbeHistory | undefined): readonly string[] {
  return history?.attempts.map(({ observation }) => observation.kind) ?? [];
}

function lastKind({ attempts }: ProbeHistory): string | undefined {
  return attempts.at(-1)?.observation.kind;
}

const open: Reply = { saw: () => "open" };

describe("runProbes, one round", () => {
  it("asks each pod in one exec and keeps the order of the probes", async () => {
    const probes = [probe("a", "10.0.0.1"), probe("b", "10.0.0.2"), probe("a", "10.0.0.3")];
    const { histories, calls } = await run(probes, () => ({
      saw: (host) => (host === "10.0.0.3" ? "refused" : "open"),
    }));
    expect(calls.map(({ pod, hosts: asked }) => [pod, asked])).toEqual([
      ["a", ["10.0.0.1", "10.0.0.3"]],
      ["b", ["10.0.0.2"]],
    ]);
    expect(histories.map(({ probe: { id } }) => id)).toEqual(probes.map(({ id }) => id));
    expect(histories.map(kinds)).toEqual([["connected"], ["connected"], ["refused"]]);
  });

  it("does nothing for no probes", async () => {
    expect((await run([], () => open)).histories).toEqual([]);
  });

  it("splits a pod's probes into execs one after the other, while other pods go on", async () => {
    const probes = [...hosts(250).map((host) => probe("a", host)), probe("b", "10.9.9.9")];
    const { calls, exec, histories } = await run(probes, () => ({ ...open, takesMs: 100 }), { perExec: 100 });
    expect(calls.map(({ pod, hosts: asked, atMs }) => [pod, asked.length, atMs])).toEqual([
      ["a", 100, 0],
      ["b", 1, 0],
      ["a", 100, 100],
      ["a", 50, 200],
    ]);
    expect(exec.mostAtOnce).toBe(2);
    expect(histories.map(kinds)).toEqual(probes.map(() => ["connected"]));
  });

  it("uses a new nonce for every exec, and refuses one that could be guessed", async () => {
    const { calls } = await run([probe("a", "10.0.0.1"), probe("b", "10.0.0.1")], () => open);
    expect(new Set(calls.map(({ nonce }) => nonce)).size).toBe(2);
    await expect(run([probe("a", "10.0.0.1")], () => open, { random: () => "1" })).rejects.toThrow(
      "not a nonce",
    );
  });

  it("gives the exec more time than the script, and the script more than the probes need", async () => {
    const [few, many] = await Promise.all([
      run([probe("a", "10.0.0.1")], () => open),
      run(
        hosts(100).map((host) => probe("a", host)),
        () => open,
        { parallelInPod: 10 },
      ),
    ]);
    for (const { calls } of [few, many]) {
      const [call] = calls;
      expect(call?.options.deadlineMs).toBeGreaterThan((call?.deadlineSeconds ?? 0) * 1000);
    }
    expect(few.calls[0]?.deadlineSeconds).toBeGreaterThan(2);
    expect(many.calls[0]?.deadlineSeconds).toBeGreaterThan(20); // ten after another, two seconds each
  });

  it("says when each probe was started, counted back from the end of the script", async () => {
    const { histories } = await run([probe("a", "10.0.0.1")], () => ({
      saw: () => "connect 1 700 300 nc: 10.0.0.1 (10.0.0.1:80): Connection refused",
      takesMs: 1040, // the script's end line says 1000
    }));
    expect(histories[0]?.attempts).toMatchObject([{ round: 1, atMs: 740 }]);
  });

  it("does not send what cannot be a probe", async () => {
    const { histories, calls } = await run([probe("a", "-e"), probe("b", "10.0.0.1")], () => open);
    expect(histories[0]?.attempts).toEqual([
      {
        round: 1,
        atMs: 0,
        observation: { kind: "tool-error", reason: 'not an address or host name: "-e"' },
      },
    ]);
    expect(calls.map(({ pod }) => pod)).toEqual(["b"]);
  });
});

describe("runProbes, settling", () => {
  const unsettled = (history: ProbeHistory): boolean => lastKind(history) !== "connected";

  it("asks again only for what has not settled, and backs off", async () => {
    const { histories, calls } = await run(
      [probe("a", "10.0.0.1"), probe("a", "10.0.0.2")],
      ({ before }) => ({ saw: (host) => (host === "10.0.0.1" || before === 5 ? "open" : "refused") }),
      { again: unsettled, settleMs: 20_000 },
    );
    expect(calls.map(({ atMs }) => atMs)).toEqual([0, 250, 750, 1750, 3750, 5750]);
    expect(calls.map(({ hosts: asked }) => asked.length)).toEqual([2, 1, 1, 1, 1, 1]);
    expect(kinds(histories[0])).toEqual(["connected"]);
    expect(kinds(histories[1])).toEqual([...Array<string>(5).fill("refused"), "connected"]);
    expect(histories[1]?.attempts.map(({ round }) => round)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("stops when the settle time is over", async () => {
    const { calls } = await run([probe("a", "10.0.0.1")], () => ({ saw: () => "refused" }), {
      again: () => true,
      settleMs: 3750,
    });
    expect(calls.map(({ atMs }) => atMs)).toEqual([0, 250, 750, 1750]);
  });

  it("asks before each round how long the settle time is, where it may change", async () => {
    let rounds = 0;
    const { calls } = await run([probe("a", "10.0.0.1")], () => ({ saw: () => "refused" }), {
      again: () => true,
      settleMs: () => {
        rounds += 1;
        return rounds < 5 ? Number.POSITIVE_INFINITY : 0;
      },
    });
    expect(calls.map(({ atMs }) => atMs)).toEqual([0, 250, 750, 1750, 3750]);
  });

  it("asks once where there is no settle time", async () => {
    const { calls } = await run([probe("a", "10.0.0.1")], () => open, { again: () => true, settleMs: 0 });
    expect(calls.length).toBe(1);
  });

  it("does not pause after a round that took longer than the pause", async () => {
    const { calls } = await run([probe("a", "10.0.0.1")], () => ({ saw: () => "dropped", takesMs: 2050 }), {
      again: () => true,
      settleMs: 8000,
    });
    expect(calls.map(({ atMs }) => atMs)).toEqual([0, 2050, 4100, 6150]);
  });

  it("does not hold up one pod for another", async () => {
    const { calls } = await run(
      [probe("slow", "10.0.0.1"), probe("fast", "10.0.0.1")],
      ({ pod }) => (pod === "slow" ? { saw: () => "dropped", takesMs: 4000 } : { saw: () => "refused" }),
      { again: () => true, settleMs: 2000 },
    );
    expect(calls.filter(({ pod }) => pod === "fast").map(({ atMs }) => atMs)).toEqual([0, 250, 750, 1750]);
    expect(calls.filter(({ pod }) => pod === "slow").map(({ atMs }) => atMs)).toEqual([0]);
  });

  it("hands the whole history to the question", async () => {
    const seen: (readonly string[])[] = [];
    await run(
      [probe("a", "10.0.0.1")],
      ({ before }) => ({ saw: () => (before === 0 ? "open" : "refused") }),
      {
        again: (history) => {
          seen.push(kinds(history));
          return history.attempts.length < 3;
        },
      },
    );
    expect(seen).toEqual([["connected"], ["connected", "refused"], ["connected", "refused", "refused"]]);
  });

  it("tells how far it is", async () => {
    const told: ProbeProgress[] = [];
    await run(
      [probe("a", "10.0.0.1"), probe("a", "10.0.0.2"), probe("b", "10.0.0.1")],
      ({ before }) => ({ saw: (host) => (host === "10.0.0.2" && before === 0 ? "refused" : "open") }),
      { again: unsettled, onProgress: (progress) => told.push(progress) },
    );
    expect(told.at(-1)).toEqual({ total: 3, tried: 3, settled: 3, elapsedMs: 300 });
    expect(told.some(({ tried, settled }) => tried === 3 && settled === 2)).toBe(true);
    expect(told.every(({ tried, settled }) => settled <= tried)).toBe(true);
  });
});

describe("runProbes, what an exec loses", () => {
  const two = [probe("a", "10.0.0.1"), probe("a", "10.0.0.2")];
  const firstOnly = (host: string): string | undefined => (host === "10.0.0.1" ? "open" : undefined);

  it("keeps complete lines of a cut output and asks at once for the others", async () => {
    const { histories, calls } = await run(two, ({ before }) =>
      before === 0 ? { saw: firstOnly, withoutEnd: true } : open,
    );
    expect(histories.map(kinds)).toEqual([["connected"], ["exec-error", "connected"]]);
    expect(histories[1]?.attempts.map(({ round }) => round)).toEqual([1, 1]);
    expect(histories[1]?.attempts[0]?.observation.reason).toBe("the pod's output ended early, exit status 0");
    expect(calls.map(({ hosts: asked, atMs }) => [asked, atMs])).toEqual([
      [["10.0.0.1", "10.0.0.2"], 0],
      [["10.0.0.2"], 50],
    ]);
  });

  it("asks at most twice more, whatever the question says", async () => {
    const { histories, calls } = await run(two, () => ({ saw: firstOnly }));
    expect(calls.length).toBe(3);
    expect(histories.map(kinds)).toEqual([["connected"], ["exec-error", "exec-error", "exec-error"]]);
    expect(histories[1]?.attempts[2]?.observation.reason).toBe("the pod gave no answer for this probe");
  });

  it("does not believe lines with another nonce", async () => {
    const { histories } = await run(two, () => ({ saw: () => "open", nonce: "another1234" }));
    expect(histories.map((history) => lastKind(history))).toEqual(["exec-error", "exec-error"]);
    expect(histories[0]?.attempts[0]?.observation.reason).toContain("with 3 lines that are not ours");
  });

  it("believes neither of two lines for one probe", async () => {
    const { histories } = await run(two, ({ before, nonce }) =>
      before === 0 ? { ...open, extra: [`${nonce} 1 connect 0 0 0 10.0.0.2 (10.0.0.2:80) open`] } : open,
    );
    expect(histories.map(kinds)).toEqual([["connected"], ["exec-error", "connected"]]);
    expect(histories[1]?.attempts[0]?.observation.reason).toBe("the pod answered twice for this probe");
  });

  it.each<[string, Reply, string]>([
    [
      "what the shell said",
      {
        saw: () => undefined,
        withoutEnd: true,
        completed: { exitCode: 2, stderr: "Killed\nsh: can't fork\n" },
      },
      "the pod's output ended early, exit status 2: sh: can't fork",
    ],
    [
      "a kill in the pod",
      { saw: () => undefined, withoutEnd: true, completed: { exitCode: 137 } },
      "the probes were killed in the pod, by their deadline or for want of memory",
    ],
    [
      "too much output",
      { saw: () => undefined, withoutEnd: true, completed: { overflow: true } },
      "the pod's output was longer than expected and was cut",
    ],
  ])("explains a loss by %s", async (_, reply, reason) => {
    const { histories } = await run([probe("a", "10.0.0.1")], () => reply);
    expect(histories[0]?.attempts[0]?.observation).toEqual({ kind: "exec-error", reason });
  });
});

describe("runProbes, execs that fail", () => {
  const two = [probe("a", "10.0.0.1"), probe("a", "10.0.0.2")];

  it("keeps complete lines and leaves the rest to the next round", async () => {
    const { histories, calls } = await run(
      two,
      ({ before }) =>
        before === 0
          ? { saw: (host) => (host === "10.0.0.1" ? "open" : undefined), withoutEnd: true, failed: {} }
          : open,
      { again: (history) => lastKind(history) !== "connected" },
    );
    expect(histories.map(kinds)).toEqual([["connected"], ["exec-error", "connected"]]);
    expect(histories[1]?.attempts.map(({ round }) => round)).toEqual([1, 2]);
    expect(histories[1]?.attempts[0]?.observation.reason).toBe("the connection was lost");
    expect(calls.map(({ atMs }) => atMs)).toEqual([0, 250]);
  });

  it("does not retry by itself what the port has given up", async () => {
    const { calls } = await run(two, () => ({ saw: () => undefined, failed: {} }));
    expect(calls.length).toBe(1);
  });

  it.each(["forbidden", "not-found"] as const)("does not ask a pod again after %s", async (reason) => {
    const message = 'pods "a" is gone or forbidden';
    const { histories, calls } = await run(
      hosts(3).map((host) => probe("a", host)),
      () => ({ saw: () => undefined, withoutEnd: true, failed: { reason, message, retryable: false } }),
      { again: () => true, perExec: 2 },
    );
    expect(calls.length).toBe(1);
    expect(histories.map(({ attempts }) => attempts.map(({ observation }) => observation))).toEqual(
      Array(3).fill([{ kind: "exec-error", reason: message }]),
    );
  });
});

describe("runProbes, interrupted", () => {
  const interrupted = { kind: "not-run", reason: "interrupted" };

  it("has not run anything after an abort that came first", async () => {
    const { histories, calls } = await run([probe("a", "10.0.0.1")], () => open, {
      signal: AbortSignal.abort(),
    });
    expect(calls).toEqual([]);
    expect(histories[0]?.attempts).toEqual([{ round: 1, atMs: 0, observation: interrupted }]);
  });

  it("keeps the lines that arrived before the abort", async () => {
    const abort = new AbortController();
    const { histories, calls } = await run(
      hosts(3).map((host) => probe("a", host)),
      () => {
        setImmediate(() => abort.abort());
        return {
          saw: (host) => (host === "10.0.0.0" ? "open" : undefined),
          withoutEnd: true,
          takesMs: 60_000,
        };
      },
      { signal: abort.signal, perExec: 2, again: () => true },
    );
    expect(calls.length).toBe(1);
    expect(histories.map(({ attempts }) => attempts.map(({ observation: { kind } }) => kind))).toEqual([
      ["connected"],
      ["not-run"],
      ["not-run"],
    ]);
  });

  it("ends a pause at once and keeps the answers so far", async () => {
    const abort = new AbortController();
    const { histories, calls, clock } = await run(
      [probe("a", "10.0.0.1")],
      () => ({ saw: () => "refused" }),
      {
        signal: abort.signal,
        settleMs: 60_000,
        again: ({ attempts }) => {
          if (attempts.length === 2) queueMicrotask(() => abort.abort()); // in the pause
          return true;
        },
      },
    );
    expect(calls.length).toBe(2);
    expect(kinds(histories[0])).toEqual(["refused", "refused"]);
    expect(clock.now()).toBeLessThan(1_002_000);
  });

  it("never asks about a probe that has no answer yet", async () => {
    const asked: number[] = [];
    const abort = new AbortController();
    await run(
      [probe("a", "10.0.0.1")],
      () => {
        setImmediate(() => abort.abort());
        return { saw: () => undefined, withoutEnd: true, takesMs: 60_000 };
      },
      {
        signal: abort.signal,
        again: ({ attempts }) => {
          asked.push(attempts.length);
          return true;
        },
      },
    );
    expect(asked).toEqual([]);
  });

  it("takes an abort of the port for an interruption too", async () => {
    const { histories } = await run([probe("a", "10.0.0.1")], () => ({
      saw: () => undefined,
      withoutEnd: true,
      failed: { reason: "aborted", message: "closing", retryable: false },
    }));
    expect(histories[0]?.attempts.map(({ observation }) => observation)).toEqual([interrupted]);
  });
});

describe("runProbes, at the end of the settle time", () => {
  const always = (): boolean => true;
  const unlessOpen = (history: ProbeHistory): boolean =>
    lastKind(history) !== "connected" || history.attempts.length < 2;
  /** What the probe sees in each round; the last one goes on. The first round takes nearly all of the settle time. */
  const seeing =
    (...saw: readonly string[]) =>
    ({ before }: Call): Reply => ({
      saw: () => saw[before] ?? saw.at(-1),
      takesMs: before === 0 ? 9900 : 500,
    });

  it.each<[string, readonly string[], RunProbesOptions["again"], number]>([
    ["an answer that did not change is the last one", ["open", "open", "dropped"], always, 2],
    [
      "one that has just changed is asked again until it is given three times",
      ["open", "dropped"],
      always,
      4,
    ],
    [
      "one that changes for ever ends after five rounds more",
      ["open", "dropped", "open", "refused", "open", "dropped", "open", "dropped"],
      always,
      7,
    ],
    ["one that comes back to what was meant is enough", ["open", "dropped", "open"], unlessOpen, 3],
  ])("%s", async (_, saw, again, attempts) => {
    const { histories } = await run([probe("a", "10.0.0.1")], seeing(...saw), { settleMs: 10_200, again });
    expect(kinds(histories[0])).toHaveLength(attempts);
  });

  it("asks once more for what it could not ask for long: lines of another probe were lost in a silent exec", async () => {
    const probes = [probe("a", "10.0.0.1"), probe("a", "10.0.0.2")];
    const { histories, calls } = await run(
      probes,
      ({ before }) => {
        if (before === 0)
          return { saw: (host) => (host === "10.0.0.1" ? "dropped" : undefined), takesMs: 100 };
        return { saw: () => "open", takesMs: before === 1 ? 30_000 : 100 };
      },
      { settleMs: 8000, again: (history) => lastKind(history) !== "connected" },
    );
    expect(calls.map(({ hosts: asked }) => asked)).toEqual([
      ["10.0.0.1", "10.0.0.2"],
      ["10.0.0.2"],
      ["10.0.0.1"],
    ]);
    expect(histories.map(lastKind)).toEqual(["connected", "connected"]);
  });

  it("does not go on for what was asked once", async () => {
    const { calls } = await run([probe("a", "10.0.0.1")], seeing("dropped"), {
      settleMs: 0,
      again: () => true,
    });
    expect(calls).toHaveLength(1);
  });
});

describe("runProbes, on a node that has room for some", () => {
  it("begins an exec when there is room for its probes, and gives the places back", async () => {
    const asked: number[] = [];
    let inside = 0;
    let most = 0;
    const waiting: (() => void)[] = [];
    const enter: RunProbesOptions["enter"] = async (_pod, places) => {
      asked.push(places);
      if (inside + places > 40) await new Promise<void>((resolve) => waiting.push(resolve));
      inside += places;
      most = Math.max(most, inside);
      return () => {
        inside -= places;
        waiting.shift()?.();
      };
    };
    const probes = ["a", "b", "c"].flatMap((pod) => hosts(50).map((host) => probe(pod, host)));
    const { histories, exec } = await run(probes, () => open, { enter });
    expect(histories.map(lastKind)).toEqual(Array(150).fill("connected"));
    expect(asked).toEqual([32, 32, 32]);
    expect([most, inside, exec.mostAtOnce]).toEqual([32, 0, 1]);
  });

  it.each<[string, readonly string[], number | undefined]>([
    [
      "connections that took 10 ms, one of them lost",
      ["open", "open", "connect 1 0 4000 nc: x: timed out\t"],
      10,
    ],
    ["time-outs on time", ["dropped", "dropped"], 0],
    ["time-outs 700 ms late", ["connect 1 0 2700 nc: 10.0.0.1 (10.0.0.1:80): Operation timed out\t"], 700],
    ["no answer that tells", ["connect 127 0 3 sh: nc: not found\t"], undefined],
  ])("tells how late the middle one of its probes was: %s", async (_, saw, late) => {
    const told: (number | undefined)[] = [];
    const probes = hosts(saw.length).map((host) => probe("a", host));
    await run(probes, () => ({ saw: (host) => saw[Number(host.split(".")[3])] }), {
      enter: async () => (lateMs) => told.push(lateMs),
    });
    expect(told).toEqual([late]);
  });

  it("gives the places back without a word where the exec failed", async () => {
    const told: (number | undefined)[] = [];
    await run([probe("a", "10.0.0.1")], () => ({ saw: () => undefined, failed: {} }), {
      enter: async () => (lateMs) => told.push(lateMs),
    });
    expect(told).toEqual([undefined]);
  });

  it("begins none after an abort that came while it waited", async () => {
    const abort = new AbortController();
    const { histories, calls } = await run([probe("a", "10.0.0.1")], () => open, {
      signal: abort.signal,
      enter: async () => {
        abort.abort();
        return () => undefined;
      },
    });
    expect(calls).toEqual([]);
    expect(kinds(histories[0])).toEqual(["not-run"]);
  });
});
