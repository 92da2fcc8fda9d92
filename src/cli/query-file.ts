import { JsonReader, JsonSyntaxError } from "../manifests/json-reader.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../manifests/json-value.ts";
import type { Protocol } from "../model/kubernetes.ts";
import { UserError } from "../source/errors.ts";
import { createTextFile, positionAt, type TextFile } from "../source/text-file.ts";

/** One query of a file. */
export type QueryEntry =
  | {
      readonly kind: "query";
      /** As it was written, with all keys. */
      readonly written: JsonObject;
      readonly from: string;
      readonly to: string;
      readonly port: number;
      readonly protocol: Protocol;
    }
  | { readonly kind: "malformed"; readonly written: JsonObject; readonly error: string };

/**
 * Reads queries: a JSON array, or one JSON object on each line. What is wrong with one query is an entry of its own.
 * @throws {UserError} where a JSON array is broken.
 */
export function readQueries(path: string, text: string): readonly QueryEntry[] {
  const file = createTextFile(path, text);
  return /^\s*\[/.test(file.text) ? fromArray(file) : fromLines(file);
}

function fromArray(file: TextFile): readonly QueryEntry[] {
  const { path, text } = file;
  let values: JsonValue;
  try {
    values = JSON.parse(text) as JsonValue;
  } catch (error) {
    throw new UserError(`${path}${whereBroken(file)} is no JSON`, {
      hint: 'expected: [{"from": "shop/web", "to": "shop/db", "port": 5432, "protocol": "TCP"}, …], or one object a line',
      cause: error,
    });
  }
  let offsets: readonly number[] | undefined;
  return (Array.isArray(values) ? values : []).map((value: JsonValue, index) =>
    entryOf(value, () => {
      offsets ??= new JsonReader(text, 0).itemOffsets();
      return positionAt(file, offsets[index] ?? 0).line;
    }),
  );
}

function whereBroken(file: TextFile): string {
  try {
    const reader = new JsonReader(file.text, 0);
    reader.value();
    if (reader.atEnd()) return "";
    const { line, column } = positionAt(file, reader.offset);
    return `:${line}:${column}: something follows the list: it`;
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const { line, column } = positionAt(file, error.offset);
    return `:${line}:${column}: ${error.message}: it`;
  }
}

function fromLines({ text }: TextFile): readonly QueryEntry[] {
  const entries: QueryEntry[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    let value: JsonValue;
    try {
      value = JSON.parse(line) as JsonValue;
    } catch {
      entries.push({
        kind: "malformed",
        written: { line: index + 1 },
        error: `line ${index + 1} is no JSON object`,
      });
      continue;
    }
    entries.push(entryOf(value, () => index + 1));
  }
  return entries;
}

function entryOf(value: JsonValue, line: () => number): QueryEntry {
  const malformed = (error: string): QueryEntry => ({
    kind: "malformed",
    written: isJsonObject(value) ? value : { line: line() },
    error: `line ${line()}: ${error}`,
  });
  if (!isJsonObject(value)) return malformed("an object was expected: from, to, port and protocol");
  const { from, to, port, protocol = "TCP" } = value;
  if (typeof from !== "string" || from === "")
    return malformed('"from" must be "namespace/pod" or an address');
  if (typeof to !== "string" || to === "") {
    return malformed('"to" must be "namespace/pod", "namespace/service/name" or an address');
  }
  if (typeof port !== "number" || !Number.isInteger(port) || port < 1 || port > 65_535) {
    return malformed('"port" must be a number from 1 to 65535');
  }
  if (protocol !== "TCP" && protocol !== "UDP" && protocol !== "SCTP") {
    return malformed('"protocol" must be "TCP", "UDP" or "SCTP"');
  }
  return { kind: "query", written: value, from, to, port, protocol };
}
