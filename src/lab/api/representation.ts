import type { LabObject, ResourceType } from "../model.ts";
import type { Form } from "./media-type.ts";
import { apiVersionOf } from "./resource-types.ts";
import { columnsOf } from "./table-columns.ts";

const META = "meta.k8s.io/v1";

export interface ListMetadata {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

/** How objects and lists of a kind are written in the form that the client accepts. */
export class Representation {
  readonly #type: ResourceType;
  readonly #form: Form;
  /** What each row of a table carries (`includeObject`). */
  readonly #include: string;
  readonly #now: number;

  constructor(
    type: ResourceType,
    form: Form,
    options: { readonly include?: string | null; readonly now: number },
  ) {
    this.#type = type;
    this.#form = form;
    this.#include = options.include || "Metadata";
    this.#now = options.now;
  }

  object(object: LabObject): unknown {
    switch (this.#form) {
      case "object":
        return object;
      case "metadata":
        return partial(object);
      case "table":
        return this.#table([object], { resourceVersion: object.metadata.resourceVersion });
    }
  }

  list(objects: readonly LabObject[], metadata: ListMetadata): unknown {
    switch (this.#form) {
      case "object":
        return {
          kind: `${this.#type.kind}List`,
          apiVersion: apiVersionOf(this.#type),
          metadata,
          items: objects,
        };
      case "metadata":
        return { kind: "PartialObjectMetadataList", apiVersion: META, metadata, items: objects.map(partial) };
      case "table":
        return this.#table(objects, metadata);
    }
  }

  /** For a watch: nothing but a version. */
  bookmark(resourceVersion: string, annotations: Readonly<Record<string, string>>): unknown {
    const marked = Object.keys(annotations).length > 0 ? { annotations } : {};
    const metadata = { resourceVersion, creationTimestamp: null, ...marked };
    const empty = { kind: this.#type.kind, apiVersion: apiVersionOf(this.#type), metadata };
    switch (this.#form) {
      case "object":
        return empty;
      case "metadata":
        return { kind: "PartialObjectMetadata", apiVersion: META, metadata };
      case "table":
        return {
          kind: "Table",
          apiVersion: META,
          metadata: { resourceVersion },
          columnDefinitions: null,
          rows: [{ cells: [], object: { ...empty, kind: "PartialObjectMetadata", apiVersion: META } }],
        };
    }
  }

  #table(objects: readonly LabObject[], metadata: ListMetadata): unknown {
    const columns = columnsOf(this.#type);
    const now = this.#now;
    return {
      kind: "Table",
      apiVersion: META,
      metadata,
      columnDefinitions: columns.map(({ name, wide }) => ({
        name,
        type: "string",
        format: name === "Name" ? "name" : "",
        description: "",
        priority: wide ? 1 : 0,
      })),
      rows: objects.map((object) => ({
        cells: columns.map(({ cell }) => cell(object, now)),
        ...this.#rowObject(object),
      })),
    };
  }

  #rowObject(object: LabObject): object {
    if (this.#include === "None") return {};
    return { object: this.#include === "Object" ? object : partial(object) };
  }
}

function partial({ metadata }: LabObject): unknown {
  return { kind: "PartialObjectMetadata", apiVersion: META, metadata };
}
