import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ExecOptions, ExecPort, ExecResult } from "../../src/model/exec.ts";
import type { PodName, Probe, ProbeHistory } from "../../src/model/observation.ts";
import { parseResults } from "../../src/probe/result-lines.ts";
import { runProbes } from "../../src/probe/run-probes.ts";

const SEED = 20_251_121;

function probe(pod: string, port: number): Probe {
  const source = { namespace: "shop", name: pod };
  return { id: `${pod} -> ${port}`, source, kind: "tcp", host: "10.0.0.1", port, timeoutMs: 1000 };
}

const PROBES = [probe("evil", 80), probe("honest", 80), probe("evil", 81), probe("honest", 81)];

/** The honest pod sees port 80 open and 81 closed; the other one prints what it is told. */
class TwoPods implements ExecPort {
  readonly nonces: string[] = [];
  readonly #says: (nonce: string, seen: readonly string[]) => string;

  constructor(says: (nonce: string, seen: readonly string[]) => string) {
    this.#says = says;
  }

  async exec(pod: PodName, command: readonly string[], _options: ExecOptions): Promise<ExecResult> {
    const nonce = command[4] ?? "";
    const seen = [...this.nonces];
    this.nonces.push(nonce);
    const stdout =
      pod.name === "evil"
        ? this.#says(nonce, seen)
        : [
            `${nonce} 0 connect 0 0 10 10.0.0.1 (10.0.0.1:80) open\t`,
            `${nonce} 1 connect 1 0 10 nc: 10.0.0.1 (10.0.0.1:81): Connection refused\t`,
            `${nonce} end 2 20`,
            "",
          ].join("\n");
    return { kind: "completed", exitCode: 0, stdout, stderr: "", overflow: false };
  }
}

async function run(says: (nonce: string, seen: readonly string[]) => string) {
  let nonces = 0;
  const histories = await runProbes(PROBES, {
    exec: new TwoPods(says),
    again: () => false,
    settleMs: 0,
    clock: { now: () => 0, sleep: async () => undefined },
    random: () => `nonce${String(nonces++).padStart(8, "0")}`,
  });
  const kinds = (pod: string): readonly (string | undefined)[] =>
    histories.filter(({ probe: { source } }) => source.name === pod).map(lastKind);
  return { evil: kinds("evil"), honest: kinds("honest") };
}

function lastKind({ attempts }: ProbeHistory): string | undefined {
  return attempts.at(-1)?.observation.kind;
}

const HONEST = ["connected", "refused"];

/** Lines that look like the script's own, with any nonce, index, step and end, among bytes of any kind. */
const forged = fc
  .array(
    fc.oneof(
      fc
        .tuple(
          fc.constantFrom("nonce00000000", "nonce00000001", "nonce00000002", "NONCE", "", " "),
          fc.constantFrom("0", "1", "2", "00", "-1", "999999", "end", "1e3"),
          fc.constantFrom("connect", "http", "udp", "missing", "connected", "2", "\u0000"),
          fc.constantFrom("0", "1", "137", "9999", "x"),
          fc.string({ unit: "binary", maxLength: 40 }),
        )
        .map((parts) => parts.join(" ")),
      fc.constantFrom("10.0.0.1 (10.0.0.1:80) open", "nonce00000001 end 2 20", "\r", "\u001b[2J", "\t\t"),
      fc.string({ unit: "binary", maxLength: 60 }),
    ),
    { maxLength: 30 },
  )
  .map((lines) => lines.join("\n"));

describe("a hostile pod's output", () => {
  it("changes nothing of what another pod saw, whatever it is", async () => {
    await fc.assert(
      fc.asyncProperty(forged, async (text) => {
        const { honest } = await run(() => text);
        expect(honest).toEqual(HONEST);
      }),
      { numRuns: 1000, seed: SEED },
    );
  });

  it("changes nothing of it even with the nonces of all execs before its own", async () => {
    const { honest, evil } = await run((_nonce, seen) =>
      seen
        .flatMap((other) => [`${other} 0 connect 1 0 1 Connection refused\t`, `${other} end 2 20`])
        .concat("")
        .join("\n"),
    );
    expect(honest).toEqual(HONEST);
    expect(evil).toEqual(["exec-error", "exec-error"]);
  });

  it("is no answer where it answers twice for one probe: neither is believed", async () => {
    const { evil } = await run((nonce) =>
      [
        `${nonce} 0 connect 1 0 1000 nc: 10.0.0.1 (10.0.0.1:80): Operation timed out\t`,
        `${nonce} 0 connect 0 0 10 10.0.0.1 (10.0.0.1:80) open\t`,
        `${nonce} 1 connect 0 0 10 10.0.0.1 (10.0.0.1:81) open\t`,
        `${nonce} end 2 20`,
        "",
      ].join("\n"),
    );
    expect(evil).toEqual(["exec-error", "connected"]);
  });

  it("of a probed server has no line of its own: a server does not know the nonce, and gets no new line", () => {
    fc.assert(
      fc.property(forged, (banner) => {
        // As the script prints it: on one line, behind the nonce, lines of the tool joined by tabs.
        const text = banner.replaceAll("\n", "\t");
        const { results, contradicted } = parseResults(
          `0123456789abcdef 3 http 0 0 10 ${text}\t\n0123456789abcdef end 1 20\n`,
          "0123456789abcdef",
        );
        expect([...results.keys()]).toEqual([3]);
        expect(contradicted.size).toBe(0);
      }),
      { numRuns: 1000, seed: SEED },
    );
  });
});
