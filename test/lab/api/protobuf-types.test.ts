import { describe, expect, it } from "vitest";
import { numberedField, protobufType } from "../../../src/lab/api/protobuf-types.ts";
import fields from "../../../src/manifests/kubernetes-fields.json" with { type: "json" };

/** The JSON names of all of a message's fields; 200 is more than any number that is in use. */
function numberedNames(message: string): readonly string[] {
  return Array.from({ length: 200 }, (_, index) => numberedField(message, index + 1)).flatMap((field) => {
    if (field === undefined) return [];
    return "inline" in field ? numberedNames(field.inline) : [field.name];
  });
}

describe("the table of protobuf numbers", () => {
  it("has a number for every field of the field table, which may have got newer ones", () => {
    for (const [name, row] of Object.entries(fields)) {
      const numbered = new Set([...numberedNames(name), "apiVersion", "kind"]);
      expect(
        Object.keys(row).filter((field) => !numbered.has(field)),
        name,
      ).toEqual([]);
    }
  });

  it("knows the type of every field but a status in the kinds that the field table does not have", () => {
    for (const name of [
      "ConfigMap",
      "Event",
      "Eviction",
      "ResourceQuota",
      "RoleBinding",
      "Scale",
      "Secret",
    ]) {
      const numbered = numberedNames(name).filter((field) => field !== "status");
      expect([...(protobufType(name)?.fields.keys() ?? [])].sort(), name).toEqual([...numbered].sort());
    }
  });
});
