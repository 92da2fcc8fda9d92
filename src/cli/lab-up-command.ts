import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { UserError } from "../source/errors.ts";
import type { Commands } from "./command.ts";
import { type Io, write } from "./io.ts";
import { LabFolder } from "./lab-state.ts";
import type { LabUpOptions } from "./lab-up.ts";
import { readManifests } from "./read-manifests.ts";
import { readScenarios } from "./scenario-files.ts";
import { watchSignals } from "./signals.ts";
import { startLabWith } from "./start-lab.ts";

/** What the process in the background tells the one that started it. */
interface Ready {
  readonly kubeconfig: string;
}

export async function labUp({ io, setExitCode }: Commands, options: LabUpOptions): Promise<void> {
  const folder = new LabFolder(io.env);
  const running = folder.read();
  if (running !== undefined) {
    if (options.manifests !== undefined) {
      throw new UserError(`a lab is up already: KUBECONFIG=${running.kubeconfig}`, {
        hint: "kubectl apply the manifests to it, or end it first: netverdict lab down",
      });
    }
    await write(io.stderr, `netverdict: a lab is up already, since ${running.startedAt}\n`);
    await write(io.stdout, `${running.kubeconfig}\n`);
    return;
  }
  if (options.foreground === true) setExitCode(await stayInForeground(io, options, folder));
  else setExitCode(await startInBackground(io, options, folder));
}

async function stayInForeground(io: Io, options: LabUpOptions, folder: LabFolder): Promise<number> {
  const signals = watchSignals({
    write: (text) => void io.stderr.write(text),
    whatStays: () => undefined,
    exit: (code) => process.exit(code),
  });
  try {
    const manifests = await readManifests(options.manifests ?? [], io);
    const scenarios = options.scenario === undefined ? [] : (await readScenarios(options.scenario)).scenarios;
    const { lab, warnings, pods } = await startLabWith(options, {
      manifests,
      scenarios,
      busyboxImages: [options.probeImage],
      timeoutMs: options.startupTimeout,
      signal: signals.signal,
    });
    try {
      folder.write(lab.api.kubeconfig);
      for (const { message } of warnings) await write(io.stderr, `warning: ${message}\n`);
      await write(io.stderr, `netverdict: lab with ${options.nodes} nodes and ${pods} pods is up\n`);
      await announce(io, folder.kubeconfig);
      const interrupted = new Promise<never>((_resolve, reject) => {
        signals.signal.addEventListener("abort", () => reject(signals.signal.reason), { once: true });
      });
      const failure = await Promise.race([lab.ended, interrupted]);
      if (failure !== undefined) throw failure;
      return 0;
    } finally {
      folder.remove();
      await lab.close();
    }
  } finally {
    signals.stop();
  }
}

/** To the process that waits for it, or to the user. */
async function announce(io: Io, kubeconfig: string): Promise<void> {
  if (process.send === undefined) {
    await write(io.stdout, `${kubeconfig}\n`);
    return;
  }
  const ready: Ready = { kubeconfig };
  process.send(ready);
  process.disconnect();
}

async function startInBackground(io: Io, options: LabUpOptions, folder: LabFolder): Promise<number> {
  folder.create();
  const log = openSync(folder.log, "w", 0o600);
  // Standard input only for manifests from there: a process in the background must not hold a terminal.
  const input = options.manifests?.includes("-") === true ? "inherit" : "ignore";
  const child = spawn(
    process.execPath,
    [...process.execArgv, process.argv[1] ?? "", "lab", "up", ...childArguments(options)],
    { detached: true, stdio: [input, "ignore", log, "ipc"] },
  );
  closeSync(log);
  const signals = watchSignals({
    write: (text) => void io.stderr.write(text),
    whatStays: () => `process ${child.pid}`,
    exit: (code) => process.exit(code),
  });
  signals.signal.addEventListener("abort", () => child.kill("SIGTERM"), { once: true });
  const outcome = await new Promise<Ready | number>((resolve) => {
    child.once("message", (message) => resolve(message as Ready));
    child.once("error", () => resolve(2));
    child.once("exit", (code) => resolve(code ?? 2));
  });
  signals.stop();
  const said = readFileSync(folder.log, "utf8");
  if (said !== "") await write(io.stderr, said);
  if (typeof outcome === "number") {
    folder.remove();
    signals.signal.throwIfAborted();
    return outcome;
  }
  child.removeAllListeners();
  if (child.connected) child.disconnect();
  child.unref();
  await write(io.stdout, `${outcome.kubeconfig}\n`);
  return 0;
}

function childArguments(options: LabUpOptions): readonly string[] {
  const { manifests = [], outside = [], scenario = [] } = options;
  return [
    "--foreground",
    "--enforcement",
    options.enforcement,
    "--nodes",
    String(options.nodes),
    "--ip-family",
    options.ipFamily,
    "--startup-timeout",
    `${options.startupTimeout}ms`,
    "--probe-image",
    options.probeImage,
    ...manifests.flatMap((path) => ["--manifests", path]),
    ...outside.flatMap((address) => ["--outside", address]),
    ...scenario.flatMap((path) => ["--scenario", path]),
  ];
}
