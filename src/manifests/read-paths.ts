import { isUtf8 } from "node:buffer";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Diagnostic } from "../source/diagnostic.ts";
import { UserError } from "../source/errors.ts";
import type { ManifestText } from "./manifest-file.ts";

const EXTENSION = /\.(?:yaml|yml|json|ndjson)$/;

/**
 * Reads the texts that manifests are in, in the order of the paths, each file once:
 * - a file, whatever its name;
 * - a directory: all `.yaml`, `.yml`, `.json` and `.ndjson` files in it and below it, in the order of their paths. What
 *   begins with a dot is left out (`.github`, and the `..data` of a mounted ConfigMap), links to directories too.
 * - `-`: standard input.
 *
 * @throws {UserError} with all paths that are missing, can't be read, are no UTF-8, or are directories without manifests.
 */
export async function readPaths(
  paths: readonly string[],
  stdin: AsyncIterable<Uint8Array | string>,
): Promise<readonly ManifestText[]> {
  const texts: ManifestText[] = [];
  const problems: Diagnostic[] = [];
  const seen = new Set<string>();
  const add = async (path: string, identity: string, bytes: () => Promise<Uint8Array>) => {
    if (seen.has(identity)) return;
    seen.add(identity);
    texts.push(textOf(path, await bytes()));
  };
  const tryAll = async (path: string, read: () => Promise<void>) => {
    try {
      await read();
    } catch (error) {
      problems.push(problemOf(path, error));
    }
  };

  for (const path of paths) {
    await tryAll(path, async () => {
      if (path === "-") return add("<stdin>", "-", () => readStream(stdin));
      if (!(await stat(path)).isDirectory()) return add(path, await realpath(path), () => readFile(path));
      const files = await filesBelow(path);
      if (files.length === 0) throw new EmptyDirectory();
      for (const file of files) {
        await tryAll(file, async () => add(file, await realpath(file), () => readFile(file)));
      }
    });
  }
  const [first, ...others] = problems;
  if (first === undefined) return texts;
  throw new UserError(others.length === 0 ? first.message : `${problems.length} paths can't be read`, {
    ...(first.hint === undefined || others.length > 0 ? {} : { hint: first.hint }),
    ...(others.length > 0 ? { diagnostics: problems } : {}),
  });
}

class EmptyDirectory extends Error {}

async function filesBelow(directory: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.name.startsWith(".")) continue;
    const path = join(directory, entry.name);
    if (entry.isDirectory()) {
      found.push(...(await filesBelow(path)));
    } else if (EXTENSION.test(entry.name)) {
      // A link that leads nowhere is kept, so that reading it says so.
      const target = entry.isSymbolicLink() ? await stat(path).catch(() => undefined) : entry;
      if (target === undefined || target.isFile()) found.push(path);
    }
  }
  // By code units: the same order on every machine.
  return found.sort((a, b) => (a < b ? -1 : 1));
}

async function readStream(stream: AsyncIterable<Uint8Array | string>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
  return Buffer.concat(chunks);
}

/** Strings of V8 end at 512 MiB; long before that a text is read in pieces. */
const BIG_BYTES = 256 * 1024 * 1024;

function textOf(path: string, bytes: Uint8Array): ManifestText {
  if (bytes.length < BIG_BYTES) return { path, text: decodeText(bytes) };
  if (!isUtf8(bytes)) throw new NoUtf8();
  return { path, text: "", bytes };
}

class NoUtf8 extends Error {
  readonly code = "ERR_ENCODING_INVALID_ENCODED_DATA";
}

function decodeText(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}

function problemOf(path: string, error: unknown): Diagnostic {
  const failed = error instanceof Error && "path" in error ? String(error.path) : path;
  const name = path === "-" ? "standard input" : failed;
  const problem = (message: string, hint?: string): Diagnostic => ({
    severity: "error",
    message,
    ...(hint === undefined ? {} : { hint }),
  });
  if (error instanceof EmptyDirectory) {
    return problem(
      `${name} holds no manifests`,
      "a directory is searched for .yaml, .yml, .json and .ndjson files; give the files themselves if they have other names",
    );
  }
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "ENOENT":
      return problem(
        `${name} does not exist`,
        "give files or directories with manifests, or - for standard input",
      );
    case "ENOTDIR":
      return problem(`${name} does not exist: a part of the path is no directory`);
    case "EACCES":
    case "EPERM":
      return problem(
        `${name} can't be read: permission denied`,
        "check the permissions of the file and its directories",
      );
    case "ERR_FS_FILE_TOO_LARGE":
      return problem(`${name} is larger than 2 GiB`, "give it in several files");
    case "ERR_ENCODING_INVALID_ENCODED_DATA":
      return problem(`${name} is no UTF-8 text`, "save it as UTF-8");
    default:
      return problem(`${name} can't be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
