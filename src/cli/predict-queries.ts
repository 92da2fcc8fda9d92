import { readFile } from "node:fs/promises";
import Table from "cli-table3";
import { buildEngine } from "../engine/engine.ts";
import type { Profile, ProfileName } from "../model/profile.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { profileOf } from "../policy/profiles.ts";
import { escapeControls } from "../source/display-text.ts";
import { UserError } from "../source/errors.ts";
import { QueryAnswers, type QueryResult } from "./answer-queries.ts";
import type { Io } from "./io.ts";
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
    progress.step("reading the objects");
    const world = await readWorld(options, [], io);
    if (world.diagnostics.some(({ severity }) => severity === "error")) {
      throwOnErrors(world.diagnostics, world.texts);
    }
    progress.step(`answering ${entries.length} queries`);
    const results = answerQueries(entries, world.snapshot, profileOf(options.profile ?? "upstream"));
    progress.close();
    const written = await writePlain(outputs, io, (format) =>
      format === "json" ? queriesToJson(results) : queriesToTable(results),
    );
    return written && !hasErrors(results) ? 0 : 2;
  } finally {
    progress.close();
  }
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
  const table = new Table({
    head: ["FROM", "TO", "PREDICTED", "REASON"],
    style: { head: [], border: [], compact: true, "padding-left": 0, "padding-right": 2 },
    chars: NO_BORDERS,
  });
  for (const result of results) {
    const { from, to, port, protocol = "TCP", prediction } = result;
    const target = to === undefined ? "" : `${text(to)}:${text(port)}/${text(protocol)}`;
    table.push([
      text(from),
      target,
      prediction ?? "error",
      text(result.prediction ? result.reason : result.error),
    ]);
  }
  const errors = results.filter((result) => result.prediction === undefined).length;
  const counts = (["allow", "deny", "undetermined"] as const).map(
    (value) => `${results.filter(({ prediction }) => prediction === value).length} ${value}`,
  );
  const summary = [...counts, ...(errors === 0 ? [] : [`${errors} not answered`])].join(", ");
  return `${table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")}\n${summary}\n`;
}

function text(value: unknown): string {
  return escapeControls(typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value));
}

const NO_BORDERS = Object.fromEntries(
  [
    "top",
    "top-mid",
    "top-left",
    "top-right",
    "bottom",
    "bottom-mid",
    "bottom-left",
    "bottom-right",
    "left",
    "left-mid",
    "mid",
    "mid-mid",
    "right",
    "right-mid",
    "middle",
  ].map((name) => [name, ""]),
);
