import { isJsonObject, type JsonObject, type JsonValue } from "../../manifests/json-value.ts";
import type { LabObject, ResourceType } from "../model.ts";
import { OTHER_FIELDS } from "./decode-object.ts";
import { applyJsonPatch } from "./json-patch.ts";
import { applyMergePatch } from "./merge-patch.ts";
import { badRequest, StatusError, unsupportedMediaType } from "./status-error.ts";
import { applyStrategicMerge } from "./strategic-merge.ts";

const PATCHES = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
];

export interface Patch {
  readonly mediaType: string;
  readonly text: string;
}

/** The object after a patch, not yet decoded. 415 for a kind of patch that is not known. */
export function patchedObject(
  type: ResourceType,
  current: LabObject,
  { mediaType, text }: Patch,
): JsonObject {
  if (mediaType.startsWith("application/apply-patch")) {
    throw unsupportedMediaType(
      "the lab does not keep field managers, so it has no server-side apply: leave out --server-side",
    );
  }
  if (!PATCHES.includes(mediaType)) {
    throw unsupportedMediaType(
      `the body of the request was in an unknown format - accepted media types include: ${PATCHES.join(", ")}`,
    );
  }
  const patched = asJson(applyPatch(type, current, mediaType, parsePatch(text)));
  if (!isJsonObject(patched)) throw badRequest("the patch leaves no object");
  const { name } = current.metadata;
  const metadata = patched.metadata;
  if (!isJsonObject(metadata) || metadata.name !== name) {
    throw new StatusError(
      422,
      "Invalid",
      `${type.kind} "${name}" is invalid: metadata.name: field is immutable`,
    );
  }
  return patched;
}

function applyPatch(type: ResourceType, current: LabObject, mediaType: string, patch: JsonValue): unknown {
  if (mediaType === "application/json-patch+json") return applyJsonPatch(current, patch);
  if (!isJsonObject(patch)) throw badRequest("a merge patch must be an object");
  if (mediaType === "application/merge-patch+json") return applyMergePatch(current, patch);
  return applyStrategicMerge(type.kind in OTHER_FIELDS ? undefined : type.kind, current, patch);
}

function parsePatch(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(`the patch could not be read as JSON: ${error instanceof Error ? error.message : ""}`);
  }
}

/** Made of a stored object and of a parsed text: all JSON. */
function asJson(value: unknown): JsonValue {
  return value as JsonValue;
}
