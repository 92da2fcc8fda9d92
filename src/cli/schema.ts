import { Argument } from "commander";
import diffSchema from "../../schema/diff.schema.json" with { type: "json" };
import explanationSchema from "../../schema/explanation.schema.json" with { type: "json" };
import matrixSchema from "../../schema/matrix.schema.json" with { type: "json" };
import reportSchema from "../../schema/report.schema.json" with { type: "json" };
import scenarioSchema from "../../schema/scenario.schema.json" with { type: "json" };
import type { Commands } from "./command.ts";
import { write } from "./io.ts";

const SCHEMAS: Readonly<Record<string, object>> = {
  scenario: scenarioSchema,
  report: reportSchema,
  explain: explanationSchema,
  matrix: matrixSchema,
  diff: diffSchema,
};

/** `netverdict schema NAME`: the JSON Schema (draft-07) of an input or output. */
export function addSchemaCommand({ program, io }: Commands): void {
  program
    .command("schema")
    .description("print the JSON Schema (draft-07) of a file format, for editors and checks")
    .addArgument(new Argument("<name>", "which one").choices(Object.keys(SCHEMAS)))
    .action(async (name: string) => {
      await write(io.stdout, `${JSON.stringify(SCHEMAS[name], null, 2)}\n`);
    });
}
