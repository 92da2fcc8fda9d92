import type { Command } from "commander";
import { Option } from "commander";
import { CANARY_MODES, type CanaryMode, PLACEMENTS, type Placement } from "../model/canary.ts";
import { PROFILE_NAMES, type ProfileName } from "../model/profile.ts";
import type { LiveRunSettings } from "./live-run.ts";
import { collect, count, durationOption, wholeNumber } from "./values.ts";

/** The image that the tests run with: a full busybox with nc -z, wget, tcpsvd, udpsvd and httpd. */
export const DEFAULT_PROBE_IMAGE = "busybox:1.35";

/** What `run` and `probe` have in common, as commander gives it. */
export interface LiveOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly output?: readonly string[];
  readonly settle: number;
  readonly startupTimeout: number;
  readonly deadline: number;
  readonly perPod: number;
  readonly probeImage: string;
  readonly imagePullSecret?: readonly string[];
  readonly tolerateAll?: boolean;
  readonly controlNamespace?: string;
  readonly canary: CanaryMode;
  readonly placement: Placement;
  readonly confirm: number;
  readonly profile?: ProfileName;
  readonly strict?: boolean;
  readonly allowUnenforced?: boolean;
  readonly keep?: boolean;
  readonly summaryFile?: string;
  readonly reportConfigmap?: string;
  readonly ascii?: boolean;
  readonly quiet?: boolean;
}

export function addClusterOptions(command: Command): Command {
  return command
    .option(
      "--kubeconfig <file>",
      "kubeconfig file (default: KUBECONFIG, the pod's service account, ~/.kube/config)",
    )
    .option("--context <name>", "context of the kubeconfig");
}

export function canaryOption(description: string): Option {
  return new Option("--canary <mode>", description)
    .choices(CANARY_MODES)
    .default("auto" satisfies CanaryMode);
}

/** `fallback`: what holds where it is not given, for the help. */
export function addProfileOption(command: Command, fallback: string): Command {
  return command.addOption(
    new Option("--profile <name>", `how what the API leaves open is decided (default: ${fallback})`).choices(
      PROFILE_NAMES,
    ),
  );
}

export function addOutputOptions(command: Command): Command {
  return addReportOptions(command).option("-q, --quiet", "no progress on stderr");
}

/** For what prints a report and has no progress to tell. */
export function addReportOptions(command: Command): Command {
  return command
    .option(
      "-o, --output <format[=file]>",
      "table, wide, json or junit; to a file with =FILE; may be repeated (default: table)",
      collect,
    )
    .option("--ascii", "no characters beyond ASCII in tables");
}

/** `settle`: how long an answer is asked again unless the user says; a cluster of our own needs no 20 s. */
export function addLiveOptions(command: Command, { settle = "20s" } = {}): Command {
  addOutputOptions(command);
  addProfileOption(command, "the network plugin's, where it is recognised, else upstream")
    .addOption(
      durationOption(
        "--settle <time>",
        "how long an answer that differs from the prediction is asked again",
        {
          fallback: settle,
        },
      ),
    )
    .addOption(
      durationOption("--startup-timeout <time>", "how long a stand-in may take to run", {
        fallback: "60s",
        minimumMs: 1000,
      }),
    )
    .addOption(
      durationOption("--deadline <time>", "after this the cluster removes all stand-ins by itself", {
        fallback: "15m",
        minimumMs: 60_000,
      }),
    )
    .option("--per-pod <n>", "connections that one exec tries at most", count, 100)
    .addOption(
      new Option("--probe-image <image>", "busybox image of the stand-ins")
        .env("NETVERDICT_PROBE_IMAGE")
        .default(DEFAULT_PROBE_IMAGE),
    )
    .option("--image-pull-secret <name>", "pull secret of the stand-ins; may be repeated", collect)
    .option("--tolerate-all", "stand-ins tolerate every taint")
    .option(
      "--control-namespace <name>",
      "namespace without policies for controls (default: netverdict or default, if without)",
    )
    .addOption(
      canaryOption(
        "a policy of our own on each node shows that it enforces; without it no run is green, but by off",
      ),
    )
    .addOption(
      new Option("--placement <where>", "which node sources run on, in view of their target's")
        .choices(PLACEMENTS)
        .default("any" satisfies Placement),
    )
    .option("--confirm <n>", "how often more an answer must be given before it counts", wholeNumber, 0)
    .option("--strict", "a block that is not NetworkPolicy's doing fails the flow")
    .option(
      "--allow-unenforced",
      "a wanted flow that works although the policies forbid it passes with a warning",
    )
    .option(
      "--summary-file <file>",
      "one line of JSON with the outcome (default in a pod: its termination message)",
    )
    .option("--report-configmap <name>", "also put the JSON report into this ConfigMap of our own namespace")
    .option("--keep", "leave the stand-ins for a look by hand (netverdict clean removes them)");
  return command;
}

export function liveSettings(
  options: LiveOptions,
  more: { readonly standIns: boolean; readonly filter?: string | undefined },
): LiveRunSettings {
  return {
    kubeconfig: options.kubeconfig,
    context: options.context,
    probeImage: options.probeImage,
    imagePullSecrets: options.imagePullSecret ?? [],
    tolerateAll: options.tolerateAll === true,
    settleMs: options.settle,
    startupMs: options.startupTimeout,
    deadlineMs: options.deadline,
    perPod: options.perPod,
    controlNamespace: options.controlNamespace,
    canary: options.canary,
    placement: options.placement,
    confirm: options.confirm,
    profile: options.profile,
    strict: options.strict === true,
    allowUnenforced: options.allowUnenforced === true,
    keep: options.keep === true,
    reportConfigMap: options.reportConfigmap,
    ...more,
  };
}
