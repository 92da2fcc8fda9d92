import type { RunReport } from "../model/report.ts";

/** What the kubelet keeps of a termination message. */
const MAX_BYTES = 4096;

/**
 * One line of JSON for the termination message of a pod: the counts, the exit code and as many of the flows that did
 * not pass as there is room for.
 */
export function summaryLine(report: RunReport): string {
  const { summary, exitCode, runId, durationMs, flows, enforcement } = report;
  const notPassed = flows
    .filter(({ verdict }) => verdict === "fail" || verdict === "inconclusive")
    .map(({ id, verdict, cause, reason }) => ({
      id,
      verdict,
      ...(cause === undefined ? {} : { cause }),
      reason: shorten(reason),
    }));
  const errors = report.problems
    .filter(({ severity }) => severity === "error")
    .map(({ message }) => shorten(message));
  for (let room = notPassed.length; ; room--) {
    const line = JSON.stringify({
      exitCode,
      ...summary,
      ...(runId === undefined ? {} : { runId }),
      durationMs,
      ...(enforcement === undefined ? {} : { enforcement: enforcement.grade }),
      ...(errors.length === 0 ? {} : { errors: errors.slice(0, 3) }),
      notPassed: notPassed.slice(0, room),
      ...(room < notPassed.length ? { more: notPassed.length - room } : {}),
    });
    if (room === 0 || Buffer.byteLength(line) < MAX_BYTES) return `${line}\n`;
  }
}

function shorten(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 197)}...`;
}
