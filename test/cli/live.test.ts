import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type FakeApiServer, fakeApiServer } from "../k8s/fake-api-server.ts";
import { type FakeObjects, onlyAllowed, playCluster } from "../k8s/fake-cluster.ts";
import { kubeconfig } from "../k8s/test-connection.ts";
import { netverdict } from "./bundle.ts";

const folder = mkdtempSync(join(tmpdir(), "netverdict-live-"));
const config = join(folder, "config");
let server: FakeApiServer;

beforeAll(async () => {
  server = await fakeApiServer({ certificate: "server" });
  writeFileSync(config, kubeconfig(server.url, { context: { namespace: "shop" } }));
});
beforeEach(() => playCluster(server, { objects: OBJECTS }));
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const live = (...args: readonly string[]) => netverdict(args, { env: { KUBECONFIG: config } });

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const POD_SPEC = { containers: [{ name: "c", image: "busybox", ports: [{ containerPort: 8080 }] }] };

const workload = (namespace: string, name: string, at: number) => ({
  deployment: {
    metadata: { name, namespace },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: POD_SPEC },
    },
  },
  pod: {
    metadata: {
      name: `${name}-x`,
      namespace,
      labels: { app: name },
      ownerReferences: [{ kind: "Deployment", name, controller: true, apiVersion: "apps/v1", uid: name }],
    },
    spec: POD_SPEC,
    status: { phase: "Running", podIP: `10.0.0.${at}`, podIPs: [{ ip: `10.0.0.${at}` }] },
  },
});
const WORKLOADS = [workload("shop", "web", 1), workload("shop", "db", 2), workload("bank", "vault", 3)];
const DB_POLICY = {
  metadata: { name: "db", namespace: "shop" },
  spec: {
    podSelector: { matchLabels: { app: "db" } },
    ingress: [{ from: [{ podSelector: { matchLabels: { app: "web" } } }], ports: [{ port: 8080 }] }],
  },
};
const OBJECTS: FakeObjects = {
  "/api/v1/namespaces": ["bank", "shop"].map((name) => ({ metadata: { name } })),
  "/api/v1/pods": WORKLOADS.map(({ pod }) => pod),
  "/apis/apps/v1/deployments": WORKLOADS.map(({ deployment }) => deployment),
  "/apis/networking.k8s.io/v1/networkpolicies": [DB_POLICY],
};
const inShop = onlyAllowed((path) => path.includes("/namespaces/shop"));
const STACK = /\n\s+at .+:\d+:\d+/;

describe("a cluster in place of manifests", () => {
  it("is explained in the context's namespace, with the policy's name and field path", async () => {
    const { code, stdout } = await live("explain", "deploy/web", "deploy/db:5432");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^deny {2}shop\/deploy\/web -> shop\/deploy\/db:5432\/TCP\n/);
    expect(stdout).toContain("spec.ingress[0] of shop/db");
    expect(stdout).not.toContain(".yaml");
  });

  it("is linted: by object and field, with each workload told once", async () => {
    playCluster(server, {
      objects: {
        ...OBJECTS,
        "/apis/networking.k8s.io/v1/networkpolicies": [
          { ...DB_POLICY, spec: { ...DB_POLICY.spec, podSelector: { matchLabels: { app: "dv" } } } },
        ],
      },
      answer: ({ path }) => (path === "/version" ? { body: { gitVersion: "v1.36.1" } } : undefined),
    });
    const { code, stdout, stderr } = await live("lint", "--strict");
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expect(stdout).toContain(
      "warning: NetworkPolicy shop/db: spec.podSelector.matchLabels.app: the policy is for no pod of the cluster: ",
    );
    expect(stdout).toContain("[subject-selects-nothing]\n  hint: the pods of shop have app: web, db\n");
    expect(stdout).toMatch(/\n0 errors, 1 warning \(1 policy of the cluster\)\n$/);
    const json = await live("lint", "-o", "json", "-n", "shop");
    expect(json.code).toBe(0);
    expect((JSON.parse(json.stdout) as { findings: object[] }).findings).toEqual([
      {
        object: "NetworkPolicy shop/db",
        path: "spec.podSelector.matchLabels.app",
        type: "Lint",
        message: expect.stringContaining("no pod of the cluster"),
        severity: "warning",
        id: "subject-selects-nothing",
      },
    ]);
    expect((await live("lint", "--strict", "-n", "bank")).stdout).toBe(
      "no findings (0 policies of the cluster)\n",
    );
  });

  it.each([
    ["v1.36.1", "error"],
    ["v1.35.4", "warning"],
  ])("is linted as its version %s takes it", async (gitVersion, severity) => {
    const block = { ipBlock: { cidr: "192.0.2.5/24" } };
    const policy = { metadata: { name: "out", namespace: "shop" }, spec: { ingress: [{ from: [block] }] } };
    playCluster(server, {
      objects: { ...OBJECTS, "/apis/networking.k8s.io/v1/networkpolicies": [policy] },
      answer: ({ path }) => (path === "/version" ? { body: { gitVersion } } : undefined),
    });
    const { stdout } = await live("lint", "-o", "json");
    expect((JSON.parse(stdout) as { findings: object[] }).findings).toContainEqual(
      expect.objectContaining({ id: "ambiguous-cidr", severity }),
    );
  });

  it("is compared with files; what they leave out is told, and --apply keeps it", async () => {
    const policies = [{ ...DB_POLICY, spec: { podSelector: {}, policyTypes: ["Ingress"] } }];
    playCluster(server, {
      objects: {
        ...OBJECTS,
        "/apis/networking.k8s.io/v1/networkpolicies": [
          DB_POLICY,
          { metadata: { name: "closed", namespace: "bank" }, spec: { podSelector: {} } },
        ],
      },
    });
    const text = JSON.stringify({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      ...policies[0],
    });
    const after = file("after.json", text);
    const whole = await live("diff", "live", after, "--fail-on", "opened");
    expect(whole.code).toBe(1);
    expect(whole.stdout).toMatch(
      /the files hold nothing of namespace bank: .* removed; --apply\s+keeps\s+it/s,
    );
    const laid = await live("diff", "live", after, "--fail-on", "opened", "--apply");
    expect(laid.code).toBe(0);
    expect(laid.stdout).not.toContain("hold nothing of");
    expect(laid.stdout).toContain("- shop/web -> shop/db: TCP 8080 (allow -> deny)");
  });
});

describe("where only one namespace may be read", () => {
  beforeEach(() => playCluster(server, { objects: OBJECTS, answer: inShop }));

  it("matrix shows the context's namespace, and says what is missing", async () => {
    const { code, stdout } = await live("matrix");
    expect(code).toBe(0);
    expect(stdout).toContain("2 pods in 1 namespace, 1 NetworkPolicy");
    expect(stdout).toMatch(/not readable \(forbidden\) but in shop: .*pods.*missing here/);
  });

  it.each([
    [["matrix", "-n", "bank"], 'not all pods could be read: forbidden: cannot list pods in namespace "bank"'],
    [["matrix", "--summary", "--context", "other"], 'cannot list pods in namespace "default"'],
    [["lint", "-n", "bank"], "not all policies could be read: forbidden"],
    [["explain", "bank/deploy/vault", "deploy/db:80"], "is needed and cannot be read: forbidden"],
  ])("%j ends with 2, and says why", async (args, said) => {
    const other = { context: { cluster: "fake", user: "tester" }, name: "other" };
    const text = JSON.parse(readFileSync(config, "utf8")) as { contexts: object[] };
    const both = file("both", JSON.stringify({ ...text, contexts: [...text.contexts, other] }));
    const { code, stdout, stderr } = await netverdict(args, { env: { KUBECONFIG: both } });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(said);
    expect(stderr).not.toMatch(STACK);
  });

  it("queries in it are answered, others say that they cannot be, and stderr what could not be read", async () => {
    const queries = file(
      "queries.json",
      JSON.stringify([
        { from: "shop/web-x", to: "shop/db-x", port: 8080 },
        { from: "shop/web-x", to: "bank/vault-x", port: 8080 },
        { from: "shop/web-x", to: "bank/service/vault", port: 8080 },
        { from: "shop/web-x", to: "shop/nobody", port: 8080 },
      ]),
    );
    const { code, stdout, stderr } = await live("predict", "--queries", queries, "-o", "json");
    expect(code).toBe(2);
    const { results } = JSON.parse(stdout) as { results: { prediction?: string; error?: string }[] };
    expect(results.map(({ prediction, error }) => prediction ?? error)).toEqual([
      "allow",
      expect.stringMatching(/^to: pod bank\/vault-x cannot be read: forbidden/),
      expect.stringMatching(/^to: Service bank\/vault cannot be read: forbidden/),
      "to: there is no pod shop/nobody",
    ]);
    expect(stderr).toMatch(/^warning: not readable \(forbidden\) but in shop: /);
  });

  it("lint looks at that namespace, and does not guess about others", async () => {
    const policy = {
      metadata: { name: "out", namespace: "shop" },
      spec: {
        podSelector: { matchLabels: { app: "db" } },
        ingress: [
          { from: [{ podSelector: { matchLabels: { app: "wbe" } } }] },
          {
            from: [
              {
                namespaceSelector: { matchLabels: { team: "money" } },
                podSelector: { matchLabels: { app: "vault" } },
              },
            ],
          },
        ],
      },
    };
    playCluster(server, {
      objects: { ...OBJECTS, "/apis/networking.k8s.io/v1/networkpolicies": [policy] },
      answer: inShop,
    });
    const { code, stdout } = await live("lint", "-o", "json");
    expect(code).toBe(0);
    const { findings, notes } = JSON.parse(stdout) as { findings: { id: string }[]; notes: string[] };
    expect(findings.map(({ id }) => id)).toEqual(["peer-selects-nothing"]);
    expect(notes[0]).toContain("not readable (forbidden) but in shop");
  });
});

describe("a server that nobody answers at", () => {
  const queries = file("one.json", '[{"from": "shop/web", "to": "shop/db", "port": 80}]');

  it.each([
    [["explain", "deploy/web", "deploy/db:80"]],
    [["matrix"]],
    [["diff", "live", "scenarios/three-tier/manifests"]],
    [["predict", "scenarios/three-tier/scenario.yaml"]],
    [["predict", "--queries", queries]],
    [["lint"]],
  ])("%j ends with 2 and the address", async (args) => {
    const gone = file("gone", kubeconfig("https://127.0.0.1:9"));
    const { code, stdout, stderr } = await netverdict(args, { env: { KUBECONFIG: gone } });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^netverdict: .*https:\/\/127\.0\.0\.1:9.*: connection refused\n {2}hint: /);
  });
});
