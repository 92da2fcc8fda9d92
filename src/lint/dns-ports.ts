import type { Protocol } from "../model/kubernetes.ts";
import type { CompiledRule } from "../policy/compiled-policy.ts";
import type { CompiledPort } from "../policy/compiled-port.ts";

const DNS_PORT = 53;

/** Whether an entry of `ports` is for DNS and nothing else: 53, or a port that is named for it. */
export function namesDns({ numbers }: CompiledPort): boolean {
  if (numbers.kind === "named") return /dns/.test(numbers.name);
  // 5353 and 1053 are where some clusters' DNS pods listen, behind a Service on 53.
  const known = [DNS_PORT, 5353, 1053];
  return numbers.kind === "range" && numbers.first === numbers.last && known.includes(numbers.first);
}

export function isDnsOnly(rule: CompiledRule): boolean {
  return rule.ports?.every(namesDns) === true;
}

/** Whether a rule's ports let a question for a name through. */
export function letsDnsThrough(rule: CompiledRule, protocol: Protocol): boolean {
  return (
    rule.ports === undefined ||
    rule.ports.some((port) => {
      if (port.protocol !== protocol) return false;
      const { numbers } = port;
      return (
        numbers.kind === "all" ||
        namesDns(port) ||
        (numbers.kind === "range" && numbers.first <= DNS_PORT && DNS_PORT <= numbers.last)
      );
    })
  );
}
