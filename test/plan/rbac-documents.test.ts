import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import type { RunRights } from "../../src/model/right.ts";
import { type RbacOptions, rbacDocuments } from "../../src/plan/rbac-documents.ts";
import { rightsOf } from "../../src/plan/rights.ts";
import { flow, labelsEndpoint } from "../build-snapshot.ts";

const ACCOUNT: RbacOptions = {
  subject: { kind: "ServiceAccount", namespace: "ci", name: "smoke" },
  clusterRole: false,
  scenarios: ["shop.yaml"],
};

const LIST_PODS = { verb: "list", group: "", resource: "pods", purposes: ["to see pods"] } as const;

interface RbacObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly resourceNames?: readonly string[];
    readonly verbs: readonly string[];
  }[];
  readonly roleRef?: object;
  readonly subjects?: readonly object[];
}

/** Read as Kubernetes does it, by the rules of YAML 1.1; the head is a comment, which is no object. */
function objects(text: string): readonly RbacObject[] {
  return parseAllDocuments(text, { version: "1.1" }).flatMap((document) => {
    expect(document.errors).toEqual([]);
    const object = document.toJS() as RbacObject | null;
    return object === null ? [] : [object];
  });
}

function granted(text: string): readonly string[] {
  return objects(text)
    .flatMap(({ metadata, rules = [] }) =>
      rules.flatMap(({ apiGroups, resources, resourceNames = [""], verbs }) =>
        verbs.map((verb) =>
          [metadata.namespace, verb, ...apiGroups, ...resources, ...resourceNames].join(" "),
        ),
      ),
    )
    .sort();
}

describe("the printed RBAC", () => {
  it("reads like this", () => {
    const rights: RunRights = {
      required: [
        { ...LIST_PODS, namespace: "shop" },
        { ...LIST_PODS, verb: "create", namespace: "shop", purposes: ["to make pods", "to see pods"] },
      ],
      optional: [
        {
          loss: "labels are not known",
          choices: [
            [
              {
                verb: "get",
                group: "",
                resource: "namespaces",
                namespace: "shop",
                name: "shop",
                purposes: ["labels"],
              },
            ],
          ],
        },
        {
          loss: "nodes are not known",
          choices: [[{ verb: "list", group: "", resource: "nodes", purposes: ["nodes"] }]],
        },
      ],
    };
    expect(rbacDocuments(rights, ACCOUNT)).toBe(`# The least rights for: netverdict run shop.yaml
# What is applied later for the same subject replaces this: name all of its scenarios at once.
# Creating pods and running commands in them is much: it can read every Secret of the namespace.
# The account: kubectl -n ci create serviceaccount smoke
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: netverdict-ci-smoke
  namespace: shop
rules:
  # labels (optional)
  - apiGroups: [""]
    resources: [namespaces]
    resourceNames: [shop]
    verbs: [get]
  # create, list: to see pods
  # create: to make pods
  - apiGroups: [""]
    resources: [pods]
    verbs: [create, list]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: netverdict-ci-smoke
  namespace: shop
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: netverdict-ci-smoke
subjects:
  - kind: ServiceAccount
    namespace: ci
    name: smoke
---
# Optional. Without it: nodes are not known.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: netverdict-ci-smoke-reader
rules:
  # nodes
  - apiGroups: [""]
    resources: [nodes]
    verbs: [list]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: netverdict-ci-smoke-reader
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: netverdict-ci-smoke-reader
subjects:
  - kind: ServiceAccount
    namespace: ci
    name: smoke
`);
  });

  const web = labelsEndpoint("web", "shop");
  const rights = rightsOf(
    [flow(web, labelsEndpoint("db", "data")), flow(web, { kind: "dns", name: "dns", range: web.range })],
    { standIns: false, controlNamespace: "lab" },
  );
  const wanted = [...rights.required, ...rights.optional.flatMap(({ choices }) => choices[0] ?? [])];

  it("grants every right, the first choice of the optional ones, and nothing else", () => {
    const expected = wanted.map(({ namespace, verb, group, resource, name = "" }) =>
      [namespace, verb, group, resource, name].join(" "),
    );
    expect(granted(rbacDocuments(rights, ACCOUNT))).toEqual([...new Set(expected)].sort());
  });

  it("binds every Role in its own namespace to the subject", () => {
    const all = objects(rbacDocuments(rights, ACCOUNT));
    const roles = all.filter(({ rules }) => rules !== undefined);
    const bindings = all.filter(({ subjects }) => subjects !== undefined);
    expect(roles.map(({ metadata }) => metadata.namespace)).toEqual([
      "data",
      "kube-system",
      "lab",
      "shop",
      undefined,
    ]);
    expect(bindings.map(({ metadata }) => metadata)).toEqual(roles.map(({ metadata }) => metadata));
    for (const [index, { roleRef, subjects }] of bindings.entries()) {
      const role = roles[index];
      const apiGroup = "rbac.authorization.k8s.io";
      expect(roleRef).toEqual({ apiGroup, kind: role?.kind, name: role?.metadata.name });
      expect(subjects).toEqual([{ kind: "ServiceAccount", namespace: "ci", name: "smoke" }]);
    }
  });

  it.each([
    [{ kind: "ServiceAccount", namespace: "netverdict", name: "netverdict" }, "netverdict"],
    [{ kind: "ServiceAccount", namespace: "ci", name: "smoke" }, "netverdict-ci-smoke"],
    [{ kind: "User", name: "jane@example.org" }, "netverdict-jane@example.org"],
    [{ kind: "User", name: "https://id/50%" }, "netverdict-https:--id-50-"],
  ] as const)("for %j bears a name of its own, so that it replaces nobody else's", (subject, name) => {
    for (const clusterRole of [false, true]) {
      const all = objects(rbacDocuments(rights, { ...ACCOUNT, clusterRole, subject }));
      expect(all.length).toBeGreaterThan(0);
      for (const { metadata } of all) expect([name, `${name}-reader`]).toContain(metadata.name);
    }
  });

  it("is one ClusterRole with the same rights, on demand", () => {
    const text = rbacDocuments(rights, { ...ACCOUNT, clusterRole: true });
    expect(objects(text).map(({ kind }) => kind)).toEqual(["ClusterRole", "ClusterRoleBinding"]);
    const anywhere = wanted.map(({ verb, group, resource }) => ["", verb, group, resource, ""].join(" "));
    expect(granted(text)).toEqual([...new Set(anywhere)].sort());
    expect(text).toContain("in every namespace");
  });

  it("keeps a right to one object to that object in a ClusterRole, too", () => {
    const right = { verb: "patch", group: "", resource: "configmaps", purposes: ["report"] } as const;
    const one = { required: [{ ...right, namespace: "ci", name: "report" }], optional: [] };
    expect(granted(rbacDocuments(one, { ...ACCOUNT, clusterRole: true }))).toEqual([
      " patch  configmaps report",
    ]);
  });

  it("says optional of what is never required, and not of what is", () => {
    const text = rbacDocuments(rights, { ...ACCOUNT, clusterRole: true });
    expect(text).toContain("the cluster's DNS (optional)");
    expect(text).toContain("stand-ins are created, awaited and removed\n");
    expect(text).not.toContain("stand-ins are created, awaited and removed (optional)");
  });

  it("binds to a user", () => {
    const text = rbacDocuments(rights, { ...ACCOUNT, subject: { kind: "User", name: "jane" } });
    const subjects = objects(text).flatMap((object) => object.subjects ?? []);
    expect(new Set(subjects.map((subject) => JSON.stringify(subject)))).toEqual(
      new Set([JSON.stringify({ kind: "User", apiGroup: "rbac.authorization.k8s.io", name: "jane" })]),
    );
    expect(text).not.toContain("serviceaccount");
  });

  it.each([
    "y",
    "on",
    "0755",
    "1e3",
    "null",
    "12345",
  ])("keeps the namespace %s a text for YAML 1.1", (namespace) => {
    const odd = rbacDocuments({ required: [{ ...LIST_PODS, namespace }], optional: [] }, ACCOUNT);
    expect(objects(odd).map(({ metadata }) => metadata.namespace)).toEqual([namespace, namespace]);
  });
});
