import type { Commands } from "./command.ts";
import { holdKubeconfig } from "./held-kubeconfig.ts";
import type { LabStartOptions } from "./lab-options.ts";
import { type LiveSubject, runLive } from "./live-command.ts";
import type { LiveRunSettings } from "./live-run.ts";
import { readManifests } from "./read-manifests.ts";
import type { LiveOptions } from "./run-options.ts";
import { startLabWith } from "./start-lab.ts";

/** A lab for one run, which ends with it. */
export async function runInLab(
  commands: Commands,
  loaded: LiveSubject,
  options: LiveOptions & LabStartOptions,
  settings: LiveRunSettings,
): Promise<void> {
  const manifests = await readManifests(options.manifests ?? [], commands.io);
  const subject: LiveSubject = {
    ...loaded,
    texts: [...loaded.texts, ...manifests.texts],
    ...(options.manifests === undefined ? {} : { manifests: manifests.snapshot }),
  };
  await runLive(commands, subject, options, settings, async ({ progress, signal }) => {
    progress.step("starting a lab");
    const { lab, warnings, pods } = await startLabWith(options, {
      manifests,
      scenarios: loaded.scenarios,
      busyboxImages: [settings.probeImage],
      timeoutMs: settings.startupMs,
      signal,
    });
    progress.done(`lab: ${options.nodes} nodes, ${pods} pods`);
    const kubeconfig = await holdKubeconfig(lab.api.kubeconfig);
    return {
      kubeconfig: kubeconfig.path,
      warnings,
      failed: new Promise((resolve) => {
        void lab.ended.then((error) => error !== undefined && resolve(error));
      }),
      close: async () => {
        await kubeconfig.close();
        await lab.close();
      },
    };
  });
}
