import type { LabObject, LabStore } from "../model.ts";
import { existing } from "./objects.ts";
import { chooseContainer, isRunning } from "./pod-container.ts";
import type { ResourcePath } from "./resource-path.ts";
import { badRequest, noSuchPath, StatusError } from "./status-error.ts";

/** A command that is to run in a container that runs. */
export interface ExecRequest {
  readonly pod: LabObject;
  readonly container: string;
  readonly command: readonly string[];
  readonly streams: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
}

/** Checks a request for `pods/exec` as the API server and the kubelet do before they upgrade the connection. */
export function parseExec(store: LabStore, path: ResourcePath, query: URLSearchParams): ExecRequest {
  const { type, namespace, name, subresource } = path;
  if (type.resource !== "pods" || subresource !== "exec" || name === undefined) throw noSuchPath();
  const command = query.getAll("command");
  const streams = {
    stdin: asks(query, "stdin"),
    stdout: asks(query, "stdout"),
    stderr: asks(query, "stderr"),
  };
  if (!streams.stdin && !streams.stdout && !streams.stderr) {
    throw badRequest("you must specify at least 1 of stdin, stdout, stderr");
  }
  if (command.length === 0) throw badRequest("you must specify at least one command for the container");
  const pod = existing(store, { type, namespace, name });
  const container = chooseContainer(pod, query.get("container") ?? "");
  const spec = pod.spec as { readonly nodeName?: string } | undefined;
  if (!spec?.nodeName) throw badRequest(`pod ${name} does not have a host assigned`);
  if (!isRunning(pod, container))
    throw new StatusError(404, "NotFound", `container not found ("${container}")`);
  return { pod, container, command, streams };
}

function asks(query: URLSearchParams, name: string): boolean {
  return ["true", "1"].includes(query.get(name) ?? "");
}
