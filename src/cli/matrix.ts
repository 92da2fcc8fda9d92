import type { Matrix } from "../analysis/matrix.ts";
import type { PortSet } from "../analysis/port-set.ts";
import type { Profile, ProfileName } from "../model/profile.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { profileOf } from "../policy/profiles.ts";
import { UserError } from "../source/errors.ts";
import { nearest } from "../source/nearest.ts";
import type { Commands, GlobalOptions } from "./command.ts";
import { type Io, widthOf } from "./io.ts";
import { addPorts } from "./matrix-ports.ts";
import { summaryTable, timedSummary } from "./matrix-summary.ts";
import { plainOutputsOf, writePlain } from "./plain-outputs.ts";
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
  const parseMs = performance.now() - began;
  progress.step("counting all pairs");
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
  progress.step("asking about all pairs");
  const matrix = await matrixOf(snapshot, options);
  progress.step("writing");
  const texts = new Map<Format, string>();
  for (const { format, file } of outputs) {
    const width = file === undefined ? widthOf(io.stdout, io.env) : 100;
    texts.set(format, await render(format, matrix, width));
  }
  progress.close();
  return writePlain(outputs, io, (format) => texts.get(format) ?? "");
}

async function snapshotOf(options: MatrixOptions, io: Io, progress: SlowProgress): Promise<Snapshot> {
  progress.step("reading the objects");
  const world = await readWorld(options, options.namespace ?? [], io);
  if (world.diagnostics.some(({ severity }) => severity === "error")) {
    throwOnErrors(world.diagnostics, world.texts);
  }
  return world.snapshot;
}

function profileNamed(name: ProfileName | undefined): Profile {
  return profileOf(name ?? "upstream");
}

function checkNamespaces({ namespaces, pods }: Snapshot, asked: readonly string[]): void {
  if (pods.length === 0) {
    throw new UserError("there is no pod to tell of", {
      hint: "give the workloads that the policies are for, too",
    });
  }
  const known = namespaces.map(({ metadata }) => metadata.name);
  for (const name of asked) {
    if (known.includes(name)) continue;
    const meant = nearest(name, known);
    throw new UserError(`there is no namespace ${name}`, {
      hint:
        meant === undefined
          ? `known: ${known.toSorted().slice(0, 8).join(", ")}${known.length > 8 ? ", …" : ""}`
          : `did you mean ${meant}?`,
    });
  }
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
