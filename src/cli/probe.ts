import { Option } from "commander";
import type { Expectation } from "../model/scenario.ts";
import { parseFlowArguments } from "../scenario/flow-arguments.ts";
import type { Commands } from "./command.ts";
import { addClusterOptions, addLiveOptions, type LiveOptions, liveSettings } from "./run-options.ts";
import { throwOnErrors } from "./scenario-files.ts";
import { durationOption } from "./values.ts";

interface ProbeOptions extends LiveOptions {
  readonly namespace?: string;
  readonly expect: Expectation;
  readonly timeout: number;
}

const EXAMPLES = `
Examples:
  netverdict probe -n shop deploy/frontend deploy/backend:8080
  netverdict probe -n shop tier=frontend svc/postgresql:5432 --expect deny
  netverdict probe -n shop deploy/frontend dns
  netverdict probe shop/deploy/frontend http://shop/deploy/backend:8080/healthz`;

/** `netverdict probe FROM TO:PORT`: one flow, now, without a file. */
export function addProbeCommand(commands: Commands): void {
  const command = commands.program
    .command("probe")
    .description("try one flow now, without a file")
    .argument("<from>", "deploy/NAME, pod/NAME, NAMESPACE/KIND/NAME, or labels such as tier=frontend,app=web")
    .argument("<to:port>", "as in a scenario: deploy/NAME:PORT, svc/NAME, 203.0.113.10:443, http://…, dns")
    .option("-n, --namespace <name>", "namespace of names that say none (default: the context's)")
    .addOption(
      new Option("--expect <expectation>", "what should be").choices(["allow", "deny"]).default("allow"),
    )
    .addOption(
      durationOption("--timeout <time>", "time-out of the connection", { fallback: "2s", minimumMs: 100 }),
    );
  addClusterOptions(command);
  addLiveOptions(command)
    .addHelpText("after", EXAMPLES)
    .action(async (from: string, to: string, options: ProbeOptions) => {
      const { expect, timeout } = options;
      const namespace = options.namespace ?? (await contextNamespace(options, commands.io.env));
      const parsed = parseFlowArguments(from, to, { namespace, expect, timeoutMs: timeout });
      throwOnErrors(parsed.diagnostics, [parsed.text]);
      const scenarios = parsed.scenario === undefined ? [] : [parsed.scenario];
      const loaded = { scenarios, texts: [parsed.text], warnings: parsed.diagnostics };
      const { runLive } = await import("./live-command.ts");
      await runLive(commands, loaded, options, liveSettings(options, { standIns: false }));
    });
}

/** As kubectl does it: the namespace of the context, or of the pod that we run in. */
async function contextNamespace(options: LiveOptions, env: Commands["io"]["env"]): Promise<string> {
  const { chooseConfiguration, SERVICE_ACCOUNT_FOLDER } = await import("../k8s/configuration.ts");
  const { kubeconfig, context } = options;
  const { namespace } = await chooseConfiguration({
    kubeconfig,
    context,
    env,
    serviceAccountFolder: SERVICE_ACCOUNT_FOLDER,
  });
  return namespace;
}
