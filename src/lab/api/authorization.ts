import type { ResourcePath } from "./resource-path.ts";
import { qualifiedResource } from "./resource-types.ts";
import { type DeniedRight, isDenied, LAB_USER } from "./reviews.ts";
import { StatusError } from "./status-error.ts";

/** RBAC's verb of a request (apiserver, RequestInfo). */
export function verbOf(method: string, path: ResourcePath, query: URLSearchParams): string {
  const collection = path.name === undefined;
  switch (method) {
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "PATCH":
      return "patch";
    case "DELETE":
      return collection ? "deletecollection" : "delete";
    default:
      if (!collection) return "get";
      return isWatch(query) ? "watch" : "list";
  }
}

export function isWatch(query: URLSearchParams): boolean {
  return ["true", "1"].includes(query.get("watch") ?? "");
}

/** 403 where one of `denied` is what the request asks for. `pods/exec` needs `create` whatever the method is. */
export function authorize(path: ResourcePath, verb: string, denied: readonly DeniedRight[]): void {
  if (denied.length === 0) return;
  const { type, subresource, namespace = "", name = "" } = path;
  const resource = subresource === undefined ? type.resource : `${type.resource}/${subresource}`;
  const asked = { group: type.group, resource, namespace, name };
  const verbs = resource === "pods/exec" ? [...new Set([verb, "create"])] : [verb];
  const refused = verbs.find((one) => isDenied({ ...asked, verb: one }, denied));
  if (refused === undefined) return;
  const where = namespace === "" ? "at the cluster scope" : `in the namespace "${namespace}"`;
  const what = `${qualifiedResource(type)}${name === "" ? "" : ` "${name}"`}`;
  throw new StatusError(
    403,
    "Forbidden",
    `${what} is forbidden: User "${LAB_USER.username}" cannot ${refused} resource "${resource}" in API group "${type.group}" ${where}`,
    { ...(name === "" ? {} : { name }), kind: type.resource },
  );
}
