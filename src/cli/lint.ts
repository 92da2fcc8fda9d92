import { writeFile } from "node:fs/promises";
import { InvalidArgumentError } from "commander";
import { countFindings, lintExitCode } from "../lint/count-findings.ts";
import type { Finding } from "../lint/finding.ts";
import { objectText } from "../lint/finding.ts";
import { type ApiServerVersion, apiServerVersion, NEWEST } from "../lint/kubernetes-version.ts";
import { lintSnapshot } from "../lint/lint-snapshot.ts";
import { locateFindings } from "../lint/locate-findings.ts";
import type { LintReport } from "../lint/report/lint-report.ts";
import { isLintFormat, LINT_REPORTERS, type LintFormat } from "../lint/report/registry.ts";
import { isRuleId, RULE_IDS, type RuleId } from "../lint/rules.ts";
import { idList } from "../lint/suppression.ts";
import { parseManifests } from "../manifests/parse-manifests.ts";
import { readPaths } from "../manifests/read-paths.ts";
import type { ManifestDiagnostic } from "../manifests/refusal.ts";
import { UserError } from "../source/errors.ts";
import { nearest } from "../source/nearest.ts";
import type { SourceRange } from "../source/position.ts";
import { createTextFile } from "../source/text-file.ts";
import type { Commands, GlobalOptions } from "./command.ts";
import { hasColor, write } from "./io.ts";
import { VERSION } from "./version.ts";

interface LintCommandOptions {
  readonly manifests: readonly string[];
  readonly output?: readonly LintOutput[];
  readonly disable?: readonly RuleId[];
  readonly kubernetesVersion?: ApiServerVersion;
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
  2  usage, or manifests that can't be read

docs/lint.md explains each finding. On a policy, the annotation netverdict.dev/lint-disable: ID,ID suppresses findings.`;

/** `netverdict lint --manifests PATH…`: what the API server would refuse, and what is rarely meant. */
export function addLintCommand({ program, io, setExitCode }: Commands): void {
  program
    .command("lint")
    .description("find what the API server would refuse, and what it accepts and is rarely meant; no cluster")
    .requiredOption("--manifests <path...>", "files or directories with policies and workloads, - for stdin")
    .option("-o, --output <format[=file]>", "text (default), json, sarif or github; repeatable", addOutput)
    .option("--disable <ids>", "findings to leave out, by id; repeatable, or separated by commas", addIds)
    .option(
      "--kubernetes-version <version>",
      "of the API server that the policies are for, such as 1.35 (default: the newest)",
      versionOf,
    )
    .option("--strict", "end with 1 for warnings too")
    .addHelpText("after", EXIT_CODES)
    .action(async (options: LintCommandOptions) => {
      const report = await lint(options, io.stdin);
      const { color } = program.opts<GlobalOptions>();
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

async function lint(options: LintCommandOptions, stdin: NodeJS.ReadStream): Promise<LintReport> {
  const files = await readPaths(options.manifests, stdin);
  const { snapshot, diagnostics, rangeOf, objects } = parseManifests(files);
  if (objects === 0 && !diagnostics.some(({ severity }) => severity === "error")) {
    throw new UserError("the manifests hold no object to look at", {
      hint: "give files or directories with NetworkPolicies, and best with the workloads that they are for",
    });
  }
  const refused = diagnostics.flatMap(refusalFinding);
  // Of two objects of one name the first is there.
  const incomplete = refused.some(({ id }) => id !== "duplicate-object");
  const drafts = lintSnapshot(snapshot, {
    version: options.kubernetesVersion ?? NEWEST,
    complete: !incomplete,
  });
  const disabled = new Set<string>(options.disable);
  const wanted = drafts.filter(({ id }) => !disabled.has(id));
  const { adminPolicies } = snapshot;
  const findings = [...refused.filter(({ id }) => !disabled.has(id)), ...locateFindings(wanted, rangeOf)];
  const order = new Map(files.map(({ path }, index) => [path, index]));
  return {
    findings: findings.sort((a, b) => byPlace(a.range, b.range, order)),
    texts: files.map(({ path, text }) => createTextFile(path, text)),
    policies:
      snapshot.networkPolicies.length +
      adminPolicies.clusterNetworkPolicies.length +
      adminPolicies.adminNetworkPolicies.length +
      adminPolicies.baselineAdminNetworkPolicies.length,
    incomplete,
  };
}

const DECODING = "Strict decoding";

/** A mistake that keeps an object from being decoded. */
function refusalFinding({ refusal, object, range, hint, message, related }: ManifestDiagnostic): Finding[] {
  if (refusal === undefined || range === undefined) return [];
  const { code, path = "", detail } = refusal;
  const required = code === "missing-field" && path !== "kind" && path !== "apiVersion";
  const text = required ? [path, "Required value", detail].filter((part) => part !== "").join(": ") : detail;
  // What is in Go's words is said in plain ones too.
  const advice = code === "wrong-type" ? [message, ...(hint === undefined ? [] : [hint])].join("; ") : hint;
  return [
    {
      id: code,
      severity: "error",
      object: object === undefined ? "" : objectText(object),
      path,
      type: required ? "Required value" : code === "duplicate-object" ? "Duplicate value" : DECODING,
      message: detail,
      text,
      range,
      ...(advice === undefined ? {} : { hint: advice }),
      ...(related === undefined ? {} : { related }),
    },
  ];
}

function byPlace(a: SourceRange, b: SourceRange, order: ReadonlyMap<string, number>): number {
  return (
    (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) ||
    a.start.line - b.start.line ||
    a.start.column - b.start.column
  );
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
