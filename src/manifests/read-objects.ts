import type { SourceRange } from "../source/position.ts";
import { decodeObject, type FieldProblem } from "./decode.ts";
import type { FieldPath } from "./field-path.ts";
import { describeValue, isJsonObject, type JsonObject, type JsonValue } from "./json-value.ts";
import { decideKind, type ReadKind } from "./kinds.ts";
import type { ManifestFile } from "./manifest-file.ts";
import type { Place, PlaceFinder } from "./raw-document.ts";
import type { ManifestDiagnostic, ObjectName, Refusal } from "./refusal.ts";
import { RecentTrees } from "./yaml-document.ts";

/** Where an object stands: in a document, below `path` (in an item of a List). */
export class ObjectSource {
  readonly #file: ManifestFile;
  readonly #place: PlaceFinder;
  readonly #path: FieldPath;

  constructor(file: ManifestFile, place: PlaceFinder, path: FieldPath) {
    this.#file = file;
    this.#place = place;
    this.#path = path;
  }

  item(index: number): ObjectSource {
    return new ObjectSource(this.#file, this.#place, [...this.#path, "items", index]);
  }

  /** The stretch of a field's value. */
  valueRange(path: FieldPath): SourceRange {
    return this.#file.range(this.#at(path).value);
  }

  /** The stretch of a field's name; of its value where it has none. Fields that do not exist: what is around them. */
  keyRange(path: FieldPath): SourceRange {
    const place = this.#at(path);
    return this.#file.range(place.key ?? place.value);
  }

  valueText(path: FieldPath): string {
    return this.#file.textOf(this.#at(path).value);
  }

  #at(path: FieldPath): Place {
    return this.#place([...this.#path, ...path]);
  }
}

/** An object of a kind that we read, decoded; its namespace is not yet filled in. */
export interface ReadObject {
  readonly kind: ReadKind;
  readonly namespaced: boolean;
  readonly object: JsonObject;
  readonly source: ObjectSource;
}

export interface ReadObjects {
  readonly objects: readonly ReadObject[];
  /** Group and kind of each object of a policy kind that we do not read. */
  readonly foreign: readonly { readonly group: string; readonly kind: string }[];
  readonly diagnostics: readonly ManifestDiagnostic[];
}

/** All objects of all documents, lists taken apart; each mistake is reported and its object left out. */
export function readObjects(files: readonly ManifestFile[]): ReadObjects {
  const collector = new Collector();
  const recent = new RecentTrees();
  for (const file of files) {
    for (const document of file.eachDocument(recent)) {
      for (const { span, message, duplicate, hint } of document.problems) {
        const refusal: Refusal =
          duplicate === undefined
            ? { code: "unreadable-document", detail: message }
            : { code: "duplicate-field", path: duplicate, detail: message };
        collector.error(message, file.range(span), { refusal, hint });
      }
      if (document.value === undefined) continue;
      collector.add(document.value, new ObjectSource(file, document.place, []), undefined);
    }
  }
  return collector;
}

/** What the items of a `PodList` are where they do not say it. */
interface ItemType {
  readonly apiVersion: string;
  readonly kind: string;
}

class Collector implements ReadObjects {
  readonly objects: ReadObject[] = [];
  readonly foreign: { group: string; kind: string }[] = [];
  readonly diagnostics: ManifestDiagnostic[] = [];

  error(
    message: string,
    range: SourceRange,
    {
      refusal,
      object,
      hint,
    }: { readonly refusal: Refusal; readonly object?: ObjectName; readonly hint?: string | undefined },
  ): void {
    this.diagnostics.push({
      severity: "error",
      message,
      range,
      refusal,
      ...(object === undefined ? {} : { object }),
      ...(hint === undefined ? {} : { hint }),
    });
  }

  add(value: JsonValue, source: ObjectSource, itemType: ItemType | undefined): void {
    if (!isJsonObject(value)) {
      const what = value === "" ? "nothing" : describeValue(value);
      const message = `a Kubernetes object was expected, not ${what}`;
      const refusal: Refusal = { code: "unreadable-document", detail: message };
      this.error(message, source.valueRange([]), { refusal });
      return;
    }
    const kind = value.kind ?? itemType?.kind;
    const apiVersion = value.apiVersion ?? itemType?.apiVersion;
    if (!isWord(kind)) this.#missing("kind", value.kind, source);
    else if (!isWord(apiVersion)) this.#missing("apiVersion", value.apiVersion, source);
    else if (isList(kind, value)) this.#addItems(value.items ?? [], apiVersion, kind, source);
    else this.#addObject({ ...value, apiVersion, kind }, apiVersion, kind, source);
  }

  #missing(field: "kind" | "apiVersion", value: JsonValue | undefined, source: ObjectSource): void {
    const name = field === "kind" ? "Kind" : "apiVersion";
    if (value === undefined || value === null || value === "") {
      const hint = "give only files with Kubernetes objects; build a Helm chart or a kustomization first";
      const message = `Object '${name}' is missing`;
      const refusal: Refusal = { code: "missing-field", path: field, detail: message };
      this.error(message, source.valueRange([]), { refusal, hint });
    } else {
      const message = `${field}: must be a string, not ${describeValue(value)}`;
      const refusal: Refusal = { code: "wrong-type", path: field, detail: message };
      this.error(message, source.valueRange([field]), { refusal });
    }
  }

  #addItems(items: JsonValue, apiVersion: string, kind: string, source: ObjectSource): void {
    if (!Array.isArray(items)) return;
    const itemKind = kind.slice(0, -"List".length);
    const itemType = itemKind === "" ? undefined : { apiVersion, kind: itemKind };
    for (const [index, item] of items.entries()) this.add(item, source.item(index), itemType);
  }

  #addObject(value: JsonObject, apiVersion: string, kind: string, source: ObjectSource): void {
    const decision = decideKind(apiVersion, kind);
    switch (decision.decision) {
      case "ignore":
        return;
      case "foreign-policy":
        this.foreign.push({ group: decision.group, kind: decision.kind });
        return;
      case "refuse":
        this.error(decision.message, source.valueRange([decision.at]), {
          refusal: { code: "unknown-kind", path: decision.at, detail: decision.message },
          object: nameOf(kind, value),
          hint: decision.hint,
        });
        return;
      case "read": {
        const decoded = decodeObject(decision.kind, value);
        const name = nameOf(kind, value, decision.namespaced);
        for (const problem of decoded.problems) this.#fieldProblem(problem, name, source);
        if (decoded.problems.length > 0) return;
        this.objects.push({
          kind: decision.kind,
          namespaced: decision.namespaced,
          object: decoded.object,
          source,
        });
      }
    }
  }

  #fieldProblem(problem: FieldProblem, object: ObjectName, source: ObjectSource): void {
    const range = problem.at === "key" ? source.keyRange(problem.path) : source.valueRange(problem.path);
    this.error(problem.message, range, {
      refusal: problem.refusal,
      object,
      hint: problem.hint ?? (problem.unquoted ? quotingHint(source, problem.path) : undefined),
    });
  }
}

/** YAML 1.1 reads more words as booleans and numbers than people think: shows what they wrote, in quotes. */
function quotingHint(source: ObjectSource, path: FieldPath): string {
  const text = source.valueText(path);
  return text.startsWith("*") ? "quote the value that the anchor stands at" : `quote it: "${text}"`;
}

/** An object whose fields nobody has checked. */
function nameOf(kind: string, value: JsonObject, namespaced = false): ObjectName {
  const metadata = isJsonObject(value.metadata) ? value.metadata : {};
  const namespace = isWord(metadata.namespace) ? metadata.namespace : namespaced ? "default" : undefined;
  return {
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    ...(isWord(metadata.name) ? { name: metadata.name } : {}),
  };
}

function isWord(value: JsonValue | undefined): value is string {
  return typeof value === "string" && value !== "";
}

/** As kubectl decides it: by the kind's name and a list of items (apimachinery unstructured.IsList). */
function isList(kind: string, value: JsonObject): boolean {
  return (
    kind.endsWith("List") &&
    (Array.isArray(value.items) || (kind === "List" && (value.items ?? null) === null))
  );
}
