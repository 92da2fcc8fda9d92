import { runInNewContext } from "node:vm";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import schema from "../../schema/matrix.schema.json" with { type: "json" };
import { buildMatrix } from "../../src/analysis/build-matrix.ts";
import { namespaceGraph, overviewGraph } from "../../src/analysis/graph.ts";
import { csvLines, matrixCsv } from "../../src/analysis/report/matrix-csv.ts";
import { matrixDot } from "../../src/analysis/report/matrix-dot.ts";
import { matrixHtml } from "../../src/analysis/report/matrix-html.ts";
import { matrixJson } from "../../src/analysis/report/matrix-json.ts";
import { matrixMermaid } from "../../src/analysis/report/matrix-mermaid.ts";
import { matrixTable } from "../../src/analysis/report/matrix-table.ts";
import type { Snapshot } from "../../src/model/snapshot.ts";
import { profileOf } from "../../src/policy/profiles.ts";
import { namespace, pod, snapshot } from "../build-snapshot.ts";
import { DENY_INGRESS, deployment, manifests, policy } from "./manifests.ts";

const profile = profileOf("upstream");
const matrixOf = (world: Snapshot) => buildMatrix(world, { profile });

const SHOP = manifests(
  deployment("shop/web"),
  deployment("shop/db"),
  policy("shop/deny", DENY_INGRESS),
  policy(
    "shop/db",
    "{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 5432}]}]}",
  ),
);

/** What nobody may name an object, as a cluster that was tampered with could hand it over. */
const HOSTILE = '"><script>alert(1)</script>\u001b[31m`|</table>';
const HOSTILE_WORLD = snapshot({
  namespaces: [namespace("shop")],
  pods: [pod(`shop/${HOSTILE}`), pod("shop/other", { labels: { app: HOSTILE } })],
  networkPolicies: [
    {
      metadata: { namespace: "shop", name: "deny" },
      spec: { podSelector: { matchLabels: { app: HOSTILE } }, policyTypes: ["Ingress"] },
    },
  ],
});

/** Three sources that reach three targets alike, while something else tells each of them from the others. */
const CROWD = manifests(
  ...[1, 2, 3].flatMap((at) => [
    deployment(`from/s${at}`),
    deployment(`to/t${at}`),
    policy(
      `from/s${at}`,
      `{podSelector: {matchLabels: {app: s${at}}}, policyTypes: [Ingress, Egress], egress: [{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: to}}}], ports: [{port: 80}]}, {to: [{ipBlock: {cidr: 10.${at}.0.0/16}}], ports: [{port: 443}]}]}`,
    ),
    policy(
      `to/t${at}`,
      `{podSelector: {matchLabels: {app: t${at}}}, policyTypes: [Ingress, Egress], ingress: [{from: [{namespaceSelector: {}}]}], egress: [{to: [{ipBlock: {cidr: 10.${at}.0.0/16}}], ports: [{port: 53}]}]}`,
    ),
  ]),
);

/** So many namespaces of two groups each that the graph has to fold them. */
const LARGE = manifests(
  ...Array.from({ length: 25 }, (_, at) => [
    deployment(`ns-${at}/web`),
    deployment(`ns-${at}/db`, `index: "n${at}"`),
    policy(
      `ns-${at}/db`,
      `{podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress, Egress], ingress: [{from: [{podSelector: {}}], ports: [{port: ${5000 + at}}]}]}`,
    ),
  ]).flat(),
);

describe("the table", () => {
  it("is a grid where it fits", () => {
    const text = matrixTable(matrixOf(SHOP), { width: 100 });
    expect(text).toContain(
      "2 pods in 1 namespace, 2 NetworkPolicies; 2 groups of pods that act alike; profile upstream",
    );
    expect(text).toMatch(/FROM \/ TO +shop\/db +shop\/web/);
    expect(text).toMatch(/shop\/web +TCP 5432 +\./);
    expect(text).toMatch(/shop\/db +\. +-/);
    expect(text).toContain("no policy for egress: 2 pods\n  shop/db, shop/web");
  });

  it("is a list where it does not fit, each line within the width", () => {
    const text = matrixTable(matrixOf(LARGE), { width: 90 });
    expect(text).toMatch(/^FROM +TO +PORTS$/m);
    expect(text).toMatch(/^ns-3\/web .*/m);
    for (const line of text.split("\n").slice(2)) expect(line.length).toBeLessThanOrEqual(90);
  });

  it("says what no pod is there for in plain words", () => {
    const closed = manifests(
      deployment("shop/web"),
      policy("shop/deny", "{podSelector: {}, policyTypes: [Ingress, Egress]}"),
    );
    const text = matrixTable(matrixOf(closed), { width: 100 });
    expect(text).toContain("no pod reaches another one");
    expect(text).toContain("nothing reaches these pods, and they reach nothing");
  });

  it("escapes what would disturb a terminal", () => {
    expect(matrixTable(matrixOf(HOSTILE_WORLD), { width: 120 })).not.toContain("\u001b");
  });
});

describe("the documents", () => {
  it("are JSON as the schema says", () => {
    const validate = new Ajv({ strict: true }).compile(schema);
    for (const world of [SHOP, LARGE]) {
      const document: unknown = JSON.parse(
        matrixJson(buildMatrix(world, { profile, namespaces: ["shop", "ns-1"] })),
      );
      expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
    }
  });

  it("are CSV with a line for each pair of workloads and the outside", () => {
    const matrix = matrixOf(SHOP);
    expect(matrixCsv(matrix)).toBe(
      [
        "from,to,allowed,undetermined",
        "shop/web,shop/db,TCP 5432,",
        "shop/db,anywhere,all ports,",
        "shop/web,anywhere,all ports,",
        "",
      ].join("\n"),
    );
    expect(csvLines(matrix)).toBe(1);
  });

  it("quote what CSV would split", () => {
    expect(matrixCsv(matrixOf(HOSTILE_WORLD))).toContain('"shop/""><script>');
  });
});

describe("the graphs", () => {
  it("are Graphviz with a box for each namespace", () => {
    const dot = matrixDot(overviewGraph(matrixOf(SHOP)));
    expect(dot).toMatch(/^digraph netverdict \{/);
    expect(dot).toContain('label="shop"');
    expect(dot).toContain('[label="TCP 5432"]');
    expect(matrixDot(overviewGraph(matrixOf(HOSTILE_WORLD)))).toContain('\\"><script>');
  });

  it("are Mermaid without anything that a name could break out with", () => {
    expect(matrixMermaid(overviewGraph(matrixOf(SHOP)))).toContain('-->|"TCP 5432"|');
    const hostile = matrixMermaid(overviewGraph(matrixOf(HOSTILE_WORLD)));
    expect(hostile).not.toContain("<script>");
    expect(hostile).not.toContain("`");
    expect(hostile).toContain("#60;script#62;");
  });

  it("fold namespaces where there are many groups, and say so", () => {
    const graph = overviewGraph(matrixOf(LARGE));
    expect(graph.nodes.length).toBeLessThanOrEqual(80);
    expect(graph.edges.length).toBeLessThanOrEqual(120);
    expect(graph.notes.join()).toContain("drawn as their namespaces");
    expect(matrixDot(graph)).toContain("// ");
    expect(matrixMermaid(graph)).toContain("%% ");
  });

  it("join many lines between the same ends in a point", () => {
    const { nodes, edges } = overviewGraph(matrixOf(CROWD));
    const junctions = nodes.filter(({ kind }) => kind === "junction").map(({ id }) => id);
    expect(junctions).toHaveLength(1);
    expect(edges.filter(({ to }) => to === junctions[0])).toHaveLength(3);
    // Pods of manifests have no known address, so what blocks say of them is open.
    expect(edges.filter(({ from }) => from === junctions[0]).map(({ label }) => label)).toEqual(
      Array<string>(3).fill("TCP 80; undetermined: TCP 443"),
    );
  });

  it("keep what is rarest of too many lines, and say how many were left out", () => {
    // Every namespace opens ports of its own to all but one other.
    const crowd = manifests(
      ...Array.from({ length: 16 }, (_, at) => [
        ...["a", "b", "c"].map((name) => deployment(`ns-${at}/${name}`)),
        ...["a", "b", "c"].map((name, port) =>
          policy(
            `ns-${at}/${name}`,
            `{podSelector: {matchLabels: {app: ${name}}}, ingress: [{ports: [{port: ${1000 + at * 3 + port}}], from: [{namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [ns-${(at + 1) % 16}]}]}}]}]}`,
          ),
        ),
      ]).flat(),
    );
    const graph = overviewGraph(matrixOf(crowd));
    expect(graph.edges.length).toBeLessThanOrEqual(120);
    expect(graph.edges.length).toBeGreaterThan(20);
    expect(graph.notes.join()).toMatch(/\d+ of \d+ edges are left out/);
    const ids = new Set(graph.nodes.map(({ id }) => id));
    expect(graph.edges.every(({ from, to }) => ids.has(from) && ids.has(to))).toBe(true);
  });

  it("show a namespace by itself, with the others as far as they have to do with it", () => {
    const graph = namespaceGraph(matrixOf(LARGE), "ns-4");
    expect(graph.nodes.filter(({ kind }) => kind === "pods").map(({ label }) => label)).toEqual([
      "db",
      "web",
    ]);
    expect(graph.edges.map(({ label }) => label)).toContain("TCP 5004");
  });
});

describe("the page", () => {
  const page = matrixHtml(matrixOf(LARGE));

  it("needs nothing beside it", () => {
    expect(page).not.toMatch(/(?:src|href)\s*=/);
    expect(page).not.toMatch(/url\((?!#)/);
    expect(page).toContain("default-src 'none'");
  });

  it("has the plain table and the drawings without its script", () => {
    expect(page).toContain("<td>");
    expect(page.match(/<svg viewBox/g)).toHaveLength(26);
    expect(page).toContain("prefers-color-scheme: dark");
  });

  it("escapes everything that comes from the cluster", () => {
    const hostile = matrixHtml(matrixOf(HOSTILE_WORLD));
    expect(hostile).not.toContain("<script>alert");
    expect(hostile).not.toContain("</table>`");
    expect(hostile.match(/<script/g)).toHaveLength(2);
  });

  it("hands its script data that it can read", () => {
    const json = /id="data">(.*?)<\/script>/s.exec(page)?.[1] ?? "";
    const data = JSON.parse(json) as { readonly groups: object[]; readonly rows: object[] };
    expect(data.groups).toHaveLength(matrixOf(LARGE).groups.length);
    expect(data.rows).toHaveLength(page.match(/<tr><td>/g)?.length ?? -1);
  });

  it("has a script that is valid JavaScript", () => {
    const script = /<script>(.*?)<\/script>/s.exec(page)?.[1] ?? "";
    expect(script.length).toBeGreaterThan(1000);
    expect(runInNewContext(`(function () {${script}}).length`)).toBe(0);
  });
});
