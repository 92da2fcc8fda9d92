import type { Node } from "../model/kubernetes.ts";
import { type NodeRoom, nodeRoom } from "../probe/node-room.ts";

/**
 * To begin with. Probes that wait cost little, but they all start and end at about the same time. Measured on two busy
 * cores: of 1,000 connections at once some that are allowed end by time-out, and a load of 130 with 2,000; starving looks
 * like a policy.
 */
const PROBES_PER_CORE = 128;

/** Of a node that cannot be read. */
const DEFAULT_CORES = 4;

/** The room on each node, by its cores. */
export function nodeRooms(nodes: readonly Node[]): (node: string) => NodeRoom {
  const cores = new Map(
    nodes.map(({ metadata, status }) => [metadata.name, coresOf(status?.allocatable?.cpu)]),
  );
  const rooms = new Map<string, NodeRoom>();
  return (node) => {
    const known = rooms.get(node);
    if (known !== undefined) return known;
    const room = nodeRoom(Math.ceil((cores.get(node) ?? DEFAULT_CORES) * PROBES_PER_CORE));
    rooms.set(node, room);
    return room;
  };
}

/** Of a quantity such as `2`, `0.5` or `1930m`; at least one. */
function coresOf(cpu: string | number | undefined): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(m?)$/.exec(String(cpu ?? ""));
  if (match?.[1] === undefined) return undefined;
  return Math.max(1, Number(match[1]) / (match[2] === "m" ? 1000 : 1));
}
