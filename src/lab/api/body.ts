import type { JsonObject } from "../../manifests/json-value.ts";
import { type FieldValidation, parseJson } from "./decode-object.ts";
import type { Exchange } from "./exchange.ts";
import { contentType } from "./media-type.ts";
import { PROTOBUF, readProtobufBody } from "./protobuf-body.ts";
import { unsupportedMediaType } from "./status-error.ts";

export interface ObjectBody {
  readonly object: JsonObject;
  /** Keys that stood twice, as the API server tells of them; only looked for where it is `Strict`. */
  readonly duplicates: readonly string[];
}

/** The object that a request carries; an empty body is an empty object. 415 where it is neither JSON nor protobuf. */
export async function readObjectBody(
  exchange: Exchange,
  validation: FieldValidation = "Ignore",
): Promise<ObjectBody> {
  const mediaType = contentType(exchange.request.headers["content-type"]);
  const bytes = await exchange.readBody();
  if (bytes.length === 0) return { object: {}, duplicates: [] };
  if (mediaType === PROTOBUF) return { object: readProtobufBody(bytes), duplicates: [] };
  if (mediaType === "application/json") return parseJson(bytes.toString("utf8"), validation);
  throw unsupportedMediaType(
    `the body of the request was in an unknown format (${mediaType}) - accepted media types include: application/json, ${PROTOBUF}`,
  );
}
