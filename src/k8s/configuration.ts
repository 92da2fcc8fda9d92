import { access, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { ClusterError } from "../model/errors.ts";
import {
  type Kubeconfig,
  type KubeconfigCluster,
  type KubeconfigUser,
  mergeKubeconfigs,
  readKubeconfig,
} from "./kubeconfig.ts";
import type { Environment } from "./proxy.ts";

/** Where every pod finds its service account (API documentation, "Accessing the Kubernetes API from a Pod"). */
export const SERVICE_ACCOUNT_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Which cluster to talk to and as whom. */
export interface Configuration {
  readonly origin: "kubeconfig" | "in-cluster";
  /** Absent in a pod. */
  readonly context?: string;
  /** The context's namespace, or the pod's; `default` where there is none. */
  readonly namespace: string;
  readonly cluster: KubeconfigCluster;
  readonly user: KubeconfigUser;
}

export interface ConfigurationChoice {
  /** A file; `--kubeconfig`. */
  readonly kubeconfig?: string | undefined;
  /** `--context`. */
  readonly context?: string | undefined;
  readonly env: Environment;
  readonly serviceAccountFolder: string;
}

const ANONYMOUS: KubeconfigUser = { name: "", impersonateGroups: [], impersonateExtra: {} };

/**
 * `--kubeconfig`, else KUBECONFIG, else the pod's service account (unless a context is asked for), else
 * ~/.kube/config. Never a server that nobody named. Throws ClusterError("configuration").
 */
export async function chooseConfiguration(choice: ConfigurationChoice): Promise<Configuration> {
  const { kubeconfig, context, env } = choice;
  if (kubeconfig !== undefined) {
    const [config] = await readExisting([kubeconfig]);
    if (config === undefined) {
      throw new ClusterError("configuration", `${kubeconfig}: no such kubeconfig file`, {
        hint: "check --kubeconfig",
      });
    }
    return selectContext(config, context);
  }
  const listed = (env.KUBECONFIG ?? "").split(delimiter).filter((file) => file !== "");
  if (listed.length > 0) {
    const configs = await readExisting(listed);
    if (configs.length === 0) {
      throw new ClusterError("configuration", `KUBECONFIG names no file that exists: ${listed.join(", ")}`, {
        hint: "correct or unset KUBECONFIG, or use --kubeconfig",
      });
    }
    return selectContext(mergeKubeconfigs(configs), context);
  }
  if (context === undefined && (await inPod(choice))) return await inCluster(choice);
  const home = join(env.HOME ?? env.USERPROFILE ?? homedir(), ".kube", "config");
  const [config] = await readExisting([home]);
  if (config !== undefined) return selectContext(config, context);
  throw new ClusterError(
    "configuration",
    `no cluster to talk to: KUBECONFIG is not set, ${home} does not exist, and this is no pod with a service account`,
    { hint: "use --kubeconfig FILE, or set KUBECONFIG" },
  );
}

/** The files that exist, read in order; kubectl too passes over the others. */
async function readExisting(files: readonly string[]): Promise<readonly Kubeconfig[]> {
  const configs: Kubeconfig[] = [];
  for (const file of files) {
    try {
      configs.push(await readKubeconfig(file));
    } catch (error) {
      if (error instanceof ClusterError) throw error;
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "ENOENT") continue;
      throw new ClusterError("configuration", `${file}: the kubeconfig cannot be read (${String(code)})`, {
        cause: error,
        hint: "check the file's permissions",
      });
    }
  }
  return configs;
}

function selectContext(config: Kubeconfig, wanted: string | undefined): Configuration {
  const files = config.files.join(", ");
  const names = config.contexts.map((context) => context.name);
  const known = names.length === 0 ? "it has no contexts" : `contexts: ${names.join(", ")}`;
  const name = wanted ?? config.currentContext;
  if (name === undefined) {
    throw new ClusterError("configuration", `${files}: no current-context is set; ${known}`, {
      hint: "use --context NAME, or `kubectl config use-context NAME`",
    });
  }
  const context = config.contexts.find((candidate) => candidate.name === name);
  if (context === undefined) {
    const what = wanted === undefined ? "current-context" : "context";
    throw new ClusterError("configuration", `${files}: there is no ${what} "${name}"; ${known}`, {
      hint: "use --context NAME",
    });
  }
  const cluster = config.clusters.find((candidate) => candidate.name === context.cluster);
  if (cluster === undefined) {
    throw dangling(files, name, `cluster "${context.cluster}"`);
  }
  const user =
    context.user === undefined
      ? ANONYMOUS
      : config.users.find((candidate) => candidate.name === context.user);
  if (user === undefined) throw dangling(files, name, `user "${context.user}"`);
  return { origin: "kubeconfig", context: name, namespace: context.namespace ?? "default", cluster, user };
}

function dangling(files: string, context: string, what: string): ClusterError {
  return new ClusterError(
    "configuration",
    `${files}: context "${context}" names the ${what}, which is not there`,
    {
      hint: "correct the kubeconfig, or use another --context",
    },
  );
}

async function inPod({ env, serviceAccountFolder }: ConfigurationChoice): Promise<boolean> {
  if (!env.KUBERNETES_SERVICE_HOST || !env.KUBERNETES_SERVICE_PORT) return false;
  return await access(join(serviceAccountFolder, "token")).then(
    () => true,
    () => false,
  );
}

async function inCluster({ env, serviceAccountFolder }: ConfigurationChoice): Promise<Configuration> {
  const host = env.KUBERNETES_SERVICE_HOST ?? "";
  const caFile = join(serviceAccountFolder, "ca.crt");
  await access(caFile).catch((cause: unknown) => {
    throw new ClusterError("configuration", `the pod's service account has no ${caFile}`, { cause });
  });
  const namespace = await readFile(join(serviceAccountFolder, "namespace"), "utf8").catch(() => "");
  return {
    origin: "in-cluster",
    namespace: namespace.trim() || "default",
    cluster: {
      name: "in-cluster",
      server: `https://${host.includes(":") ? `[${host}]` : host}:${env.KUBERNETES_SERVICE_PORT}`,
      caFile,
      skipTlsVerify: false,
      disableCompression: false,
    },
    user: { ...ANONYMOUS, name: "service-account", tokenFile: join(serviceAccountFolder, "token") },
  };
}
