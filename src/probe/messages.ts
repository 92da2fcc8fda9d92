import type { ObservationKind } from "../model/observation.ts";

/** What a line that a tool printed says about the network. */
export interface Message {
  readonly kind: ObservationKind;
  readonly reason: string;
}

interface Rule extends Message {
  readonly pattern: RegExp;
}

// The tool failed, whatever else its text may look like: `nc: can't execute 'sh': Permission denied`.
const TROUBLE: readonly Rule[] = [
  rule(
    // The line of another process may follow without a break: the two write at once.
    /: not found\d*$|applet not found|No such file or directory/,
    "tool-error",
    "the tool is missing in the image",
  ),
  rule(
    /invalid option|unrecognized option|^Usage: /,
    "tool-error",
    "the tool lacks an option that is needed",
  ),
  rule(
    /can't fork|can't vfork|Resource temporarily unavailable/,
    "tool-error",
    "the pod may not start more processes",
  ),
  rule(/out of memory|Cannot allocate memory|Out of memory/, "tool-error", "the pod is out of memory"),
  rule(/can't execute|Exec format error/, "tool-error", "the tool could not be started"),
];

/**
 * The errors of connect, send and receive as glibc, musl and uclibc spell them, behind the name of the tool:
 * `nc: 10.0.0.1 (10.0.0.1:80): Connection refused`, `nc: can't connect to remote host (10.0.0.1): Connection refused`,
 * `dd: standard input: Connection refused`, `nc: timed out`.
 * ICMP codes arrive as these errors too: admin-prohibited and host-prohibited as "No route to host",
 * over IPv6 as "Permission denied".
 */
const NETWORK: readonly Rule[] = [
  network("Connection refused", "refused", "refused: a reset or an ICMP port unreachable came back"),
  network("(?:Connection|Operation) timed out|timed out|download timed out", "timeout", "no answer"),
  network("No route to host|Host is unreachable", "unreachable", "no route to the host"),
  network("Network is unreachable|Network unreachable", "unreachable", "the network is unreachable"),
  network("Protocol not available", "unreachable", "ICMP protocol unreachable came back"),
  network("Permission denied", "local-denied", "the pod's own kernel, or ICMPv6, prohibits it"),
  network("Operation not permitted", "local-denied", "the pod's own kernel refused to send"),
  network("bad address '[^']*'", "dns-failure", "the name does not resolve"),
];

function rule(pattern: RegExp, kind: ObservationKind, reason: string): Rule {
  return { pattern, kind, reason };
}

function network(texts: string, kind: ObservationKind, reason: string): Rule {
  return rule(new RegExp(`^(?:nc|dd|wget): (?:.*: )?(?:${texts})$`), kind, reason);
}

/** The tool failed by itself: nothing is known about the network. */
export function troubleIn(lines: readonly string[]): Message | undefined {
  return first(TROUBLE, lines);
}

/** The first line that tells an error of the network or of the resolver. */
export function networkErrorIn(lines: readonly string[]): Message | undefined {
  return first(NETWORK, lines);
}

function first(rules: readonly Rule[], lines: readonly string[]): Message | undefined {
  for (const line of lines) {
    const found = rules.find(({ pattern }) => pattern.test(line.trim()));
    if (found !== undefined) return { kind: found.kind, reason: found.reason };
  }
  return undefined;
}
