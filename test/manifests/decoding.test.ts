import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { validateSnapshotPolicies } from "../../src/lint/validate-snapshot-policies.ts";
import { parseManifests } from "../../src/manifests/parse-manifests.ts";
import { DECODING_CASES } from "./decoding-cases.ts";

interface Answer {
  readonly object?: unknown;
  readonly refused?: string;
}

interface Answers {
  readonly server: Answer;
  readonly kubectl: Answer;
}

const ANSWERS: Readonly<Record<string, Answers | undefined>> = JSON.parse(
  readFileSync(new URL("../fixtures/manifests/decoding-answers.json", import.meta.url), "utf8"),
);

/** Where we refuse what kubectl sends on, so as not to guess what was meant. */
const STRICTER = new Map([
  ["same key twice", 'duplicate field "spec.podSelector"'],
  ["same key twice in labels", 'duplicate field "spec.podSelector.matchLabels.a"'],
  ["same key twice in JSON", 'duplicate field "spec.podSelector"'],
  [
    "replace then merge",
    'duplicate field "spec.podSelector.matchLabels.a": it is merged here, and stands before',
  ],
  ["label value !custom 5", "YAML: the tag !custom is not known"],
  ["label value ! y", "YAML: the tag ! is not known"],
  ['label value ! "y"', "YAML: the tag ! is not known"],
  ["tag that takes the comma", "YAML: the tag !Ingress is not known"],
]);

/** Refused by the API server's validation of kinds other than NetworkPolicy, which is not ours. */
const NOT_OURS = new Set<string>(["service without ports", "target port as text"]);

function read(text: string) {
  const { snapshot, diagnostics } = parseManifests([{ path: "case.yaml", text }]);
  const objects = [
    ...snapshot.networkPolicies,
    ...snapshot.pods,
    ...snapshot.services,
    ...snapshot.namespaces.filter((namespace) =>
      snapshot.locate({ kind: "Namespace", name: namespace.metadata.name }, []),
    ),
  ];
  return {
    objects,
    refusals: diagnostics.map(({ message }) => message),
    findings: validateSnapshotPolicies(snapshot),
  };
}

/** What the API server fills in or leaves out when it stores an object, done to our reading of it. */
function asStored(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asStored);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(
    ([key, field]) =>
      field !== null &&
      !(Array.isArray(field) && field.length === 0) &&
      key !== "resources" && // quantities are stored in another spelling
      !(["matchLabels", "labels", "annotations"].includes(key) && Object.keys(field as object).length === 0),
  );
  return Object.fromEntries(kept.map(([key, field]) => [key, asStored(field)]));
}

function policyAsStored(object: Record<string, unknown>): unknown {
  const stored = asStored(object) as { spec?: Record<string, unknown> };
  const spec = stored.spec ?? {};
  const types = ["Ingress", ...(spec.egress === undefined ? [] : ["Egress"])];
  return { ...stored, spec: { podSelector: {}, policyTypes: types, ...spec } };
}

function withoutDefaultProtocol(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, field) => {
    if (typeof field !== "object" || field === null || field.protocol !== "TCP") return field;
    const { protocol: _protocol, ...rest } = field;
    return rest;
  });
}

describe("decoding as the API server does it (V15, V17)", () => {
  it("has an answer of a real cluster for each case, and no other", () => {
    expect(Object.keys(ANSWERS)).toEqual(DECODING_CASES.map(({ name }) => name));
  });

  for (const { name, text } of DECODING_CASES) {
    const answer = ANSWERS[name];
    const refused = answer?.kubectl.refused;
    const stricter = STRICTER.get(name);
    if (stricter !== undefined) {
      it(`refuses on purpose what kubectl accepts: ${name}`, () => {
        expect(refused).toBeUndefined();
        expect(read(text).refusals).toEqual([stricter]);
      });
    } else if (refused === undefined) {
      it(`accepts and reads alike: ${name}`, () => {
        const { objects, refusals, findings } = read(text);
        expect(refusals).toEqual([]);
        expect(findings).toEqual([]);
        expect(objects).toHaveLength(1);
        const { name: _, ...metadata } = objects[0]?.metadata ?? { name: "" };
        const ours = (name.startsWith("generated")
          ? { ...objects[0], metadata }
          : objects[0]) as unknown as Record<string, unknown>;
        const theirs = asStored(answer?.kubectl.object);
        if (ours.kind === "NetworkPolicy") {
          expect(withoutDefaultProtocol(policyAsStored(ours))).toEqual(withoutDefaultProtocol(theirs));
        } else {
          expect(withoutDefaultProtocol(theirs)).toMatchObject(asStored(ours) as object);
        }
      });
    } else if (NOT_OURS.has(name)) {
      it(`leaves to the cluster: ${name}`, () => {
        expect(refused).toMatch(/is invalid/);
        expect(read(text).refusals).toEqual([]);
      });
    } else {
      it(`refuses: ${name}`, () => {
        const { refusals, findings } = read(text);
        expect(refusals.length + findings.length, refused).toBeGreaterThan(0);
        // What fails to decode must not get as far as validation.
        if (!refused.includes("is invalid")) expect(refusals.length, refused).toBeGreaterThan(0);
      });
    }
  }
});
