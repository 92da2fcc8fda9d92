import { awaitReady } from "../lab/await-ready.ts";
import { type Lab, startLab } from "../lab/lab.ts";
import { createObjects, manifestObjects } from "../lab/manifest-objects.ts";
import { DEFAULT_OUTSIDE_SERVERS, outsideHosts } from "../lab/outside-hosts.ts";
import type { Scenario } from "../model/scenario.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import { UserError } from "../source/errors.ts";
import type { LabStartOptions } from "./lab-options.ts";
import type { ReadManifests } from "./read-manifests.ts";
import { throwOnErrors } from "./scenario-files.ts";

export interface StartedLab {
  readonly lab: Lab;
  /** What of the manifests a lab does not play. */
  readonly warnings: readonly Diagnostic[];
  readonly pods: number;
}

/** A lab in which everything of the manifests is created and ready. Rejects with all that keeps it from that. */
export async function startLabWith(
  options: LabStartOptions,
  inputs: {
    readonly manifests: ReadManifests;
    readonly scenarios: readonly Scenario[];
    readonly busyboxImages: readonly string[];
    /** How long the workloads may take. */
    readonly timeoutMs: number;
    readonly status?: () => object;
    readonly signal: AbortSignal;
  },
): Promise<StartedLab> {
  const { manifests, scenarios, timeoutMs, status, signal, busyboxImages } = inputs;
  const { objects, skipped } = manifestObjects(manifests.files);
  const given = (options.outside ?? []).map((address) => ({
    address,
    names: [],
    servers: DEFAULT_OUTSIDE_SERVERS,
  }));
  // A lab that is there outlives the signal: whoever uses it has to clean up and to end it.
  const starting = new AbortController();
  const abort = (): void => starting.abort(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener("abort", abort, { once: true });
  const lab = await startLab({
    nodes: options.nodes,
    ipv6: options.ipFamily === "dual",
    enforcement: options.enforcement,
    outside: outsideHosts(scenarios, given),
    busyboxImages,
    signal: starting.signal,
    ...(status === undefined ? {} : { status }),
  }).finally(() => signal.removeEventListener("abort", abort));
  try {
    throwOnErrors(createObjects(lab.store, objects), manifests.texts);
    const problems = await awaitReady(lab.store, { timeoutMs, signal });
    if (problems.length > 0) throw notReady(problems, timeoutMs);
    await lab.control.network.settled();
    return { lab, warnings: skipped.flatMap(skippedWarning), pods: lab.store.list("pods").length };
  } catch (error) {
    await lab.close();
    throw error;
  }
}

function notReady(problems: readonly string[], timeoutMs: number): UserError {
  const lines = problems.map((line) => `  ${line}`).join("\n");
  return new UserError(`not everything of the manifests is ready after ${timeoutMs / 1000} s:\n${lines}`, {
    hint: "containers of busybox images run their own command in a lab; others get servers on the ports that they declare",
  });
}

/** Only kinds that say something about traffic: nobody waits for a lab's Ingress controller, but a policy is missed. */
function skippedWarning(kind: string): readonly Diagnostic[] {
  if (!/Policy|^ReplicationController/.test(kind)) return [];
  return [
    {
      severity: "warning",
      message: `a lab does not play ${kind}: what the manifests say by it is left out of this run`,
    },
  ];
}
