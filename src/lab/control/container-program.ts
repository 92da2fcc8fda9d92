import type { PortServer } from "../kernel/port-server.ts";
import type { LabStore, StartOptions } from "../model.ts";
import type { Container, EnvironmentSource, EnvironmentVariable, KeyReference, LabPod } from "./pod.ts";
import { portServers } from "./port-servers.ts";

/** What a container runs in the lab. */
export type ContainerProgram =
  | {
      readonly kind: "command";
      readonly command: readonly string[];
      readonly options: StartOptions;
    }
  /** Of an image that the lab does not have: servers on the ports that it declares. */
  | { readonly kind: "servers"; readonly servers: readonly PortServer[] }
  | { readonly kind: "impossible"; readonly reason: string; readonly message: string };

export interface ProgramContext {
  readonly store: LabStore;
  readonly addresses: readonly string[];
  readonly hostAddresses: readonly string[];
  /** Image names that are a busybox whatever they are called. */
  readonly busyboxImages: readonly string[];
}

export function containerProgram(
  pod: LabPod,
  container: Container,
  context: ProgramContext,
): ContainerProgram {
  if (!isBusybox(container.image ?? "", context.busyboxImages)) {
    return { kind: "servers", servers: portServers(pod, container) };
  }
  const environment = environmentOf(pod, container, context);
  if ("problem" in environment) {
    return { kind: "impossible", reason: "CreateContainerConfigError", message: environment.problem };
  }
  const { env } = environment;
  // busybox's image has no entry point and runs `sh`.
  const given = [...(container.command ?? []), ...(container.args ?? [])];
  const command = (given.length === 0 ? ["sh"] : given).map((word) => expand(word, env));
  const { workingDir } = container;
  return {
    kind: "command",
    command,
    options: {
      env: { HOSTNAME: pod.spec.hostname ?? pod.metadata.name, ...env },
      ...(workingDir === undefined || workingDir === "" ? {} : { workingDirectory: workingDir }),
    },
  };
}

/** By the last part of the name, without tag and digest: `docker.io/library/busybox:1.35`, `mirror/busybox@sha256:…`. */
export function isBusybox(image: string, others: readonly string[]): boolean {
  const name = image.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
  return others.includes(image) || name.split("/").at(-1) === "busybox";
}

type Environment = { readonly env: Readonly<Record<string, string>> } | { readonly problem: string };

function environmentOf(pod: LabPod, container: Container, context: ProgramContext): Environment {
  const env: Record<string, string> = {};
  for (const source of container.envFrom ?? []) {
    const found = valuesFrom(pod, source, context.store);
    if (typeof found === "string") return { problem: found };
    for (const [key, value] of Object.entries(found)) env[`${source.prefix ?? ""}${key}`] = value;
  }
  for (const variable of container.env ?? []) {
    const found = variableValue(pod, variable, env, context);
    if (found !== undefined && "problem" in found) return found;
    if (found !== undefined) env[variable.name] = found.value;
  }
  return { env };
}

function variableValue(
  pod: LabPod,
  { value = "", valueFrom }: EnvironmentVariable,
  env: Readonly<Record<string, string>>,
  context: ProgramContext,
): { readonly value: string } | { readonly problem: string } | undefined {
  if (valueFrom?.fieldRef !== undefined)
    return { value: fieldValue(pod, valueFrom.fieldRef.fieldPath, context) };
  if (valueFrom?.configMapKeyRef !== undefined)
    return keyValue(pod, "configmaps", valueFrom.configMapKeyRef, context.store);
  if (valueFrom?.secretKeyRef !== undefined)
    return keyValue(pod, "secrets", valueFrom.secretKeyRef, context.store);
  return valueFrom === undefined ? { value: expand(value, env) } : undefined;
}

function keyValue(
  pod: LabPod,
  resource: "configmaps" | "secrets",
  { name = "", key, optional }: KeyReference,
  store: LabStore,
): { readonly value: string } | { readonly problem: string } | undefined {
  const value = dataOf(store, resource, pod.metadata.namespace, name)?.[key];
  if (value !== undefined) return { value };
  if (optional === true) return undefined;
  return {
    problem: `couldn't find key ${key} in ${resource.slice(0, -1)} ${pod.metadata.namespace}/${name}`,
  };
}

function valuesFrom(
  pod: LabPod,
  { configMapRef, secretRef }: EnvironmentSource,
  store: LabStore,
): Readonly<Record<string, string>> | string {
  const reference = configMapRef ?? secretRef;
  if (reference === undefined) return {};
  const resource = configMapRef === undefined ? "secrets" : "configmaps";
  const values = dataOf(store, resource, pod.metadata.namespace, reference.name ?? "");
  if (values !== undefined || reference.optional === true) return values ?? {};
  return `${resource.slice(0, -1)} "${reference.name}" not found`;
}

function dataOf(
  store: LabStore,
  resource: "configmaps" | "secrets",
  namespace: string | undefined,
  name: string,
): Readonly<Record<string, string>> | undefined {
  const object = store.get(resource, namespace, name);
  if (object === undefined) return undefined;
  const data = (object.data ?? {}) as Readonly<Record<string, string>>;
  if (resource === "configmaps") return data;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]),
  );
}

/** The fields that the downward API offers (core/v1 ObjectFieldSelector). */
function fieldValue(pod: LabPod, path: string, { addresses, hostAddresses }: ProgramContext): string {
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (subscript !== null) {
    const map = subscript[1] === "labels" ? pod.metadata.labels : pod.metadata.annotations;
    return map?.[subscript[2] ?? ""] ?? "";
  }
  switch (path) {
    case "metadata.name":
      return pod.metadata.name;
    case "metadata.namespace":
      return pod.metadata.namespace ?? "";
    case "metadata.uid":
      return pod.metadata.uid;
    case "spec.nodeName":
      return pod.spec.nodeName ?? "";
    case "spec.serviceAccountName":
      return typeof pod.spec.serviceAccountName === "string" ? pod.spec.serviceAccountName : "default";
    case "status.podIP":
      return addresses[0] ?? "";
    case "status.podIPs":
      return addresses.join(",");
    case "status.hostIP":
      return hostAddresses[0] ?? "";
    case "status.hostIPs":
      return hostAddresses.join(",");
    default:
      return "";
  }
}

/** `$(NAME)` becomes the variable, `$$` a dollar sign; what is not defined stays as it is (core/v1 Container). */
function expand(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (match, name: string | undefined) => {
    if (name === undefined) return "$";
    return Object.hasOwn(env, name) ? (env[name] ?? match) : match;
  });
}
