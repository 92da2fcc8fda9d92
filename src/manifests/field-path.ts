/** Where a field stands in an object: `["spec", "ingress", 0, "from"]`. */
export type FieldPath = readonly (string | number)[];

/** As the API server writes it: `spec.ingress[0].from`; a map's key that is no plain word in brackets. */
export function formatPath(path: FieldPath): string {
  let text = "";
  for (const segment of path) {
    if (typeof segment === "number") text += `[${segment}]`;
    else if (!/^[\w-]+$/.test(segment)) text += `[${segment}]`;
    else text += text === "" ? segment : `.${segment}`;
  }
  return text;
}
