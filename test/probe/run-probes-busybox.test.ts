import { randomBytes } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import type { Probe } from "../../src/model/observation.ts";
import { type RunProbesOptions, runProbes } from "../../src/probe/run-probes.ts";
import { busyboxPath, LocalExec } from "./busybox.ts";
import { CLOSED_PORT, Servers } from "./servers.ts";

const busybox = busyboxPath();
const servers = new Servers();

afterAll(() => {
  servers.end();
  busybox.remove();
});

function probe(pod: string, fields: Partial<Probe>): Probe {
  const source = { namespace: "shop", name: pod };
  return { id: pod, source, kind: "tcp", host: "127.0.0.1", port: 1, timeoutMs: 500, ...fields };
}

function options(fields: Partial<RunProbesOptions> = {}): RunProbesOptions {
  return {
    exec: new LocalExec(busybox.path),
    again: () => false,
    settleMs: 5000,
    clock: {
      now: () => performance.now(),
      sleep: (ms, signal) => setTimeout(ms, undefined, signal === undefined ? {} : { signal }),
    },
    random: () => randomBytes(12).toString("hex"),
    ...fields,
  };
}

describe("runProbes with a real shell and real packets", () => {
  it("asks several pods for everything at once", async () => {
    const web = await servers.http("HTTP/1.1 200 OK\r\n\r\n");
    const echo = await servers.udp((data, reply) => reply(data));
    const silent = await servers.silentPort(busybox.path);
    const probes = ["a", "b"].flatMap((pod) => [
      probe(pod, { kind: "http", port: web }),
      probe(pod, { kind: "udp", port: echo, answers: true }),
      probe(pod, { port: CLOSED_PORT }),
      probe(pod, { port: silent }),
      probe(pod, { host: "localhost", port: web }),
    ]);
    const startedAt = performance.now();
    const histories = await runProbes(probes, options());
    expect(performance.now() - startedAt).toBeLessThan(3000);
    const expected = ["connected", "connected", "refused", "timeout", "connected"];
    expect(histories.map(({ attempts }) => attempts.map(({ observation: { kind } }) => kind))).toEqual(
      [...expected, ...expected].map((kind) => [kind]),
    );
  });

  it("sees a port that opens while it settles, and when", async () => {
    const port = await servers.freePort();
    let opened = false;
    const [history] = await runProbes(
      [probe("a", { port })],
      options({
        again: ({ attempts }) => {
          if (!opened) {
            opened = true;
            void servers.tcp(undefined, port);
          }
          return attempts.at(-1)?.observation.kind !== "connected";
        },
      }),
    );
    expect(history?.attempts.map(({ observation: { kind } }) => kind)).toEqual(["refused", "connected"]);
    expect(history?.attempts[1]?.atMs).toBeGreaterThanOrEqual(250);
  });

  it("ends at once when interrupted, and says what was not run", async () => {
    const port = await servers.udp();
    const abort = new AbortController();
    const work = runProbes(
      [probe("a", { kind: "udp", port, timeoutMs: 30_000, answers: true })],
      options({ signal: abort.signal }),
    );
    await setTimeout(100);
    abort.abort();
    const [history] = await work;
    expect(history?.attempts.map(({ observation }) => observation)).toEqual([
      { kind: "not-run", reason: "interrupted" },
    ]);
  });
});
