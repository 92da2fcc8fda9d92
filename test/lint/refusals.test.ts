import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { lintSnapshot } from "../../src/lint/lint-snapshot.ts";
import { parseManifests } from "../../src/manifests/parse-manifests.ts";
import { REFUSAL_CASES } from "./refusal-cases.ts";

interface Answer {
  readonly errors?: readonly string[];
  readonly warnings?: readonly string[];
}

const ANSWERS: Readonly<Record<string, Answer | undefined>> = JSON.parse(
  readFileSync(new URL("../fixtures/lint/refusal-answers.json", import.meta.url), "utf8"),
);

/** Ours, as the API server writes its lines: refusals of decoding are one line of several. */
function answerOf(text: string): Answer & { readonly decoding?: readonly string[] } {
  const { snapshot, diagnostics } = parseManifests([{ path: "case.json", text }]);
  const decoding = diagnostics.flatMap(({ refusal, message }) =>
    refusal === undefined ? [] : [refusal.code === "missing-field" ? message : refusal.detail],
  );
  const drafts = lintSnapshot(snapshot).filter(({ type }) => type !== "Lint");
  const lines = (wanted: (type: string) => boolean) =>
    drafts.filter(({ type }) => wanted(type)).map((draft) => draft.text);
  const errors = lines((type) => type !== "Warning");
  const warnings = lines((type) => type === "Warning");
  return {
    ...(errors.length === 0 ? {} : { errors }),
    ...(warnings.length === 0 ? {} : { warnings }),
    ...(decoding.length === 0 ? {} : { decoding }),
  };
}

/** A note that the API server adds to the refusals of a custom resource. */
const NOT_ALL_CHECKED = /^<nil>: Invalid value: null: some validation rules were not checked/;
const DECODING = /^\w+ in version "\w+" cannot be handled as a \w+: (?:strict decoding error: )?/;
/** The API server does not look at parts of some objects in a fixed order: maps, and all fields of custom resources. */
const IN_ANY_ORDER = /^(V18|T11|T15) /;

describe("what the API server says, in its own words and order", () => {
  it("has an answer of a real API server for each case, and no other", () => {
    expect(Object.keys(ANSWERS)).toEqual(REFUSAL_CASES.map(({ name }) => name));
  });

  for (const { name, text } of REFUSAL_CASES.filter((each) => !each.name.startsWith("random"))) {
    const answer = ANSWERS[name] ?? {};
    const [first = ""] = answer.errors ?? [];
    if (DECODING.test(first)) {
      it(`can't decode: ${name}`, () => {
        const { decoding = [] } = answerOf(text);
        expect(first).toBe(`${DECODING.exec(first)?.[0]}${decoding.join(", ")}`);
      });
    } else {
      it(`${first === "" ? "takes" : "refuses"}: ${name}`, () => {
        const ours = answerOf(text);
        if (ours.decoding === undefined) expect(comparable(name, ours)).toEqual(comparable(name, answer));
        // What an object can't do without is asked for before the rest of it is looked at.
        else for (const line of ours.decoding) expect(answer.errors).toContain(line);
      });
    }
  }

  it("says the same of 400 random policies, most of them wrong in several ways", () => {
    const cases = REFUSAL_CASES.filter(({ name }) => name.startsWith("random"));
    expect(cases).toHaveLength(400);
    expect(cases.filter(({ name }) => ANSWERS[name]?.errors !== undefined).length).toBeGreaterThan(200);
    for (const { name, text } of cases) {
      expect(comparable(name, answerOf(text)), `${name}: ${text}`).toEqual(
        comparable(name, ANSWERS[name] ?? {}),
      );
    }
  });
});

function comparable(name: string, { errors, warnings, ...rest }: Answer): object {
  const lines = (errors ?? []).filter((line) => !NOT_ALL_CHECKED.test(line));
  return { ...rest, errors: IN_ANY_ORDER.test(name) ? lines.toSorted() : lines, warnings: warnings ?? [] };
}
