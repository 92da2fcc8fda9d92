import type { PortAnswers } from "./answer-table.ts";
import { portsText } from "./port-set.ts";

/** `TCP 5432`, `TCP 80; undetermined: UDP 53`, `undetermined: all ports`; empty where everything is denied. */
export function answersText({ allow, undetermined }: PortAnswers): string {
  return [
    ...(allow.length === 0 ? [] : [portsText(allow)]),
    ...(undetermined.length === 0 ? [] : [`undetermined: ${portsText(undetermined)}`]),
  ].join("; ");
}

export function isDenied({ allow, undetermined }: PortAnswers): boolean {
  return allow.length === 0 && undetermined.length === 0;
}
