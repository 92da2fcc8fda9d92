import { Document, type Node } from "yaml";
import type { Right, RunRights } from "../model/right.ts";

/** Whom the rights are for. */
export type Subject =
  | { readonly kind: "ServiceAccount"; readonly namespace: string; readonly name: string }
  | { readonly kind: "User"; readonly name: string };

export interface RbacOptions {
  readonly subject: Subject;
  /** One ClusterRole for everything, instead of a Role in each namespace. */
  readonly clusterRole: boolean;
  /** What the rights are for, as the user named it. */
  readonly scenarios: readonly string[];
}

const API_GROUP = "rbac.authorization.k8s.io";

/** What is wanted of one Role, with what is lost without it. */
interface Wanted {
  readonly right: Right;
  /** Absent: required. */
  readonly loss?: string;
}

/** Manifests that grant exactly these rights, as YAML for `kubectl apply -f -`; the same rights give the same text. */
export function rbacDocuments(rights: RunRights, options: RbacOptions): string {
  const wanted: readonly Wanted[] = [
    ...rights.required.map((right) => ({ right })),
    ...rights.optional.flatMap(({ loss, choices }) => (choices[0] ?? []).map((right) => ({ right, loss }))),
  ];
  const objects = options.clusterRole ? [clusterRole(wanted, options)] : roles(wanted, options);
  const documents = objects.flatMap((role) => [roleText(role), bindingText(role, options.subject)]);
  return [header(options), ...documents].join("---\n");
}

interface Role {
  readonly name: string;
  /** Absent: a ClusterRole. */
  readonly namespace?: string;
  readonly wanted: readonly Wanted[];
}

function clusterRole(wanted: readonly Wanted[], { subject }: RbacOptions): Role {
  const anywhere = wanted.map(({ right: { namespace: _namespace, name, ...right }, ...rest }) => ({
    right: name === undefined || right.resource === "namespaces" ? right : { ...right, name },
    ...rest,
  }));
  return { name: roleName(subject), wanted: anywhere };
}

/**
 * Of all Roles of a subject, so that the next ones replace them, and nobody else's. RBAC names may hold everything but
 * slashes and per cent signs.
 */
function roleName(subject: Subject): string {
  const who = subject.kind === "User" ? subject.name : `${subject.namespace}-${subject.name}`;
  return who === "netverdict-netverdict" ? "netverdict" : `netverdict-${who.replaceAll(/[/%]/g, "-")}`;
}

function roles(wanted: readonly Wanted[], { subject }: RbacOptions): readonly Role[] {
  const name = roleName(subject);
  const namespaces = new Set(wanted.flatMap(({ right }) => right.namespace ?? []));
  const inCluster = wanted.filter(({ right }) => right.namespace === undefined);
  return [
    ...[...namespaces].sort().map((namespace) => ({
      name,
      namespace,
      wanted: wanted.filter(({ right }) => right.namespace === namespace),
    })),
    ...(inCluster.length === 0 ? [] : [{ name: `${name}-reader`, wanted: inCluster }]),
  ];
}

function header({ subject, clusterRole, scenarios }: RbacOptions): string {
  const lines = [
    `The least rights for: netverdict run ${scenarios.join(" ")}`,
    "What is applied later for the same subject replaces this: name all of its scenarios at once.",
    ...(clusterRole
      ? ["These rights hold in every namespace. Without --cluster-role they end at those of the scenarios."]
      : []),
    "Creating pods and running commands in them is much: it can read every Secret of the namespace.",
    ...(subject.kind === "ServiceAccount"
      ? [`The account: kubectl -n ${subject.namespace} create serviceaccount ${subject.name}`]
      : []),
  ];
  return lines.map((line) => `# ${line}\n`).join("");
}

function roleText({ name, namespace, wanted }: Role): string {
  const document = new Document(null, YAML_FOR_KUBERNETES);
  const losses = new Set(wanted.flatMap(({ loss }) => loss ?? []));
  const isOptional = wanted.every(({ loss }) => loss !== undefined);
  const role = document.createNode({
    apiVersion: `${API_GROUP}/v1`,
    kind: namespace === undefined ? "ClusterRole" : "Role",
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    // What is said of the whole Role need not be said of each rule.
    rules: ruleNodes(isOptional ? wanted.map(({ right }) => ({ right })) : wanted, document),
  });
  if (isOptional) {
    role.commentBefore = [...losses].map((loss) => ` Optional. Without it: ${loss}.`).join("\n");
  }
  document.contents = role;
  return document.toString(FORMAT);
}

/** Readers of Kubernetes manifests take y, on and 0755 for other things than text (YAML 1.1), so these are quoted. */
const YAML_FOR_KUBERNETES = { version: "1.1" } as const;
const FORMAT = { flowCollectionPadding: false, lineWidth: 0 } as const;

/** One rule for each resource (and object), with what its verbs are for. */
function ruleNodes(wanted: readonly Wanted[], document: Document): readonly Node[] {
  const rules = new Map<string, Wanted[]>();
  for (const one of wanted) {
    const { group, resource, name } = one.right;
    const key = JSON.stringify([group, resource, name]);
    rules.set(key, [...(rules.get(key) ?? []), one]);
  }
  const flow = (items: readonly string[]): Node => document.createNode(items, { flow: true });
  return [...rules]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, members]) => {
      const first = members[0]?.right;
      if (first === undefined) return [];
      const rule = document.createNode({
        apiGroups: flow([first.group]),
        resources: flow([first.resource]),
        ...(first.name === undefined ? {} : { resourceNames: flow([first.name]) }),
        verbs: flow(sorted(members.map(({ right }) => right.verb))),
      });
      rule.commentBefore = purposeLines(members)
        .map((line) => ` ${line}`)
        .join("\n");
      return [rule];
    });
}

/** `create, list: why`; without the verbs where they are all for the same. */
function purposeLines(members: readonly Wanted[]): readonly string[] {
  const byPurpose = new Map<string, Wanted[]>();
  for (const member of members) {
    for (const purpose of member.right.purposes) {
      byPurpose.set(purpose, [...(byPurpose.get(purpose) ?? []), member]);
    }
  }
  return [...byPurpose].map(([purpose, having]) => {
    const verbs = sorted(having.map(({ right }) => right.verb)).join(", ");
    const optional = having.every(({ loss }) => loss !== undefined) ? " (optional)" : "";
    return byPurpose.size === 1 ? `${purpose}${optional}` : `${verbs}: ${purpose}${optional}`;
  });
}

function sorted(items: readonly string[]): readonly string[] {
  return [...new Set(items)].sort();
}

function bindingText({ name, namespace }: Role, subject: Subject): string {
  const isCluster = namespace === undefined;
  const { kind, ...who } = subject;
  return new Document(
    {
      apiVersion: `${API_GROUP}/v1`,
      kind: isCluster ? "ClusterRoleBinding" : "RoleBinding",
      metadata: { name, ...(isCluster ? {} : { namespace }) },
      roleRef: { apiGroup: API_GROUP, kind: isCluster ? "ClusterRole" : "Role", name },
      subjects: [kind === "User" ? { kind, apiGroup: API_GROUP, ...who } : { kind, ...who }],
    },
    YAML_FOR_KUBERNETES,
  ).toString(FORMAT);
}
