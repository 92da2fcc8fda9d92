import { declaredPorts, resolveNamedPort } from "../selectors/container-ports.ts";
import { type CompiledPort, matchesPort } from "./compiled-port.ts";
import { DISTANCE, type Miss } from "./miss.ts";
import type { RuleQuestion } from "./rule-match.ts";

/**
 * Why none of a rule's ports matches: the nearest of them; undefined: one matches.
 * @param destination the destination for the text
 */
export function missOfPorts(
  ports: readonly CompiledPort[],
  question: RuleQuestion,
  destination: string,
): Miss | undefined {
  const misses: Miss[] = [];
  for (const port of ports) {
    if (matchesPort(port, question.port, question.protocol, question.destination, question.knobs)) {
      return undefined;
    }
    misses.push(missOf(port, ports, question, destination));
  }
  return misses.reduce((nearest, miss) => (miss.distance < nearest.distance ? miss : nearest));
}

function missOf(
  port: CompiledPort,
  ports: readonly CompiledPort[],
  question: RuleQuestion,
  destination: string,
): Miss {
  const { numbers } = port;
  if (port.protocol !== question.protocol) {
    return missOfProtocol(port, question);
  }
  const path = [...port.path, "port"];
  switch (numbers.kind) {
    case "range":
      return { distance: DISTANCE.otherPort, path, text: () => otherNumber(ports, question) };
    case "named":
      return {
        distance: DISTANCE.otherPort,
        path,
        text: () => otherName(numbers.name, port.protocol, question, destination),
      };
    case "refused":
      return { distance: DISTANCE.refused, path: port.path, text: () => numbers.problem };
    case "all":
      throw new Error("an entry for all ports of the protocol cannot miss");
    default: {
      const never: never = numbers;
      throw new Error(`unhandled port numbers ${JSON.stringify(never)}`);
    }
  }
}

function missOfProtocol(port: CompiledPort, question: RuleQuestion): Miss {
  const { protocol, path, byDefault } = port;
  const numberFits = matchesPort(port, question.port, protocol, question.destination);
  const wantedPort = numberFits ? "" : ` ${describeNumbers(port)}`;
  const asked = numberFits
    ? `flow is ${question.protocol}`
    : `flow asks ${question.protocol} ${question.port}`;
  return {
    distance: numberFits ? DISTANCE.overlooked : DISTANCE.otherPortAndProtocol,
    path: [...path, "protocol"],
    text: () => `${protocol}${wantedPort} wanted${byDefault ? " (the default protocol)" : ""}, ${asked}`,
  };
}

function describeNumbers({ numbers }: CompiledPort): string {
  switch (numbers.kind) {
    case "all":
      return "";
    case "range":
      return numbers.first === numbers.last ? String(numbers.first) : `${numbers.first}-${numbers.last}`;
    case "named":
      return numbers.name;
    case "refused":
      return "of a refused entry";
    default: {
      const never: never = numbers;
      throw new Error(`unhandled port numbers ${JSON.stringify(never)}`);
    }
  }
}

/** `port 80 or 443 wanted, flow asks 8081`, and a hint where the pod's declarations show a mix-up. */
function otherNumber(ports: readonly CompiledPort[], question: RuleQuestion): string {
  const wanted = ports
    .filter((port) => port.protocol === question.protocol && port.numbers.kind === "range")
    .map(describeNumbers);
  const list = wanted.length < 2 ? wanted.join("") : `${wanted.slice(0, -1).join(", ")} or ${wanted.at(-1)}`;
  return `port ${list} wanted, flow asks ${question.port}${mixUp(wanted, question)}`;
}

/** Policies count the destination pod's own ports, never a Service's (S25): a common mix-up. */
function mixUp(wanted: readonly string[], { destination, port, protocol }: RuleQuestion): string {
  const declared = new Set(
    (destination === undefined ? [] : declaredPorts(destination))
      .filter((candidate) => candidate.protocol === protocol)
      .map((candidate) => String(candidate.port)),
  );
  const wantedIsDeclared = wanted.some((candidate) => declared.has(candidate));
  const askedIsDeclared = declared.has(String(port));
  if (askedIsDeclared && !wantedIsDeclared) {
    return ", which the pod declares: policies count the pod's ports, not a Service's";
  }
  return wantedIsDeclared && !askedIsDeclared ? ", which the pod does not declare" : "";
}

function otherName(
  name: string,
  protocol: CompiledPort["protocol"],
  { destination, port }: RuleQuestion,
  display: string,
): string {
  if (destination === undefined) {
    return `port name ${name} wanted, and ${display} is no pod that could declare it`;
  }
  const numbers = resolveNamedPort(destination, name, protocol);
  if (numbers.length > 0) {
    return `port ${name} wanted, which is ${numbers.join(" or ")} on ${display}; flow asks ${port}`;
  }
  const other = declaredPorts(destination).find((declared) => declared.name === name);
  const hint = other === undefined ? "" : ` (but a ${other.protocol} one)`;
  return `port ${name} wanted, and ${display} declares no ${protocol} port of that name${hint}`;
}
