import { readFile } from "node:fs/promises";
import { counted } from "../analysis/counted.ts";
import { readingNotes } from "../analysis/reading-notes.ts";
import { buildEngine } from "../engine/engine.ts";
import type { Profile, ProfileName } from "../model/profile.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { profileOf } from "../policy/profiles.ts";
import { escapeControls } from "../source/display-text.ts";
import { UserError } from "../source/errors.ts";
import { alignedColumns } from "./aligned-columns.ts";
import { QueryAnswers, type QueryResult } from "./answer-queries.ts";
import { type Io, write } from "./io.ts";
import { plainOutputsOf, writePlain } from "./plain-outputs.ts";
import { type QueryEntry, readQueries } from "./query-file.ts";
import { throwOnErrors } from "./scenario-files.ts";
import { createSlowProgress } from "./slow-progress.ts";
import { readWorld, type WorldOptions } from "./world.ts";

interface QueriesOptions extends WorldOptions {
  readonly profile?: ProfileName;
  readonly output?: readonly string[];
  readonly quiet?: boolean;
}

/** `netverdict predict --queries FILE`; returns the exit code: 2 where a query could not be answered. */
export async function predictQueries(
  path: string,
  options: QueriesOptions,
  { verbose }: { readonly verbose?: boolean },
  io: Io,
): Promise<number> {
  if (path === "-" && options.manifests?.includes("-") === true) {
    throw new UserError("--queries and --manifests can't both be read from standard input");
  }
  const outputs = plainOutputsOf(options.output, ["table", "json"]);
  const progress = createSlowProgress(io, { quiet: options.quiet === true, verbose: verbose === true });
  try {
    const entries = await readQueryFile(path, io.stdin);
    const world = await readWorld(options, io, { namespaces: () => namespacesIn(entries), progress });
    if (world.diagnostics.some(({ severity }) => severity === "error")) {
      throwOnErrors(world.diagnostics, world.texts);
    }
    progress.step(`answering ${counted(entries.length, "query", "queries")}`);
    const results = answerQueries(entries, world.snapshot, profileOf(options.profile ?? "upstream"));
    progress.close();
    for (const note of readingNotes(world.snapshot)) {
      await write(io.stderr, `warning: ${escapeControls(note)}\n`);
    }
    const written = await writePlain(outputs, io, (format) =>
      format === "json" ? queriesToJson(results) : queriesToTable(results),
    );
    return written && !hasErrors(results) ? 0 : 2;
  } finally {
    progress.close();
  }
}

/** The namespaces of `namespace/pod` and `namespace/service/name`. */
function namespacesIn(entries: readonly QueryEntry[]): readonly string[] {
  const names = entries.flatMap((entry) =>
    entry.kind === "query" ? [entry.from, entry.to].filter((name) => name.includes("/")) : [],
  );
  return [...new Set(names.map((name) => name.slice(0, name.indexOf("/"))))].filter(isNamespaceName);
}

/** A name is put into the path of a request. */
function isNamespaceName(name: string): boolean {
  return /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name);
}

/** Reads a file of queries, `-` for standard input. @throws {UserError} */
export async function readQueryFile(path: string, stdin: Io["stdin"]): Promise<readonly QueryEntry[]> {
  if (path !== "-") {
    const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
      const what = cause.code === "ENOENT" ? "does not exist" : `can't be read: ${cause.message}`;
      throw new UserError(`${path} ${what}`, {
        hint: "--queries wants a JSON array or one query a line",
        cause,
      });
    });
    return readQueries(path, text);
  }
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk));
  return readQueries("<stdin>", Buffer.concat(chunks).toString("utf8"));
}

export function answerQueries(
  entries: readonly QueryEntry[],
  snapshot: Snapshot,
  profile: Profile,
): readonly QueryResult[] {
  const answers = new QueryAnswers(snapshot, buildEngine(snapshot, { profile }));
  return entries.map((entry) => answers.answer(entry));
}

export function hasErrors(results: readonly QueryResult[]): boolean {
  return results.some((result) => result.prediction === undefined);
}

/** One query a line, so that results can be looked through with line tools. */
export function queriesToJson(results: readonly QueryResult[]): string {
  const lines = results.map((result) => JSON.stringify(result));
  return lines.length === 0 ? '{"results": []}\n' : `{"results": [\n${lines.join(",\n")}\n]}\n`;
}

export function queriesToTable(results: readonly QueryResult[]): string {
  const rows = results.map((result) => {
    const { from, to, port, protocol = "TCP", prediction } = result;
    const target = to === undefined ? "" : `${text(to)}:${text(port)}/${text(protocol)}`;
    const reason = prediction === undefined ? result.error : result.reason;
    return [text(from), target, prediction ?? "error", text(reason)];
  });
  const errors = results.filter((result) => result.prediction === undefined).length;
  const counts = (["allow", "deny", "undetermined"] as const).map(
    (value) => `${results.filter(({ prediction }) => prediction === value).length} ${value}`,
  );
  const summary = [...counts, ...(errors === 0 ? [] : [`${errors} not answered`])].join(", ");
  return `${[...alignedColumns([["FROM", "TO", "PREDICTED", "REASON"], ...rows]), summary].join("\n")}\n`;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value);
}
