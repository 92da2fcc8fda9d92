import Table from "cli-table3";
import type { FlowReport, RunReport } from "../model/report.ts";
import { shortDuration } from "./duration.ts";
import { bracketed } from "./flow-details.ts";
import { columnsOf, type Printer, type Tone } from "./printer.ts";
import { shortenFlow } from "./shorten.ts";
import {
  decidingTarget,
  observationWord,
  placeOf,
  predictionTone,
  verdictTone,
  verdictWord,
} from "./words.ts";

interface Cell {
  readonly text: string;
  readonly tone?: Tone;
}

interface Column {
  readonly head: string;
  cell(flow: FlowReport): Cell;
}

const GAP = 2;
/** A flow that is shortened more than this is hard to recognise. */
const MIN_FLOW_COLUMNS = 24;

const NONE: Cell = { text: "-", tone: "quiet" };

const EXPECT: Column = { head: "EXPECT", cell: ({ expected }) => ({ text: expected }) };
const OBSERVED: Column = {
  head: "OBSERVED",
  cell: (flow) =>
    flow.observed === null
      ? NONE
      : { text: observationWord(flow.observed, decidingTarget(flow)?.durationMs) },
};
const OBSERVED_WIDE: Column = {
  head: "OBSERVED",
  cell: ({ observed, ...flow }) => {
    if (observed === null) return NONE;
    const durationMs = decidingTarget({ observed, ...flow })?.durationMs;
    return { text: durationMs === undefined ? observed : `${observed} ${shortDuration(durationMs)}` };
  },
};
const PREDICTED: Column = {
  head: "PREDICTED",
  cell: (flow) => toned(flow.predicted, predictionTone(flow.predicted, flow)),
};
const VERDICT: Column = {
  head: "VERDICT",
  cell: ({ verdict }) => ({ text: verdictWord(verdict), tone: verdictTone(verdict) }),
};
const SOURCE_NODE: Column = {
  head: "SOURCE-NODE",
  cell: (flow) => orNone(decidingTarget(flow)?.source?.node),
};
const TARGET_NODE: Column = {
  head: "TARGET-NODE",
  cell: (flow) => orNone(decidingTarget(flow)?.pod?.node),
};
const ADDRESS: Column = {
  head: "ADDRESS",
  cell: (flow) => {
    const target = decidingTarget(flow);
    return orNone(target?.address && `${bracketed(target.address)}:${target.port}`);
  },
};
const REASON: Column = {
  head: "WHY-PREDICTED",
  cell: (flow) => orNone(decidingTarget(flow)?.prediction.reason),
};

function toned(text: string, tone: Tone | undefined): Cell {
  return tone === undefined ? { text } : { text, tone };
}

function orNone(text: string | undefined): Cell {
  return text === undefined ? NONE : { text };
}

/** One line a flow, none longer than the terminal as far as a flow can be told from its shortened name. */
export function flowTable(report: RunReport, printer: Printer): string {
  const columns =
    report.mode === "predict" ? [EXPECT, PREDICTED, VERDICT] : [EXPECT, OBSERVED, PREDICTED, VERDICT];
  const rest = cellsOf(report.flows, columns, printer);
  const ids = report.flows.map(({ id }) => printer.clean(id));
  const places = report.flows.map((flow) => placeCell(flow, printer));
  const taken = columns.map(({ head }, column) =>
    widest([head, ...rest.map((row) => row[column]?.text ?? "")]),
  );
  const room = printer.width - taken.reduce((sum, width) => sum + GAP + width, 0);
  const longest = Math.max(widest(ids), "FLOW".length);
  // The place is in the block below, too: a whole flow comes first.
  const placed = longest + GAP + widest(places) <= room;
  const flows = ids.map((id) =>
    placed ? id : shortenFlow(id, Math.max(room, MIN_FLOW_COLUMNS), printer.glyphs.cut),
  );
  const rows = rest.map((row, index) => [
    { text: flows[index] ?? "" },
    ...row,
    ...(placed ? [{ text: places[index] ?? "", tone: "quiet" as const }] : []),
  ]);
  return draw(["FLOW", ...columns.map(({ head }) => head), ...(placed ? [""] : [])], rows, printer);
}

/** One line a flow with everything that fits no terminal: nodes, address, why predicted; never shortened. */
export function wideFlowTable(report: RunReport, printer: Printer): string {
  const flow: Column = { head: "FLOW", cell: ({ id }) => ({ text: id }) };
  const place: Column = { head: "AT", cell: ({ position }) => ({ text: placeOf(position) }) };
  const columns =
    report.mode === "predict"
      ? [flow, EXPECT, PREDICTED, VERDICT, place, REASON]
      : [flow, EXPECT, OBSERVED_WIDE, PREDICTED, VERDICT, SOURCE_NODE, TARGET_NODE, ADDRESS, place, REASON];
  const heads = columns.map(({ head }) => head);
  return draw(heads, cellsOf(report.flows, columns, printer), printer);
}

function cellsOf(flows: readonly FlowReport[], columns: readonly Column[], printer: Printer): Cell[][] {
  return flows.map((flow) =>
    columns.map(({ cell }) => {
      const { text, tone } = cell(flow);
      return toned(printer.clean(text), tone);
    }),
  );
}

function placeCell(flow: FlowReport, printer: Printer): string {
  return flow.verdict === "pass" ? "" : printer.clean(placeOf(flow.position));
}

function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, columnsOf(text)), 0);
}

const NO_BORDERS = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "",
};

/** The library's time grows with the square of a table's rows. */
const ROWS_AT_ONCE = 200;

/** Texts whose width nobody disputes: names of Kubernetes objects, and our own glyphs. */
const PLAIN = /^[\x20-\x7e…→]*$/;

/** The library colours heads and borders even in a pipe unless both are told not to. */
function draw(heads: readonly string[], rows: readonly (readonly Cell[])[], printer: Printer): string {
  const widths = heads.map((head, column) => widest([head, ...rows.map((row) => row[column]?.text ?? "")]));
  const painted = [
    heads.map((head) => printer.paint("strong", head)),
    ...rows.map((row) => row.map(({ text, tone }) => printer.paint(text === "" ? undefined : tone, text))),
  ];
  const inParts = rows.every((row) => row.every(({ text }) => PLAIN.test(text)));
  const size = inParts ? ROWS_AT_ONCE : painted.length;
  const lines: string[] = [];
  for (let from = 0; from < painted.length; from += size) {
    const table = new Table({
      chars: NO_BORDERS,
      style: { head: [], border: [], "padding-left": 0, "padding-right": GAP, compact: true },
      colWidths: inParts ? widths.map((width) => width + GAP) : [],
    });
    table.push(...painted.slice(from, from + size));
    lines.push(...table.toString().split("\n"));
  }
  return lines.map((line) => line.trimEnd()).join("\n");
}
