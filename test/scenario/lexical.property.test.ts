import { Ajv } from "ajv";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scenarioSchema } from "../../src/scenario/json-schema.ts";
import { loadScenarios } from "../../src/scenario/load-scenarios.ts";
import { createTextFile } from "../../src/source/text-file.ts";

const validate = new Ajv({ strict: true }).compile(scenarioSchema);

/** A scenario with one value, or one key, in a place whose form is checked. */
function scenarioWith(
  place: Partial<Record<string, unknown>>,
  endpoint: object,
  names: { key?: string } = {},
): object {
  const key = names.key ?? "x";
  return {
    apiVersion: "netverdict.dev/v1alpha1",
    kind: "Scenario",
    metadata: { name: place.name ?? "shop" },
    defaults: { namespace: place.namespace ?? "shop", timeout: place.timeout ?? "2s" },
    endpoints: { [key]: endpoint },
    flows: [{ from: "deploy/a", to: "deploy/b", port: place.port ?? 80, expect: "deny" }],
  };
}

const PLACES: Readonly<Record<string, (text: string) => object>> = {
  "scenario name": (name) => scenarioWith({ name }, { pod: "a" }),
  namespace: (namespace) => scenarioWith({ namespace }, { pod: "a" }),
  timeout: (timeout) => scenarioWith({ timeout }, { pod: "a" }),
  port: (port) => scenarioWith({ port }, { pod: "a" }),
  "endpoint name": (key) => scenarioWith({}, { pod: "a" }, { key }),
  pod: (pod) => scenarioWith({}, { pod }),
  service: (service) => scenarioWith({}, { service }),
  workload: (workload) => scenarioWith({}, { workload }),
  ip: (ip) => scenarioWith({}, { ip }),
  host: (host) => scenarioWith({}, { host }),
  cidr: (cidr) => scenarioWith({}, { cidr }),
  "label key": (key) => scenarioWith({}, { labels: { [key]: "" } }),
  "label value": (value) => scenarioWith({}, { labels: { a: value } }),
  "port name": (name) => scenarioWith({}, { ip: "10.0.0.1", ports: [{ name, port: 1 }] }),
};

/** Near misses: words of the format with something put in, taken out or repeated. */
const words = fc.constantFrom(
  ..."shop a-b 1m 60s 61s 99ms 100ms 60000ms 60001ms 1.5s 2m web http-2 80 0 deploy/api ds/a.b job dns svc".split(
    " ",
  ),
  ..."10.0.0.1 10.0.0.0/8 10.0.0.0/33 1.2.3.256 2001:db8::1 ::/0 example.com a.b. app.kubernetes.io/name a/b/c A_b.c x_ 1".split(
    " ",
  ),
  ...[
    "a".repeat(15),
    "a".repeat(16),
    "a".repeat(63),
    "a".repeat(64),
    `${"a".repeat(63)}.b`,
    "a.".repeat(127),
    "",
  ],
);
const bits = fc.constantFrom("-", ".", "_", "/", ":", " ", "A", "z", "0", "9", "é", "\n", "--", "..");
const texts = fc.oneof(
  words,
  fc.tuple(words, bits, fc.nat(20)).map(([word, bit, at]) => word.slice(0, at) + bit + word.slice(at)),
  fc.tuple(words, fc.nat(20)).map(([word, at]) => word.slice(0, at) + word.slice(at + 1)),
  fc.tuple(words, bits, words).map((parts) => parts.join("")),
);

describe("the schema and the reader", () => {
  it.each(Object.keys(PLACES))("accept the same texts as %s", (place) => {
    const counts = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(texts, (text) => {
        const scenario = PLACES[place]?.(text) ?? {};
        const { diagnostics } = loadScenarios([createTextFile("a.yaml", JSON.stringify(scenario))]);
        const errors = diagnostics.filter(({ severity }) => severity === "error");
        // Arithmetic on addresses is beyond a pattern.
        if (errors.some(({ message }) => message.includes("bits set beyond"))) return;
        counts[errors.length === 0 ? "accepted" : "refused"] += 1;
        expect(validate(scenario), `${JSON.stringify(text)}: ${errors[0]?.message}`).toBe(
          errors.length === 0,
        );
      }),
      { seed: 20_260_615, numRuns: 800 },
    );
    expect(counts.accepted).toBeGreaterThan(3);
    expect(counts.refused).toBeGreaterThan(3);
  });
});
