/** Which tool of the in-pod script gave the answer. */
export const PROBE_STEPS = [
  "connect", // nc -z -vv
  "connect-exec", // nc -e true, where nc has no -z
  "name", // the name was being resolved
  "http", // wget, after nc had connected
  "udp",
  "dns-udp",
  "dns-tcp",
  "missing", // not tried: a tool or a setting is missing; the text says which
] as const;

export type ProbeStep = (typeof PROBE_STEPS)[number];

/** One line of the in-pod script, taken apart and not judged. */
export interface RawResult {
  readonly step: ProbeStep;
  /** The tool's exit status; 137 also when the script killed it at its time limit. */
  readonly exitCode: number;
  /** From the start of the script to the start of the probe. */
  readonly startMs: number;
  readonly durationMs: number;
  /** The first lines that the tool printed. */
  readonly lines: readonly string[];
}

/** What one exec said. */
export interface ProbeResults {
  /** By the index that the probe had in the input. */
  readonly results: ReadonlyMap<number, RawResult>;
  /** Indexes that more than one line claims; they are not in `results`. */
  readonly contradicted: ReadonlySet<number>;
  /** The last line: how many probes the script read, and how long it ran. Undefined: the output was cut. */
  readonly end: { readonly count: number; readonly totalMs: number } | undefined;
  /** Lines that are not the script's. */
  readonly strays: number;
}

const RESULT = /^(0|[1-9]\d{0,5}) ([a-z-]+) (\d{1,3}) (\d{1,9}) (\d{1,9}) (.*)$/s;
const END = /^end (\d{1,6}) (\d{1,9})$/;
const STEPS: ReadonlySet<string> = new Set(PROBE_STEPS);

/**
 * Takes the output of the in-pod script apart: `NONCE INDEX STEP EXIT START-MS DURATION-MS TEXT` a probe, the lines of
 * TEXT joined by tabs, and `NONCE end COUNT TOTAL-MS` last. A line that is not complete or does not begin with the
 * nonce of this exec is not the script's: what a probed server sends cannot forge an answer.
 */
export function parseResults(stdout: string, nonce: string): ProbeResults {
  const results = new Map<number, RawResult>();
  const contradicted = new Set<number>();
  let end: ProbeResults["end"];
  let strays = 0;
  const lines = stdout.split("\n");
  lines.pop(); // what follows the last newline: nothing, or a line that was cut
  for (const line of lines) {
    const own = line.startsWith(`${nonce} `) ? line.slice(nonce.length + 1) : "";
    const last = END.exec(own);
    const result = RESULT.exec(own);
    if (last !== null) {
      end = { count: Number(last[1]), totalMs: Number(last[2]) };
    } else if (result !== null && isStep(result[2])) {
      const index = Number(result[1]);
      if (results.has(index)) contradicted.add(index);
      results.set(index, {
        step: result[2],
        exitCode: Number(result[3]),
        startMs: Number(result[4]),
        durationMs: Number(result[5]),
        lines: linesOf(result[6] ?? ""),
      });
    } else {
      strays += 1;
    }
  }
  for (const index of contradicted) results.delete(index);
  return { results, contradicted, end, strays };
}

function linesOf(text: string): readonly string[] {
  return text === "" || text === "\t" ? [] : text.replace(/\t$/, "").split("\t");
}

function isStep(word: string | undefined): word is ProbeStep {
  return word !== undefined && STEPS.has(word);
}
