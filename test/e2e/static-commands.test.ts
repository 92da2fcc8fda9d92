import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunReport } from "../../src/model/report.ts";
import { applyAll, kubectl, kubectlJson, netverdict, sleep, start } from "./cluster.ts";

// What needs no packet, asked of a live cluster. The packets of the same scenario are those of scenarios.test.ts, which
// holds them to expected.json.
const FOLDER = "scenarios/three-tier";
const SCENARIO = `${FOLDER}/scenario.yaml`;
const NAMESPACE = "production";
const READER = "reader";

const folder = mkdtempSync(join(tmpdir(), "netverdict-static-"));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
    readonly status: { readonly podIP: string };
  }[];
}

interface Query {
  readonly from: string;
  readonly to: string;
  readonly port: number;
}

interface Answered {
  readonly results: readonly (Query & { readonly prediction?: string; readonly error?: string })[];
}

/** Of a tier of the application: its pod's name and address. */
const pods = new Map<string, { readonly name: string; readonly ip: string }>();
let serviceIp = "";
/** The scenario's policies with the mistake of three-tier-broken, which is one label of the database's. */
const broken = join(folder, "broken");

const pod = (tier: string): string => `${NAMESPACE}/${pods.get(tier)?.name}`;

beforeAll(() => {
  applyAll([{ folder: FOLDER, namespaces: [NAMESPACE] }]);
  for (const { metadata, status } of kubectlJson<PodList>("-n", NAMESPACE, "get", "pods").items) {
    const tier = metadata.labels.tier;
    if (tier !== undefined) pods.set(tier, { name: metadata.name, ip: status.podIP });
  }
  serviceIp = kubectlJson<{ spec: { clusterIP: string } }>(
    "-n",
    NAMESPACE,
    "get",
    "service",
    "postgresql-service",
  ).spec.clusterIP;
  cpSync(`${FOLDER}/manifests`, broken, { recursive: true });
  const policies = readFileSync(`${FOLDER}-broken/manifests/policies.yaml`, "utf8");
  writeFileSync(join(broken, "policies.yaml"), policies.replaceAll("staging", NAMESPACE));
}, 180_000);

afterAll(() => {
  kubectl("delete", "namespace", "--wait=false", "--ignore-not-found", NAMESPACE);
  rmSync(folder, { recursive: true });
});

async function ask(queries: readonly Query[]): Promise<{ code: number; results: Answered["results"] }> {
  const path = file("queries.json", JSON.stringify(queries));
  const { code, stdout, stderr } = await netverdict("predict", "--queries", path, "-o", "json");
  if (stdout === "") throw new Error(stderr);
  return { code, results: (JSON.parse(stdout) as Answered).results };
}

describe("explain, on a cluster", () => {
  // The flows of the scenario by their ids, as a user asks for them.
  const ASKED: readonly (readonly [id: string, from: string, to: string])[] = [
    [
      "production/frontend -> http://production/backend:8080/",
      "deploy/frontend",
      "http://deploy/backend:8080/",
    ],
    ["production/backend -> production/database:5432/TCP", "deploy/backend", "deploy/database:5432"],
    ["production/backend -> production/db-service:*", "deploy/backend", "svc/postgresql-service"],
    [
      "production/frontend -> production/db-service:5432/TCP",
      "deploy/frontend",
      "svc/postgresql-service:5432",
    ],
    ["production/stranger -> production/database:postgres/TCP", "app=stranger", "deploy/database:postgres"],
    ["production/frontend -> dns:53/TCP", "deploy/frontend", "dns/TCP"],
  ];

  it("answers as the packets of the scenario do, and names no file", async () => {
    const expected = JSON.parse(readFileSync(`${FOLDER}/expected.json`, "utf8")) as {
      readonly notPassed: Readonly<Record<string, object>>;
    };
    const predicted = await netverdict("predict", SCENARIO, "-o", "json");
    expect(predicted.code).toBe(0);
    const { flows } = JSON.parse(predicted.stdout) as RunReport;

    for (const [id, from, to] of ASKED) {
      const flow = flows.find((candidate) => candidate.id === id);
      expect(flow, `${id} of ${flows.map((other) => other.id).join(", ")}`).toBeDefined();
      const { code, stdout, stderr } = await netverdict("explain", "-n", NAMESPACE, from, to);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      // Every flow of this scenario passes: packets do what it expects.
      expect(expected.notPassed[id]).toBeUndefined();
      expect(stdout.split(" ")[0], stdout).toBe(flow?.expected);
      expect(stdout).not.toContain(".yaml");
    }
  });

  it("tells each direction with the policy's name and the field, and what would change it", async () => {
    const { stdout } = await netverdict(
      "explain",
      "-n",
      NAMESPACE,
      "deploy/frontend",
      "deploy/database:5432",
    );
    expect(stdout).toMatch(/^deny {2}production\/deploy\/frontend -> production\/deploy\/database:5432\/TCP/);
    expect(stdout).toContain("production/default-deny-all");
    expect(stdout).toContain("spec.ingress[0] of production/database-policy");
    expect(stdout).toContain("label tier=backend wanted, pod has tier=frontend");
    expect(stdout).toContain("to allow:");
  });

  it("says of a name that is not there what is", async () => {
    const { code, stderr } = await netverdict("explain", "deploy/frontend", "deploy/database:5432");
    expect(code).toBe(2);
    expect(stderr).toContain(`there is one in ${NAMESPACE}: say -n NAMESPACE`);
  });
});

describe("predict --queries, on a cluster", () => {
  it("answers for pods, Services and addresses of both, and addresses outside", async () => {
    const service = `${NAMESPACE}/service/postgresql-service`;
    const backendIp = pods.get("backend")?.ip ?? "";
    const wanted: readonly (readonly [from: string, to: string, port: number, prediction: string])[] = [
      [pod("frontend"), pod("backend"), 8080, "allow"],
      [pod("frontend"), backendIp, 8080, "allow"],
      [pod("frontend"), backendIp, 9090, "deny"],
      [pod("frontend"), pod("database"), 5432, "deny"],
      [pod("backend"), service, 5432, "allow"],
      [pod("backend"), serviceIp, 5432, "allow"],
      [pod("frontend"), service, 5432, "deny"],
      ["203.0.113.10", pod("frontend"), 80, "allow"],
      ["203.0.113.10", pod("database"), 5432, "deny"],
      [`${NAMESPACE}/backend`, pod("frontend"), 80, "deny"],
    ];
    const { code, results } = await ask(wanted.map(([from, to, port]) => ({ from, to, port })));
    expect(results.map(({ from, to, port, prediction }) => [from, to, port, prediction])).toEqual(wanted);
    expect(code).toBe(0);
  });

  it("ends with 2 for a pod that is not there, and answers the others", async () => {
    const { code, results } = await ask([
      { from: `${NAMESPACE}/nobody-0`, to: pod("backend"), port: 8080 },
      { from: pod("backend"), to: `${NAMESPACE}/service/postgresql-service`, port: 80 },
      { from: pod("backend"), to: pod("database"), port: 5432 },
    ]);
    expect(code).toBe(2);
    expect(results.map(({ prediction, error }) => prediction ?? error)).toEqual([
      `from: there is no pod ${NAMESPACE}/nobody-0`,
      `Service ${NAMESPACE}/postgresql-service has no port 80/TCP: it has 5432/TCP`,
      "allow",
    ]);
  });
});

interface MatrixDocument {
  readonly counts: { readonly pods: number };
  readonly groups: readonly {
    readonly id: number;
    readonly workloads: readonly { readonly name: string }[];
  }[];
  readonly connections: readonly {
    readonly from: number;
    readonly to: number;
    readonly allow: readonly { readonly protocol: string; readonly first: number; readonly last: number }[];
  }[];
}

describe("matrix, on a cluster", () => {
  const TIERS = ["frontend", "backend", "database"];
  const PORTS = [80, 5432, 8080];

  it("holds the workloads, and answers as predict does", async () => {
    const json = join(folder, "matrix.json");
    const csv = join(folder, "matrix.csv");
    const { code, stdout, stderr } = await netverdict(
      ...["matrix", "-n", NAMESPACE, "-o", `json=${json}`, "-o", `csv=${csv}`],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(
      /production\/frontend +any IPv[46] address: TCP 80|production\/frontend +anywhere: TCP 80/,
    );
    expect(stdout).toContain("no pod is without a policy for ingress");
    expect(stdout).not.toContain("not readable");
    expect(readFileSync(csv, "utf8")).toContain("production/backend,production/database,TCP 5432,\n");

    const matrix = JSON.parse(readFileSync(json, "utf8")) as MatrixDocument;
    const groupOf = (tier: string) =>
      matrix.groups.find(({ workloads }) => workloads.some(({ name }) => name === tier))?.id;
    const reaches = ({ from, to, port }: { from: string; to: string; port: number }): string => {
      const found = matrix.connections.find(
        (connection) => connection.from === groupOf(from) && connection.to === groupOf(to),
      );
      const isOpen = (found?.allow ?? []).some(
        ({ protocol, first, last }) => protocol === "TCP" && first <= port && port <= last,
      );
      return isOpen ? "allow" : "deny";
    };
    const pairs = TIERS.flatMap((from) =>
      TIERS.filter((to) => to !== from).flatMap((to) => PORTS.map((port) => ({ from, to, port }))),
    );
    const { results } = await ask(
      pairs.map(({ from, to, port }) => ({ from: pod(from), to: pod(to), port })),
    );
    expect(pairs.map((pair) => reaches(pair))).toEqual(results.map(({ prediction }) => prediction));
    expect(results.filter(({ prediction }) => prediction === "allow")).toHaveLength(2);
  });

  it("counts all pairs", async () => {
    const { code, stdout } = await netverdict("matrix", "--summary", "-o", "json");
    expect(code).toBe(0);
    const {
      pods: count,
      pairs,
      ports,
    } = JSON.parse(stdout) as {
      readonly pods: number;
      readonly pairs: number;
      readonly ports: readonly {
        readonly allow: number;
        readonly deny: number;
        readonly undetermined: number;
      }[];
    };
    expect(count).toBeGreaterThanOrEqual(TIERS.length);
    expect(pairs).toBe(count * count);
    for (const { allow, deny, undetermined } of ports) expect(allow + deny + undetermined).toBe(pairs);
  });
});

describe("diff, of the cluster and files", () => {
  const CHANGE = () => ["diff", "live", broken, "--apply", "--scenario", SCENARIO];

  it("finds what one changed label closes, the policy with file and line, and the flows that break", async () => {
    const { code, stdout, stderr } = await netverdict(...CHANGE());
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("- production/backend -> production/database: TCP 5432 (allow -> deny)");
    expect(stdout).toMatch(
      /changed spec\.ingress\[0\] of production\/database-policy: now [^(]*\([^)]*policies\.yaml:105\)/,
    );
    const flips = stdout.slice(stdout.indexOf("flows of the scenarios that change")).replaceAll(/\s+/g, " ");
    expect(flips).toContain(
      "production/backend -> production/database:5432/TCP: expected allow, predicted allow -> deny: BREAKS",
    );
    expect(flips).toContain("production/backend -> production/db-service:*: expected allow,");
    expect(flips.match(/BREAKS/g)).toHaveLength(2);
    expect(stdout).not.toMatch(/^(opened$|new:|gone:)/m);
  });

  it.each([
    ["opened", 0],
    ["closed", 1],
  ])("ends for --fail-on %s with %i", async (change, expected) => {
    expect((await netverdict(...CHANGE(), "--fail-on", change, "-q")).code).toBe(expected);
  });

  it("finds nothing between the cluster and what was applied to it", async () => {
    const { code, stdout } = await netverdict(
      ...["diff", "live", `${FOLDER}/manifests`, "--apply", "--fail-on", "any", "--scenario", SCENARIO],
    );
    expect(stdout).toContain("policies: 0 changed, 0 added, 0 removed");
    expect(stdout).toContain("nothing opens and nothing closes");
    expect(stdout).toContain("no flow of the scenarios changes");
    expect(code).toBe(0);
  });
});

interface Linted {
  readonly findings: readonly { readonly id: string; readonly object: string; readonly file?: string }[];
}

describe("lint, on a cluster", () => {
  it("finds in the objects what it finds in their manifests, but for what the API server leaves out", async () => {
    const live = await netverdict("lint", "-n", NAMESPACE, "-o", "json");
    const files = await netverdict("lint", "--manifests", `${FOLDER}/manifests`, "-o", "json");
    expect([live.code, files.code]).toEqual([0, 0]);
    const told = (text: string): readonly string[] =>
      (JSON.parse(text) as Linted).findings.map(({ id, object }) => `${object} ${id}`).sort();
    // An empty list is kept as none at all.
    const kept = told(files.stdout).filter((line) => !line.endsWith(" empty-peer-list"));
    expect(told(live.stdout)).toEqual(kept);
    expect(told(live.stdout)).toContain(`NetworkPolicy ${NAMESPACE}/allow-dns dns-without-tcp`);
    expect(live.stdout).not.toContain(".yaml");
  });
});

/** A service account that may read everything in one namespace, and nothing else. */
async function readerOf(namespace: string): Promise<string> {
  const apiGroup = "rbac.authorization.k8s.io";
  const metadata = { name: READER, namespace };
  const apiGroups = ["", "apps", "batch", "networking.k8s.io", "discovery.k8s.io"];
  const items = [
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    {
      apiVersion: `${apiGroup}/v1`,
      kind: "Role",
      metadata,
      rules: [{ apiGroups, resources: ["*"], verbs: ["get", "list"] }],
    },
    {
      apiVersion: `${apiGroup}/v1`,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup, kind: "Role", name: READER },
      subjects: [{ kind: "ServiceAccount", ...metadata }],
    },
  ];
  kubectl("apply", "-f", file("reader.json", JSON.stringify({ apiVersion: "v1", kind: "List", items })));
  const user = { token: kubectl("-n", namespace, "create", "token", READER).trim() };
  const { clusters } = kubectlJson<{ clusters: readonly { readonly name: string }[] }>(
    ...["config", "view", "--raw", "--minify"],
  );
  const context = { cluster: clusters[0]?.name, user: READER, namespace };
  const config = file(
    "reader.kubeconfig",
    JSON.stringify({
      ...{ apiVersion: "v1", kind: "Config", clusters, users: [{ name: READER, user }] },
      ...{ contexts: [{ name: READER, context }], "current-context": READER },
    }),
  );
  // The API server's authorizer sees new bindings a moment later.
  for (let tries = 0; tries < 50; tries++) {
    const who = `--as=system:serviceaccount:${namespace}:${READER}`;
    try {
      kubectl("-n", namespace, "get", "pods", "-o", "name", who);
      return config;
    } catch {
      await sleep(100);
    }
  }
  throw new Error(`${READER} never got its rights`);
}

describe("with the right to read one namespace", () => {
  let reader = "";
  /** What may be denied by an admin policy that may not be read is not known. */
  let tiers = false;
  const asReader = (...args: readonly string[]) => start(args, { KUBECONFIG: reader }).done;

  beforeAll(async () => {
    reader = await readerOf(NAMESPACE);
    tiers = kubectl("api-resources", "--api-group=policy.networking.k8s.io", "-o", "name").trim() !== "";
  });

  it("explain answers in it, and says what it could not read", async () => {
    const { code, stdout, stderr } = await asReader("explain", "deploy/frontend", "deploy/database:5432");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(tiers ? /^undetermined / : /^deny /);
    expect(stdout.replaceAll(/\s+/g, " ")).toContain("not readable (forbidden) but in production:");
  });

  it("matrix shows it, says what is missing, and does not pretend to show another one", async () => {
    const own = await asReader("matrix");
    expect({ code: own.code, stderr: own.stderr }).toEqual({ code: 0, stderr: "" });
    expect(own.stdout).toContain("3 pods in 1 namespace");
    expect(own.stdout).toContain("not readable (forbidden) but in production:");
    const other = await asReader("matrix", "-n", "kube-system");
    expect({ code: other.code, stdout: other.stdout }).toEqual({ code: 2, stdout: "" });
    expect(other.stderr).toContain(
      'not all pods could be read: forbidden: cannot list pods in namespace "kube-system"',
    );
  });

  it("diff compares what the files are about", async () => {
    const { code, stdout } = await asReader("diff", "live", broken, "--apply", "--fail-on", "closed");
    if (tiers) return expect(stdout).toContain("not readable (forbidden)");
    expect(code).toBe(1);
    expect(stdout).toContain("- production/backend -> production/database: TCP 5432 (allow -> deny)");
    expect(stdout).toContain("not readable (forbidden) but in production:");
  });

  it("predict answers queries about it, and says of others that they cannot be read", async () => {
    const path = file(
      "mixed.json",
      JSON.stringify([
        { from: pod("frontend"), to: pod("database"), port: 5432 },
        { from: pod("frontend"), to: "kube-system/coredns", port: 53 },
      ]),
    );
    const { code, stdout, stderr } = await asReader("predict", "--queries", path, "-o", "json");
    expect(code).toBe(2);
    const { results } = JSON.parse(stdout) as Answered;
    expect(results[0]?.prediction).toBe(tiers ? "undetermined" : "deny");
    expect(results[1]?.error).toMatch(/^to: pod kube-system\/coredns cannot be read: forbidden/);
    expect(stderr).toMatch(/^warning: not readable \(forbidden\) but in production: /);
  });

  it("predict of a scenario says that flows to other namespaces are not decided", async () => {
    const { code, stdout } = await asReader("predict", SCENARIO, "-o", "json");
    const { flows, policies } = JSON.parse(stdout) as RunReport;
    const answers = new Map(flows.map(({ id, predicted }) => [id, predicted]));
    expect(answers.get("production/frontend -> production/database:5432/TCP")).toBe(
      tiers ? "undetermined" : "deny",
    );
    expect(policies.unread.length).toBeGreaterThan(0);
    expect(code).toBe(flows.every(({ verdict }) => verdict === "pass") ? 0 : 2);
  });

  it("lint looks at its policies, and says what it could not compare them with", async () => {
    const { code, stdout, stderr } = await asReader("lint");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("[dns-without-tcp]");
    expect(stdout).toContain("not readable (forbidden) but in production:");
    expect(stdout).toMatch(/\(5 policies of the cluster\)\n$/);
  });
});

describe("at an address where no API server is", () => {
  it.each([
    [["explain", "deploy/frontend", "deploy/database:5432"]],
    [["matrix"]],
    [["diff", "live", broken]],
    [["predict", SCENARIO]],
    [["predict", "--queries", join(folder, "queries.json")]],
    [["lint"]],
  ])("%j ends with 2, the address and what to do", async (args) => {
    const { clusters } = kubectlJson<{ clusters: readonly { readonly name: string }[] }>(
      ...["config", "view", "--raw", "--minify"],
    );
    const nowhere = file(
      "nowhere.kubeconfig",
      JSON.stringify({
        ...{ apiVersion: "v1", kind: "Config", "current-context": "x" },
        clusters: clusters.map(({ name }) => ({ name, cluster: { server: "https://127.0.0.1:9" } })),
        users: [{ name: "x", user: { token: "x" } }],
        contexts: [{ name: "x", context: { cluster: clusters[0]?.name, user: "x" } }],
      }),
    );
    const { code, stdout, stderr } = await start(args, { KUBECONFIG: nowhere }).done;
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^netverdict: .*127\.0\.0\.1:9.*: connection refused\n {2}hint: /);
  });
});
