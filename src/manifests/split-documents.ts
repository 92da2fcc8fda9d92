import { JsonReader, JsonSyntaxError } from "./json-reader.ts";
import type { PlaceFinder, RawDocument, Span, TextProblem } from "./raw-document.ts";
import { type RecentTrees, readYamlDocument } from "./yaml-document.ts";

/**
 * The documents of a text, as kubectl takes it apart (k8s.io/apimachinery util/yaml decoder.go): JSON values one after
 * another where it begins with "{", else YAML documents between lines that begin with "---". A text that turns out to
 * be no JSON before its second value is read as YAML. YAML documents that hold nothing are left out.
 */
export function splitDocuments(text: string, recent: RecentTrees): readonly RawDocument[] {
  if (!/^\s*\{/.test(text)) return yamlDocuments(text, 0, recent);
  const json = jsonDocuments(text);
  if (json.broken === undefined) return json.documents;
  if (json.documents.length > 1) return [...json.documents, json.broken];
  const yaml = yamlDocuments(text, json.end, recent);
  const unreadable = yaml.some((document) => document.value === undefined);
  // Of two complaints the one about what was most likely meant.
  if (unreadable && /^\s*\{\s*"/.test(text)) return [...json.documents, json.broken];
  return [...json.documents, ...yaml];
}

interface JsonStream {
  readonly documents: readonly RawDocument[];
  /** Where the last whole value ends. */
  readonly end: number;
  /** Says what is wrong with what follows. */
  readonly broken: RawDocument | undefined;
}

function jsonDocuments(text: string): JsonStream {
  const documents: RawDocument[] = [];
  let end = 0;
  let reader = new JsonReader(text, 0);
  try {
    while (!reader.atEnd()) {
      const start = reader.offset;
      const value = reader.value();
      end = reader.offset;
      const problems = reader.problems;
      documents.push({
        value: problems.length === 0 ? value : undefined,
        problems,
        place: jsonPlaces(text, start),
      });
      reader = new JsonReader(text, end);
    }
    return { documents, end, broken: undefined };
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const span = { start: error.offset, end: error.offset + 1 };
    return { documents, end, broken: unreadable({ span, message: `JSON: ${error.message}` }) };
  }
}

/** Finds fields in the JSON value at `start`. Where the items of a list stand is looked up once only. */
function jsonPlaces(text: string, start: number): PlaceFinder {
  let itemOffsets: readonly number[] | undefined;
  return (path) => {
    const [field, index] = path;
    if (field === "items" && typeof index === "number") {
      itemOffsets ??= offsetsOfItems(text, start);
      const offset = itemOffsets[index];
      if (offset !== undefined) {
        const place = new JsonReader(text, offset).place(path.slice(2));
        return { ...place, depth: place.depth + 2 };
      }
    }
    return new JsonReader(text, start).place(path);
  };
}

function offsetsOfItems(text: string, start: number): readonly number[] {
  const { value, depth } = new JsonReader(text, start).place(["items"]);
  return depth === 1 ? new JsonReader(text, value.start).itemOffsets() : [];
}

function yamlDocuments(text: string, from: number, recent: RecentTrees): readonly RawDocument[] {
  const documents: RawDocument[] = [];
  const add = (span: Span) => {
    const document = readYamlDocument(text, span, recent);
    if (document.value !== null) documents.push(document);
  };
  let start = from;
  for (const separator of text.slice(from).matchAll(/^---(.*)$/gm)) {
    const at = from + separator.index;
    add({ start, end: at });
    start = at + separator[0].length;
    const rest = (separator[1] ?? "").trim();
    if (rest !== "" && !rest.startsWith("#")) {
      documents.push(
        unreadable({
          span: { start: at, end: start },
          message: `invalid Yaml document separator: ${rest}`,
          hint: 'a line that begins with "---" may hold a comment, nothing else',
        }),
      );
    }
  }
  add({ start, end: text.length });
  return documents;
}

function unreadable(problem: TextProblem): RawDocument {
  return {
    value: undefined,
    problems: [problem],
    place: () => ({ key: undefined, value: problem.span, depth: 0 }),
  };
}
