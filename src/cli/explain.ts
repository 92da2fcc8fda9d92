import type { ProfileName } from "../model/profile.ts";
import type { Scenario } from "../model/scenario.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { profileOf } from "../policy/profiles.ts";
import { resolveScenarios } from "../resolve/resolve.ts";
import { type ParsedFlowArguments, parseFlowArguments } from "../scenario/flow-arguments.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import { nearest } from "../source/nearest.ts";
import type { Commands, GlobalOptions } from "./command.ts";
import { hasColor, widthOf } from "./io.ts";
import { missingArguments } from "./missing-arguments.ts";
import { FILE_WIDTH, plainOutputsOf, writePlain } from "./plain-outputs.ts";
import { addClusterOptions, addProfileOption } from "./run-options.ts";
import { namespacesOf, throwOnErrors } from "./scenario-files.ts";
import { createSlowProgress } from "./slow-progress.ts";
import { collect } from "./values.ts";
import { readWorld } from "./world.ts";

interface ExplainOptions {
  readonly manifests?: readonly string[];
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly profile?: ProfileName;
  readonly namespace?: string;
  readonly output?: readonly string[];
  readonly ascii?: boolean;
}

/** What names mean that say no namespace, until the objects are there. */
const UNKNOWN = "default";

const EXAMPLES = `
Exit codes: 0 answered, whatever the answer; 2 usage, unknown objects, cluster.

Examples:
  netverdict explain -n shop deploy/frontend deploy/database:5432 --manifests k8s/
  netverdict explain -n shop tier=frontend svc/database:5432
  netverdict explain shop/pod/api-0 [2001:db8::7]:443
  netverdict explain 203.0.113.10 shop/deploy/frontend:443`;

/** `netverdict explain FROM TO:PORT`: why a connection is allowed or denied. */
export function addExplainCommand({ program, io, setExitCode }: Commands): void {
  const command = program
    .command("explain")
    .usage("[options] <from> <to:port>")
    .description(
      "why a connection is allowed or denied: each direction, tier and rule, and what would change it",
    )
    .argument(
      "[from]",
      "deploy/NAME, pod/NAME, NAMESPACE/KIND/NAME, an address, or labels such as tier=frontend",
    )
    .argument(
      "[to:port]",
      "as in a scenario: deploy/NAME:PORT, svc/NAME, 203.0.113.10:443, example.com:443, dns",
    )
    .option(
      "-n, --namespace <name>",
      "namespace of names that say none (default: the context's; of manifests the only one)",
    )
    .option(
      "--manifests <path...>",
      "files or directories with policies and workloads, - for stdin (default: the cluster)",
      collect,
    )
    .option(
      "-o, --output <format[=file]>",
      "text (default) or json; to a file with =FILE; repeatable",
      collect,
    )
    .option("--ascii", "no characters beyond ASCII");
  addClusterOptions(command);
  addProfileOption(command, "upstream")
    .addHelpText("after", EXAMPLES)
    .action(async (from: string | undefined, to: string | undefined, options: ExplainOptions) => {
      if (from === undefined || to === undefined) throw missingArguments("FROM and TO:PORT", "--manifests");
      const outputs = plainOutputsOf(options.output, ["text", "json"]);
      const { explainFlow } = await import("../analysis/explain.ts");
      // What is wrong with the words themselves is said before anything is read.
      const parse = (namespace: string) =>
        parseFlowArguments(from, to, { namespace, expect: "allow", timeoutMs: 0 });
      const draft = parse(options.namespace ?? UNKNOWN);
      throwOnErrors(draft.diagnostics, [draft.text]);
      const { color, verbose } = program.opts<GlobalOptions>();
      const progress = createSlowProgress(io, { quiet: false, verbose: verbose === true });
      const world = await readWorld(options, io, {
        namespaces: (own) => namespacesOf(scenariosOf(parse(options.namespace ?? own))),
        progress,
      }).finally(() => progress.close());
      if (world.diagnostics.some(({ severity }) => severity === "error")) {
        throwOnErrors(world.diagnostics, world.texts);
      }
      const { snapshot } = world;
      const parsed = parse(options.namespace ?? world.namespace ?? onlyNamespace(snapshot));
      const resolution = resolveScenarios(scenariosOf(parsed), snapshot, {
        standIns: false,
        predictOnly: true,
      });
      throwOnErrors(withOtherNamespaces(resolution.diagnostics, snapshot), [parsed.text]);
      const profile = profileOf(options.profile ?? "upstream");
      const warnings = resolution.diagnostics.map(({ message }) => message);
      const explanations = resolution.flows
        .map((flow) => explainFlow(flow, snapshot, { profile }))
        .map((explanation) => ({ ...explanation, notes: [...explanation.notes, ...warnings] }));
      const { explanationText } = await import("./explain-text.ts");
      const { explanationJson } = await import("../analysis/report/explanation-json.ts");
      const written = await writePlain(outputs, io, (format, file) =>
        format === "json"
          ? explanationJson(explanations)
          : explanationText(explanations, {
              color: file === undefined && hasColor(io.stdout, io.env, color),
              width: file === undefined ? widthOf(io.stdout, io.env) : FILE_WIDTH,
              ascii: options.ascii === true,
            }),
      );
      setExitCode(written ? 0 : 2);
    });
}

function scenariosOf({ scenario }: ParsedFlowArguments): readonly Scenario[] {
  return scenario === undefined ? [] : [scenario];
}

/** Where all pods of the manifests are in one namespace, names that say none mean that. */
function onlyNamespace({ pods }: Snapshot): string {
  const [only, second] = new Set(pods.map(({ metadata }) => metadata.namespace ?? "default"));
  return only !== undefined && second === undefined ? only : UNKNOWN;
}

const MISSING = /^there is no (\S+) (\S+) in namespace (\S+)$/;

/** Where an object of that name is in another namespace, or is of another kind, it was probably meant. */
function withOtherNamespaces(diagnostics: readonly Diagnostic[], snapshot: Snapshot): readonly Diagnostic[] {
  const objects = [
    ...snapshot.workloads.map(({ kind, metadata }) => ({ kind: kind as string, metadata })),
    ...snapshot.pods.map(({ metadata }) => ({ kind: "Pod", metadata })),
    ...snapshot.services.map(({ metadata }) => ({ kind: "Service", metadata })),
  ];
  const namespaces = snapshot.namespaces.map(({ metadata }) => metadata.name);
  return diagnostics.map((diagnostic) => {
    const [, kind, name, namespace = ""] = MISSING.exec(diagnostic.message) ?? [];
    const named = objects.filter(({ metadata }) => metadata.name === name);
    const elsewhere = named
      .filter((object) => object.kind === kind)
      .map(({ metadata }) => metadata.namespace ?? "default");
    const other = named.find(({ metadata }) => (metadata.namespace ?? "default") === namespace);
    const hint =
      elsewhere.length > 0
        ? `there is one in ${[...new Set(elsewhere)].slice(0, 5).join(", ")}: say -n NAMESPACE`
        : other !== undefined
          ? `there is a ${other.kind} of that name`
          : kind !== undefined && !namespaces.includes(namespace)
            ? noNamespace(namespace, namespaces)
            : undefined;
    return hint === undefined ? diagnostic : { ...diagnostic, hint };
  });
}

function noNamespace(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  const some = known.toSorted().slice(0, 8).join(", ");
  return `there is no namespace ${name}; ${meant === undefined ? `known: ${some}` : `did you mean ${meant}?`}`;
}
