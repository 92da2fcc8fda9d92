import { readingNotes } from "../analysis/reading-notes.ts";
import type { Connection } from "../k8s/connect.ts";
import type { Draft, Finding } from "../lint/finding.ts";
import { objectText } from "../lint/finding.ts";
import { type ApiServerVersion, apiServerVersion, NEWEST } from "../lint/kubernetes-version.ts";
import { lintSnapshot } from "../lint/lint-snapshot.ts";
import { findingsWithoutPlaces, locateFindings } from "../lint/locate-findings.ts";
import type { LintReport } from "../lint/report/lint-report.ts";
import type { RuleId } from "../lint/rules.ts";
import { parseManifests } from "../manifests/parse-manifests.ts";
import { readPaths } from "../manifests/read-paths.ts";
import type { ManifestDiagnostic } from "../manifests/refusal.ts";
import { ClusterError } from "../model/errors.ts";
import type { KubernetesObject } from "../model/kubernetes.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { UserError } from "../source/errors.ts";
import type { SourceRange } from "../source/position.ts";
import { createTextFile } from "../source/text-file.ts";
import { checkNamespaces, gapIn } from "./check-namespaces.ts";
import type { Io } from "./io.ts";
import type { SlowProgress } from "./slow-progress.ts";
import { areLarge, readCluster } from "./world.ts";

/** What is to be said, and for whom. */
export interface LintChoice {
  /** Findings to leave out. */
  readonly disable?: readonly RuleId[];
  /** Only findings about objects in these. */
  readonly namespace?: readonly string[];
  /** Absent: the cluster's own, else the newest. */
  readonly kubernetesVersion?: ApiServerVersion;
}

/** The objects of a cluster, for an API server of its version. */
export async function lintCluster(
  connection: Connection,
  choice: LintChoice,
  progress: SlowProgress,
): Promise<LintReport> {
  const version = choice.kubernetesVersion ?? (await versionOfServer(connection));
  const snapshot = await readCluster(connection, choice.namespace ?? [], progress);
  checkNamespaces(snapshot, choice.namespace ?? []);
  progress.step("looking at the policies", { slow: snapshot.networkPolicies.length > MANY_POLICIES });
  const missing = snapshot.unread.some(({ resource }) => resource === "pods" || resource === "namespaces");
  const drafts = lintSnapshot(snapshot, { version });
  const policies = countPolicies(snapshot, choice);
  const gap = gapIn(snapshot, "networkpolicies", choice.namespace ?? []);
  if (gap !== undefined && (policies === 0 || choice.namespace !== undefined)) {
    throw new UserError(`not all policies could be read: ${gap.reason}`, {
      hint: "name namespaces that you may read by -n NAMESPACE",
    });
  }
  return {
    findings: findingsWithoutPlaces(drafts.filter(isWanted(choice))),
    policies,
    ...(missing ? { incomplete: "unread" } : {}),
    notes: readingNotes(snapshot),
  };
}

/** So many policies take about a second to look at. */
const MANY_POLICIES = 2000;

/** What the API server says of itself; one that does not say is taken for the newest. */
async function versionOfServer({ api }: Connection): Promise<ApiServerVersion> {
  try {
    const { gitVersion = "" } = await api.get<{ readonly gitVersion?: string }>("/version");
    return apiServerVersion(gitVersion) ?? NEWEST;
  } catch (error) {
    // Not everybody may ask.
    if (error instanceof ClusterError && error.kind === "forbidden") return NEWEST;
    throw error;
  }
}

function countPolicies({ networkPolicies, adminPolicies }: Snapshot, { namespace }: LintChoice): number {
  const admin: readonly KubernetesObject[] = Object.values(adminPolicies).flat();
  return [...networkPolicies, ...admin].filter(
    ({ metadata }) => namespace === undefined || namespace.includes(metadata.namespace ?? ""),
  ).length;
}

function isWanted({ disable = [], namespace }: LintChoice): (draft: Draft) => boolean {
  const disabled = new Set<string>(disable);
  return ({ id, object }) =>
    !disabled.has(id) && (namespace === undefined || namespace.includes(object.namespace ?? ""));
}

/** The objects of files, each finding with its place. */
export async function lintFiles(
  manifests: readonly string[],
  choice: LintChoice,
  { stdin }: Io,
  progress: SlowProgress,
): Promise<LintReport> {
  progress.step("reading the manifests");
  const files = await readPaths(manifests, stdin);
  if (areLarge(files)) progress.step("reading the manifests", { slow: true });
  const { snapshot, diagnostics, rangeOf, objects } = parseManifests(files);
  if (objects === 0 && !diagnostics.some(({ severity }) => severity === "error")) {
    throw new UserError("the manifests hold no object to look at", {
      hint: "give files or directories with NetworkPolicies, and best with the workloads that they are for",
    });
  }
  checkNamespaces(snapshot, choice.namespace ?? []);
  const refused = diagnostics.flatMap(refusalFinding);
  // Of two objects of one name the first is there.
  const incomplete = refused.some(({ id }) => id !== "duplicate-object");
  progress.step("looking at the policies", { slow: snapshot.networkPolicies.length > MANY_POLICIES });
  const drafts = lintSnapshot(snapshot, {
    version: choice.kubernetesVersion ?? NEWEST,
    complete: !incomplete,
  });
  const disabled = new Set<string>(choice.disable);
  const findings = [
    // An object that can't be decoded may be of any namespace.
    ...refused.filter(({ id }) => !disabled.has(id)),
    ...locateFindings(drafts.filter(isWanted(choice)), rangeOf),
  ];
  const order = new Map(files.map(({ path }, index) => [path, index]));
  return {
    findings: findings.sort((a, b) => byPlace(a.range, b.range, order)),
    texts: files.map(({ path, text }) => createTextFile(path, text)),
    policies: countPolicies(snapshot, choice),
    ...(incomplete ? { incomplete: "mistakes" } : {}),
    notes: [],
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

function byPlace(
  a: SourceRange | undefined,
  b: SourceRange | undefined,
  order: ReadonlyMap<string, number>,
): number {
  if (a === undefined || b === undefined) return 0;
  return (
    (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) ||
    a.start.line - b.start.line ||
    a.start.column - b.start.column
  );
}
