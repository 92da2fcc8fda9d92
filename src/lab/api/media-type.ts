import { StatusError } from "./status-error.ts";

/** How an object or a list is to be written. */
export type Form = "object" | "table" | "metadata";

/** The first form of an Accept header that the lab can write; 406 where it can write none. */
export function acceptedForm(accept: string | undefined): Form {
  if (accept === undefined || accept.trim() === "") return "object";
  for (const range of accept.split(",")) {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    if (type !== "application/json" && type !== "application/*" && type !== "*/*") continue;
    const as = parameters.find((parameter) => parameter.startsWith("as="))?.slice("as=".length);
    if (as === undefined) return "object";
    if (!parameters.includes("v=v1") || !parameters.includes("g=meta.k8s.io")) continue;
    if (as === "table") return "table";
    if (as === "partialobjectmetadata" || as === "partialobjectmetadatalist") return "metadata";
  }
  throw new StatusError(
    406,
    "NotAcceptable",
    "only the following media types are accepted: application/json",
    {},
  );
}

/** The media type of a body without its parameters; JSON where the header is absent. */
export function contentType(header: string | undefined): string {
  return header?.split(";")[0]?.trim().toLowerCase() || "application/json";
}
