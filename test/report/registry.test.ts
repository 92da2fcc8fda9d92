import { describe, expect, it } from "vitest";
import { OUTPUT_FORMATS, parseOutputs, renderReport } from "../../src/report/registry.ts";
import { SMALL } from "./rich-report.ts";

describe("-o FORMAT[=FILE]", () => {
  it("is a table on standard output where nothing is asked for", () => {
    expect(parseOutputs([])).toEqual({ outputs: [{ format: "table" }] });
  });

  it("takes one format for standard output and others for files", () => {
    expect(parseOutputs(["json", "junit=out/junit.xml", "json=copy.json"])).toEqual({
      outputs: [
        { format: "json" },
        { format: "junit", file: "out/junit.xml" },
        { format: "json", file: "copy.json" },
      ],
    });
  });

  it("keeps a table on standard output beside files, so that a log says how the run ended", () => {
    expect(parseOutputs(["junit=junit.xml"])).toEqual({
      outputs: [{ format: "table" }, { format: "junit", file: "junit.xml" }],
    });
  });

  it("prints nothing on standard output where the table itself goes to a file", () => {
    expect(parseOutputs(["wide=report.txt"])).toEqual({ outputs: [{ format: "wide", file: "report.txt" }] });
  });

  it("takes - for standard output, and = inside a file name", () => {
    expect(parseOutputs(["json=-", "junit=a=b.xml"])).toEqual({
      outputs: [{ format: "json" }, { format: "junit", file: "a=b.xml" }],
    });
  });

  it.each([
    ["jsno", 'unknown output format "jsno"; did you mean "json"? (formats: table, wide, json, junit)'],
    ["sarif=x", 'unknown output format "sarif" (formats: table, wide, json, junit)'],
    ["", 'unknown output format "" (formats: table, wide, json, junit)'],
    ["json=", '"-o json=" names no file after the "="'],
  ])("refuses %j", (value, message) => {
    expect(parseOutputs([value])).toEqual({ errors: [message] });
  });

  it("refuses two formats on standard output", () => {
    expect(parseOutputs(["table", "json=-"])).toEqual({
      errors: [
        "only one format can go to standard output: -o table and -o json=-; send one to a file: -o json=FILE",
      ],
    });
  });

  it("refuses two outputs to one file, however it is written", () => {
    expect(parseOutputs(["json=out/a", "junit=./out//a"])).toEqual({
      errors: ["two outputs cannot go to one file: -o json=out/a and -o junit=./out//a"],
    });
  });

  it("says all mistakes at once", () => {
    expect(parseOutputs(["tabel", "json="])).toMatchObject({
      errors: [expect.anything(), expect.anything()],
    });
  });
});

describe("the formats", () => {
  it.each(OUTPUT_FORMATS)("%s is loaded on demand and ends with one line break", async (format) => {
    const text = await renderReport(format, SMALL, {
      color: false,
      width: 100,
      ascii: false,
      verbose: false,
    });
    expect(text).toMatch(/[^\n]\n$/);
  });
});
