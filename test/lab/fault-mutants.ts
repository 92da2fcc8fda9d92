import type { FaultMutant } from "../fault-mutant.ts";

/** A protection, and the faults whose cases must fail without it. */
interface Protection extends Omit<FaultMutant, "fault"> {
  readonly faults: readonly string[];
}

const EXEC_BATCH = "src/probe/exec-batch.ts";
const RETRYING_EXEC = "src/k8s/retrying-exec.ts";
const REQUEST = "src/k8s/request.ts";
const OUTPUTS = "src/cli/outputs.ts";
const ENFORCEMENT = "src/verdict/enforcement.ts";
const SETTLING = "src/verdict/settling.ts";

const EXEC: readonly Protection[] = [
  {
    faults: ["exec cut once"],
    protection: "an exec that was cut is tried again",
    file: RETRYING_EXEC,
    original: "const MAX_TRIES = 3;",
    mutated: "const MAX_TRIES = 1;",
  },
  {
    faults: [
      "every exec cut",
      "every output truncated",
      "exec forbidden",
      "kubelets not reachable",
      "out of file descriptors in mid-run",
    ],
    protection: "a lost answer is no silence",
    file: EXEC_BATCH,
    original: 'lost: Observation = { kind: "exec-error",',
    mutated: 'lost: Observation = { kind: "timeout",',
  },
  {
    faults: ["stand-ins gone"],
    protection: "what could not be observed is undecided",
    file: "src/verdict/judge.ts",
    original: 'verdict: "inconclusive",\n        cause: "tool",',
    mutated: 'verdict: "pass",\n        cause: "tool",',
  },
  {
    faults: ["exec silent"],
    protection: "an exec has a deadline",
    file: EXEC_BATCH,
    original: "const EXEC_MARGIN_MS = 15_000;",
    mutated: "const EXEC_MARGIN_MS = 15_000_000;",
  },
  {
    faults: ["exec silent"],
    protection: "a command that may be running still is not started a second time",
    file: "src/k8s/exec.ts",
    original: "          !opened,\n",
    mutated: "          true,\n",
  },
  {
    faults: ["output truncated twice"],
    protection: "lines that an exec lost are asked for again",
    file: "src/probe/run-probes.ts",
    original: "const MAX_ASKS = 3;",
    mutated: "const MAX_ASKS = 1;",
  },
  {
    faults: ["every output truncated"],
    protection: "the script's last line tells a cut output from a missing answer",
    file: EXEC_BATCH,
    original: "if (end !== undefined) return",
    mutated: "if (end === undefined) return",
  },
  {
    faults: ["every exit status lost"],
    protection: "complete lines count however the exec ended",
    file: EXEC_BATCH,
    original: "parseResults(result.stdout, nonce)",
    mutated: 'parseResults(result.kind === "completed" ? result.stdout : "", nonce)',
  },
  {
    faults: ["exec forbidden"],
    protection: "the rights that an exec needs are named",
    file: "src/k8s/exec-outcome.ts",
    original: " (exec needs both get and create on pods/exec)",
    mutated: "",
  },
  {
    faults: ["execs throttled for a while"],
    protection: "an exec that was throttled is tried again",
    file: RETRYING_EXEC,
    original: "const MAX_THROTTLED_TRIES = 8;",
    mutated: "const MAX_THROTTLED_TRIES = 1;",
  },
];

const REQUESTS: readonly Protection[] = [
  {
    faults: ["a storm of 429"],
    protection: "a request that was throttled is made again",
    file: REQUEST,
    original: "if (answer.status === 429) return true;",
    mutated: "if (answer.status === 429) return false;",
  },
  {
    faults: ["429 without end"],
    protection: "trying ends while there is an answer to be told",
    file: REQUEST,
    original:
      "    if (throttled >= MAX_THROTTLED_TRIES || performance.now() + waitMs >= call.endsAtMs) throw error;\n",
    mutated: "",
  },
  {
    faults: ["503 that says when to come back"],
    protection: "a 503 that says when to come back has done nothing",
    file: REQUEST,
    original: '(request.method === "GET" || answer.headers["retry-after"] !== undefined)',
    mutated: 'request.method === "GET"',
  },
  {
    faults: ["reads that fail twice"],
    protection: "a read that failed is made again",
    file: REQUEST,
    original: "(status === 500 || status === 502 || status === 504)",
    mutated: "(status === 502 || status === 504)",
  },
  {
    faults: ["reads that fail twice"],
    protection: "a read whose connection broke is made again",
    file: REQUEST,
    original: 'return request.method === "GET" || request.method === "DELETE" || wasNotSent(error);',
    mutated: 'return request.method === "DELETE" || wasNotSent(error);',
  },
  {
    faults: ["reads that always fail"],
    protection: "a list that could not be read is no empty one",
    file: "src/k8s/snapshot.ts",
    original: 'error.kind === "forbidden") return { why: "forbidden" };',
    mutated: 'error.kind !== "not-found") return { why: "forbidden" };',
  },
  {
    faults: ["a stand-in that cannot be created"],
    protection: "a pod is not asked for again: the first may be there",
    file: REQUEST,
    original: '(request.method === "GET" || request.method === "DELETE") &&',
    mutated: 'request.method !== "PATCH" &&',
  },
  {
    faults: ["a stand-in that cannot be created"],
    protection: "a stand-in that cannot be made ends its flows, not the run",
    file: "src/k8s/stand-ins.ts",
    original: "if (error instanceof ClusterError) return `the stand-in could not be created",
    mutated: "if (error instanceof RangeError) return `the stand-in could not be created",
  },
  {
    faults: ["connection lost while a stand-in is created"],
    protection: "a pod is not asked for again: the first may be there",
    file: REQUEST,
    original: 'return request.method === "GET" || request.method === "DELETE" || wasNotSent(error);',
    mutated: 'return request.method !== "PATCH" || wasNotSent(error);',
  },
  {
    faults: ["connection lost while stand-ins are removed"],
    protection: "a removal whose connection broke is made again",
    file: REQUEST,
    original: 'return request.method === "GET" || request.method === "DELETE" || wasNotSent(error);',
    mutated: 'return request.method === "GET" || wasNotSent(error);',
  },
  {
    faults: ["connection lost while stand-ins are removed"],
    protection: "a removal that failed is made again",
    file: REQUEST,
    original: '(request.method === "GET" || request.method === "DELETE") &&',
    mutated: 'request.method === "GET" &&',
  },
  {
    faults: ["API server silent"],
    protection: "a request has a deadline",
    file: REQUEST,
    original: "  }, deadlineMs);\n",
    mutated: "  }, deadlineMs * 1000);\n",
  },
  {
    faults: ["token rotated"],
    protection: "credentials that are refused are read anew",
    file: REQUEST,
    original: "if (answer.status === 401 && !renewed) {",
    mutated: "if (answer.status === 401 && renewed) {",
  },
];

const NETWORK: readonly Protection[] = [
  {
    faults: ["policies bite late", "new pods open at first", "new pods closed at first"],
    protection: "an answer that was not predicted is asked for again",
    file: SETTLING,
    original: "if (!agrees(prediction, seen)) return false;",
    mutated: "if (!agrees(prediction, seen)) return true;",
  },
  {
    faults: ["new pods closed at first, then no enforcement"],
    protection: "answers count from when the canary holds",
    file: "src/cli/probe-flows.ts",
    original: "{ freshUntilMs: await freshUntilMs(check), confirm }",
    mutated: "{ freshUntilMs: 0, confirm }",
  },
  {
    faults: ["new pods closed at first, then no enforcement", "enforcement lost in mid-run"],
    protection: "the canaries are looked at once more at the end",
    file: "src/cli/canary-watch.ts",
    original: "this.#round.run(this.#round.plan(own), {",
    mutated: "this.#round.run(this.#round.plan([]), {",
  },
  {
    faults: ["new pods closed for longer than the settle time"],
    protection: "a block on a node whose canary reaches nothing is nobody's doing",
    file: "src/verdict/enforcement.ts",
    original: 'fresh === "closed");',
    mutated: 'fresh === "open");',
  },
  {
    faults: ["new pods open for good", "nothing enforced"],
    protection: "a canary that reached what its policy denies shows that nothing is enforced",
    file: ENFORCEMENT,
    original: "if (reached.length > 0) return",
    mutated: "if (reached.length > 3) return",
  },
  {
    faults: ["policy engine dead on one node"],
    protection: "the worst node counts",
    file: ENFORCEMENT,
    original: 'const WORST_FIRST = ["failed", "not-proven", "proven"] as const;',
    mutated: 'const WORST_FIRST = ["proven", "not-proven", "failed"] as const;',
  },
  {
    faults: ["nothing enforced"],
    protection: "what works against the policies fails",
    file: "src/verdict/judge.ts",
    original:
      '        verdict: "fail",\n        cause: "enforcement",\n        reason: `it works although the policies forbid it',
    mutated:
      '        verdict: "pass",\n        cause: "enforcement",\n        reason: `it works although the policies forbid it',
  },
  {
    faults: ["denied packets answered"],
    protection: "a refusal is a block, where it is proven that something listens",
    file: "src/probe/messages.ts",
    original: 'network("Connection refused", "refused",',
    mutated: 'network("Connection refused", "tool-error",',
  },
];

const MACHINE: readonly Protection[] = [
  {
    faults: ["stdout closed early"],
    protection: "a reader that has gone is no error",
    file: "src/cli/io.ts",
    original: 'error.code === "EPIPE" || ',
    mutated: "",
  },
  {
    faults: ["stdout closed early"],
    protection: "the error of a stream without a reader ends nothing",
    file: "src/cli/netverdict.ts",
    original: 'stream.on("error", () => undefined);',
    mutated: 'stream.on("drain", () => undefined);',
  },
  {
    faults: ["disk full under stdout"],
    protection: "a report that could not be printed is said",
    file: OUTPUTS,
    original: 'say("the report to stdout", error)',
    mutated: "void error",
  },
  {
    faults: ["disk full under stdout", "report file not writable"],
    protection: "a run whose report is lost is undecided",
    file: OUTPUTS,
    original: "    complete = false;\n",
    mutated: "",
  },
  {
    faults: ["report file not writable"],
    protection: "a table is printed where nothing else is",
    file: "src/report/registry.ts",
    original: 'needsTable ? [{ format: "table" }, ...outputs] : outputs',
    mutated: "outputs",
  },
  {
    faults: ["report file not writable, and another report on stdout"],
    protection: "what is printed is not mixed",
    file: OUTPUTS,
    original: "if (!printed) await print(text);",
    mutated: "await print(text);",
  },
  {
    faults: ["out of file descriptors in mid-run"],
    protection: "what is used up is named, and what to do",
    file: "src/k8s/api-faults.ts",
    original: "  EMFILE: [",
    mutated: "  E2BIG: [",
  },
  {
    faults: ["the clock jumps"],
    protection: "waiting goes by a clock that never goes back",
    file: "src/cli/probe-round.ts",
    original: "now: () => performance.now(),",
    mutated: "now: () => Date.now(),",
  },
];

/** Applied one by one by scripts/fault-mutants.ts; each has to make the case of its fault fail. */
export const LAB_FAULT_MUTANTS: readonly FaultMutant[] = [
  ...EXEC,
  ...REQUESTS,
  ...NETWORK,
  ...MACHINE,
].flatMap(({ faults, ...protection }) => faults.map((fault) => ({ fault, ...protection })));
