import { type DirectionWords, describeTraffic } from "../direction-text.ts";
import { formatPath } from "../field-path.ts";
import type { CompiledAdminRule } from "./compiled-admin-policy.ts";

const VERBS = { Accept: "accepts", Deny: "denies", Pass: "passes on" } as const;

/** `ClusterNetworkPolicy deny-all (Admin tier, priority 10) denies TCP 80 from shop/web (spec.ingress[0])` */
export function describeAdminRule({ policy, rule }: CompiledAdminRule, words: DirectionWords): string {
  const { kind, name, tier, priority } = policy;
  const place = kind === "BaselineAdminNetworkPolicy" ? `${tier} tier` : `${tier} tier, priority ${priority}`;
  const problem = rule.problem === undefined ? "" : `; ${rule.problem}`;
  return `${kind} ${name} (${place}) ${VERBS[rule.action]} ${describeTraffic(words)} (${formatPath(rule.path)}${problem})`;
}
