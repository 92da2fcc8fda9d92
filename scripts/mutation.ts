import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A part of a source file that is broken on purpose. */
export interface Mutation {
  /** From the root of the project. */
  readonly file: string;
  /** Stands in it exactly once. */
  readonly original: string;
  readonly mutated: string;
}

/** Does some work in a copy of the project, which has those files and folders of it, and its packages. */
export async function inCopyOfProject<T>(
  parts: readonly string[],
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "netverdict-mutants-"));
  try {
    for (const part of parts) cpSync(part, join(folder, part), { recursive: true });
    symlinkSync(join(process.cwd(), "node_modules"), join(folder, "node_modules"));
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Does some work while a file of the copy is broken; afterwards it is as it was. */
export async function whileMutated<T>(
  folder: string,
  { file, original, mutated }: Mutation,
  work: () => Promise<T>,
): Promise<T> {
  const path = join(folder, file);
  const text = readFileSync(path, "utf8");
  if (text.split(original).length !== 2)
    throw new Error(`${file} does not hold this exactly once: ${original}`);
  writeFileSync(
    path,
    text.replace(original, () => mutated),
  );
  try {
    return await work();
  } finally {
    writeFileSync(path, text);
  }
}
