import type { Container } from "../model/kubernetes.ts";
import {
  duplicate,
  type FieldError,
  type FieldPath,
  invalid,
  notSupported,
  required,
} from "./field-error.ts";
import { portNameErrors, portNumberErrors } from "./name-syntax.ts";

const PROTOCOLS = ["SCTP", "TCP", "UDP"];
const ID = "invalid-container-port";

/**
 * V16: what the API server would refuse of the ports of one container (k8s.io/kubernetes pkg/apis/core/validation,
 * validateContainerPorts of 1.36). What else it checks of a pod is not ours.
 */
export function containerPortErrors(container: Container, path: FieldPath): FieldError[] {
  const names = new Set<string>();
  return (container.ports ?? []).flatMap((port, index) => {
    const at = (field: string): FieldPath => [...path, "ports", index, field];
    const errors: FieldError[] = [];
    const name = port.name ?? "";
    const badName = name === "" ? [] : portNameErrors(name);
    errors.push(...badName.map((error) => invalid(ID, at("name"), name, error)));
    if (name !== "" && badName.length === 0) {
      if (names.has(name)) errors.push(duplicate(ID, at("name"), name));
      names.add(name);
    }
    if (port.containerPort === 0) errors.push(required(ID, at("containerPort"), ""));
    else errors.push(...numberErrors(port.containerPort, at("containerPort")));
    if (port.hostPort) errors.push(...numberErrors(port.hostPort, at("hostPort")));
    const protocol: string = port.protocol || "TCP";
    if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(ID, at("protocol"), protocol, PROTOCOLS));
    return errors;
  });
}

function numberErrors(port: number, path: FieldPath): FieldError[] {
  return portNumberErrors(port).map((error) => invalid(ID, path, port, error));
}
