import { execFileSync } from "node:child_process";
import { type KubernetesObject, objectsOf } from "./helm.ts";

/** What a Role or ClusterRole grants, and to whom, in an order of its own. */
export interface RoleRules {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
  /** `create apps/deployments`, `get /namespaces shop` */
  readonly rules: readonly string[];
  readonly subjects: readonly unknown[];
}

interface Role extends KubernetesObject {
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly resourceNames?: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

interface Binding extends KubernetesObject {
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects: readonly unknown[];
}

/** The Roles among these objects, each with the subjects that are bound to it. */
export function roleRules(objects: readonly KubernetesObject[]): readonly RoleRules[] {
  const bindings = objects.filter((object): object is Binding => object.kind.endsWith("RoleBinding"));
  return objects
    .filter((object): object is Role => object.kind.endsWith("Role"))
    .map(({ kind, metadata: { name, namespace }, rules }) => ({
      kind,
      name,
      namespace,
      rules: [...new Set(rules.flatMap(rights))].sort(),
      subjects: bindings
        .filter(({ roleRef, metadata }) => metadata.namespace === namespace && roleRef.name === name)
        .filter(({ roleRef }) => roleRef.kind === kind)
        .flatMap(({ subjects }) => subjects),
    }))
    .sort((one, other) => (key(one) < key(other) ? -1 : 1));
}

function key({ kind, namespace, name }: RoleRules): string {
  return `${kind} ${namespace} ${name}`;
}

function rights(rule: Role["rules"][number]): readonly string[] {
  const names = rule.resourceNames ?? [undefined];
  return rule.apiGroups.flatMap((group) =>
    rule.resources.flatMap((resource) =>
      rule.verbs.flatMap((verb) =>
        names.map((name) => `${verb} ${group}/${resource}${name === undefined ? "" : ` ${name}`}`),
      ),
    ),
  );
}

/** What `netverdict rbac` prints for a scenario and an account, NAMESPACE/NAME. */
export function rightsOf(scenario: string, account: string): readonly KubernetesObject[] {
  return objectsOf(rightsText(scenario, account));
}

export function rightsText(scenario: string, account: string, folder = "."): string {
  const program = `${process.cwd()}/src/cli/netverdict.ts`;
  return execFileSync(process.execPath, [program, "rbac", "--service-account", account, scenario], {
    cwd: folder,
    encoding: "utf8",
  });
}
