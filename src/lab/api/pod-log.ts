import type { ServerResponse } from "node:http";
import type { LabObject } from "../model.ts";
import type { LogLine, LogSource } from "./container-log.ts";
import { chooseContainer, waitingReason } from "./pod-container.ts";
import { badRequest } from "./status-error.ts";

/** The log of a container; undefined: it has not been started. */
export type FindLog = (pod: LabObject, container: string) => LogSource | undefined;

/** `pods/log`: what the container has written, and with `follow` what it writes until it ends or the client goes. */
export function sendPodLog(
  response: ServerResponse,
  pod: LabObject,
  options: { readonly query: URLSearchParams; readonly findLog: FindLog },
): void {
  const { query, findLog } = options;
  const { name } = pod.metadata;
  const container = chooseContainer(pod, query.get("container") ?? "");
  if (isTrue(query, "previous")) {
    throw badRequest(`previous terminated container "${container}" in pod "${name}" not found`);
  }
  const log = findLog(pod, container);
  if (log === undefined) {
    const reason = waitingReason(pod, container) ?? "ContainerCreating";
    throw badRequest(`container "${container}" in pod "${name}" is waiting to start: ${reason}`);
  }
  const timestamps = isTrue(query, "timestamps");
  const write = ({ time, text }: LogLine) =>
    `${timestamps ? `${time.toISOString().slice(0, -1)}000000Z ` : ""}${text}\n`;
  const follows = isTrue(query, "follow");
  const body = selectLines(log.lines, query).map(write).join("");
  const limit = count(query, "limitBytes");
  response.writeHead(200, { "content-type": "text/plain", "cache-control": "no-cache, private" });
  if (!follows || limit !== undefined) {
    response.end(limit === undefined ? body : Buffer.from(body, "utf8").subarray(0, limit));
    return;
  }
  response.flushHeaders();
  if (body !== "") response.write(body);
  const stop = log.follow((line) => {
    if (line === undefined) response.end();
    else response.write(write(line));
  });
  response.on("close", stop);
}

function selectLines(lines: readonly LogLine[], query: URLSearchParams): readonly LogLine[] {
  const tail = count(query, "tailLines");
  const seconds = count(query, "sinceSeconds");
  const time = query.get("sinceTime");
  const since =
    seconds !== undefined ? Date.now() - seconds * 1000 : time === null ? undefined : Date.parse(time);
  const recent = since === undefined ? lines : lines.filter((line) => line.time.getTime() >= since);
  return tail === undefined ? recent : recent.slice(Math.max(recent.length - tail, 0));
}

function isTrue(query: URLSearchParams, name: string): boolean {
  return query.get(name) === "true" || query.get(name) === "1";
}

function count(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^[0-9]{1,15}$/.test(text)) throw badRequest(`${name}: Invalid value: ${text}: must be a number`);
  return Number(text);
}
