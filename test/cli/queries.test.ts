import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { netverdict } from "./bundle.ts";

const folder = mkdtempSync(join(tmpdir(), "netverdict-queries-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const SHOP = file(
  "shop.yaml",
  `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: web}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec: {containers: [{name: c, image: api}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db-0, namespace: shop, labels: {app: db, role: primary}}
spec: {containers: [{name: c, image: db, ports: [{name: pg, containerPort: 5432}]}]}
status: {phase: Running, podIP: 10.0.0.10, conditions: [{type: Ready, status: "True"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db-1, namespace: shop, labels: {app: db}}
spec: {containers: [{name: c, image: db, ports: [{name: pg, containerPort: 5433}]}]}
status: {phase: Running, podIP: 10.0.0.11, conditions: [{type: Ready, status: "True"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: done, namespace: shop, labels: {app: batch}}
spec: {containers: [{name: c, image: batch}]}
status: {phase: Succeeded, podIP: 10.0.0.12}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {clusterIP: 10.96.0.7, selector: {app: db, role: primary}, ports: [{port: 80, targetPort: pg}]}
---
apiVersion: v1
kind: Service
metadata: {name: both, namespace: shop}
spec: {selector: {app: db}, ports: [{port: 80, targetPort: pg}]}
---
apiVersion: v1
kind: Service
metadata: {name: nobody, namespace: shop}
spec: {selector: {app: nobody}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: headless, namespace: shop}
spec: {clusterIP: None, selector: {app: db, role: primary}}
---
apiVersion: v1
kind: Service
metadata: {name: alias, namespace: shop}
spec: {type: ExternalName, externalName: db.example.com}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db-policy, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress:
  - from: [{podSelector: {matchLabels: {app: api}}}]
    ports: [{port: 5432}]
  - from: [{ipBlock: {cidr: 203.0.113.0/24}}]
    ports: [{port: 9999}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api-egress, namespace: shop}
spec:
  podSelector: {matchLabels: {app: api}}
  policyTypes: [Egress]
  egress:
  - to: [{podSelector: {matchLabels: {app: db}}}]
`,
);

interface Result {
  readonly prediction?: string;
  readonly reason?: string;
  readonly error?: string;
}

async function ask(queries: readonly unknown[], ...args: readonly string[]) {
  const input = JSON.stringify(queries);
  const found = await netverdict(["predict", "--manifests", SHOP, "--queries", "-", "-o", "json", ...args], {
    input,
  });
  const { results } = JSON.parse(found.stdout) as { results: readonly Result[] };
  return { ...found, results };
}

function query(from: string, to: string, port = 5432, more: object = {}) {
  return { from, to, port, protocol: "TCP", ...more };
}

describe("predict --queries", () => {
  it("answers in the order of the queries, with the policy that decides, and keeps other keys", async () => {
    const { code, results, stderr } = await ask([
      query("shop/api", "shop/db-0", 5432, { id: 7 }),
      query("shop/web", "shop/db-0"),
      query("shop/web", "shop/api"),
      query("shop/api", "shop/web", 80),
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(results).toEqual([
      {
        ...query("shop/api", "shop/db-0", 5432, { id: 7 }),
        prediction: "allow",
        reason: "allowed by shop/api-egress spec.egress[0] and shop/db-policy spec.ingress[0]",
      },
      {
        ...query("shop/web", "shop/db-0"),
        prediction: "deny",
        reason: "denied: ingress of shop/db-0 is isolated by shop/db-policy and no rule matches",
      },
      { ...query("shop/web", "shop/api"), prediction: "allow", reason: "not isolated" },
      {
        ...query("shop/api", "shop/web", 80),
        prediction: "deny",
        reason: "denied: egress of shop/api is isolated by shop/api-egress and no rule matches",
      },
    ]);
  });

  it("takes addresses for the pods and Services that have them, and for what is outside", async () => {
    const { code, results } = await ask([
      query("shop/api", "10.0.0.10"),
      query("shop/api", "10.96.0.7", 80),
      query("203.0.113.9", "shop/db-0", 9999),
      query("192.0.2.1", "shop/db-0", 9999),
      query("shop/web", "shop/db-0", 9999),
      query("2001:db8::1", "shop/web", 80),
    ]);
    expect(code).toBe(0);
    expect(results.map(({ prediction }) => prediction)).toEqual([
      "allow",
      "allow",
      "allow",
      "deny",
      "undetermined",
      "allow",
    ]);
    expect(results[4]?.reason).toContain("address of shop/web not known yet");
  });

  it("follows Services to their endpoints (S40-S44)", async () => {
    const { code, results } = await ask([
      query("shop/api", "shop/service/db", 80),
      query("shop/web", "shop/service/db", 80),
      query("shop/api", "shop/service/both", 80),
      query("shop/web", "shop/service/nobody", 80),
      query("shop/api", "shop/service/headless", 5432),
      query("shop/web", "shop/service/headless", 5432),
      query("shop/web", "shop/service/alias", 443),
    ]);
    expect(code).toBe(0);
    expect(results.map(({ prediction }) => prediction)).toEqual([
      "allow",
      "deny",
      "undetermined",
      "deny",
      "allow",
      "deny",
      "allow",
    ]);
    expect(results[2]?.reason).toBe("mixed (S40): allow for shop/db-0:5432, deny for shop/db-1:5433");
    expect(results[3]?.reason).toMatch(/^no-endpoints/);
    expect(results[6]?.reason).toContain("db.example.com");
  });

  it("leaves open what is asked of a pod that has ended (S37), and of a pod and itself (S33)", async () => {
    const { results } = await ask([query("shop/web", "shop/done"), query("shop/db-0", "shop/db-0", 80)]);
    expect(results.map(({ prediction }) => prediction)).toEqual(["undetermined", "undetermined"]);
    expect(results[0]?.reason).toContain("has ended");
    expect(results[1]?.reason).toContain("[profile knob self]");
  });

  it("decides by the profile", async () => {
    const queries = [query("shop/db-0", "shop/db-0", 80)];
    expect((await ask(queries, "--profile", "calico")).results[0]?.prediction).toBe("allow");
  });

  it("says for each query what is wrong with it, answers the others, and ends with 2", async () => {
    const { code, results } = await ask([
      query("shop/nobody", "shop/db-0"),
      query("shop/api", "shop/service/none"),
      query("shop/api", "shop/service/db", 81),
      query("shop/service/db", "shop/api"),
      { ...query("shop/api", "shop/db-0"), port: "http" },
      { ...query("shop/api", "shop/db-0"), protocol: "tcp" },
      "shop/api",
      query("shop/api", "shop/db-0"),
    ]);
    expect(code).toBe(2);
    expect(results.map(({ error }) => error)).toEqual([
      "from: there is no pod shop/nobody",
      "to: there is no Service shop/none",
      "Service shop/db has no port 81/TCP: it has 80/TCP",
      "from: a Service sends nothing; name one of its pods",
      'line 1: "port" must be a number from 1 to 65535',
      'line 1: "protocol" must be "TCP", "UDP" or "SCTP"',
      "line 1: an object was expected: from, to, port and protocol",
      undefined,
    ]);
    expect(results[7]?.prediction).toBe("allow");
  });

  it("reads one query a line, and says which line is none", async () => {
    const lines = `${JSON.stringify(query("shop/api", "shop/db-0"))}\n\n{"from": \n`;
    const path = file("queries.ndjson", lines);
    const { code, stdout } = await netverdict([
      "predict",
      "--manifests",
      SHOP,
      "--queries",
      path,
      "-o",
      "json",
    ]);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      results: [{ prediction: "allow" }, { error: "line 3 is no JSON object" }],
    });
  });

  it("prints a table, or writes JSON to a file", async () => {
    const path = file("one.json", JSON.stringify([query("shop/web", "shop/db-0")]));
    const target = join(folder, "answers.json");
    const { code, stdout } = await netverdict([
      "predict",
      "--manifests",
      SHOP,
      "--queries",
      path,
      "-o",
      `json=${target}`,
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain("shop/web");
    expect(stdout).toMatch(/shop\/db-0:5432\/TCP +deny/);
    expect(stdout).toContain("0 allow, 1 deny, 0 undetermined");
    expect(JSON.parse(readFileSync(target, "utf8"))).toMatchObject({ results: [{ prediction: "deny" }] });
  });

  it.each([
    [["predict"], "nothing to predict"],
    [["predict", "a.yaml", "--queries", "q.json"], "not both"],
    [["predict", "--manifests", "-", "--queries", "-"], "standard input"],
    [["predict", "--manifests", SHOP, "--queries", join(folder, "none.json")], "does not exist"],
    [["predict", "--manifests", SHOP, "--queries", file("broken.json", "[{}")], "broken.json:1:4"],
    [
      ["predict", "--manifests", SHOP, "--queries", file("empty.json", "[]"), "-o", "junit"],
      "known: table, json",
    ],
  ])("ends with 2 for %j", async (args, message) => {
    const { code, stderr } = await netverdict(args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/\n\s+at .+:\d+:\d+/);
  });
});

describe("matrix --summary", () => {
  it("counts the answers of all pairs of pods on every port, and says what took how long", async () => {
    const { code, stdout } = await netverdict(["matrix", "--summary", "-o", "json", "--manifests", SHOP]);
    expect(code).toBe(0);
    const summary = JSON.parse(stdout) as {
      readonly ports: readonly { readonly protocol: string; readonly first: number; readonly deny: number }[];
      readonly phases: readonly { readonly name: string; readonly durationMs: number }[];
    };
    expect(summary).toMatchObject({ profile: "upstream", pods: 4, pairs: 16, networkPolicies: 2 });
    expect(summary).toMatchObject({ unprotected: { ingress: 2, egress: 3 } });
    expect(summary.phases.map(({ name }) => name)).toEqual(["parse", "index", "rows", "combine"]);
    expect(summary.phases.every(({ durationMs }) => durationMs >= 0)).toBe(true);
    expect(summary.ports.find(({ protocol, first }) => protocol === "TCP" && first === 5432)).toEqual({
      protocol: "TCP",
      first: 5432,
      last: 5432,
      allow: 8,
      deny: 5,
      undetermined: 3,
    });
  });

  it("prints a table for people", async () => {
    const { code, stdout } = await netverdict(["matrix", "--summary", "--manifests", SHOP]);
    expect(code).toBe(0);
    expect(stdout).toContain("4 pods in 1 namespace, 2 NetworkPolicies, profile upstream");
    expect(stdout).toContain("TCP 5432");
  });
});
