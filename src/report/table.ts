import type { FlowReport, RunReport, Verdict } from "../model/report.ts";
import { printDetails } from "./detail.ts";
import { flowDetails } from "./flow-details.ts";
import { flowTable, wideFlowTable } from "./flow-table.ts";
import { createPrinter, type Printer, type Tone } from "./printer.ts";
import type { Reporter, ReportOptions } from "./reporter.ts";
import {
  costText,
  enforcementTexts,
  foreignText,
  notesOn,
  originText,
  problemText,
  repeatText,
  standInProblems,
  summaryText,
  unreadTexts,
  whyUndecided,
} from "./run-facts.ts";
import { counted, verdictTone, verdictWord } from "./words.ts";
import { wrap } from "./wrap.ts";

/** For people: a table, a block for each flow that needs a look, what is to be known of the run, one line of summary. */
export const reportTable: Reporter = (report, options) => tableReport(report, options, flowTable);

/** The same with more columns, however wide they are. */
export const reportWide: Reporter = (report, options) => tableReport(report, options, wideFlowTable);

type TableOf = (report: RunReport, printer: Printer) => string;

function tableReport(report: RunReport, options: ReportOptions, tableOf: TableOf): string {
  const printer = createPrinter(options);
  const sections = [
    ...(report.flows.length === 0 ? [] : [[tableOf(report, printer)]]),
    ...blocks(report, options, printer),
    notes(report, printer),
    skips(report, printer),
    problems(report, printer),
    footer(report, printer, options.verbose),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

const BLOCKS: readonly Verdict[] = ["fail", "inconclusive"];

/** Failures before what could not be decided, each in the order of the scenario. */
function blocks(report: RunReport, options: ReportOptions, printer: Printer): string[][] {
  const verdicts = options.verbose ? [...BLOCKS, "pass"] : BLOCKS;
  return verdicts.flatMap((verdict) =>
    report.flows.filter((flow) => flow.verdict === verdict).map((flow) => block(flow, options, printer)),
  );
}

function block(flow: FlowReport, options: ReportOptions, printer: Printer): string[] {
  const verdict = printer.paint(verdictTone(flow.verdict), verdictWord(flow.verdict));
  return [
    `${verdict}  ${printer.paint("strong", printer.clean(flow.id))}`,
    ...printDetails(flowDetails(flow, options), printer),
  ];
}

function notes({ flows }: RunReport, printer: Printer): string[] {
  const lines = flows.flatMap((flow) =>
    notesOn(flow).flatMap((note) => item(`${flow.id}: ${note}`, printer)),
  );
  return headed("notes", lines, printer);
}

function skips({ flows }: RunReport, printer: Printer): string[] {
  const byReason = new Map<string, number>();
  for (const { verdict, reason } of flows) {
    if (verdict === "skipped") byReason.set(reason, (byReason.get(reason) ?? 0) + 1);
  }
  const lines = [...byReason].flatMap(([reason, count]) =>
    item(`${counted(count, "flow")}: ${reason}`, printer),
  );
  return headed("skipped", lines, printer);
}

function problems(report: RunReport, printer: Printer): string[] {
  const foreign = foreignText(report);
  const lines = [
    ...enforcementTexts(report)
      .filter(({ severity }) => severity === "error")
      .flatMap(({ text }) => item(text, printer, "bad")),
    ...report.problems.flatMap((problem) => [
      ...item(problemText(problem), printer, problem.severity === "error" ? "bad" : "doubt"),
      ...(problem.hint === undefined ? [] : item(`hint: ${problem.hint}`, printer, undefined, "    ")),
    ]),
    ...standInProblems(report).flatMap((text) => item(text, printer, "doubt")),
    ...(foreign === undefined ? [] : item(foreign, printer, "doubt")),
    ...unreadTexts(report.policies.unread).flatMap((text) => item(text, printer, "doubt")),
  ];
  return headed("problems", lines, printer);
}

function footer(report: RunReport, printer: Printer, verbose: boolean): string[] {
  const cost = costText(report);
  const repeat = repeatText(report, verbose);
  const undecided = whyUndecided(report);
  const tone = report.exitCode === 0 ? "good" : report.exitCode === 1 ? "bad" : "doubt";
  return [
    ...plain(originText(report), printer),
    ...enforcementTexts(report)
      .filter(({ severity }) => severity === "fact")
      .flatMap(({ text }) => plain(text, printer)),
    ...(cost === undefined ? [] : plain(cost, printer)),
    ...(repeat === undefined ? [] : plain(repeat, printer)),
    printer.paint(tone, printer.clean(summaryText(report))),
    ...(undecided === undefined ? [] : [printer.paint(tone, printer.clean(undecided))]),
  ];
}

function headed(head: string, lines: readonly string[], printer: Printer): string[] {
  return lines.length === 0 ? [] : [printer.paint("strong", head), ...lines];
}

/** A line of a section, further lines of it set in. */
function item(text: string, printer: Printer, tone?: Tone, indent = "  "): string[] {
  const [first = "", ...rest] = wrap(printer.clean(text), printer.width - indent.length - 2);
  return [
    indent + printer.paint(tone, first),
    ...rest.map((line) => `${indent}  ${printer.paint(tone, line)}`),
  ];
}

function plain(text: string, printer: Printer): string[] {
  return wrap(printer.clean(text), printer.width).map((line) => printer.paint("quiet", line));
}
