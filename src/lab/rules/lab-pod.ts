import type { Pod, Protocol } from "../../model/kubernetes.ts";
import { type Family, formatAddress, parseAddress } from "./address.ts";

/** A pod as the rules see it: an end of connections with addresses of its own. */
export interface LabPod {
  /** `namespace/name`. */
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly addresses: Readonly<Record<Family, readonly string[]>>;
  readonly namedPorts: readonly NamedPort[];
  readonly node: string | undefined;
}

export interface NamedPort {
  readonly name: string;
  readonly protocol: Protocol;
  readonly number: number;
}

/**
 * Undefined for pods that are no end of their own: on the host's network (their traffic is the node's), ended (the
 * address may be another pod's already), or without an address yet.
 */
export function readLabPod(pod: Pod): LabPod | undefined {
  const { spec, status, metadata } = pod;
  const phase = status?.phase;
  if (spec.hostNetwork === true || phase === "Succeeded" || phase === "Failed") {
    return undefined;
  }
  const addresses = readAddresses(pod);
  if (addresses.ipv4.length + addresses.ipv6.length === 0) {
    return undefined;
  }
  const namespace = metadata.namespace ?? "default";
  return {
    key: `${namespace}/${metadata.name}`,
    namespace,
    name: metadata.name,
    labels: new Map(Object.entries(metadata.labels ?? {})),
    addresses,
    namedPorts: readNamedPorts(pod),
    node: spec.nodeName ?? undefined,
  };
}

function readAddresses({ status }: Pod): Record<Family, string[]> {
  const texts = status?.podIPs?.map(({ ip }) => ip) ?? [];
  if (texts.length === 0 && status?.podIP != null) {
    texts.push(status.podIP);
  }
  return sortAddresses(texts);
}

/** Canonical addresses by family, each once; what is no address is left out. */
export function sortAddresses(texts: readonly string[]): Record<Family, string[]> {
  const found = { ipv4: new Set<string>(), ipv6: new Set<string>() };
  for (const text of texts) {
    const address = parseAddress(text);
    if (address !== undefined) {
      found[address.family].add(formatAddress(address.family, address.bits));
    }
  }
  return { ipv4: [...found.ipv4], ipv6: [...found.ipv6] };
}

/** Of regular containers and of init containers that keep running beside them. */
function readNamedPorts({ spec }: Pod): NamedPort[] {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  return [...spec.containers, ...sidecars].flatMap(({ ports }) =>
    (ports ?? []).flatMap(({ name, containerPort, protocol }) =>
      name == null || name === "" ? [] : [{ name, protocol: protocol ?? "TCP", number: containerPort }],
    ),
  );
}
