import type { Protocol } from "../model/kubernetes.ts";
import type { Check } from "../model/plan.ts";
import type { Prediction } from "../model/prediction.ts";
import type { Backend } from "../model/resolved.ts";
import type { PodEnd, TrafficEnd } from "../model/traffic.ts";
import { combinePredictions } from "../policy/combine-predictions.ts";
import type { Evaluator } from "../policy/evaluator.ts";

export function protocolOf(kind: Check["kind"]): Protocol {
  return kind === "udp" || kind === "dns-udp" ? "UDP" : "TCP";
}

/** What the policies say of one check, given where its stand-ins are. */
export function predictCheck(
  check: Pick<Check, "to" | "port" | "kind">,
  source: TrafficEnd,
  endOf: (standIn: string) => PodEnd,
  evaluator: Evaluator,
): Prediction {
  const protocol = protocolOf(check.kind);
  const { to } = check;
  switch (to.kind) {
    case "stand-in":
      return evaluator.connection({ from: source, to: endOf(to.standIn), port: check.port, protocol });
    case "address":
    case "host":
      return evaluator.connection({ from: source, to: to.end, port: check.port, protocol });
    case "service":
    case "dns":
      return predictBackends(to.backends, source, protocol, evaluator);
    default: {
      const never: never = to;
      throw new Error(`unhandled target ${String(never)}`);
    }
  }
}

/** One prediction for a connection that may end at any of these. */
export function predictBackends(
  backends: readonly Backend[],
  source: TrafficEnd,
  protocol: Protocol,
  evaluator: Evaluator,
): Prediction {
  return combinePredictions(
    backends.map((backend) => ({
      display: `${backend.end.display}:${backend.port}`,
      prediction: evaluator.connection({
        from: source,
        to: backend.end,
        port: backend.port,
        protocol,
        ...(backend.via === undefined ? {} : { via: backend.via }),
      }),
    })),
  );
}
