import { writeFile } from "node:fs/promises";
import { InvalidArgumentError } from "commander";
import { countFindings, lintExitCode } from "../lint/count-findings.ts";
import { type ApiServerVersion, apiServerVersion } from "../lint/kubernetes-version.ts";
import { isLintFormat, LINT_REPORTERS, type LintFormat } from "../lint/report/registry.ts";
import { isRuleId, RULE_IDS, type RuleId } from "../lint/rules.ts";
import { idList } from "../lint/suppression.ts";
import { UserError } from "../source/errors.ts";
import { nearest } from "../source/nearest.ts";
import type { Commands, GlobalOptions } from "./command.ts";
import { hasColor, write } from "./io.ts";
import { type LintChoice, lintCluster, lintFiles } from "./lint-objects.ts";
import { addClusterOptions } from "./run-options.ts";
import { createSlowProgress } from "./slow-progress.ts";
import { collect } from "./values.ts";
import { VERSION } from "./version.ts";
import { withCluster } from "./world.ts";

interface LintCommandOptions extends LintChoice {
  readonly manifests?: readonly string[];
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly output?: readonly LintOutput[];
  readonly strict?: boolean;
}

interface LintOutput {
  readonly format: LintFormat;
  /** Undefined: standard output. */
  readonly file: string | undefined;
}

const EXIT_CODES = `
Exit codes:
  0  no errors (with --strict: no warnings either)
  1  errors, or with --strict warnings
  2  usage, or manifests or a cluster that can't be read

docs/lint.md explains each finding. On a policy, the annotation netverdict.dev/lint-disable: ID,ID suppresses findings.`;

/** `netverdict lint`: what the API server would refuse, and what is rarely meant. */
export function addLintCommand({ program, io, setExitCode }: Commands): void {
  const command = program
    .command("lint")
    .description("find what the API server would refuse of policies, and what it accepts and is rarely meant")
    .option(
      "--manifests <path...>",
      "files or directories with policies and workloads, - for stdin (default: the cluster)",
      collect,
    )
    .option("-n, --namespace <name>", "only findings about objects in it; may be repeated", collect)
    .option("-o, --output <format[=file]>", "text (default), json, sarif or github; repeatable", addOutput)
    .option("--disable <ids>", "findings to leave out, by id; repeatable, or separated by commas", addIds)
    .option(
      "--kubernetes-version <version>",
      "of the API server that the policies are for, such as 1.35 (default: the cluster's, else the newest)",
      versionOf,
    )
    .option("--strict", "end with 1 for warnings too");
  addClusterOptions(command)
    .addHelpText("after", EXIT_CODES)
    .action(async (options: LintCommandOptions) => {
      const { color, verbose } = program.opts<GlobalOptions>();
      const progress = createSlowProgress(io, { quiet: false, verbose: verbose === true });
      const { manifests } = options;
      const linted =
        manifests === undefined
          ? withCluster(options, io, (connection) => lintCluster(connection, options, progress))
          : lintFiles(manifests, options, io, progress);
      const report = await linted.finally(() => progress.close());
      const outputs = options.output ?? [];
      const withText = outputs.some(({ file }) => file === undefined)
        ? outputs
        : [{ format: "text" as const, file: undefined }, ...outputs];
      for (const { format, file } of withText) {
        const plain = file !== undefined;
        const text = LINT_REPORTERS[format](report, {
          color: !plain && hasColor(io.stdout, io.env, color),
          version: VERSION,
        });
        if (file === undefined) await write(io.stdout, text);
        else await writeTo(file, text);
      }
      setExitCode(lintExitCode(countFindings(report.findings), options.strict === true));
    });
}

function addOutput(value: string, previous: readonly LintOutput[] = []): readonly LintOutput[] {
  const equals = value.indexOf("=");
  const format = equals < 0 ? value : value.slice(0, equals);
  const file = equals < 0 ? "-" : value.slice(equals + 1);
  if (!isLintFormat(format))
    throw new InvalidArgumentError(unknown("format", format, Object.keys(LINT_REPORTERS)));
  if (file === "") throw new InvalidArgumentError('No file is named after the "=".');
  if (file === "-" && previous.some((output) => output.file === undefined)) {
    throw new InvalidArgumentError(
      "Only one format can go to standard output; send one to a file: FORMAT=FILE.",
    );
  }
  return [...previous, { format, file: file === "-" ? undefined : file }];
}

function addIds(value: string, previous: readonly RuleId[] = []): readonly RuleId[] {
  const ids = idList(value);
  const wrong = ids.find((id) => !isRuleId(id));
  if (wrong !== undefined) throw new InvalidArgumentError(unknown("finding", wrong, RULE_IDS));
  return [...previous, ...ids.filter(isRuleId)];
}

function unknown(what: string, word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  const rest = known.length > 10 ? "docs/lint.md lists them." : `Known: ${known.join(", ")}.`;
  return meant === undefined
    ? `There is no ${what} ${word}. ${rest}`
    : `There is no ${what} ${word}; did you mean ${meant}?`;
}

function versionOf(text: string): ApiServerVersion {
  const version = apiServerVersion(text);
  if (version === undefined) throw new InvalidArgumentError("Expected a version of Kubernetes such as 1.35.");
  return version;
}

async function writeTo(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new UserError(`cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
