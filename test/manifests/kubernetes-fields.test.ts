import { describe, expect, it } from "vitest";
import { kubernetesFields } from "../../scripts/generate-kubernetes-fields.ts";
import { objectType } from "../../src/manifests/field-types.ts";
import table from "../../src/manifests/kubernetes-fields.json" with { type: "json" };

describe("the table of fields", () => {
  it("is what the generator makes of the client library's models", () => {
    expect(table).toEqual(kubernetesFields());
  });

  it("names only types that it holds", () => {
    for (const name of Object.keys(table)) expect(objectType(name).fields.size, name).toBeGreaterThan(0);
  });

  it("refuses the name of a type that it does not hold", () => {
    expect(() => objectType("Unheard")).toThrow("the field table has no type Unheard");
  });
});
