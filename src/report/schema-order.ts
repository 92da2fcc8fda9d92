/** The parts of a JSON Schema (draft-07) that say which keys an object has. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly $ref?: string;
  readonly properties?: { readonly [key: string]: Schema };
  readonly items?: Schema;
  readonly definitions?: { readonly [name: string]: Schema };
}

/** A copy of a JSON value, keys in the order of the schema; keys that it does not name come last, by name. */
export function sortKeys(value: unknown, schema: Schema | undefined, root: Schema): unknown {
  const meant = resolve(schema, root);
  if (Array.isArray(value)) return value.map((item) => sortKeys(item, meant?.items, root));
  if (typeof value !== "object" || value === null) return value;
  const order = Object.keys(meant?.properties ?? {});
  const rank = (key: string): number => (order.includes(key) ? order.indexOf(key) : order.length);
  const entries = Object.entries(value).sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return Object.fromEntries(
    entries.map(([key, item]) => [key, sortKeys(item, meant?.properties?.[key], root)]),
  );
}

function resolve(schema: Schema | undefined, root: Schema): Schema | undefined {
  const name = schema?.$ref?.replace("#/definitions/", "");
  return name === undefined ? schema : root.definitions?.[name];
}
