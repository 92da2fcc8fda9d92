import { Ajv } from "ajv";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Flow } from "../../src/model/scenario.ts";
import { parseFlowArguments } from "../../src/scenario/flow-arguments.ts";
import { scenarioSchema } from "../../src/scenario/json-schema.ts";
import { loadScenarios } from "../../src/scenario/load-scenarios.ts";
import type { Diagnostic } from "../../src/source/diagnostic.ts";
import type { SourceRange } from "../../src/source/position.ts";
import { createTextFile, lineAt, type TextFile } from "../../src/source/text-file.ts";
import { HEADER } from "./scenario-text.ts";

/** Fixed, so that a run that fails can be repeated; any other must pass as well. */
const SEED = 20_260_615;

const ENDPOINTS = `endpoints:
  frontend: {labels: {tier: frontend}, ports: [1]}
  backend: {labels: {tier: backend}, namespace: back, ports: [{name: web, port: 80}, {port: 53, protocol: UDP}]}
  a-0: {workload: sts/a, ports: [2]}
`;

function load(flowNode: string) {
  const file = createTextFile("a.yaml", `${HEADER}${ENDPOINTS}flows:\n  - ${flowNode}\n`);
  return { file, ...loadScenarios([file]) };
}

const oneOf = fc.constantFrom;
const podReference = fc
  .tuple(
    oneOf("", "shop/", "kube-system/"),
    oneOf("pod", "po", "deployment", "deploy", "statefulset", "sts", "daemonset", "ds", "job"),
    oneOf("api", "a.b-c.d0", "should", "x"),
  )
  .map(([namespace, kind, name]) => `${namespace}${kind}/${name}`);
const serviceReference = fc
  .tuple(oneOf("", "shop/"), oneOf("svc", "service"), oneOf("api", "db-0"))
  .map(([namespace, kind, name]) => `${namespace}${kind}/${name}`);
const address = oneOf("192.0.2.1", "[2001:db8::1]", "[::]", "example.com", "a.b-c.example.org.");
const declared = oneOf("frontend", "backend", "a-0");
const portNumber = fc.oneof(fc.integer({ min: 1, max: 65_535 }), oneOf(1, 53, 80, 65_535)).map(String);
const portName = oneOf("web", "http-2", "a", "9p", "abcdefghijklmno");
const protocol = oneOf("TCP", "UDP", "SCTP");

const source = fc.oneof(declared, podReference, address);
const path = oneOf("", "/", "/healthz", "/a/b.c?x=1&y=%20", "/:@~");

interface Target {
  readonly reference: string;
  readonly http?: string;
  readonly port?: string;
  readonly protocol?: string;
}

const target: fc.Arbitrary<Target> = fc.oneof(
  fc.record({ reference: declared }, { noNullPrototype: true }),
  fc.record({ reference: oneOf("dns"), protocol: oneOf("TCP", "UDP") }, { requiredKeys: ["reference"] }),
  serviceReference.map((reference) => ({ reference })),
  fc.record(
    {
      reference: fc.oneof(declared, podReference, serviceReference),
      port: fc.oneof(portNumber, portName),
      protocol,
    },
    { requiredKeys: ["reference", "port"] },
  ),
  fc.record({ reference: address, port: portNumber, protocol }, { requiredKeys: ["reference", "port"] }),
  fc.record({ http: path, reference: fc.oneof(declared, podReference, serviceReference), port: portNumber }),
);

const inUrl = ({ reference, http, port }: Target) => `http://${reference}:${port}${http}`;
const inline = (one: Target) =>
  one.http === undefined
    ? one.reference + (one.port ? `:${one.port}` : "") + (one.protocol ? `/${one.protocol}` : "")
    : inUrl(one);

/** The flow without its place in the file. */
function content(flows: readonly Flow[]): unknown {
  return flows.map(({ range: _range, from, to, ...flow }) => ({
    ...flow,
    from: { ...from, range: undefined },
    to: { ...to, range: undefined },
  }));
}

const errorsOf = ({ diagnostics }: { diagnostics: readonly Diagnostic[] }) =>
  diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message);

describe("the one-line and the object form", () => {
  it("say the same for every flow", () => {
    const arrows = oneOf(" -> ", "->", " → ", "  →");
    fc.assert(
      fc.property(
        source,
        target,
        arrows,
        oneOf("allow", "deny"),
        fc.boolean(),
        (from, to, arrow, expected, apart) => {
          const outcome = expected === "allow" ? "succeed" : "fail";
          const line = load(JSON.stringify(`${from}${arrow}${inline(to)} should ${outcome}`));
          const object = {
            from,
            expect: expected,
            ...(apart && to.http === undefined
              ? {
                  to: to.reference,
                  ...(to.port && { port: /^\d+$/.test(to.port) ? Number(to.port) : to.port }),
                  ...(to.protocol && { protocol: to.protocol }),
                }
              : { to: inline(to) }),
          };
          const same = load(JSON.stringify(object));
          expect(errorsOf(line)).toEqual([]);
          expect(errorsOf(same)).toEqual([]);
          const flows = line.scenarios.flatMap((scenario) => scenario.flows);
          expect(flows.length).toBeGreaterThan(0);
          expect(content(same.scenarios.flatMap((scenario) => scenario.flows))).toEqual(content(flows));
          expect(new Set(flows.map(({ id }) => id)).size).toBe(flows.length);
        },
      ),
      { seed: SEED, numRuns: 300 },
    );
  });

  it("reads back what an id says", () => {
    fc.assert(
      fc.property(podReference, podReference, portNumber, protocol, (from, to, port, suffix) => {
        const flow = load(JSON.stringify(`${from} -> ${to}:${port}/${suffix} should fail`)).scenarios[0]
          ?.flows[0];
        const again = load(JSON.stringify(`${flow?.id} should fail`)).scenarios[0]?.flows[0];
        expect(again?.id).toBe(flow?.id);
      }),
      { seed: SEED, numRuns: 100 },
    );
  });
});

describe("the schema's pattern and the reader", () => {
  const validate = new Ajv({ strict: true }).compile({
    ...(scenarioSchema.properties as { flows: { items: { oneOf: [object, object] } } }).flows.items.oneOf[0],
  });
  const mostly = <Value>(good: fc.Arbitrary<Value>, bad: fc.Arbitrary<Value>) =>
    fc.oneof({ weight: 5, arbitrary: good }, { weight: 1, arbitrary: bad });
  const piece = fc.oneof(
    { weight: 6, arbitrary: fc.oneof(source, target.map(inline), serviceReference) },
    {
      weight: 2,
      arbitrary: oneOf(
        ..."dns pod svc should http https deploy/ /x a/b/c/d deploy/api shop/backend frontend:80 backend/udp".split(
          " ",
        ),
        ..."backend:0 backend:65536 backend:080 backend: backend:-a backend:a--b backend:1a backend:abcdefghijklmnop".split(
          " ",
        ),
        ..."dns:53 dns:54 dns/SCTP svc/x/UDP svc/x:1/UDP 1.2.3.4 1.2.3.4:ssh 1.2.3:80 example.com:web example.com".split(
          " ",
        ),
        ..."http://backend http://backend:80/# http://dns:53 http://1.2.3.4:80 https://backend:443 10.0.0.0/8:1".split(
          " ",
        ),
        ..."a.b.1:80 [::1:80 ::1:80 [x]:80 DEPLOY/api:1 deploy/Api:1 backend:80:81 backend:80/TCP/UDP svc/x/y".split(
          " ",
        ),
      ),
    },
  );
  const line = fc
    .tuple(
      piece,
      mostly(oneOf(" -> ", "->", "→", " → "), oneOf(" ", "=>", " -> frontend -> ", " --> ", " - ")),
      piece,
      mostly(
        oneOf(" should succeed", " should fail", " should  fail "),
        oneOf(" should", "", " should not fail", " fail", " should fail x", "should fail"),
      ),
    )
    .map((parts) => parts.join(""));

  it("accept the same lines", () => {
    let accepted = 0;
    fc.assert(
      fc.property(line, (text) => {
        const read = load(JSON.stringify(text));
        // The names are declared, so that the reader refuses nothing but what the pattern can see.
        const reader = errorsOf(read).length === 0;
        if (reader) accepted += 1;
        expect(validate(text), `${text}: ${errorsOf(read).join(", ")}`).toBe(reader);
      }),
      { seed: SEED, numRuns: 2000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });

  it("take no time to speak of for long hostile lines", () => {
    const hostile = [
      "a".repeat(20_000),
      "a.".repeat(10_000),
      "a-".repeat(10_000),
      "1.".repeat(10_000),
      " ".repeat(20_000),
    ];
    for (const text of hostile) {
      const started = performance.now();
      expect(validate(`${text} -> ${text}`)).toBe(false);
      expect(errorsOf(load(JSON.stringify(`${text} -> ${text}`)))).not.toEqual([]);
      expect(performance.now() - started).toBeLessThan(2000);
    }
  });
});

describe("any text", () => {
  const pieces = oneOf(
    ..."apiVersion: |kind: |metadata: |name: |defaults: |endpoints: |flows: |labels: |from: |to: |expect: ".split(
      "|",
    ),
    ..."netverdict.dev/v1alpha1|Scenario|shop|&a |*a|!!str |!x |? |: |- |[|]|{|}|, |\"|'|>-\n|\\|#|%YAML 1.1\n".split(
      "|",
    ),
    ..."frontend -> backend:80 should fail|→|http://x:1/|1e9|null|0x10|~|<<: |\u0000|\uFEFF|\ud800|日本".split(
      "|",
    ),
    ...[
      "|\n",
      "\n",
      "\n  ",
      "\n    ",
      "\r\n",
      "\t",
      " ",
      "---\n",
      "...\n",
      HEADER,
      ENDPOINTS,
      "flows:\n  - ",
    ],
  );
  const texts = fc.oneof(
    fc.array(pieces, { maxLength: 30 }).map((parts) => parts.join("")),
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.array(pieces, { maxLength: 12 }).map((parts) => `${HEADER}${ENDPOINTS}flows:\n  - ${parts.join("")}`),
  );

  it("gives scenarios or errors, never an exception, and every place lies inside the text", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const file = createTextFile("a.yaml", text);
        const { scenarios, diagnostics } = loadScenarios([file]);
        expect(scenarios.length > 0 || diagnostics.some(({ severity }) => severity === "error")).toBe(true);
        for (const { range, related } of diagnostics) {
          expectInside(range, file);
          for (const place of related ?? []) expectInside(place.range, file);
        }
        for (const { flows, endpoints } of scenarios) {
          for (const { range } of [...flows, ...endpoints]) expectInside(range, file);
        }
      }),
      { seed: SEED, numRuns: 1500 },
    );
  });

  it("is refused or understood as an argument too", () => {
    const words = fc.oneof(fc.string({ unit: "binary", maxLength: 30 }), source, target.map(inline), pieces);
    fc.assert(
      fc.property(words, words, (from, to) => {
        const options = { namespace: "shop", expect: "allow", timeoutMs: 1000 } as const;
        const { scenario, diagnostics, text } = parseFlowArguments(from, to, options);
        expect((scenario === undefined) === diagnostics.length > 0).toBe(true);
        for (const { range } of diagnostics) expectInside(range, text);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});

function expectInside(range: SourceRange | undefined, file: TextFile): void {
  expect(range?.file).toBe(file.path);
  if (range === undefined) return;
  for (const { line, column } of [range.start, range.end]) {
    const text = lineAt(file, line);
    expect(text).toBeDefined();
    expect(column).toBeGreaterThanOrEqual(1);
    expect(column).toBeLessThanOrEqual((text?.length ?? 0) + 2); // the line break is part of its line
  }
  expect(range.end.line * 1e6 + range.end.column).toBeGreaterThanOrEqual(
    range.start.line * 1e6 + range.start.column,
  );
}
