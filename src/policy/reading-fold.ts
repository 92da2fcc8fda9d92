import type { PredictionValue } from "../model/prediction.ts";
import type { KnobName } from "../model/profile.ts";
import type { Choice } from "./choices.ts";
import type { EndView } from "./end-view.ts";
import type { Judgement } from "./judgement.ts";
import { KNOB_INFO } from "./knob-info.ts";
import { foldOutcomes, type Outcome } from "./prediction-fold.ts";

/** What holds under one reading of the open points. */
export interface Reading {
  readonly outcome: Outcome;
  readonly choices: readonly Choice[];
}

interface Folded {
  readonly outcome: Outcome;
  /** The open point that the answer hangs on, and its knob. */
  readonly open: Pick<Judgement, "openPoint" | "knob">;
}

/** What all readings agree on, or an undetermined outcome that names the knob that decides. */
export function foldReadings(readings: readonly Reading[], from: EndView, to: EndView): Folded {
  const [first, ...rest] = readings;
  if (first === undefined) {
    throw new Error("a question was read in no way at all");
  }
  if (rest.every(({ outcome }) => outcome.value === first.outcome.value)) {
    return { outcome: first.outcome, open: {} };
  }
  const knob = decidingKnob(readings, first);
  const { rule } = KNOB_INFO[knob];
  const text = describe(knob, valuesBy(readings, knob), from, to);
  const outcome = foldOutcomes([first.outcome, ...rest.map((reading) => reading.outcome)], () => text, rule);
  return { outcome, open: { openPoint: rule, knob } };
}

/** The first knob, in the order in which they were asked, whose values lead to different answers. */
function decidingKnob(readings: readonly Reading[], first: Reading): KnobName {
  const asked = [...new Set(readings.flatMap(({ choices }) => choices.map(({ knob }) => knob)))];
  const knob =
    asked.find((candidate) => new Set(valuesBy(readings, candidate).values()).size > 1) ??
    first.choices[0]?.knob;
  if (knob === undefined) {
    throw new Error("readings differ although nothing was open");
  }
  return knob;
}

/** What each value of a knob leads to. */
function valuesBy(readings: readonly Reading[], knob: KnobName): ReadonlyMap<string, PredictionValue> {
  const found = new Map<string, PredictionValue>();
  for (const { outcome, choices } of readings) {
    const choice = choices.find((candidate) => candidate.knob === knob);
    if (choice === undefined) {
      continue;
    }
    const known = found.get(choice.value);
    found.set(choice.value, known === undefined || known === outcome.value ? outcome.value : "undetermined");
  }
  return found;
}

function describe(
  knob: KnobName,
  values: ReadonlyMap<string, PredictionValue>,
  from: EndView,
  to: EndView,
): string {
  const info = KNOB_INFO[knob];
  const meanings: Readonly<Record<string, string>> = info.if;
  const cases = [...values].map(([value, answer]) => `${answer} if ${meanings[value]}`);
  return `${about(knob, from, to)}${cases.join(", ")} (${info.rule})`;
}

function about(knob: KnobName, from: EndView, to: EndView): string {
  if (knob !== "hostNetworkPods") {
    return "";
  }
  const names = [from, to].filter(({ pod }) => pod?.spec.hostNetwork === true).map(({ display }) => display);
  return `host-network ${[...new Set(names)].join(" and ")}: `;
}
