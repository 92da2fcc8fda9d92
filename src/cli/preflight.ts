import { askIdentity, isGroupServed, reviewRights } from "../k8s/permissions.ts";
import type { Api } from "../k8s/request.ts";
import { ClusterError } from "../model/errors.ts";
import type { RunProblem } from "../model/report.ts";
import type { OptionalRights, Right } from "../model/right.ts";
import type { Flow } from "../model/scenario.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { shellWord } from "../plan/command.ts";
import {
  canaryRights,
  controlRights,
  type RightsOptions,
  rightKey,
  rightsOf,
  rightsText,
  rightText,
} from "../plan/rights.ts";
import { controlNamespaceOf } from "./control-namespace.ts";

export interface PreflightInputs extends RightsOptions {
  /** With `observe: false` where they are left out of this run. */
  readonly flows: readonly Flow[];
  /** Namespaces beside those of the flows where canaries might be; empty: there are to be none. */
  readonly canaryNamespaces: readonly string[];
  /** Where the flows stand; names such as `<argument>` are no files. */
  readonly files: readonly string[];
  readonly signal: AbortSignal;
}

export interface Preflight {
  /** Warnings: what this run goes without. */
  readonly problems: readonly RunProblem[];
  /** Namespaces that may be read beside those of the scenarios: the DNS's, those for controls and canaries. */
  readonly namespaces: readonly string[];
  /** Whether stand-ins may be made in a namespace; only in those that the flows name. */
  readonly mayCreateIn: (namespace: string) => boolean;
  /** What we lack to make canaries in a namespace. */
  readonly missingForCanary: (namespace: string) => readonly Right[];
  /** Where controls are to be made, in view of the rights; undefined: nowhere. */
  readonly controlNamespace: (snapshot: Snapshot) => Promise<string | undefined>;
}

/**
 * Asks, before anything is made, whether the run may do all that it has to. Rejects with ClusterError("forbidden")
 * that names every missing right; what the run can go on without becomes a warning.
 */
export async function preflight(api: Api, inputs: PreflightInputs): Promise<Preflight> {
  const { signal } = inputs;
  const rights = rightsOf(inputs.flows, inputs);
  const named = namespacesOf(inputs.flows);
  const asked = [
    ...rights.required,
    ...rights.optional.flatMap(({ choices }) => choices.flat()),
    ...named.flatMap(controlRights),
    ...[...inputs.canaryNamespaces, ...named].flatMap(canaryRights),
  ];
  const review = await reviewRights(api, unique(asked), { signal });
  const denied = new Set(review.denied.map(rightKey));
  const isGranted = (all: readonly Right[]): boolean => !all.some((right) => denied.has(rightKey(right)));
  const missing = rights.required.filter((right) => denied.has(rightKey(right)));
  const given = rights.optional.map(({ choices }) => choices.find(isGranted));
  const lost: OptionalRights[] = [];
  for (const optional of rights.optional.filter((_optional, index) => given[index] === undefined)) {
    if (optional.group === undefined || (await isGroupServed(api, optional.group, { signal }))) {
      lost.push(optional);
    }
  }
  const identity = missing.length + lost.length === 0 ? undefined : await askIdentity(api, { signal });
  const hint = grantHint(inputs, identity);
  if (missing.length > 0) throw forbidden(missing, identity, hint);
  return {
    problems: [
      ...(review.unasked === undefined ? [] : [unchecked(review.unasked)]),
      ...lost.map((optional) => warning(optional, denied, hint)),
    ],
    namespaces: [
      ...new Set([
        ...given.flatMap((choice) => choice ?? []).flatMap(({ namespace }) => namespace ?? []),
        ...inputs.canaryNamespaces.filter((namespace) => isGranted(canaryRights(namespace))),
      ]),
    ],
    missingForCanary: (namespace) => canaryRights(namespace).filter((right) => denied.has(rightKey(right))),
    mayCreateIn: (namespace) => named.includes(namespace) && isGranted(controlRights(namespace)),
    controlNamespace: async (snapshot) => {
      const { controlNamespace: wanted } = inputs;
      if (wanted !== undefined) {
        return isGranted(controlRights(wanted)) ? controlNamespaceOf(snapshot, wanted) : undefined;
      }
      const found = controlNamespaceOf(snapshot, undefined);
      if (found === undefined) return undefined;
      return (await reviewRights(api, controlRights(found), { signal })).denied.length === 0
        ? found
        : undefined;
    },
  };
}

function unique(rights: readonly Right[]): readonly Right[] {
  return [...new Map(rights.map((right) => [rightKey(right), right])).values()];
}

function namespacesOf(flows: readonly Flow[]): readonly string[] {
  const ends = flows.flatMap(({ from, to }) => [from, to]);
  return [...new Set(ends.flatMap((end) => ("namespace" in end ? [end.namespace] : [])))];
}

function forbidden(missing: readonly Right[], identity: string | undefined, hint: string): ClusterError {
  const lines = missing.map((right) => `  ${rightText(right)}: ${right.purposes.join("; ")}`);
  const what = missing.length === 1 ? "right that this run needs is" : "rights that this run needs are";
  const who = identity === undefined ? "" : ` for ${identity}`;
  const message = [`${missing.length} ${what} missing${who}`, ...lines].join("\n");
  return new ClusterError("forbidden", message, { hint });
}

function warning({ loss, choices }: OptionalRights, denied: ReadonlySet<string>, hint: string): RunProblem {
  const missing = (choices[0] ?? []).filter((right) => denied.has(rightKey(right)));
  return {
    severity: "warning",
    message: `no right to ${rightsText(missing)}: ${loss}`,
    hint,
  };
}

function unchecked(reason: string): RunProblem {
  return {
    severity: "warning",
    message: `whether this run has all the rights that it needs could not be checked: ${reason}`,
  };
}

/** The command that prints what grants the rights, for whoever may grant them. */
function grantHint(inputs: PreflightInputs, identity: string | undefined): string {
  const { controlNamespace, reportConfigMap: report, standIns } = inputs;
  const files = inputs.files.filter((file) => !/^<.*>$/.test(file));
  const [, account] = /^system:serviceaccount:(.+:.+)$/.exec(identity ?? "") ?? [];
  const words = [
    "netverdict",
    "rbac",
    ...(files.length === 0 ? ["SCENARIO"] : files),
    ...(account === undefined ? [] : ["--service-account", account.replace(":", "/")]),
    ...(account === undefined && identity !== undefined ? ["--user", identity] : []),
    ...(controlNamespace === undefined ? [] : ["--control-namespace", controlNamespace]),
    ...(standIns ? ["--stand-ins"] : []),
    ...(report === undefined ? [] : ["--report-configmap", `${report.namespace}/${report.name}`]),
  ];
  const command = `${words.map(shellWord).join(" ")} | kubectl apply -f -`;
  return files.length === 0
    ? `write the flow into a file SCENARIO; an administrator then grants them by: ${command}`
    : `an administrator grants them by: ${command}`;
}
