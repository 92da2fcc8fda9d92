import type {
  Change,
  ExplainedCase,
  ExplainedDirection,
  ExplainedEnd,
  Explanation,
  TierStep,
} from "../analysis/explanation.ts";
import { type PolicyRef, policyName } from "../model/prediction.ts";
import { type Detail, type DetailLine, printDetails } from "../report/detail.ts";
import { createPrinter, type Printer, type Tone } from "../report/printer.ts";
import { counted, placeOf } from "../report/words.ts";

const SHOWN_ENDS = 3;
const SHOWN_CASES = 6;

/** For people: the answer, then why, direction by direction and tier by tier, then what would change it. */
export function explanationText(
  explanations: readonly Explanation[],
  options: { readonly color: boolean; readonly width: number; readonly ascii: boolean },
): string {
  const printer = createPrinter(options);
  return explanations.map((explanation) => `${block(explanation, printer).join("\n")}\n`).join("\n");
}

function block(explanation: Explanation, printer: Printer): string[] {
  const { flow, answer, reason, cases, notes, profile } = explanation;
  const shown = cases.slice(0, SHOWN_CASES);
  const isSingle = cases.length === 1;
  const lines = [
    `${printer.paint(toneOf(answer), answer)}  ${printer.paint("strong", printer.clean(flow))}`,
    ...(isSingle ? [] : printDetails([detail("reason", [{ text: reason, tone: "strong" }])], printer)),
  ];
  for (const [at, one] of shown.entries()) {
    if (!isSingle) {
      const { value } = one.prediction;
      lines.push("", `${printer.paint("strong", `case ${at + 1}:`)} ${printer.paint(toneOf(value), value)}`);
    }
    lines.push(...printDetails(caseDetails(one), printer));
  }
  if (cases.length > shown.length) {
    lines.push("", printer.paint("quiet", `${cases.length - shown.length} more cases; -o json tells all`));
  }
  if (notes.length > 0) {
    lines.push(
      ...printDetails(
        [
          detail(
            "notes",
            notes.map((text) => ({ text, tone: "doubt" as const })),
          ),
        ],
        printer,
      ),
    );
  }
  if (profile !== "upstream") lines.push(...printDetails([detail("profile", [{ text: profile }])], printer));
  return lines;
}

function toneOf(answer: Explanation["answer"]): Tone {
  return answer === "allow" ? "good" : answer === "deny" ? "bad" : "doubt";
}

function detail(label: string, lines: readonly DetailLine[]): Detail {
  return { label, lines };
}

function caseDetails(one: ExplainedCase): readonly Detail[] {
  const { from, to, port, protocol, service, prediction, egress, ingress, changes } = one;
  const by = service === undefined ? "" : ` behind Service ${service}`;
  const opposite = prediction.value === "allow" ? "to deny" : "to allow";
  return [
    ...(isToldBelow(one) ? [] : [detail("because", [{ text: prediction.reason, tone: "strong" }])]),
    detail("from", [{ text: endsText(from) }]),
    detail("to", [{ text: `${endsText(to)}, ${protocol} ${port}${by}` }]),
    detail("egress", directionLines(egress)),
    detail("ingress", directionLines(ingress)),
    ...(changes.length === 0
      ? []
      : [detail(prediction.value === "undetermined" ? "to decide" : opposite, changes.flatMap(changeLines))]),
  ];
}

/** The reason of the whole is mostly that of its directions. */
function isToldBelow({ prediction, egress, ingress }: ExplainedCase): boolean {
  const told = [egress, ingress].filter(({ tiers }) => tiers.length > 0).map(({ trace }) => trace.reason);
  return prediction.reason.split("; ").every((part) => told.some((reason) => reason.includes(part)));
}

function endsText(ends: readonly ExplainedEnd[]): string {
  const [first] = ends;
  if (ends.length === 1 && first !== undefined) return endText(first);
  const names = ends.slice(0, SHOWN_ENDS).map(({ display }) => display);
  const more = ends.length > names.length ? ` and ${ends.length - names.length} more` : "";
  const what = ends.every(({ labels }) => labels !== undefined)
    ? counted(ends.length, "pod")
    : `${ends.length} ends`;
  return `${what}: ${names.join(", ")}${more}`;
}

function endText({ display, labels }: ExplainedEnd): string {
  const entries = Object.entries(labels ?? {});
  if (entries.length === 0 || display.includes("{")) return display;
  return `${display} (${entries.map(([key, value]) => `${key}=${value}`).join(", ")})`;
}

function directionLines({ trace, tiers }: ExplainedDirection): DetailLine[] {
  if (tiers.length === 0) return [{ text: `${trace.value}: no pod at this end, so no policy judges here` }];
  const { value, reason, nearest, allowedBy, deniedBy } = trace;
  const sub = (text: string): DetailLine => ({ text, kind: "sub" });
  return [
    { text: `${value}: ${reason}`, tone: value === "allow" ? "good" : value === "deny" ? "bad" : "doubt" },
    ...tiers.filter(({ policies }) => policies.length > 0).flatMap((step) => tierLines(step).map(sub)),
    ...(allowedBy === undefined ? [] : [sub(`rule: ${refText(allowedBy)}`)]),
    ...(deniedBy === undefined ? [] : [sub(`rule: ${refText(deniedBy)}`)]),
    ...(value === "allow" || nearest === undefined
      ? []
      : [
          sub(`nearest rule: ${refText(nearest.rule)}`),
          sub(`it misses by: ${nearest.text}${placeText(nearest.condition)}`),
        ]),
  ];
}

const SHOWN_POLICIES = 6;

function tierLines({ tier, policies, matched, outcome }: TierStep): readonly string[] {
  const said = outcome === "decides" ? "" : ` (${outcome})`;
  const head = tier === "NetworkPolicy" ? `isolated by${said}` : `${tier} tier${said}`;
  const [only] = policies;
  const shown = policies.slice(0, SHOWN_POLICIES).map((ref) => `- ${refText(ref)}`);
  const more = policies.length - shown.length;
  const list =
    policies.length === 1 && only !== undefined
      ? [`${head}: ${refText(only)}`]
      : [`${head}:`, ...shown, ...(more > 0 ? [`- and ${more} more`] : [])];
  const passed = matched
    .filter(({ action }) => action === "Pass")
    .map(
      ({ rule, ruleName }) =>
        `passed on by: ${refText(rule)}${ruleName === undefined ? "" : ` "${ruleName}"`}`,
    );
  return [...list, ...passed];
}

function changeLines({ kind, text, at, rule }: Change): DetailLine[] {
  // The nearest rule's condition stands above.
  if (kind === "condition") {
    return [{ text: `${text.split(": ").slice(0, 2).join(": ")}${at === undefined ? "" : placeText(at)}` }];
  }
  return [
    { text: `${text}${at === undefined ? "" : placeText(at)}` },
    ...(rule ?? "")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => ({ text: line, kind: "raw" as const })),
  ];
}

/** `spec.ingress[0] of shop/database (policies.yaml:105)` */
function refText(ref: PolicyRef): string {
  const policy = policyName(ref);
  const rule = ref.path === undefined ? policy : `${ref.path} of ${policy}`;
  return ref.position === undefined ? rule : `${rule} (${placeOf(ref.position)})`;
}

function placeText({ path, position }: PolicyRef): string {
  if (position !== undefined) return ` (${placeOf(position)})`;
  return path === undefined ? "" : ` (${path})`;
}
