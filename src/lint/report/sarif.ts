import type { SourceRange } from "../../source/position.ts";
import type { Finding } from "../finding.ts";
import { RULES, type RuleId } from "../rules.ts";
import type { LintReporter } from "./lint-report.ts";

const LEVELS = { error: "error", warning: "warning", info: "note" } as const;

/** SARIF 2.1.0 (OASIS), as code scanning services read it. */
export const reportSarif: LintReporter = ({ findings }, { version }) => {
  const used = [...new Set(findings.map(({ id }) => id))].sort();
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "netverdict", version, rules: used.map(ruleOf) } },
        columnKind: "utf16CodeUnits",
        results: findings.map((finding) => resultOf(finding, used.indexOf(finding.id))),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
};

function ruleOf(id: RuleId): object {
  const { severity, reason, fix } = RULES[id];
  return {
    id,
    shortDescription: { text: reason },
    help: { text: fix },
    defaultConfiguration: { level: LEVELS[severity] },
  };
}

function resultOf(finding: Finding, ruleIndex: number): object {
  const { id, severity, object, path, text, hint, range, related } = finding;
  const logical = [object, path].filter((part) => part !== "").join(" ");
  return {
    ruleId: id,
    ruleIndex,
    level: LEVELS[severity],
    message: {
      text: `${object === "" ? "" : `${object}: `}${text}${hint === undefined ? "" : ` (${hint})`}`,
    },
    locations: [
      {
        ...(range === undefined ? {} : physical(range)),
        ...(logical === "" ? {} : { logicalLocations: [{ fullyQualifiedName: logical }] }),
      },
    ],
    ...(related === undefined
      ? {}
      : {
          relatedLocations: related.map((place, index) => ({
            id: index + 1,
            message: { text: place.message },
            ...(place.range === undefined ? {} : physical(place.range)),
          })),
        }),
  };
}

function physical({ file, start, end }: SourceRange): object {
  return {
    physicalLocation: {
      artifactLocation: { uri: encodeURI(file.replaceAll("\\", "/")).replace(/[#?]/g, encodeURIComponent) },
      region: {
        startLine: start.line,
        startColumn: start.column,
        endLine: end.line,
        endColumn: end.column,
      },
    },
  };
}
