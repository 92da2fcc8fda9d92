import { describe, expect, it } from "vitest";
import { parseFlowArguments } from "../../src/scenario/flow-arguments.ts";
import { formatDiagnostics } from "../../src/source/code-frame.ts";

const OPTIONS = { namespace: "shop", expect: "allow", timeoutMs: 2000 } as const;

function parse(from: string, target: string) {
  const { scenario, diagnostics, text } = parseFlowArguments(from, target, OPTIONS);
  return {
    scenario,
    diagnostics,
    formatted: formatDiagnostics(diagnostics, [text], { color: false }).split("\n"),
  };
}

describe("parseFlowArguments", () => {
  it("makes one flow of two references", () => {
    const { scenario, diagnostics } = parse("deploy/api", "data/sts/db:5432");
    expect(diagnostics).toEqual([]);
    expect(scenario).toMatchObject({ name: "argument", file: "<argument>" });
    expect(scenario?.flows).toMatchObject([
      {
        id: "shop/deploy/api -> data/sts/db:5432/TCP",
        from: { kind: "workload", namespace: "shop" },
        to: { kind: "workload", namespace: "data" },
        port: 5432,
        expect: "allow",
        timeoutMs: 2000,
        observe: true,
        range: { file: "<argument>", start: { line: 1, column: 1 }, end: { line: 1, column: 28 } },
      },
    ]);
  });

  it("takes labels for a stand-in that may be nobody's", () => {
    const { scenario } = parse("app.kubernetes.io/name=web,app.kubernetes.io/part-of=shop,empty=", "dns/TCP");
    expect(scenario?.flows[0]?.from).toMatchObject({
      kind: "labels",
      namespace: "shop",
      labels: { "app.kubernetes.io/name": "web", "app.kubernetes.io/part-of": "shop", empty: "" },
      hypothetical: true,
      standIn: false,
    });
    expect(scenario?.flows[0]?.id).toBe(
      "shop/app.kubernetes.io/name=web,app.kubernetes.io/part-of=shop,empty= -> dns:53/TCP",
    );
  });

  it.each([
    ["http://svc/api:8080/healthz", { application: { kind: "http", path: "/healthz" }, protocol: "TCP" }],
    ["svc/api", { port: undefined }],
    ["example.com:443", { to: { kind: "host", host: "example.com" } }],
    ["[2001:db8::1]:443", { to: { kind: "ip", ip: "2001:db8::1" } }],
    ["dns", { port: 53, protocol: "UDP", application: { kind: "dns" } }],
  ])("knows the target %s", (target, flow) => {
    expect(parse("pod/x", target).scenario?.flows).toMatchObject([flow]);
  });

  it("points into the words as they were typed", () => {
    const { scenario, formatted } = parse("deploy/api", "sts/db:99999");
    expect(scenario).toBeUndefined();
    expect(formatted).toEqual([
      "<argument>:1:19: error: port 99999 is out of range: a whole number from 1 to 65535",
      "  1 | deploy/api sts/db:99999",
      "    |                   ^^^^^",
    ]);
  });

  it("reports the mistakes of both words", () => {
    const { diagnostics } = parse("tier=front end,app,tier=x,-a=b", "https://svc/api");
    expect(diagnostics.map(({ message, range }) => `${range?.start.column} ${message}`)).toEqual([
      '6 "front end" is not a valid label value',
      '16 "app" is not a label',
      '27 "-a" is not a valid label key',
      "32 https:// is not probed: a connection is enough to see whether the port is open",
    ]);
  });

  it.each([
    ["web", "dns", /unknown endpoint "web"[\s\S]*write KIND\/NAME/],
    ["deploy/api", "backend:80", /unknown endpoint "backend"/],
    ["deploy/api", "deploy/db", /no port[\s\S]*write deploy\/db:PORT/],
    ["svc/api", "dns", /can only be a target/],
    ["a=b,a=c", "dns", /given twice/],
    ["", "", /missing/],
  ])("refuses %j to %j with advice", (from, target, message) => {
    const { scenario, formatted } = parse(from, target);
    expect(scenario).toBeUndefined();
    expect(formatted.join("\n")).toMatch(message);
  });
});
