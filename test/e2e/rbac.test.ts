import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { kubectl, kubectlJson, leftovers, netverdict, runReport, sleep } from "./cluster.ts";

const NAMESPACE = "rbac-e2e";

const WORKLOAD = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: server, namespace: ${NAMESPACE}}
spec:
  selector: {matchLabels: {app: server}}
  template:
    metadata: {labels: {app: server}}
    spec:
      terminationGracePeriodSeconds: 0
      securityContext: {runAsNonRoot: true, runAsUser: 65534, seccompProfile: {type: RuntimeDefault}}
      containers:
        - name: server
          image: busybox:1.35
          command: [httpd, -f, -p, "8080", -h, /www]
          ports: [{name: http, containerPort: 8080}]
          readinessProbe: {tcpSocket: {port: http}, periodSeconds: 1}
          securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
---
apiVersion: v1
kind: Service
metadata: {name: server, namespace: ${NAMESPACE}}
spec: {selector: {app: server}, ports: [{port: 80, targetPort: http}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: server, namespace: ${NAMESPACE}}
spec:
  podSelector: {matchLabels: {app: server}}
  ingress: [{from: [{podSelector: {matchLabels: {app: client}}}]}]
`;

const SCENARIO = `
apiVersion: netverdict.dev/v1alpha1
kind: Scenario
metadata: {name: rbac}
defaults: {namespace: ${NAMESPACE}}
endpoints:
  server: {workload: deployment/server}
  front: {service: server}
  client: {labels: {app: client}, hypothetical: true}
  stranger: {labels: {app: stranger}, hypothetical: true}
  open: {labels: {app: open}, standIn: true, ports: [8080]}
flows:
  - client -> server:8080 should succeed
  - client -> front:80 should succeed
  - client -> dns should succeed
  - stranger -> open:8080 should succeed
  - stranger -> server:8080 should fail
`;

const POLICIES = "networkpolicies.networking.k8s.io";

/** Every verb that the run of that scenario needs in its namespace, and nothing else. */
const REQUIRED = [
  ["create", "pods"],
  ["delete", "pods"],
  ["list", "pods"],
  ["create", "pods/exec"],
  ["get", "pods/exec"],
  ["list", "services"],
  ["create", "deployments.apps"],
  ["delete", "deployments.apps"],
  ["list", "deployments.apps"],
  ["create", "jobs.batch"],
  ["delete", "jobs.batch"],
  ["list", "jobs.batch"],
  ["list", "endpointslices.discovery.k8s.io"],
  ["list", POLICIES],
] as const;

/** What a run goes on without, and says so. */
const OPTIONAL = [
  ["get", "namespaces"],
  ["create", POLICIES],
  ["delete", POLICIES],
] as const;

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

interface Role {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly Rule[];
}

const folder = mkdtempSync(join(tmpdir(), "netverdict-rbac-"));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const scenario = file("rbac.yaml", SCENARIO);

/** `pods/exec`, `jobs.batch` */
function resourceOf({ apiGroups: [group], resources: [resource] }: Rule): string {
  return group === "" ? `${resource}` : `${resource}.${group}`;
}

function without(rules: readonly Rule[], verb: string, resource: string): readonly Rule[] {
  return rules
    .map((rule) =>
      resourceOf(rule) === resource ? { ...rule, verbs: rule.verbs.filter((one) => one !== verb) } : rule,
    )
    .filter((rule) => rule.verbs.length > 0);
}

function accountName(index: number): string {
  return `without-${index}`;
}

/** A service account with these rules in the namespace. */
function account(name: string, rules: readonly Rule[]): readonly object[] {
  const apiGroup = "rbac.authorization.k8s.io";
  const metadata = { name, namespace: NAMESPACE };
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    { apiVersion: `${apiGroup}/v1`, kind: "Role", metadata, rules },
    {
      apiVersion: `${apiGroup}/v1`,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup, kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", ...metadata }],
    },
  ];
}

/** A kubeconfig that knows nothing but the service account's token. */
function kubeconfigOf(name: string): string {
  const token = kubectl("-n", NAMESPACE, "create", "token", name).trim();
  const config = kubectlJson<{ clusters: readonly { readonly name: string }[] }>(
    "config",
    "view",
    "--raw",
    "--minify",
  );
  const context = { cluster: config.clusters[0]?.name, user: name };
  return file(
    `${name}.kubeconfig`,
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: config.clusters,
      users: [{ name, user: { token } }],
      contexts: [{ name, context }],
      "current-context": name,
    }),
  );
}

/** The API server's authorizer sees new bindings a moment later. */
async function untilBound(name: string): Promise<void> {
  const who = `system:serviceaccount:${NAMESPACE}:${name}`;
  for (let tries = 0; tries < 50; tries++) {
    const answer = kubectl(
      "-n",
      NAMESPACE,
      "create",
      "-o",
      "json",
      "-f",
      file(
        "review.json",
        JSON.stringify({
          apiVersion: "authorization.k8s.io/v1",
          kind: "SubjectAccessReview",
          spec: {
            user: who,
            resourceAttributes: {
              namespace: NAMESPACE,
              verb: "get",
              resource: "namespaces",
              name: NAMESPACE,
            },
          },
        }),
      ),
    );
    if ((JSON.parse(answer) as { status: { allowed: boolean } }).status.allowed) return;
    await sleep(100);
  }
  throw new Error(`the rights of ${who} never came`);
}

let printed: readonly Role[] = [];
let rules: readonly Rule[] = [];

beforeAll(async () => {
  kubectl("delete", "namespace", "--ignore-not-found", NAMESPACE);
  kubectl("create", "namespace", NAMESPACE);
  kubectl("apply", "-f", file("workload.yaml", WORKLOAD));
  const { code, stdout, stderr } = await netverdict(
    "rbac",
    scenario,
    "--service-account",
    `${NAMESPACE}/runner`,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  printed = parseAllDocuments(stdout).flatMap((document) => (document.toJS() as Role | null) ?? []);
  rules =
    printed.find(({ kind, metadata }) => kind === "Role" && metadata.namespace === NAMESPACE)?.rules ?? [];
  const items = [
    ...REQUIRED.flatMap(([verb, resource], index) =>
      account(accountName(index), without(rules, verb, resource)),
    ),
    ...account(
      "required-only",
      OPTIONAL.reduce((all, [verb, resource]) => without(all, verb, resource), rules),
    ),
  ];
  kubectl("apply", "-f", file("accounts.json", JSON.stringify({ apiVersion: "v1", kind: "List", items })));
  kubectl("-n", NAMESPACE, "create", "serviceaccount", "runner");
  kubectl("apply", "-f", file("printed.yaml", stdout));
  await untilBound("runner");
  kubectl("-n", NAMESPACE, "wait", "--for=condition=Available", "deployment", "--all", "--timeout=90s");
});

afterAll(() => {
  kubectl("delete", "namespace", "--wait=false", NAMESPACE);
  if (printed.length > 0) kubectl("delete", "--ignore-not-found", "-f", join(folder, "printed.yaml"));
  rmSync(folder, { recursive: true });
});

function ours(): readonly string[] {
  return leftovers().filter((line) => line.includes(` ${NAMESPACE}/`));
}

describe("the printed Roles", () => {
  it("hold what is required, the namespace's own labels, and what the canary needs", () => {
    const all = rules.flatMap((rule) => rule.verbs.map((verb) => `${verb} ${resourceOf(rule)}`));
    const wanted = [...REQUIRED, ...OPTIONAL].map(([verb, resource]) => `${verb} ${resource}`);
    expect([...all].sort()).toEqual(wanted.sort());
  });

  it("are enough: everything is predicted, proven and removed, and nothing is missed", async () => {
    const { code, report } = await runReport("run", scenario, "--kubeconfig", kubeconfigOf("runner"));
    expect(report.problems).toEqual([]);
    expect(report.flows.map(({ id, predicted, verdict }) => [id, predicted, verdict])).toEqual(
      report.flows.map(({ id, expected }) => [id, expected, "pass"]),
    );
    expect({ code, flows: report.summary.flows }).toEqual({ code: 0, flows: 5 });
    expect(ours()).toEqual([]);
    const used = Object.keys(report.requests?.byKind ?? {});
    for (const [verb, resource] of REQUIRED) {
      const plural = resource.split(".")[0];
      expect(used, `${verb} ${resource}`).toContain(
        resource === "pods/exec" ? "exec pods" : `${verb} ${plural}`,
      );
    }
  });

  it.each(
    REQUIRED.map(([verb, resource], index) => ({ right: `${verb} ${resource}`, index })),
  )("without $right a run does not begin, and says so", async ({ right, index }) => {
    const name = accountName(index);
    const { code, stdout, stderr } = await netverdict("run", scenario, "--kubeconfig", kubeconfigOf(name));
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    const missing = stderr.split("\n").filter((line) => /^ {2}\w+ \S+ in namespace /.test(line));
    expect(stderr).toContain(`missing for system:serviceaccount:${NAMESPACE}:${name}`);
    expect(missing.map((line) => line.trim().split(":")[0])).toEqual([`${right} in namespace ${NAMESPACE}`]);
    expect(stderr).toContain(
      `netverdict rbac ${scenario} --service-account ${NAMESPACE}/${name} | kubectl apply -f -`,
    );
    expect(ours()).toEqual([]);
  });

  it("without the optional ones let a run go on, which says what it goes without", async () => {
    const { code, report } = await runReport("run", scenario, "--kubeconfig", kubeconfigOf("required-only"));
    expect(report.problems.map(({ severity, message }) => `${severity}: ${message}`)).toEqual([
      expect.stringMatching(`^warning: no right to get namespaces/${NAMESPACE}: `),
      expect.stringMatching(
        "^warning: no right to list pods, services, .* in namespace kube-system; get namespaces/kube-system: ",
      ),
      expect.stringMatching("^warning: no right to list nodes: "),
    ]);
    expect(report.flows.map(({ verdict }) => verdict)).toEqual(["pass", "pass", "pass", "pass", "pass"]);
    expect(report.enforcement?.grade).toBe("not-proven");
    expect(report.enforcement?.reason).toMatch(/no right to create networkpolicies.*--canary off/);
    expect(code).toBe(2);
    expect(ours()).toEqual([]);
  });
});
