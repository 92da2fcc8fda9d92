import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { scenarioSchema } from "../../src/scenario/json-schema.ts";

const FILE = join(import.meta.dirname, "../../schema/scenario.schema.json");

type Json = null | string | number | boolean | Json[] | { [key: string]: Json };
type Place = { readonly path: string; readonly schema: { [key: string]: Json } };

const isObject = (value: Json | undefined): value is { [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Every schema of a key, with the path to it. */
function properties(schema: Json, path = ""): Place[] {
  if (Array.isArray(schema)) return schema.flatMap((item, index) => properties(item, `${path}/${index}`));
  if (!isObject(schema)) return [];
  return Object.entries(schema).flatMap(([key, value]) => {
    if (key === "examples") return [];
    const inside = properties(value, `${path}/${key}`);
    if (key !== "properties" || !isObject(value)) return inside;
    const own = Object.entries(value).flatMap(([name, one]) =>
      isObject(one) ? [{ path: `${path}/${name}`, schema: one }] : [],
    );
    return [...own, ...inside];
  });
}

/** Every schema of an object that lists its keys. */
function objects(schema: Json): { [key: string]: Json }[] {
  if (Array.isArray(schema)) return schema.flatMap(objects);
  if (!isObject(schema)) return [];
  const own = isObject(schema.properties) && schema.type === "object" ? [schema] : [];
  return [...own, ...Object.values(schema).flatMap(objects)];
}

const schema = JSON.parse(JSON.stringify(scenarioSchema)) as Json;
const keys = properties(schema);

describe("the JSON Schema of scenarios", () => {
  it("stands in schema/ as the program has it", () => {
    const file = JSON.parse(readFileSync(FILE, "utf8"));
    expect(
      file,
      "write scenarioSchema of src/scenario/json-schema.ts into schema/scenario.schema.json",
    ).toEqual(schema);
  });

  it("is draft-07 with its address as id", () => {
    expect(schema).toMatchObject({
      $schema: "http://json-schema.org/draft-07/schema#",
      $id: "https://netverdict.dev/schema/scenario.schema.json",
    });
  });

  it("lets no object have keys that it does not list", () => {
    expect(objects(schema).length).toBeGreaterThan(10);
    expect(objects(schema).filter(({ additionalProperties }) => additionalProperties !== false)).toEqual([]);
  });

  it("describes every key and gives examples", () => {
    expect(keys.length).toBeGreaterThan(40);
    const bare = keys.filter((key) => !key.schema.description || !Array.isArray(key.schema.examples));
    expect(bare.map(({ path }) => path)).toEqual([]);
  });

  it.each(keys)("gives examples of $path that fit", ({ schema: key }) => {
    const validate = new Ajv({ strict: true }).compile(key);
    const examples = key.examples as Json[];
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) expect(validate(example), JSON.stringify(example)).toBe(true);
  });
});
