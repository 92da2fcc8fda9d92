import { InvalidArgumentError, Option } from "commander";
import type { CanaryMode } from "../model/canary.ts";
import type { Scenario } from "../model/scenario.ts";
import { rbacDocuments, type Subject } from "../plan/rbac-documents.ts";
import { type RightsOptions, rightsOf } from "../plan/rights.ts";
import { UserError } from "../source/errors.ts";
import type { Commands } from "./command.ts";
import { write } from "./io.ts";
import { canaryOption } from "./run-options.ts";
import { readScenarios } from "./scenario-files.ts";

interface RbacOptions {
  readonly clusterRole?: boolean;
  readonly serviceAccount: Subject;
  readonly user?: string;
  readonly controlNamespace?: string;
  readonly canary: CanaryMode;
  readonly standIns?: boolean;
  readonly reportConfigmap?: string;
}

const EXAMPLES = `
Examples:
  netverdict rbac scenarios/*.yaml | kubectl apply -f -
  netverdict rbac shop.yaml --service-account ci/smoke-test --control-namespace ci`;

/** `netverdict rbac SCENARIO…`: the least Roles with which these scenarios run. */
export function addRbacCommand({ program, io }: Commands): void {
  program
    .command("rbac")
    .description("print the least Roles with which scenarios can be run, for kubectl apply")
    .argument("<scenario...>", "scenario files")
    .addOption(new Option("--role", "a Role in each namespace that the scenarios name (default)"))
    .addOption(
      new Option("--cluster-role", "one ClusterRole instead: less text, more power").conflicts("role"),
    )
    .addOption(
      new Option("--service-account <namespace/name>", "who runs the scenarios")
        .argParser(serviceAccount)
        .default(serviceAccount("netverdict/netverdict"), "netverdict/netverdict"),
    )
    .addOption(new Option("--user <name>", "a user runs the scenarios").conflicts("serviceAccount"))
    .option("--control-namespace <name>", "also grant what controls need in this namespace without policies")
    .addOption(canaryOption("as for run: off leaves out what the enforcement canary needs"))
    .option("--stand-ins", "as for run: targets by labels may become servers of our own")
    .option(
      "--report-configmap <name>",
      "as for run: also grant to write this ConfigMap; NAMESPACE/NAME (default: the service account's namespace)",
    )
    .addHelpText("after", EXAMPLES)
    .action(async (paths: readonly string[], options: RbacOptions) => {
      const { scenarios } = await readScenarios(paths);
      const subject: Subject =
        options.user === undefined ? options.serviceAccount : { kind: "User", name: options.user };
      const rights = rightsOf(
        scenarios.flatMap((scenario) => scenario.flows),
        {
          standIns: options.standIns === true,
          controlNamespace: options.controlNamespace,
          canaryNamespace: canaryNamespace(options, subject, scenarios),
          reportConfigMap: reportConfigMap(options.reportConfigmap, subject),
        },
      );
      const text = rbacDocuments(rights, {
        subject,
        clusterRole: options.clusterRole === true,
        scenarios: paths,
      });
      await write(io.stdout, text);
    });
}

/** As the run chooses it: where controls are, where the runner lives, where the first flow begins. */
function canaryNamespace(
  { controlNamespace, canary }: RbacOptions,
  subject: Subject,
  scenarios: readonly Scenario[],
): string | undefined {
  if (canary === "off") return undefined;
  if (controlNamespace !== undefined) return controlNamespace;
  if (subject.kind === "ServiceAccount") return subject.namespace;
  const sources = scenarios.flatMap(({ flows }) => flows.map(({ from }) => from));
  return sources.flatMap((from) => ("namespace" in from ? [from.namespace] : []))[0];
}

function reportConfigMap(text: string | undefined, subject: Subject): RightsOptions["reportConfigMap"] {
  if (text === undefined) return undefined;
  const [first = "", second] = text.split("/");
  if (second !== undefined) return { namespace: first, name: second };
  if (subject.kind === "ServiceAccount") return { namespace: subject.namespace, name: first };
  throw new UserError("whose namespace is the ConfigMap in?", {
    hint: `with --user say --report-configmap NAMESPACE/${first}`,
  });
}

function serviceAccount(text: string): Subject {
  const [, namespace, name] = /^([a-z0-9][a-z0-9-]*)\/([a-z0-9][a-z0-9.-]*)$/.exec(text) ?? [];
  if (namespace === undefined || name === undefined) {
    throw new InvalidArgumentError("Expected NAMESPACE/NAME, such as netverdict/netverdict.");
  }
  return { kind: "ServiceAccount", namespace, name };
}
