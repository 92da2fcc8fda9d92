import { writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Api } from "../k8s/request.ts";
import { ClusterError } from "../model/errors.ts";
import type { RunReport } from "../model/report.ts";
import { renderReport } from "../report/registry.ts";
import { summaryLine } from "../report/summary-line.ts";
import { exitCode } from "../verdict/exit-code.ts";
import type { Io } from "./io.ts";

/** Where the kubelet looks for a container's last words. */
const TERMINATION_LOG = "/dev/termination-log";

/** What a ConfigMap may hold. */
const MAX_CONFIG_MAP_BYTES = 1_000_000;

/** The keys of a report in a ConfigMap; compressed where it would not fit as it is. */
export const PLAIN_REPORT = "report.json";
export const COMPRESSED_REPORT = "report.json.gz";

/** A report that could not be delivered as asked leaves the run undecided; a failure outranks that. */
export function withError(report: RunReport, message: string): RunReport {
  const problems = [...report.problems, { severity: "error" as const, message }];
  return { ...report, problems, exitCode: exitCode({ ...report, problems }) };
}

/**
 * Writes the one-line summary: to the file that was asked for, and in a pod to its termination message. Returns what
 * went wrong with a file that was asked for; a termination message that cannot be written is nobody's mistake.
 */
export async function writeSummary(
  report: RunReport,
  file: string | undefined,
  env: Io["env"],
): Promise<string | undefined> {
  const line = summaryLine(report);
  if (file === undefined) {
    if (env.KUBERNETES_SERVICE_HOST !== undefined)
      await writeFile(TERMINATION_LOG, line).catch(() => undefined);
    return undefined;
  }
  try {
    await writeFile(file, line);
    return undefined;
  } catch (error) {
    return `cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Puts the JSON report into a ConfigMap of our own namespace; returns what went wrong. */
export async function writeConfigMap(
  report: RunReport,
  target: { readonly api: Api; readonly namespace: string; readonly name: string },
): Promise<string | undefined> {
  const { api, namespace, name } = target;
  const json = await renderReport("json", report, { color: false, width: 100, ascii: false, verbose: false });
  const plain = Buffer.byteLength(json) <= MAX_CONFIG_MAP_BYTES;
  const zipped = plain ? undefined : await promisify(gzip)(json);
  if (zipped !== undefined && zipped.length > MAX_CONFIG_MAP_BYTES) {
    return `the report has ${zipped.length} bytes even when compressed, a ConfigMap holds ${MAX_CONFIG_MAP_BYTES}: ConfigMap ${namespace}/${name} was not written`;
  }
  const data = { "exit-code": String(report.exitCode), ...(plain ? { [PLAIN_REPORT]: json } : {}) };
  const binaryData = zipped === undefined ? {} : { [COMPRESSED_REPORT]: zipped.toString("base64") };
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data, binaryData };
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  try {
    try {
      await api.create(path, object);
    } catch (error) {
      if (!(error instanceof ClusterError && error.kind === "conflict")) throw error;
      // In a merge patch null takes away what a report of another size has left.
      await api.patch(`${path}/${name}`, {
        data: { [PLAIN_REPORT]: null, ...data },
        binaryData: { [COMPRESSED_REPORT]: null, ...binaryData },
      });
    }
    return undefined;
  } catch (error) {
    if (error instanceof ClusterError)
      return `ConfigMap ${namespace}/${name} could not be written: ${error.message}`;
    throw error;
  }
}
