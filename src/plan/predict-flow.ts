import type { Protocol } from "../model/kubernetes.ts";
import type { Prediction } from "../model/prediction.ts";
import type { ResolvedFlow, ResolvedSource, ResolvedTarget } from "../model/resolved.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { TrafficEnd } from "../model/traffic.ts";
import type { Evaluator } from "../policy/evaluator.ts";
import { dnsTarget } from "../resolve/dns.ts";
import { predictBackends } from "./predict-check.ts";
import { templateEnd } from "./template.ts";

/** What the policies say of each target of a flow, without any stand-in being there. */
export function predictFlow(resolved: ResolvedFlow, evaluator: Evaluator): readonly Prediction[] {
  const from = sourceEnd(resolved.source);
  return resolved.targets.map((target) => predictTarget(from, target, resolved.flow.protocol, evaluator));
}

/** What the policies say of the source's way to the cluster's DNS (S46), for targets that are names. */
export function predictDns(from: TrafficEnd, snapshot: Snapshot, evaluator: Evaluator): Prediction {
  return predictBackends(dnsTarget(snapshot).backends, from, "UDP", evaluator);
}

/**
 * S46: what the policies say of flows to names, whose DNS they may forbid. A wanted flow then fails with its name; that
 * an unwanted one does is no proof of its own.
 */
export function predictWithNames(
  resolved: ResolvedFlow,
  snapshot: Snapshot,
  evaluator: Evaluator,
): readonly Prediction[] {
  const predictions = predictFlow(resolved, evaluator);
  if (resolved.flow.expect !== "allow" || !resolved.targets.some(({ kind }) => kind === "host")) {
    return predictions;
  }
  const dns = predictDns(sourceEnd(resolved.source), snapshot, evaluator);
  return predictions.map((prediction, index) => {
    const target = resolved.targets[index];
    if (target?.kind !== "host" || prediction.value === "deny" || dns.value !== "deny") return prediction;
    const reason = `${target.host} cannot be looked up, DNS is denied (S46): ${dns.reason}`;
    return { ...dns, reason };
  });
}

function sourceEnd(source: ResolvedSource): TrafficEnd {
  switch (source.kind) {
    case "stand-in":
      return templateEnd("source", source.template);
    case "host-network":
    case "address":
      return source.end;
    default: {
      const never: never = source;
      throw new Error(`unhandled source ${String(never)}`);
    }
  }
}

function predictTarget(
  from: TrafficEnd,
  target: ResolvedTarget,
  protocol: Protocol,
  evaluator: Evaluator,
): Prediction {
  switch (target.kind) {
    case "stand-in":
      return evaluator.connection({
        from,
        to: templateEnd("target", target.template),
        port: target.port,
        protocol,
      });
    case "cluster-ip":
    case "dns":
      return predictBackends(target.backends, from, protocol, evaluator);
    case "pod":
    case "address":
    case "host":
    case "cidr":
      return evaluator.connection({ from, to: target.end, port: target.port, protocol });
    default: {
      const never: never = target;
      throw new Error(`unhandled target ${String(never)}`);
    }
  }
}
