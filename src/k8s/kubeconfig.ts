import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join, sep } from "node:path";
import { LineCounter, parseDocument, visit } from "yaml";
import { ClusterError } from "../model/errors.ts";
import { oneLine } from "./redact.ts";

/*
 * Kubeconfig files as kubectl reads them (client-go tools/clientcmd): several files merged, the first to name
 * something wins, paths relative to the file that holds them. client-node's own loader stops at a file that does not
 * exist and at a name that two files have, lets the last file choose the context, and drops `tokenFile` and
 * impersonated groups; so only the result is handed to it.
 */

export interface KubeconfigCluster {
  readonly name: string;
  readonly server: string;
  readonly caFile?: string;
  readonly caData?: string;
  readonly skipTlsVerify: boolean;
  readonly tlsServerName?: string;
  readonly proxyUrl?: string;
  readonly disableCompression: boolean;
}

/** A credential plugin (client.authentication.k8s.io). */
export interface KubeconfigExec {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly installHint?: string;
  readonly provideClusterInfo: boolean;
}

export interface KubeconfigUser {
  readonly name: string;
  readonly certFile?: string;
  readonly certData?: string;
  readonly keyFile?: string;
  readonly keyData?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly impersonateUser?: string;
  readonly impersonateUid?: string;
  readonly impersonateGroups: readonly string[];
  readonly impersonateExtra: Readonly<Record<string, readonly string[]>>;
  readonly authProvider?: { readonly name: string; readonly config: Readonly<Record<string, string>> };
  readonly exec?: KubeconfigExec;
}

export interface KubeconfigContext {
  readonly name: string;
  readonly cluster: string;
  readonly user?: string;
  readonly namespace?: string;
}

export interface Kubeconfig {
  readonly files: readonly string[];
  readonly currentContext?: string;
  readonly clusters: readonly KubeconfigCluster[];
  readonly users: readonly KubeconfigUser[];
  readonly contexts: readonly KubeconfigContext[];
}

/** Reads one file. Throws ClusterError("configuration"), or the file system's error where there is no such file. */
export async function readKubeconfig(file: string): Promise<Kubeconfig> {
  return parseKubeconfig(await readFile(file, "utf8"), file);
}

/** `file` names the text in errors, and its folder is what relative paths start from. */
export function parseKubeconfig(text: string, file: string): Kubeconfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const mistake = document.errors[0];
  if (mistake !== undefined) {
    // The message may quote the text, and the text holds credentials: the place and the kind of mistake must do.
    const { line, col } = lines.linePos(mistake.pos[0]);
    throw badFile(`${file}:${line}:${col}`, mistake.code.toLowerCase().replaceAll("_", " "));
  }
  // A token, a password or a name may look like a number: what was written counts.
  visit(document, {
    Scalar: (_key, node) => {
      if (typeof node.value === "number" && node.source !== undefined) node.value = node.source;
    },
  });
  const root: unknown = document.toJS();
  if (root !== null && !isRecord(root))
    throw badFile(file, "a mapping with clusters, users and contexts is expected");
  const config = root ?? {};
  const folder = dirname(file);
  const currentContext = string(config["current-context"]);
  return {
    files: [file],
    ...(currentContext === undefined ? {} : { currentContext }),
    clusters: named(config, "clusters", file).map(({ name, entry }) =>
      readCluster(name, entry, folder, file),
    ),
    users: named(config, "users", file).map(({ name, entry }) => readUser(name, entry, folder, file)),
    contexts: named(config, "contexts", file).map(({ name, entry }) => readContext(name, entry, file)),
  };
}

/** Several files as one; of two entries with the same name, and of two current contexts, the first counts. */
export function mergeKubeconfigs(configs: readonly Kubeconfig[]): Kubeconfig {
  const currentContext = configs.find((config) => config.currentContext !== undefined)?.currentContext;
  return {
    files: configs.flatMap((config) => config.files),
    ...(currentContext === undefined ? {} : { currentContext }),
    clusters: firstOfEachName(configs.flatMap((config) => config.clusters)),
    users: firstOfEachName(configs.flatMap((config) => config.users)),
    contexts: firstOfEachName(configs.flatMap((config) => config.contexts)),
  };
}

function firstOfEachName<T extends { readonly name: string }>(entries: readonly T[]): readonly T[] {
  const names = new Set<string>();
  return entries.filter((entry) => !names.has(entry.name) && names.add(entry.name));
}

function readCluster(name: string, entry: Fields, folder: string, file: string): KubeconfigCluster {
  const server = string(entry.server);
  if (server === undefined) throw badFile(file, `cluster "${name}" has no server`);
  return {
    name,
    server,
    skipTlsVerify: entry["insecure-skip-tls-verify"] === true,
    disableCompression: entry["disable-compression"] === true,
    ...present("caFile", path(entry["certificate-authority"], folder)),
    ...present("caData", string(entry["certificate-authority-data"])),
    ...present("tlsServerName", string(entry["tls-server-name"])),
    ...present("proxyUrl", string(entry["proxy-url"])),
  };
}

function readUser(name: string, entry: Fields, folder: string, file: string): KubeconfigUser {
  const provider = record(entry["auth-provider"]);
  const exec = record(entry.exec);
  return {
    name,
    impersonateGroups: strings(entry["as-groups"]),
    impersonateExtra: Object.fromEntries(
      Object.entries(record(entry["as-user-extra"]) ?? {}).map(([key, values]) => [key, strings(values)]),
    ),
    ...present("certFile", path(entry["client-certificate"], folder)),
    ...present("certData", string(entry["client-certificate-data"])),
    ...present("keyFile", path(entry["client-key"], folder)),
    ...present("keyData", string(entry["client-key-data"])),
    ...present("token", string(entry.token)),
    ...present("tokenFile", path(entry.tokenFile, folder)),
    ...present("username", string(entry.username)),
    ...present("password", string(entry.password)),
    ...present("impersonateUser", string(entry.as)),
    ...present("impersonateUid", string(entry["as-uid"])),
    ...present("authProvider", provider && readAuthProvider(name, provider, file)),
    ...present("exec", exec && readExec(name, exec, folder, file)),
  };
}

/** What client-node knows; Kubernetes itself has had only `oidc` since 1.26, the others are plugins now. */
const AUTH_PROVIDERS = ["oidc", "azure", "gcp"];

function readAuthProvider(
  user: string,
  entry: Fields,
  file: string,
): NonNullable<KubeconfigUser["authProvider"]> {
  const name = string(entry.name) ?? "";
  if (!AUTH_PROVIDERS.includes(name)) {
    throw badFile(
      file,
      `user "${user}" has the auth-provider "${name}"; known are ${AUTH_PROVIDERS.join(", ")}`,
    );
  }
  const config = Object.entries(record(entry.config) ?? {});
  return { name, config: Object.fromEntries(config.map(([key, value]) => [key, String(value ?? "")])) };
}

function readExec(user: string, entry: Fields, folder: string, file: string): KubeconfigExec {
  const command = string(entry.command);
  if (command === undefined) throw badFile(file, `user "${user}" has a credential plugin without a command`);
  const env = Array.isArray(entry.env) ? entry.env.filter(isRecord) : [];
  return {
    apiVersion: string(entry.apiVersion) ?? "client.authentication.k8s.io/v1",
    // A bare name is looked up in PATH, all else is a path.
    command: /[/\\]/.test(command) && !isAbsolute(command) ? join(folder, command) : command,
    args: strings(entry.args),
    env: env.map((variable) => ({ name: String(variable.name), value: String(variable.value ?? "") })),
    provideClusterInfo: entry.provideClusterInfo === true,
    ...present("installHint", string(entry.installHint)),
  };
}

function readContext(name: string, entry: Fields, file: string): KubeconfigContext {
  const cluster = string(entry.cluster);
  if (cluster === undefined) throw badFile(file, `context "${name}" has no cluster`);
  return {
    name,
    cluster,
    ...present("user", string(entry.user)),
    ...present("namespace", string(entry.namespace)),
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** The entries of `clusters:`, `users:` or `contexts:`, each `{name, cluster | user | context: {…}}`. */
function named(
  config: Fields,
  list: string,
  file: string,
): { readonly name: string; readonly entry: Fields }[] {
  const value = config[list] ?? [];
  if (!Array.isArray(value)) throw badFile(file, `${list} must be a list`);
  return value.map((item: unknown, index) => {
    const name = isRecord(item) ? string(item.name) : undefined;
    if (!isRecord(item) || name === undefined) throw badFile(file, `${list}[${index}] has no name`);
    return { name, entry: record(item[list.slice(0, -1)]) ?? {} };
  });
}

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function record(value: unknown): Fields | undefined {
  return isRecord(value) ? value : undefined;
}

/** A string that is not empty; kubectl treats an empty one as absent. */
function string(value: unknown): string | undefined {
  if (typeof value === "boolean") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function path(value: unknown, folder: string): string | undefined {
  const text = string(value);
  return text === undefined || isAbsolute(text) ? text : join(folder, ...text.split(sep));
}

/** `{key: value}`, or nothing where there is no value. */
function present<K extends string, V>(key: K, value: V | undefined): { readonly [key in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [key in K]?: V };
}

function badFile(where: string, what: string): ClusterError {
  return new ClusterError("configuration", `${where}: not a usable kubeconfig: ${oneLine(what)}`, {
    hint: "`kubectl config view --kubeconfig FILE` shows how kubectl reads it",
  });
}
