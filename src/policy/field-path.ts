/** Where a field stands in an object: `["spec", "ingress", 0, "from", 1]`. */
export type FieldPath = readonly (string | number)[];

/** `spec.ingress[0].from[1]`; a key that is no plain word is quoted: `matchLabels["app.kubernetes.io/name"]`. */
export function formatPath(path: FieldPath): string {
  let text = "";
  for (const segment of path) {
    if (typeof segment === "number") {
      text += `[${segment}]`;
    } else if (/^[\w-]+$/.test(segment)) {
      text += text === "" ? segment : `.${segment}`;
    } else {
      text += `[${JSON.stringify(segment)}]`;
    }
  }
  return text;
}
