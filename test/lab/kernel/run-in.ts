import { buffer } from "node:stream/consumers";
import type { LabKernel, SandboxSpec, StartOptions } from "../../../src/lab/model.ts";

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

/** Runs a command in a sandbox to its end. */
export async function runIn(
  kernel: LabKernel,
  key: string,
  command: readonly string[],
  options: StartOptions & { readonly input?: string | Buffer } = {},
): Promise<Ran> {
  const start = performance.now();
  const process = kernel.start(key, command, options);
  process.stdin.end(options.input ?? "");
  const [stdout, stderr, code] = await Promise.all([
    buffer(process.stdout),
    buffer(process.stderr),
    process.exit,
  ]);
  return { code, stdout: String(stdout), stderr: String(stderr), ms: performance.now() - start };
}

export function sh(kernel: LabKernel, key: string, script: string): Promise<Ran> {
  return runIn(kernel, key, ["sh", "-c", script]);
}

/** Until a command in a sandbox succeeds. */
export async function eventually(kernel: LabKernel, key: string, script: string): Promise<void> {
  const end = performance.now() + 5_000;
  for (;;) {
    const ran = await sh(kernel, key, script);
    if (ran.code === 0) return;
    if (performance.now() > end) throw new Error(`never: ${script}: ${ran.stderr}`);
  }
}

/** `key`, with 10.0.0.N and fd00::N. */
export function spec(key: string, last: number, more: Partial<SandboxSpec> = {}): SandboxSpec {
  return { key, hostname: key, addresses: [`10.0.0.${last}`, `fd00::${last.toString(16)}`], ...more };
}
