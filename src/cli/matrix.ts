import type { Matrix } from "../analysis/matrix.ts";
import type { PortSet } from "../analysis/port-set.ts";
import type { Profile, ProfileName } from "../model/profile.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { profileOf } from "../policy/profiles.ts";
import { UserError } from "../source/errors.ts";
import { checkNamespaces, gapIn } from "./check-namespaces.ts";
import type { Commands, GlobalOptions } from "./command.ts";
import { type Io, widthOf } from "./io.ts";
import { addPorts } from "./matrix-ports.ts";
import { summaryTable, timedSummary } from "./matrix-summary.ts";
import { FILE_WIDTH, plainOutputsOf, writePlain } from "./plain-outputs.ts";
import { addClusterOptions, addProfileOption } from "./run-options.ts";
import { throwOnErrors } from "./scenario-files.ts";
import { createSlowProgress, type SlowProgress } from "./slow-progress.ts";
import { collect } from "./values.ts";
import { readWorld } from "./world.ts";

interface MatrixOptions {
  readonly manifests?: readonly string[];
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly profile?: ProfileName;
  readonly namespace?: readonly string[];
  readonly port?: PortSet;
  readonly summary?: boolean;
  readonly output?: readonly string[];
  readonly quiet?: boolean;
}

const FORMATS = ["table", "csv", "json", "dot", "mermaid", "html"] as const;
type Format = (typeof FORMATS)[number];

/** All pairs of so many pods take about a second. */
const MANY_PODS = 3000;

/** A table of more lines is for no spreadsheet. */
const MAX_CSV_LINES = 1_000_000;

const EXAMPLES = `
Examples:
  netverdict matrix --manifests k8s/
  netverdict matrix -n shop --port 5432 --port 53/UDP
  netverdict matrix --manifests k8s/ -q -o html=matrix.html
  netverdict matrix --manifests k8s/ -o dot | dot -Tsvg > matrix.svg`;

/** `netverdict matrix`: who reaches whom, all pods against all. */
export function addMatrixCommand({ program, io, setExitCode }: Commands): void {
  const command = program
    .command("matrix")
    .description("who reaches whom: all pods against all, the outside and new pods, by port")
    .option(
      "--manifests <path...>",
      "files or directories with policies and workloads, - for stdin (default: the cluster)",
      collect,
    )
    .option("-n, --namespace <name>", "only connections from or to pods of it; may be repeated", collect)
    .option("--port <port>", "5432, 53/UDP, 8000-8100/TCP or all (default); may be repeated", addPorts)
    .option("--summary", "counts of all pairs of pods, and how long each phase took")
    .option(
      "-o, --output <format[=file]>",
      "table (default), csv, json, dot, mermaid or html; with --summary table or json; to a file with =FILE; repeatable",
      collect,
    )
    .option("-q, --quiet", "no progress on stderr");
  addClusterOptions(command);
  addProfileOption(command, "upstream")
    .addHelpText("after", EXAMPLES)
    .action(async (options: MatrixOptions) => {
      const { verbose } = program.opts<GlobalOptions>();
      const progress = createSlowProgress(io, { quiet: options.quiet === true, verbose: verbose === true });
      try {
        const show = options.summary === true ? showSummary : showMatrix;
        setExitCode((await show(options, io, progress)) ? 0 : 2);
      } finally {
        progress.close();
      }
    });
}

/** Returns whether all outputs were written. */
async function showSummary(options: MatrixOptions, io: Io, progress: SlowProgress): Promise<boolean> {
  if (options.namespace !== undefined || options.port !== undefined) {
    throw new UserError("--summary counts all pods and all ports", { hint: "leave out -n and --port" });
  }
  const outputs = plainOutputsOf(options.output, ["table", "json"]);
  const began = performance.now();
  const snapshot = await snapshotOf(options, io, progress);
  checkPods(snapshot, [], "matrix -n NAMESPACE shows a namespace that you may read");
  const parseMs = performance.now() - began;
  progress.step("counting all pairs", { slow: snapshot.pods.length > MANY_PODS });
  const summary = timedSummary(snapshot, profileNamed(options.profile), parseMs);
  progress.close();
  return writePlain(outputs, io, (format) =>
    format === "json" ? `${JSON.stringify(summary, null, 2)}\n` : summaryTable(summary),
  );
}

/** Returns whether all outputs were written. */
async function showMatrix(options: MatrixOptions, io: Io, progress: SlowProgress): Promise<boolean> {
  const outputs = plainOutputsOf(options.output, FORMATS);
  const snapshot = await snapshotOf(options, io, progress);
  checkNamespaces(snapshot, options.namespace ?? []);
  checkPods(snapshot, options.namespace ?? [], "name namespaces that you may read by -n NAMESPACE");
  progress.step("asking about all pairs", { slow: snapshot.pods.length > MANY_PODS });
  const matrix = await matrixOf(snapshot, options);
  progress.step("writing");
  const texts = new Map<string, string>();
  for (const { format, file } of outputs) {
    const width = file === undefined ? widthOf(io.stdout, io.env) : FILE_WIDTH;
    texts.set(`${format} ${file}`, await render(format, matrix, width));
  }
  progress.close();
  return writePlain(outputs, io, (format, file) => texts.get(`${format} ${file}`) ?? "");
}

async function snapshotOf(options: MatrixOptions, io: Io, progress: SlowProgress): Promise<Snapshot> {
  const world = await readWorld(options, io, { namespaces: () => options.namespace ?? [], progress });
  if (world.diagnostics.some(({ severity }) => severity === "error")) {
    throwOnErrors(world.diagnostics, world.texts);
  }
  return world.snapshot;
}

function profileNamed(name: ProfileName | undefined): Profile {
  return profileOf(name ?? "upstream");
}

/** @param readable what to do where pods are there that may not be read */
function checkPods(snapshot: Snapshot, asked: readonly string[], readable: string): void {
  const { origin, pods } = snapshot;
  const gap = gapIn(snapshot, "pods", asked);
  if (gap !== undefined && (pods.length === 0 || asked.length > 0)) {
    throw new UserError(`not all pods could be read: ${gap.reason}`, { hint: readable });
  }
  if (pods.length > 0) return;
  throw new UserError("there is no pod to tell of", {
    hint:
      origin === "cluster"
        ? "is it the right cluster? --context NAME chooses another one"
        : "give the workloads that the policies are for, too",
  });
}

async function matrixOf(snapshot: Snapshot, options: MatrixOptions): Promise<Matrix> {
  const { buildMatrix } = await import("../analysis/build-matrix.ts");
  const { TooManyGroups } = await import("../analysis/matrix-world.ts");
  try {
    return buildMatrix(snapshot, {
      profile: profileNamed(options.profile),
      ...(options.namespace === undefined ? {} : { namespaces: options.namespace }),
      ...(options.port === undefined ? {} : { ports: options.port }),
    });
  } catch (error) {
    if (!(error instanceof TooManyGroups)) throw error;
    throw new UserError(`${error.message}: more than a matrix can show`, {
      hint: "show a part with -n NAMESPACE, or count all pairs with --summary",
      cause: error,
    });
  }
}

async function render(format: Format, matrix: Matrix, width: number): Promise<string> {
  switch (format) {
    case "table":
      return (await import("../analysis/report/matrix-table.ts")).matrixTable(matrix, { width });
    case "json":
      return (await import("../analysis/report/matrix-json.ts")).matrixJson(matrix);
    case "csv": {
      const { csvLines, matrixCsv } = await import("../analysis/report/matrix-csv.ts");
      const lines = csvLines(matrix);
      if (lines > MAX_CSV_LINES) {
        throw new UserError(`the table would have ${lines} lines`, {
          hint: "show a part with -n NAMESPACE; -o json tells groups of pods in place of pairs",
        });
      }
      return matrixCsv(matrix);
    }
    case "dot":
    case "mermaid": {
      const { namespaceGraph, overviewGraph } = await import("../analysis/graph.ts");
      const [only, second] = matrix.namespaces ?? [];
      const graph =
        only !== undefined && second === undefined ? namespaceGraph(matrix, only) : overviewGraph(matrix);
      return format === "dot"
        ? (await import("../analysis/report/matrix-dot.ts")).matrixDot(graph)
        : (await import("../analysis/report/matrix-mermaid.ts")).matrixMermaid(graph);
    }
    case "html":
      return (await import("../analysis/report/matrix-html.ts")).matrixHtml(matrix);
    default: {
      const never: never = format;
      throw new Error(`unhandled format ${String(never)}`);
    }
  }
}
