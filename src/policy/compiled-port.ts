import type { NetworkPolicyPort, PodSpec, Protocol } from "../model/kubernetes.ts";
import type { KnobName, Knobs } from "../model/profile.ts";
import type { TrafficProtocol } from "../model/traffic.ts";
import { declaresPort } from "../selectors/container-ports.ts";
import type { KnobReader } from "./choices.ts";
import type { FieldPath } from "./field-path.ts";

/** Which port numbers an entry of `ports` stands for, apart from the protocol (S24, S26, S27). */
export type PortNumbers =
  | { readonly kind: "all" }
  | { readonly kind: "range"; readonly first: number; readonly last: number }
  | { readonly kind: "named"; readonly name: string }
  /** What the API server refuses (V7); it matches nothing. */
  | { readonly kind: "refused"; readonly problem: string };

export interface CompiledPort {
  readonly path: FieldPath;
  readonly protocol: Protocol;
  /** The policy names no protocol, so TCP is meant. */
  readonly byDefault: boolean;
  readonly numbers: PortNumbers;
}

/** Declared ports of the connection's destination, where that is a pod; names are looked up there only (S27, S29). */
export type PortDeclarations = Pick<PodSpec, "containers" | "initContainers"> | undefined;

/** A null entry is an empty one: every TCP port (S24, V17). */
export function compilePort(port: NetworkPolicyPort | null | undefined, path: FieldPath): CompiledPort {
  const protocol = port?.protocol ?? undefined;
  return {
    path,
    protocol: protocol ?? "TCP",
    byDefault: protocol === undefined,
    numbers: numbersOf(port ?? {}),
  };
}

function numbersOf({ port, endPort }: NetworkPolicyPort): PortNumbers {
  if (typeof port === "number") {
    return { kind: "range", first: port, last: endPort ?? port };
  }
  if (typeof endPort === "number") {
    return { kind: "refused", problem: "endPort needs a numeric port beside it" };
  }
  return typeof port === "string" ? { kind: "named", name: port } : { kind: "all" };
}

/** How the API's text reads ports (S26, S27, S30). */
const AS_WRITTEN: Pick<Knobs, "endPort" | "namedPort" | "namedPortInit"> = {
  endPort: "range",
  namedPort: "resolve",
  namedPortInit: "restartable",
};

export const PORTS_AS_WRITTEN: KnobReader = {
  read: <K extends KnobName>(knob: K): Knobs[K] => (AS_WRITTEN as Knobs)[knob],
};

/** `knobs`: how the open points of ports are decided; absent: as the API's text has it. */
export function matchesPort(
  { protocol: wantedProtocol, numbers }: CompiledPort,
  port: number,
  protocol: TrafficProtocol,
  destination: PortDeclarations,
  knobs: KnobReader = PORTS_AS_WRITTEN,
): boolean {
  if (protocol !== wantedProtocol) {
    return false;
  }
  switch (numbers.kind) {
    case "all":
      return true;
    case "range":
      if (numbers.first === port) {
        return numbers.first <= numbers.last;
      }
      return numbers.first < port && port <= numbers.last && knobs.read("endPort") === "range";
    case "named":
      return (
        matchesNamedPort(numbers.name, port, protocol, destination, knobs) ||
        knobs.read("namedPort") === "whole-protocol"
      );
    case "refused":
      return false;
    default: {
      const never: never = numbers;
      throw new Error(`unhandled port numbers ${JSON.stringify(never)}`);
    }
  }
}

/** Whether a name stands for this port on the destination pod; toward anything else a name matches nothing (S27, S29). */
export function matchesNamedPort(
  name: string,
  port: number,
  protocol: Protocol,
  destination: PortDeclarations,
  knobs: KnobReader,
): boolean {
  if (destination === undefined) {
    return false;
  }
  const wanted = { name, port, protocol };
  if (!declaresPort(destination, wanted, "all")) {
    return false;
  }
  // Only where an init container alone declares it does it matter whose names count.
  return (
    declaresPort(destination, wanted, "none") ||
    declaresPort(destination, wanted, knobs.read("namedPortInit"))
  );
}
