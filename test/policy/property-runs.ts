import type { Protocol } from "../../src/model/kubernetes.ts";
import type { TrafficEnd } from "../../src/model/traffic.ts";
import type { ConnectionQuery } from "../../src/policy/evaluator.ts";
import { type ArbitraryWorld, PORTS, PROTOCOLS } from "./arbitrary-world.ts";

/**
 * Parameters for fast-check: the same clusters in every default run; `NETVERDICT_PROPERTY_RUNS` asks for more of them
 * and `NETVERDICT_PROPERTY_SEED` for others.
 */
export function propertyRuns(defaultRuns: number): { numRuns: number; seed: number } {
  return {
    numRuns: Number(process.env.NETVERDICT_PROPERTY_RUNS ?? defaultRuns),
    seed: Number(process.env.NETVERDICT_PROPERTY_SEED ?? 20_260),
  };
}

/** Every pair of ends with a pod in it, on every port. */
export function* allQueries({
  pods,
  outside,
}: ArbitraryWorld): Generator<ConnectionQuery & { readonly protocol: Protocol }> {
  const pairs: [TrafficEnd, TrafficEnd][] = pods.flatMap((pod) => [
    ...pods.map((other): [TrafficEnd, TrafficEnd] => [pod, other]),
    ...outside.flatMap((other): [TrafficEnd, TrafficEnd][] => [
      [pod, other],
      [other, pod],
    ]),
  ]);
  for (const [from, to] of pairs) {
    for (const port of PORTS) {
      for (const protocol of PROTOCOLS) {
        yield { from, to, port, protocol };
      }
    }
  }
}
