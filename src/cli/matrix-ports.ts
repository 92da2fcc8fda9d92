import { InvalidArgumentError } from "commander";
import { ALL_PORTS, type PortRange, type PortSet, toPortSet } from "../analysis/port-set.ts";
import type { Protocol } from "../model/kubernetes.ts";

const EXPECTED = "Expected a port such as 5432, 53/UDP or 8000-8100/TCP, or all.";

/** `5432`, `53/UDP`, `8000-8100/TCP`, `all`; several add up. */
export function addPorts(text: string, previous: PortSet | undefined): PortSet {
  if (text === "all") return ALL_PORTS;
  return toPortSet([...(previous ?? []), portRange(text)]);
}

function portRange(text: string): PortRange {
  const match = /^(\d+)(?:-(\d+))?(?:\/(TCP|UDP|SCTP))?$/.exec(text);
  if (match === null) throw new InvalidArgumentError(EXPECTED);
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  if (first < 1 || last > 65_535 || last < first) {
    throw new InvalidArgumentError(`${EXPECTED} Ports are from 1 to 65535.`);
  }
  return { protocol: (match[3] ?? "TCP") as Protocol, first, last };
}
