/**
 * What a probe saw: a closed set. A failed command is never by itself a blocked flow.
 * - `connected` TCP handshake, UDP or DNS reply, or any HTTP answer
 * - `closed-early` HTTP asked: connected, then reset or end without an HTTP answer
 * - `refused` RST or ICMP port unreachable: a packet came back
 * - `timeout` nothing came back
 * - `unreachable` no route to host, network unreachable
 * - `local-denied` the source's own kernel refused to send (EPERM, EACCES)
 * - `dns-failure` the name did not resolve: the flow itself was never tried
 * - `tool-error` the probe tool failed or cannot tell (missing option, crash, a silent UDP server that was sent nothing it answers)
 * - `exec-error` the command could not be run in the pod, or its answer was lost
 * - `not-run` never tried
 */
export const OBSERVATION_KINDS = [
  "connected",
  "closed-early",
  "refused",
  "timeout",
  "unreachable",
  "local-denied",
  "dns-failure",
  "tool-error",
  "exec-error",
  "not-run",
] as const;

export type ObservationKind = (typeof OBSERVATION_KINDS)[number];

/** Which question an observation answers. */
export type ObservationClass = "open" | "closed" | "name-failed" | "unknown";

export interface Observation {
  readonly kind: ObservationKind;
  /** One line for people; for `connected` what answered. */
  readonly reason: string;
  /** How long the probe took inside the pod; undefined where it did not run. */
  readonly durationMs?: number;
  /** The tool's exit status; undefined where it did not run. */
  readonly exitCode?: number;
  /** What the tool printed, at most some hundred characters, control characters replaced. */
  readonly output?: string;
}

export function classOf(kind: ObservationKind): ObservationClass {
  switch (kind) {
    case "connected":
    case "closed-early":
      return "open";
    case "refused":
    case "timeout":
    case "unreachable":
    case "local-denied":
      return "closed";
    case "dns-failure":
      return "name-failed";
    case "tool-error":
    case "exec-error":
    case "not-run":
      return "unknown";
    default: {
      const never: never = kind;
      throw new Error(`unhandled observation ${String(never)}`);
    }
  }
}

/** A pod by name, as exec needs it. */
export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

/** One thing to try from one pod. */
export interface Probe {
  /** Unique in the run. */
  readonly id: string;
  readonly source: PodName;
  readonly kind: "tcp" | "udp" | "http" | "dns-udp" | "dns-tcp";
  /** IPv4, IPv6 without brackets, or a host name; for dns-* undefined: the pod's own resolv.conf names it. */
  readonly host: string | undefined;
  readonly port: number;
  readonly timeoutMs: number;
  /** HTTP only; begins with a slash. */
  readonly path?: string;
  /** UDP only: what to send. */
  readonly send?: string;
  /** UDP only: whether the server is known to answer what is sent (a stand-in, `send:` of the scenario). */
  readonly answers?: boolean;
}

/**
 * Sent to a UDP server when the probe does not say what: a DNS question, type A, for the name `netverdict`. An echo
 * server returns it and a name server answers it, busybox `dnsd` among them.
 */
export const DEFAULT_DATAGRAM = "NV\u0001\0\0\u0001\0\0\0\0\0\0\nnetverdict\0\0\u0001\0\u0001";

/** One try of a probe. `atMs` counts from the start of probing. */
export interface Attempt {
  readonly round: number;
  readonly atMs: number;
  readonly observation: Observation;
}

/** All tries of a probe, oldest first; never empty after a run. */
export interface ProbeHistory {
  readonly probe: Probe;
  readonly attempts: readonly Attempt[];
}
