import type { Direction } from "../model/prediction.ts";
import type { ProfileName } from "../model/profile.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { PairCounter, type PairCounts } from "./count-pairs.ts";
import { buildEngine, type Engine, type EngineOptions } from "./engine.ts";
import type { PortAtom } from "./port-atoms.ts";

export interface EnginePhase {
  readonly name: "index" | "rows" | "combine";
  /** Milliseconds, with fractions. */
  readonly durationMs: number;
}

/** Who reaches whom, in numbers. */
export interface MatrixSummary {
  readonly profile: ProfileName;
  /** Pods that have not ended; of manifests one for each workload. */
  readonly pods: number;
  readonly namespaces: number;
  readonly networkPolicies: number;
  /** Policies of the admin tiers. */
  readonly adminPolicies: number;
  /** Groups of pods that no policy tells apart. */
  readonly classes: number;
  /** Pods that no NetworkPolicy isolates in a direction, and that the admin tiers do not speak of. */
  readonly unprotected: Readonly<Record<Direction, number>>;
  /** Ordered pairs of pods, each pod with itself among them: what all counts of a port add up to. */
  readonly pairs: number;
  /** All ports of all protocols, those together that are alike to every policy. */
  readonly ports: readonly (Pick<PortAtom, "protocol" | "first" | "last"> & PairCounts)[];
  readonly phases: readonly EnginePhase[];
}

/** `now`: milliseconds of a clock that never goes back. */
export function summarise(
  snapshot: Snapshot,
  { now, ...options }: EngineOptions & { readonly now: () => number },
): MatrixSummary {
  const phases: EnginePhase[] = [];
  const timed = <T>(name: EnginePhase["name"], work: () => T): T => {
    const began = now();
    const result = work();
    phases.push({ name, durationMs: now() - began });
    return result;
  };
  const engine = timed("index", () => {
    const built = buildEngine(snapshot, options);
    built.findSignatures();
    return built;
  });
  timed("rows", () => workOutRows(engine));
  const ports = timed("combine", () => {
    const counter = new PairCounter(engine);
    return engine.ports.atoms.map((atom) => {
      const { protocol, first, last } = atom;
      return { protocol, first: Math.max(first, 1), last, ...counter.count(atom) };
    });
  });
  const { clusterNetworkPolicies, adminNetworkPolicies, baselineAdminNetworkPolicies } =
    snapshot.adminPolicies;
  return {
    profile: engine.profile.name,
    pods: engine.pods.length,
    namespaces: snapshot.namespaces.length,
    networkPolicies: snapshot.networkPolicies.length,
    adminPolicies:
      clusterNetworkPolicies.length + adminNetworkPolicies.length + baselineAdminNetworkPolicies.length,
    classes: engine.classes.podClasses,
    unprotected: { ingress: unprotected(engine, "ingress"), egress: unprotected(engine, "egress") },
    pairs: engine.pods.length ** 2,
    ports,
    phases,
  };
}

/** Works out every row, which is otherwise done when one is asked for. */
export function workOutRows(engine: Engine): void {
  const { judge, classes, ports } = engine;
  for (const atom of ports.atoms) {
    for (let reading = 0; reading < judge.layers.length; reading++) {
      for (let index = 0; index < classes.podClasses; index++) {
        judge.row(reading, "egress", index, atom);
        judge.row(reading, "ingress", index, atom);
      }
    }
  }
}

function unprotected(engine: Engine, direction: Direction): number {
  let pods = 0;
  for (let index = 0; index < engine.classes.podClasses; index++) {
    const { policies, unread, withoutTiers } = engine.signature(direction, index);
    if (policies.length === 0 && !unread && withoutTiers) pods += engine.classes.weights[index] as number;
  }
  return pods;
}
