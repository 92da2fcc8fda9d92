import type { Protocol } from "../model/kubernetes.ts";
import type { PodEnd } from "../model/traffic.ts";
import { declaresPort, resolveNamedPort } from "../selectors/container-ports.ts";
import type { Isolation } from "./policy-index.ts";

/**
 * What is worth saying of the port names that a pod's policies use, where the port that is asked for is one of them:
 * a name that several containers give to several numbers (S28), and one that only an init container declares (S30).
 */
export function portNotes(
  { portNames }: Isolation,
  destination: PodEnd,
  port: number,
  protocol: Protocol,
): readonly string[] {
  const notes: string[] = [];
  for (const name of portNames) {
    const wanted = { name, port, protocol };
    if (!declaresPort(destination.spec, wanted, "all")) {
      continue;
    }
    const numbers = resolveNamedPort(destination.spec, name, protocol, "all");
    if (numbers.length > 1) {
      notes.push(
        `port name ${name} stands for ${numbers.join(" and ")} on ${destination.display}: policies mean all of them, Services only the first (S28)`,
      );
    }
    if (!declaresPort(destination.spec, wanted, "none")) {
      notes.push(
        `port name ${name} is declared by an init container of ${destination.display}: network plugins differ on whether it counts (S30)`,
      );
    }
  }
  return notes;
}
