import type { Direction } from "../model/prediction.ts";
import type { TrafficProtocol } from "../model/traffic.ts";
import type { CompiledPolicy, PolicyRule } from "./compiled-policy.ts";
import { formatPath } from "./field-path.ts";

/** What a direction is about, for its reasons. */
export interface DirectionWords {
  readonly direction: Direction;
  readonly subject: string;
  readonly other: string;
  readonly port: number;
  readonly protocol: TrafficProtocol;
}

export function describePolicy({ namespace, name }: CompiledPolicy): string {
  return `${namespace}/${name}`;
}

/** `TCP 5432 from production/frontend`, `ICMP to 203.0.113.10` */
export function describeTraffic({ direction, other, port, protocol }: DirectionWords): string {
  return `${protocol === "ICMP" ? protocol : `${protocol} ${port}`} ${direction === "ingress" ? "from" : "to"} ${other}`;
}

/** `policy a/b isolates a/pod for ingress`; at most two policies by name. */
export function describeIsolation(policies: readonly CompiledPolicy[], words: DirectionWords): string {
  const [first, second, ...rest] = policies.map(describePolicy);
  const names =
    second === undefined
      ? `policy ${first} isolates`
      : rest.length === 0
        ? `policies ${first} and ${second} isolate`
        : `policies ${first}, ${second} and ${rest.length} more isolate`;
  return `${names} ${words.subject} for ${words.direction}`;
}

export function describeDenial(policies: readonly CompiledPolicy[], words: DirectionWords): string {
  return `${describeIsolation(policies, words)} and no rule allows ${describeTraffic(words)}`;
}

export function describeAllowance({ policy, rule }: PolicyRule, words: DirectionWords): string {
  return `policy ${describePolicy(policy)} allows ${describeTraffic(words)} (${formatPath(rule.path)})`;
}
