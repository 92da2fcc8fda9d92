import { randomUUID } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A kubeconfig that this process can open and that no folder has: it is gone with the process, however that ends.
 * Linux only, as labs are.
 */
export async function holdKubeconfig(
  text: string,
): Promise<{ readonly path: string; close(): Promise<void> }> {
  const name = join(tmpdir(), `netverdict-${randomUUID()}`);
  const handle = await open(name, "wx+", 0o600);
  await rm(name);
  await handle.writeFile(text);
  return { path: `/proc/self/fd/${handle.fd}`, close: () => handle.close() };
}
