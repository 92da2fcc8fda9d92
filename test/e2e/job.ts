import { spawn } from "node:child_process";
import { type Finished, IS_TESTBED, KUBECONFIG, kubectlJson } from "./cluster.ts";

/** The namespace of manifests/base. */
export const RUNNER_NAMESPACE = "netverdict";

/** A Job that scripts/run-job has made and followed to its end. */
export interface FinishedJob extends Finished {
  readonly name: string;
  /** `Complete` or `Failed`; undefined where the script has removed the Job. */
  readonly condition: string | undefined;
  /** What the Job itself says about it. */
  readonly message: string | undefined;
  /** From the Job's creation to its end. */
  readonly seconds: number;
  /** The termination message; undefined where the pod is gone. */
  readonly lastWords: string | undefined;
}

interface Job {
  readonly metadata: { readonly creationTimestamp: string };
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly message?: string;
      readonly lastTransitionTime: string;
    }[];
  };
}

interface Pod {
  readonly status: {
    readonly containerStatuses?: readonly {
      readonly state: { readonly terminated?: { readonly message?: string } };
    }[];
  };
}

/** `scripts/run-job` as a user would call it. */
export async function runJob(folder: string, ...options: readonly string[]): Promise<FinishedJob> {
  const finished = await start([...options, folder]);
  const name = /job [\w-]+\/([\w-]+) created/.exec(finished.stderr)?.[1];
  if (name === undefined) throw new Error(`no Job was created: ${finished.stderr}`);
  const [job] = list<Job>("jobs", "--field-selector", `metadata.name=${name}`);
  const end = job?.status?.conditions?.find(({ type }) => type === "Complete" || type === "Failed");
  const pods = list<Pod>("pods", "--selector", `batch.kubernetes.io/job-name=${name}`);
  return {
    ...finished,
    name,
    condition: end?.type,
    message: end?.message,
    seconds:
      (Date.parse(end?.lastTransitionTime ?? "") - Date.parse(job?.metadata.creationTimestamp ?? "")) / 1000,
    lastWords: pods[0]?.status.containerStatuses?.[0]?.state.terminated?.message,
  };
}

function list<T>(kind: string, ...selection: readonly string[]): readonly T[] {
  return kubectlJson<{ items: readonly T[] }>("-n", RUNNER_NAMESPACE, "get", kind, ...selection).items;
}

function start(args: readonly string[]): Promise<Finished> {
  const env = { ...process.env, KUBECONFIG, KUBECTL: IS_TESTBED ? "testbed/cluster kubectl" : "kubectl" };
  const child = spawn("scripts/run-job", args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
}
