import { InvalidArgumentError, Option } from "commander";

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `500ms`, `20s`, `5m`, `1h`, or `0`: milliseconds. */
export function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  const unit = UNITS[match?.[2] ?? ""];
  if (text === "0") return 0;
  if (match?.[1] === undefined || unit === undefined) {
    throw new InvalidArgumentError("Expected a time such as 500ms, 20s, 5m or 1h.");
  }
  return Math.round(Number(match[1]) * unit);
}

/** An option that takes a duration of at least `minimumMs`; `fallback` is written as a user would, such as `20s`. */
export function durationOption(
  flags: string,
  description: string,
  { fallback, minimumMs = 0 }: { readonly fallback: string; readonly minimumMs?: number },
): Option {
  return new Option(flags, description)
    .argParser(durationFrom(minimumMs))
    .default(duration(fallback), fallback);
}

function durationFrom(minimumMs: number): (text: string) => number {
  return (text) => {
    const ms = duration(text);
    if (ms < minimumMs) throw new InvalidArgumentError(`Expected at least ${minimumMs / 1000}s.`);
    return ms;
  };
}

/** A whole number from 1 on. */
export function count(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1) throw new InvalidArgumentError("Expected a whole number from 1 on.");
  return value;
}

/** A whole number from 0 on. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError("Expected a whole number such as 0 or 2.");
  return Number(text);
}

/** For options that may be given several times. */
export function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}
