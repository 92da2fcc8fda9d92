import { describe, expect, it } from "vitest";
import { HEADER, loadTexts, loadValid } from "./scenario-text.ts";

describe("loadScenarios", () => {
  it("reads a flow into a record with everything spelled out", () => {
    const { flows } = loadValid(`defaults: {namespace: shop, timeout: 500ms}
endpoints:
  frontend: {labels: {tier: frontend}}
  database:
    labels: {tier: database}
    namespace: data
    standIn: true
    replicas: 2
    ports: [{name: http-admin, port: 8080}, {name: postgres, port: 5432}]
flows:
  - frontend -> database:postgres should fail
`);
    const range = (line: number, start: number, end: number) => ({
      file: "shop.yaml",
      start: { line, column: start },
      end: { line, column: end },
    });
    expect(flows).toEqual([
      {
        id: "shop/frontend -> data/database:postgres/TCP",
        scenario: "shop",
        from: {
          kind: "labels",
          name: "frontend",
          range: range(6, 3, 11),
          namespace: "shop",
          labels: { tier: "frontend" },
          ports: [],
          standIn: false,
          hypothetical: false,
        },
        to: {
          kind: "labels",
          name: "database",
          range: range(7, 3, 11),
          namespace: "data",
          labels: { tier: "database" },
          ports: [
            { name: "http-admin", port: 8080, protocol: "TCP", serve: "http" },
            { name: "postgres", port: 5432, protocol: "TCP", serve: "tcp" },
          ],
          standIn: true,
          hypothetical: false,
          replicas: 2,
        },
        port: "postgres",
        protocol: "TCP",
        application: { kind: "connect" },
        expect: "deny",
        timeoutMs: 500,
        unreachableIsFine: false,
        observe: true,
        range: range(14, 5, 46),
      },
    ]);
  });

  it("reads every option of the object form", () => {
    const { flows } = loadValid(`flows:
  - from: deploy/api
    to: 192.0.2.1:53/UDP
    expect: allow
    name: a title
    timeout: 1m
    send: "\\x00ping"
    unreachableIsFine: true
    observe: false
`);
    expect(flows).toMatchObject([
      {
        port: 53,
        protocol: "UDP",
        expect: "allow",
        name: "a title",
        timeoutMs: 60_000,
        send: "\u0000ping",
        unreachableIsFine: true,
        observe: false,
        range: { start: { line: 5, column: 5 }, end: { line: 12, column: 19 } },
      },
    ]);
  });

  it("makes endpoints of references in place, each once, after the declared ones", () => {
    const { endpoints, flows } = loadValid(
      `defaults: {namespace: shop}
endpoints:
  web: {labels: {app: web}}
flows:
  - deploy/api -> data/sts/db:5432 should succeed
  - web -> deploy/api:80 should fail
  - deploy/api -> dns should succeed
  - deploy/api -> "[2001:db8::1]:443 should fail
`.replace('"[', "["),
    );
    expect(endpoints.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      "labels web",
      "workload deploy/api",
      "workload data/sts/db",
      "dns dns",
      "ip [2001:db8::1]",
    ]);
    expect(endpoints[1]).toMatchObject({ namespace: "shop", workload: { kind: "Deployment", name: "api" } });
    expect(endpoints[2]).toMatchObject({ namespace: "data", workload: { kind: "StatefulSet", name: "db" } });
    expect(endpoints[4]).toMatchObject({ ip: "2001:db8::1", range: { start: { line: 11, column: 19 } } });
    expect(flows[1]?.to).toBe(flows[0]?.from);
  });

  it.each([
    ["po/x:1", { kind: "pod", pod: "x" }],
    ["pod/x:1", { kind: "pod", pod: "x" }],
    ["deployment/x:1", { kind: "workload", workload: { kind: "Deployment", name: "x" } }],
    ["deploy/x:1", { kind: "workload", workload: { kind: "Deployment", name: "x" } }],
    ["statefulset/x:1", { kind: "workload", workload: { kind: "StatefulSet", name: "x" } }],
    ["sts/x:1", { kind: "workload", workload: { kind: "StatefulSet", name: "x" } }],
    ["daemonset/x:1", { kind: "workload", workload: { kind: "DaemonSet", name: "x" } }],
    ["ds/x:1", { kind: "workload", workload: { kind: "DaemonSet", name: "x" } }],
    ["job/x:1", { kind: "workload", workload: { kind: "Job", name: "x" } }],
    ["service/x:1", { kind: "service", service: "x" }],
    ["svc/x:1", { kind: "service", service: "x" }],
    ["x.example.com:1", { kind: "host", host: "x.example.com" }],
    ["192.0.2.1:1", { kind: "ip", ip: "192.0.2.1" }],
  ])("knows %s", (target, endpoint) => {
    const { flows } = loadValid(`flows: ["deploy/a -> ${target} should fail"]\n`);
    expect(flows[0]?.to).toMatchObject(endpoint);
  });

  it("takes every port of a Service where the flow names none", () => {
    const { flows } = loadValid("flows: [deploy/a -> svc/db should fail]\n");
    expect(flows).toMatchObject([{ id: "default/deploy/a -> default/svc/db:*", port: undefined }]);
  });

  it("takes the protocol of the declared port of that number or name, TCP where both are declared", () => {
    const { flows } = loadValid(`endpoints:
  a: {labels: {app: a}}
  b: {labels: {app: b}, ports: [{name: log, port: 514, protocol: UDP}, {port: 53, protocol: UDP}, 53]}
flows:
  - a -> b:514 should fail
  - a -> b:log should fail
  - a -> b:53 should fail
  - a -> b:514/TCP should fail
  - a -> b:99 should fail
`);
    expect(flows.map(({ port, protocol }) => `${port}/${protocol}`)).toEqual([
      "514/UDP",
      "log/UDP",
      "53/TCP",
      "514/TCP",
      "99/TCP",
    ]);
  });

  it("reports the mistakes of all files at once, in the order of the files and their lines", () => {
    const { scenarios, messages } = loadTexts({
      "z.yaml": `${HEADER}endpoints:
  a: {labels: {app: 1}, replica: 2}
  b: {cidr: 10.0.0.0}
flows:
  - c -> a:70000 shuold fail
  - {from: svc/x, to: nowhere:80, expect: maybe}
  - a -> b:80 should fail
`,
      "a.yaml": "",
      "m.yaml": `${HEADER.replace("shop", "other")}flows: [deploy/a -> dns should succeed]\n`,
    });
    expect(messages).toEqual([
      "z.yaml:5:21: error: the value of a label must be a text, not the number 1",
      'z.yaml:5:25: error: unknown key "replica" in an endpoint',
      'z.yaml:6:13: error: "10.0.0.0" is not a CIDR range',
      "z.yaml:8:12: error: port 70000 is out of range: a whole number from 1 to 65535",
      'z.yaml:8:18: error: expected "should" after the target, not "shuold"',
      'z.yaml:9:43: error: "expect" must be allow or deny, not the text "maybe"',
      "a.yaml:1:1: error: empty file: there is no scenario in it",
    ]);
    expect(scenarios.map(({ name }) => name)).toEqual(["other"]);
  });

  it("looks up both ends of a flow, whichever is wrong", () => {
    const { messages } = loadTexts({ "a.yaml": `${HEADER}flows: [x -> y:80 should fail]\n` });
    expect(messages).toEqual([
      'a.yaml:4:9: error: unknown endpoint "x"',
      'a.yaml:4:14: error: unknown endpoint "y"',
    ]);
  });

  it("does not call an endpoint unknown or unused because its definition has a mistake", () => {
    const { messages } = loadTexts({
      "a.yaml": `${HEADER}endpoints: {a: {ip: nonsense!}}\nflows: [a -> dns should fail]\n`,
    });
    expect(messages).toEqual(['a.yaml:4:21: error: "nonsense!" is not an IP address']);
  });

  it("refuses two scenarios of one name in different files and points at both", () => {
    const text = `${HEADER}flows: [deploy/a -> dns should fail]\n`;
    const { scenarios, diagnostics } = loadTexts({ "a.yaml": text, "b.yaml": text });
    expect(scenarios).toHaveLength(1);
    expect(diagnostics).toMatchObject([
      {
        message: 'two scenarios are named "shop"',
        range: { file: "b.yaml", start: { line: 3, column: 18 } },
        related: [{ range: { file: "a.yaml", start: { line: 3, column: 18 } } }],
      },
    ]);
  });

  it("gives no scenarios and no diagnostics for no files", () => {
    expect(loadTexts({})).toMatchObject({ scenarios: [], diagnostics: [] });
  });

  it("points into the folded text as a whole, since its parts have no place of their own", () => {
    const { diagnostics } = loadTexts({
      "a.yaml": `${HEADER}flows:\n  - "deploy/a\n    -> dns:1 should fail"\n`,
    });
    expect(diagnostics[0]?.range).toMatchObject({
      start: { line: 5, column: 6 },
      end: { line: 6, column: 25 },
    });
  });
});

describe("flow ids", () => {
  it("carry the scenario's name where two scenarios hold the same id", () => {
    const { scenarios } = loadTexts({
      "a.yaml": `${HEADER}flows: [deploy/a -> dns should fail, deploy/b -> dns should fail]\n`,
      "b.yaml": `${HEADER.replace("shop", "other")}flows: [deploy/a -> dns should succeed]\n`,
    });
    expect(scenarios.flatMap(({ flows }) => flows.map(({ id }) => id))).toEqual([
      "default/deploy/a -> dns:53/UDP (shop)",
      "default/deploy/b -> dns:53/UDP",
      "default/deploy/a -> dns:53/UDP (other)",
    ]);
  });

  it("are numbered where one scenario sends different bytes to the same port", () => {
    const { flows } = loadValid(`flows:
  - {from: deploy/a, to: deploy/b:53/UDP, expect: allow, send: one}
  - {from: deploy/a, to: deploy/b:53/UDP, expect: allow, send: two}
`);
    expect(flows.map(({ id }) => id)).toEqual([
      "default/deploy/a -> default/deploy/b:53/UDP",
      "default/deploy/a -> default/deploy/b:53/UDP #2",
    ]);
  });

  it("name the namespace of labels whose keys hold slashes", () => {
    const { flows } = loadValid("flows: [shop/deploy/a -> http://shop/svc/b:80/x should fail]\n");
    expect(flows[0]?.id).toBe("shop/deploy/a -> http://shop/svc/b:80/x");
  });
});

describe("repeated flows", () => {
  const load = (flows: string) =>
    loadTexts({
      "a.yaml": `${HEADER}endpoints: {a: {labels: {app: a, x: y}}, same: {labels: {x: y, app: a}}}\nflows:\n${flows}`,
    }).messages.map((message) => message.replace(/^.*error: /, ""));

  it.each([
    [
      "another expectation",
      "  - a -> svc/b:1 should fail\n  - a -> svc/b:1 should succeed\n",
      /^contradictory flows/,
    ],
    [
      "the same thing by another name",
      "  - a -> svc/b:1 should fail\n  - same -> service/b:1 should fail\n",
      /^duplicate/,
    ],
    [
      "overlapping lists",
      "  - a -> svc/b:1 should fail\n  - {from: [a, deploy/x], to: svc/b:1, expect: deny}\n",
      /^dup/,
    ],
    [
      "every port of a Service",
      "  - a -> svc/b should fail\n  - same -> svc/b should succeed\n",
      /^contradictory flows/,
    ],
  ])("are refused: %s", (_title, flows, message) => {
    expect(load(flows)).toEqual([expect.stringMatching(message)]);
  });

  it.each([
    ["ports", "  - a -> svc/b:1 should fail\n  - same -> svc/b:2 should fail\n"],
    ["protocols", "  - a -> svc/b:1 should fail\n  - same -> svc/b:1/UDP should fail\n"],
    ["applications", "  - a -> svc/b:1 should succeed\n  - same -> http://svc/b:1/ should succeed\n"],
    ["paths", "  - a -> http://svc/b:1/x should succeed\n  - same -> http://svc/b:1/y should succeed\n"],
    ["directions", "  - a -> deploy/b:1 should succeed\n  - deploy/b -> same:1 should fail\n"],
  ])("may differ in %s", (_title, flows) => {
    expect(load(flows)).toEqual([]);
  });
});
