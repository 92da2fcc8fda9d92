import type { NetworkPolicyPort, PodSpec, Protocol } from "../model/kubernetes.ts";
import { resolveNamedPort } from "../selectors/container-ports.ts";
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

export function matchesPort(
  { protocol: wantedProtocol, numbers }: CompiledPort,
  port: number,
  protocol: Protocol,
  destination: PortDeclarations,
): boolean {
  if (protocol !== wantedProtocol) {
    return false;
  }
  switch (numbers.kind) {
    case "all":
      return true;
    case "range":
      return numbers.first <= port && port <= numbers.last;
    case "named":
      return (
        destination !== undefined && resolveNamedPort(destination, numbers.name, protocol).includes(port)
      );
    case "refused":
      return false;
    default: {
      const never: never = numbers;
      throw new Error(`unhandled port numbers ${JSON.stringify(never)}`);
    }
  }
}
