import type { AdminFieldPath, AdminPort } from "../../model/admin-policy.ts";
import type {
  AdminNetworkPolicyPort,
  ClusterNetworkPolicyProtocol,
  Protocol,
} from "../../model/kubernetes.ts";

/** An entry of `protocols` of v1alpha2 (T10). */
export function normaliseProtocol(
  entry: ClusterNetworkPolicyProtocol | null | undefined,
  path: AdminFieldPath,
): AdminPort {
  const { tcp, udp, sctp, destinationNamedPort } = entry ?? {};
  for (const [protocol, match] of [
    ["TCP", tcp],
    ["UDP", udp],
    ["SCTP", sctp],
  ] as const) {
    if (match) {
      const port = match.destinationPort;
      const field = protocol.toLowerCase();
      // Without a port the API server refuses it (V18); to Go's decoder it is every port.
      return port
        ? numbers(protocol, port.number ?? port.range?.start, port.number ?? port.range?.end, [
            ...path,
            field,
            "destinationPort",
          ])
        : { kind: "protocol", path: [...path, field], protocol };
    }
  }
  return destinationNamedPort
    ? { kind: "named", path: [...path, "destinationNamedPort"], name: destinationNamedPort }
    : unknown(path);
}

/** An entry of `ports` of v1alpha1; TCP where it names no protocol (T10). */
export function normalisePort(
  entry: AdminNetworkPolicyPort | null | undefined,
  path: AdminFieldPath,
): AdminPort {
  const { portNumber, portRange, namedPort } = entry ?? {};
  if (portNumber) {
    const { protocol, port } = portNumber;
    return numbers(protocol ?? "TCP", port, port, [...path, "portNumber"]);
  }
  if (portRange) {
    const { protocol, start, end } = portRange;
    return numbers(protocol ?? "TCP", start, end, [...path, "portRange"]);
  }
  return namedPort ? { kind: "named", path: [...path, "namedPort"], name: namedPort } : unknown(path);
}

function numbers(
  protocol: Protocol,
  first: number | undefined,
  last: number | undefined,
  path: AdminFieldPath,
): AdminPort {
  return first === undefined || last === undefined
    ? unknown(path)
    : { kind: "range", path, protocol, first, last };
}

function unknown(path: AdminFieldPath): AdminPort {
  return { kind: "unknown", path, problem: "no port or protocol that is known here" };
}
