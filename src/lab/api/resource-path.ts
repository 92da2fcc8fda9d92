import type { ResourceType } from "../model.ts";
import { resourceType } from "./resource-types.ts";

/** What a path of the API is about. */
export interface ResourcePath {
  readonly type: ResourceType;
  /** Absent: of all namespaces, or a kind without. */
  readonly namespace?: string;
  /** Absent: the collection. */
  readonly name?: string;
  /** `status`, `exec` … */
  readonly subresource?: string;
}

/** Subresources of namespaces, which stand where kinds stand below other namespaces. */
const OF_NAMESPACES: ReadonlySet<string> = new Set(["status", "finalize"]);

/** Reads `/api/v1/…` and `/apis/GROUP/VERSION/…`; undefined where nothing of the lab is there. */
export function parseResourcePath(path: string): ResourcePath | undefined {
  const segments = path.split("/").slice(1).map(decode);
  if (segments.some((segment) => segment === undefined || segment === "")) return undefined;
  const [root, ...rest] = segments as readonly string[];
  const group = root === "api" ? "" : root === "apis" ? rest.shift() : undefined;
  const version = rest.shift();
  if (group === undefined || version === undefined || rest[0] === undefined) return undefined;

  let namespace: string | undefined;
  const [, ofNamespace, below] = rest;
  if (rest[0] === "namespaces" && ofNamespace !== undefined && below !== undefined) {
    if (!(group === "" && rest.length === 3 && OF_NAMESPACES.has(below))) {
      namespace = ofNamespace;
      rest.splice(0, 2);
    }
  }
  const [resource = "", name, subresource, more] = rest;
  const type = resourceType(resource);
  if (type === undefined || type.group !== group || type.version !== version || more !== undefined) {
    return undefined;
  }
  if (namespace !== undefined && !type.namespaced) return undefined;
  // A namespaced object has no path without its namespace.
  if (type.namespaced && namespace === undefined && name !== undefined) return undefined;
  return {
    type,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
