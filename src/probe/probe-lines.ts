import { isIP } from "node:net";
import { DEFAULT_DATAGRAM, type Probe } from "../model/observation.ts";

/**
 * Bytes of a payload or path. The shell's `printf` writes through a buffer of 1024 bytes (musl); what is longer would
 * leave as two datagrams.
 */
export const MAX_PAYLOAD_BYTES = 1000;

/** A probe as a line for the in-pod script, or why it cannot be one. */
export type EncodedProbe =
  | { readonly kind: "line"; readonly line: string }
  | { readonly kind: "refused"; readonly reason: string };

// Nothing here can be an option, a pattern or a word boundary to the shell or to nc. Underscores occur in real names.
const HOST_NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?$/;
const IP_WITH_ZONE = /^[0-9A-Fa-f:.]+(?:%[A-Za-z0-9_.-]+)?$/;

/**
 * One line for the in-pod script, without its index: `KIND FORM HOST PORT CEIL-SECONDS LIMIT CAP SLICE DATA`, fields
 * without white space.
 * FORM is `ip`, `name` or `conf` (the pod's own resolv.conf). LIMIT is the time-out in seconds, CAP when a hanging tool
 * is killed or `-`, SLICE how long each of three datagrams waits. DATA is what is sent, as octal escapes for `printf`.
 */
export function encodeProbe(probe: Probe): EncodedProbe {
  const reason = whyNot(probe);
  if (reason !== undefined) return { kind: "refused", reason };
  const { host, timeoutMs } = probe;
  const whole = Math.ceil(timeoutMs / 1000);
  const fields = [
    probe.kind,
    host === undefined ? "conf" : isIP(host) === 0 ? "name" : "ip",
    host ?? "-",
    probe.port,
    whole,
    seconds(timeoutMs),
    ncEndsByItself(probe) ? "-" : seconds(capMs(probe)),
    seconds(Math.ceil(timeoutMs / 3)),
    octal(payload(probe)),
  ];
  return { kind: "line", line: fields.join(" ") };
}

/** The longest that a probe may take inside the pod, in milliseconds. */
export function longestMs(probe: Probe): number {
  const resolving = probe.host !== undefined && isIP(probe.host) === 0 ? probe.timeoutMs : 0;
  const asking = probe.kind === "http" || probe.kind === "dns-tcp" ? probe.timeoutMs : 0;
  return resolving + capMs(probe) + asking;
}

/**
 * After how much silence a tool is killed. nc counts its time-out in whole seconds: where that is exact, nc ends by
 * itself and says why, and the cap is only there for a resolver that hangs; else the cap is the time-out.
 * The UDP exchange and the one over TCP end by themselves too; a kill would leave their reader, so theirs is longer.
 */
function capMs(probe: Probe): number {
  const { kind, timeoutMs } = probe;
  const whole = Math.ceil(timeoutMs / 1000) * 1000;
  switch (kind) {
    case "tcp":
    case "http":
      return timeoutMs === whole ? timeoutMs + 2000 : timeoutMs;
    case "udp":
    case "dns-udp":
    case "dns-tcp":
      return whole + 5000;
    default: {
      const never: never = kind;
      throw new Error(`unhandled probe kind ${String(never)}`);
    }
  }
}

/** Nothing but nc's own time-out can pass. */
function ncEndsByItself({ kind, host, timeoutMs }: Probe): boolean {
  return (
    (kind === "tcp" || kind === "http") && timeoutMs % 1000 === 0 && host !== undefined && isIP(host) !== 0
  );
}

function whyNot(probe: Probe): string | undefined {
  const { kind, host, port, timeoutMs, path, send } = probe;
  if (host === undefined && kind !== "dns-udp" && kind !== "dns-tcp") return `a ${kind} probe needs a host`;
  if (host !== undefined && !isHost(host)) return `not an address or host name: ${JSON.stringify(host)}`;
  if (!Number.isInteger(port) || port < 1 || port > 65535) return `not a port: ${port}`;
  if (!Number.isInteger(timeoutMs) || timeoutMs < 10 || timeoutMs > 600_000) {
    return `not a time-out from 10 to 600000 ms: ${timeoutMs}`;
  }
  if (kind === "http" && path !== undefined && !/^\/[^\u0000-\u0020\u007f#]*$/u.test(path)) {
    return `not a path for HTTP, which begins with a slash and has no white space and no #: ${JSON.stringify(path)}`;
  }
  if (kind === "udp" && send === "")
    return "an empty datagram has no answer: give `send` at least one character";
  const bytes = Buffer.byteLength(payload(probe));
  if (bytes > MAX_PAYLOAD_BYTES)
    return `${bytes} bytes are more than the ${MAX_PAYLOAD_BYTES} that can be sent`;
  return undefined;
}

function isHost(host: string): boolean {
  if (isIP(host) !== 0) return IP_WITH_ZONE.test(host);
  return host.length <= 253 && HOST_NAME.test(host);
}

function payload(probe: Probe): string {
  if (probe.kind === "udp") return probe.send ?? DEFAULT_DATAGRAM;
  if (probe.kind === "http") return probe.path ?? "/";
  return "-";
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function octal(text: string): string {
  return Array.from(Buffer.from(text, "utf8"), (byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}
