import { isIP } from "node:net";
import type { Observation, ObservationKind, Probe } from "../model/observation.ts";
import { type Message, networkErrorIn, troubleIn } from "./messages.ts";
import type { RawResult } from "./result-lines.ts";

/** Characters of the tool's output that an observation keeps. */
const MAX_OUTPUT = 300;

/** 128 + SIGKILL: the script's own time limit, or somebody else's kill. */
const KILLED = 137;

/** nc says so after every attempt, whatever it was. */
const NC_COUNTS = /^sent \d+, rcvd \d+$/;

const RESPONSE_CODES = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];

/**
 * What a line of the in-pod script means. Only what is known to mean "closed" is closed: any other text, exit status or
 * silence is a `tool-error` with the raw output.
 */
export function classify(probe: Probe, result: RawResult): Observation {
  const message = meaning(probe, result);
  const output = printable(result.lines);
  // An HTTP answer ends wget on purpose.
  const exitCode = message.kind === "connected" && result.exitCode === KILLED ? undefined : result.exitCode;
  return {
    kind: message.kind,
    reason: message.reason,
    durationMs: result.durationMs,
    ...(exitCode === undefined || result.step === "missing" ? {} : { exitCode }),
    ...(output === "" ? {} : { output }),
  };
}

/** The tool's lines as one, control characters replaced, cut to some hundred characters. */
export function printable(lines: readonly string[]): string {
  const text = lines
    .map((line) => line.trim())
    .filter((line) => line !== "" && !NC_COUNTS.test(line))
    .join(" | ")
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "?");
  return text.length > MAX_OUTPUT ? `${text.slice(0, MAX_OUTPUT)}…` : text;
}

function meaning(probe: Probe, result: RawResult): Message {
  switch (result.step) {
    case "connect":
      return connect(probe, result);
    case "connect-exec":
      return connectExec(probe, result);
    case "name":
      return name(probe, result);
    case "http":
      return http(probe, result);
    case "udp":
      return udp(probe, result);
    case "dns-udp":
      return dnsUdp(probe, result);
    case "dns-tcp":
      return dnsTcp(probe, result);
    case "missing":
      return toolError(`cannot be tried from this image: ${result.lines.join(" ")}`);
    default: {
      const never: never = result.step;
      throw new Error(`unhandled step ${String(never)}`);
    }
  }
}

/** `nc -z -vv` to an address; the name, if there was one, is resolved by then. */
function connect(probe: Probe, result: RawResult): Message {
  const address = openedTo(result.lines);
  if (address !== undefined) return connected(`connected to ${address}`);
  return failure(result) ?? silence(probe, result) ?? unknown(result);
}

/** `nc -e true`: silent success. It resolves names itself, under the same time limit. */
function connectExec(probe: Probe, result: RawResult): Message {
  if (result.exitCode === 0 && result.lines.length === 0) return connected("connected");
  const message = failure(result) ?? silence(probe, result) ?? unknown(result);
  if (message.kind === "timeout" && isName(probe)) {
    return toolError(`${within(probe)}: this nc cannot say whether the name or the connection was slow`);
  }
  return message;
}

/** The name was being resolved; no packet of the flow was sent. */
function name(probe: Probe, result: RawResult): Message {
  if (killedAtLimit(probe, result))
    return { kind: "dns-failure", reason: `the name did not resolve ${within(probe)}` };
  return failure(result) ?? unknown(result);
}

/** wget, after a connection to the same port was opened: what fails now fails above TCP. */
function http(probe: Probe, result: RawResult): Message {
  const status = result.lines.find((line) => /^\s*HTTP\/\d/.test(line));
  if (status !== undefined) return connected(printable([status]));
  const trouble = failureOfTool(result);
  if (trouble !== undefined) return trouble;
  if (killedAtLimit(probe, result)) return closedEarly(`connected, then no HTTP answer ${within(probe)}`);
  const answer = result.lines.find((line) => line.startsWith("  "));
  if (answer !== undefined) return closedEarly("connected, then an answer that is not HTTP");
  const told = result.lines.find((line) =>
    /^wget: (?:error getting response|server returned error|can't connect to remote host)/.test(line),
  );
  if (told !== undefined) return closedEarly(`connected, then ${printable([told.replace(/^wget: /, "")])}`);
  return unknown(result);
}

function udp(probe: Probe, result: RawResult): Message {
  const lines = withoutOpened(result.lines);
  if (lines.includes("empty")) return connected("answered with an empty datagram");
  if (hexIn(lines) !== undefined) return connected("answered");
  return failure({ ...result, lines }) ?? noReply(probe, { ...result, lines }, probe.answers === true);
}

function dnsUdp(probe: Probe, result: RawResult): Message {
  const lines = withoutOpened(result.lines);
  const answer = hexIn(lines);
  if (answer !== undefined) {
    const code = dnsReply(answer);
    return code === undefined
      ? toolError("an answer that is not to our question")
      : connected(`answered ${code}`);
  }
  if (lines.includes("empty")) return toolError("an answer that is not to our question");
  return failure({ ...result, lines }) ?? noReply(probe, { ...result, lines }, true);
}

/** The server's answer has its length in front (RFC 1035, 4.2.2). */
function dnsTcp(probe: Probe, result: RawResult): Message {
  if (openedTo(result.lines) === undefined) {
    return failure(result) ?? silence(probe, result) ?? unknown(result);
  }
  const lines = withoutOpened(result.lines);
  const answer = hexIn(lines);
  if (answer !== undefined) {
    const code = dnsReply(answer.slice(2));
    return code === undefined
      ? closedEarly("connected, then an answer that is not DNS")
      : connected(`answered ${code}`);
  }
  const trouble = failureOfTool({ ...result, lines });
  if (trouble !== undefined) return trouble;
  if (lines.includes("empty")) return closedEarly("connected, then closed without a DNS answer");
  if (lines.some((line) => line.startsWith("head: ")))
    return closedEarly("connected, then reset without a DNS answer");
  if (lines.length === 0 && lasted(probe, result))
    return closedEarly(`connected, then no DNS answer ${within(probe)}`);
  return unknown(result);
}

/** Nothing came back over UDP. Only where an answer was due is that a time-out. */
function noReply(probe: Probe, result: RawResult, due: boolean): Message {
  if (result.lines.length > 0 || result.exitCode !== 0 || !lasted(probe, result)) return unknown(result);
  if (due) return { kind: "timeout", reason: `no answer ${within(probe)}, asked three times` };
  return toolError("no reply, and this server may not answer what was sent: give `send:`");
}

/** Killed without a word at the time limit, while connecting to an address. */
function silence(probe: Probe, result: RawResult): Message | undefined {
  return killedAtLimit(probe, result) && result.lines.length === 0
    ? { kind: "timeout", reason: `no answer ${within(probe)}` }
    : undefined;
}

function failure(result: RawResult): Message | undefined {
  return failureOfTool(result) ?? networkErrorIn(result.lines);
}

function failureOfTool({ exitCode, lines }: RawResult): Message | undefined {
  const trouble = troubleIn(lines);
  if (trouble !== undefined) return trouble;
  if (exitCode === 126 || exitCode === 127) return toolError("the tool could not be started");
  if (exitCode === 139) return toolError("the tool crashed: segmentation fault");
  if (exitCode > 128 && exitCode !== KILLED)
    return toolError(`the tool was ended by signal ${exitCode - 128}`);
  return undefined;
}

function unknown({ exitCode, durationMs, lines }: RawResult): Message {
  if (exitCode === KILLED && lines.length === 0)
    return toolError(`the tool was killed after ${durationMs} ms`);
  const said = printable(lines);
  return toolError(
    said === ""
      ? `the tool said nothing, exit status ${exitCode}`
      : `not understood, exit status ${exitCode}: ${said}`,
  );
}

function killedAtLimit(probe: Probe, result: RawResult): boolean {
  return result.exitCode === KILLED && lasted(probe, result);
}

/** As long as the time-out, but for the clock's step of 10 ms at either end. */
function lasted(probe: Probe, { durationMs }: RawResult): boolean {
  return durationMs >= probe.timeoutMs - 20;
}

/** `10.0.0.1 (10.0.0.1:80) open`, `fd00::1 ([fd00::1]:80) open` */
function openedTo(lines: readonly string[]): string | undefined {
  for (const line of lines) {
    const found = /\(([^()]+)\) open$/.exec(line);
    if (found !== null) return found[1];
  }
  return undefined;
}

function withoutOpened(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => openedTo([line]) === undefined);
}

/** The bytes of ` 4e 56 81 83 00 01`. */
function hexIn(lines: readonly string[]): readonly number[] | undefined {
  const line = lines.find((text) => /^(?: [0-9a-f]{2})+ *$/.test(text));
  return line
    ?.trim()
    .split(" ")
    .map((byte) => Number.parseInt(byte, 16));
}

/** The response code of an answer to our question: our transaction id, and QR set (RFC 1035, 4.1.1). */
function dnsReply([high, low, flags = 0, more = 0]: readonly number[]): string | undefined {
  if (high !== 0x4e || low !== 0x56 || (flags & 0x80) === 0) return undefined;
  return RESPONSE_CODES[more & 0x0f] ?? `response code ${more & 0x0f}`;
}

function isName({ host }: Probe): boolean {
  return host !== undefined && isIP(host) === 0;
}

function within({ timeoutMs }: Probe): string {
  return `within ${timeoutMs / 1000} s`;
}

function connected(reason: string): Message {
  return { kind: "connected", reason };
}

function closedEarly(reason: string): Message {
  return { kind: "closed-early", reason };
}

function toolError(reason: string): Message {
  return { kind: "tool-error" satisfies ObservationKind, reason };
}
