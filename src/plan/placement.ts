import type { Placement } from "../model/canary.ts";
import type { Node } from "../model/kubernetes.ts";
import type { Check } from "../model/plan.ts";
import type { ResolvedTarget } from "../model/resolved.ts";

/** Where the ends of one check run; what is absent is the scheduler's choice. */
export interface Spot {
  readonly placement?: Check["placement"];
  readonly sourceNode?: string;
  /** For targets that are stand-ins. */
  readonly targetNode?: string;
  /** Why there is no such spot. */
  readonly impossible?: string;
}

/**
 * The spots in which a flow to a target is to be tried. Targets that are not on one node (a ClusterIP, an address, a
 * name) are tried from anywhere, whatever was asked for.
 */
export function spotsFor(
  target: ResolvedTarget,
  placement: Placement,
  nodes: readonly Node[],
): readonly Spot[] {
  if (placement === "any" || (target.kind !== "pod" && target.kind !== "stand-in")) return [{}];
  const usable = nodes.filter(isUsable).map(({ metadata }) => metadata.name);
  const at = target.kind === "pod" ? (target.pod.spec.nodeName ?? undefined) : usable[0];
  const spots: Spot[] = [];
  if (placement !== "cross-node") spots.push(spot("same-node", target, at, at));
  if (placement !== "same-node")
    spots.push(
      spot(
        "cross-node",
        target,
        at,
        usable.find((node) => node !== at),
      ),
    );
  return spots;
}

/** Whether a pod of ours may be put on a node: it is Ready, and not cordoned. */
export function isUsable(node: Node): boolean {
  const ready = node.status?.conditions?.find(({ type }) => type === "Ready");
  return (ready === undefined || ready.status === "True") && node.spec?.unschedulable !== true;
}

function spot(
  placement: NonNullable<Spot["placement"]>,
  target: ResolvedTarget,
  targetNode: string | undefined,
  sourceNode: string | undefined,
): Spot {
  if (targetNode === undefined) {
    return { placement, impossible: "the nodes are not known (list nodes), so none can be chosen" };
  }
  if (sourceNode === undefined) {
    return { placement, impossible: `there is no other node than ${targetNode} to try it from` };
  }
  return { placement, sourceNode, ...(target.kind === "stand-in" ? { targetNode } : {}) };
}
