import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ObservationKind, Probe } from "../../src/model/observation.ts";
import { classify } from "../../src/probe/classify.ts";
import type { ProbeStep, RawResult } from "../../src/probe/result-lines.ts";

interface Capture {
  readonly situation: string;
  readonly probe: Probe;
  readonly result: RawResult;
}

/** Written by scripts/capture-probe-output.ts, never by hand. */
function captures(build: string): readonly Capture[] {
  const file = new URL(`../fixtures/probe-output/${build}.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { readonly captures: readonly Capture[] }).captures;
}

/** What each situation is, and what the reason must say. */
const MEANINGS: Readonly<Record<string, readonly [ObservationKind, string]>> = {
  "tcp open": ["connected", "connected"],
  "tcp open, half a second": ["connected", "connected"],
  "tcp open, IPv6": ["connected", "connected"],
  "tcp closed port": ["refused", "came back"],
  "tcp closed port, IPv6": ["refused", "came back"],
  "tcp dropped": ["timeout", "no answer"],
  "tcp dropped, half a second": ["timeout", "no answer within 0.5 s"],
  "tcp dropped, one and a half seconds": ["timeout", "no answer within 1.5 s"],
  "tcp dropped, IPv6": ["timeout", "no answer"],
  "tcp rejected, port-unreachable": ["refused", "came back"],
  "tcp rejected, port-unreachable, IPv6": ["refused", "came back"],
  "tcp rejected, reset": ["refused", "came back"],
  "tcp rejected, admin-prohibited": ["unreachable", "no route to the host"],
  "tcp rejected, admin-prohibited, IPv6": ["local-denied", "ICMPv6"],
  "tcp rejected, host-unreachable": ["unreachable", "no route to the host"],
  "tcp rejected, host-unreachable, IPv6": ["unreachable", "no route to the host"],
  "tcp rejected, no-route": ["unreachable", "the network is unreachable"],
  "tcp rejected, no-route, IPv6": ["unreachable", "the network is unreachable"],
  "tcp rejected, prot-unreachable": ["unreachable", "protocol"],
  "tcp rejected, net-prohibited": ["unreachable", "the network is unreachable"],
  "tcp rejected, host-prohibited": ["unreachable", "no route to the host"],
  "tcp dropped by the prober's own rule": ["timeout", "no answer"],
  "tcp rejected by the prober's own rule": ["timeout", "no answer"],
  "tcp no route": ["unreachable", "the network is unreachable"],
  "tcp no route, IPv6": ["unreachable", "the network is unreachable"],
  "tcp prohibit route": ["local-denied", "kernel"],
  "tcp unreachable route": ["unreachable", "no route to the host"],
  "tcp blackhole route": ["tool-error", "Invalid argument"],
  "tcp nobody has the address": ["unreachable", "no route to the host"],
  "tcp accept queue full": ["timeout", "no answer"],
  "tcp by name, open": ["connected", "connected"],
  "tcp by name, closed port": ["refused", "came back"],
  "tcp by name, dropped": ["timeout", "no answer"],
  "tcp by name, dropped, half a second": ["timeout", "no answer"],
  "tcp by name, no route": ["unreachable", "the network is unreachable"],
  "tcp by name, IPv6": ["connected", "connected"],
  "tcp by name, unknown": ["dns-failure", "does not resolve"],
  "tcp by name, name server silent": ["dns-failure", "did not resolve within 2 s"],
  "tcp by name, name server refuses": ["dns-failure", "resolve"],
  "http 200": ["connected", "HTTP/1.1 200 OK"],
  "http 200 with a path": ["connected", "HTTP/1.1 200 OK"],
  "http 200, IPv6": ["connected", "HTTP/1.1 200 OK"],
  "http 200 by name": ["connected", "HTTP/1.1 200 OK"],
  "http 302 to a closed port": ["connected", "HTTP/1.1 302 Found"],
  "http 404": ["connected", "HTTP/1.1 404 Not Found"],
  "http 500": ["connected", "HTTP/1.1 500 Internal Server Error"],
  "http reset on connect": ["closed-early", "Connection reset by peer"],
  "http close on connect": ["closed-early", "error getting response"],
  "http reset after the request": ["closed-early", "Connection reset by peer"],
  "http close after the request": ["closed-early", "error getting response"],
  "http garbage": ["closed-early", "not HTTP"],
  "http silent": ["closed-early", "no HTTP answer within 2 s"],
  "http endless body": ["connected", "HTTP/1.1 200 OK"],
  "http endless header": ["closed-early", "not HTTP"],
  "http closed port": ["refused", "came back"],
  "http dropped": ["timeout", "no answer"],
  "http rejected, port-unreachable": ["refused", "came back"],
  "http by name, unknown": ["dns-failure", "does not resolve"],
  "udp echo": ["connected", "answered"],
  "udp echo of every byte below 128": ["connected", "answered"],
  "udp echo, IPv6": ["connected", "answered"],
  "udp echo by name": ["connected", "answered"],
  "udp echo, first datagram lost": ["connected", "answered"],
  "udp slow answer": ["connected", "answered"],
  "udp empty answer": ["connected", "empty datagram"],
  "udp silent": ["timeout", "no answer within 2 s"],
  "udp silent, may not answer": ["tool-error", "give `send:`"],
  "udp closed port": ["refused", "came back"],
  "udp dropped": ["timeout", "no answer within 2 s"],
  "udp rejected, port-unreachable": ["refused", "came back"],
  "udp rejected, port-unreachable, IPv6": ["refused", "came back"],
  "udp rejected, admin-prohibited": ["unreachable", "no route to the host"],
  // Linux does not tell a UDP socket of these codes.
  "udp rejected, host-unreachable": ["timeout", "no answer within 2 s"],
  "udp dropped by the prober's own rule": ["local-denied", "refused to send"],
  "udp no route": ["unreachable", "the network is unreachable"],
  "udp prohibit route": ["local-denied", "kernel"],
  "udp by name, unknown": ["dns-failure", "does not resolve"],
  "dns-udp answered": ["connected", "NXDOMAIN"],
  "dns-udp refused": ["connected", "REFUSED"],
  "dns-udp silent": ["timeout", "no answer within 2 s"],
  "dns-udp closed port": ["refused", "came back"],
  "dns-udp wrong transaction id": ["tool-error", "not to our question"],
  "dns-udp echo of the question": ["tool-error", "not to our question"],
  "dns-udp without a name server": ["tool-error", "no nameserver in /etc/resolv.conf"],
  "dns-tcp answered": ["connected", "NXDOMAIN"],
  "dns-tcp refused": ["connected", "REFUSED"],
  "dns-tcp silent after connect": ["closed-early", "no DNS answer within 2 s"],
  "dns-tcp closed after connect": ["closed-early", "closed without a DNS answer"],
  "dns-tcp dropped": ["timeout", "no answer"],
  "dns-tcp closed port": ["refused", "came back"],
  "dns-tcp not DNS": ["closed-early", "not DNS"],
};

/** Debian's nc has no -z, -u and -v, and resolves names under the time limit of the connection. */
function debianMeaning(situation: string): readonly [ObservationKind, string] | undefined {
  if (situation === "tcp accept queue full") return undefined; // its busybox has no tcpsvd to fill one
  if (situation === "dns-udp without a name server") return MEANINGS[situation];
  if (situation.startsWith("udp") || situation.startsWith("dns-udp")) return ["tool-error", "nc has no -u"];
  if (situation.startsWith("dns-tcp")) return ["tool-error", "nc has no -v"];
  if (/^tcp by name, (dropped|name server silent)/.test(situation)) {
    return ["tool-error", "cannot say whether the name or the connection was slow"];
  }
  return MEANINGS[situation];
}

describe.each(["musl", "glibc", "debian"])("classify, what the busybox of %s printed", (build) => {
  const all = captures(build);

  it("has a capture of every situation", () => {
    const wanted = Object.keys(MEANINGS).filter(
      (name) => build !== "debian" || debianMeaning(name) !== undefined,
    );
    expect(all.map(({ situation }) => situation)).toEqual(wanted);
  });

  it.each(all)("$situation", ({ situation, probe, result }) => {
    const [kind, reason] = (build === "debian" ? debianMeaning(situation) : MEANINGS[situation]) ?? [];
    const observation = classify(probe, result);
    expect(observation).toMatchObject({
      kind,
      reason: expect.stringContaining(reason ?? "no such situation"),
    });
    expect(observation.durationMs).toBe(result.durationMs);
    expect(observation.output ?? "").not.toMatch(/\p{Cc}/u);
    expect((observation.output ?? "").length).toBeLessThanOrEqual(301);
  });
});

const PROBE: Probe = {
  id: "probe",
  source: { namespace: "shop", name: "stand-in" },
  kind: "tcp",
  host: "10.0.0.1",
  port: 80,
  timeoutMs: 2000,
};

function seen(step: ProbeStep, fields: Partial<RawResult>, probe: Partial<Probe> = {}) {
  const result: RawResult = { step, exitCode: 1, startMs: 0, durationMs: 10, lines: [], ...fields };
  return classify({ ...PROBE, ...probe }, result);
}

describe("classify, what is no answer of the network", () => {
  it.each<[string, Partial<RawResult>, string]>([
    [
      "od missing, another process's line behind it",
      { lines: ["sh: line 3: od: not found9738"] },
      "missing in the image",
    ],
    ["nc missing", { exitCode: 127, lines: ["sh: exec: line 9: nc: not found"] }, "missing in the image"],
    [
      "nc not executable",
      { exitCode: 126, lines: ["sh: exec: nc: Permission denied"] },
      "could not be started",
    ],
    [
      "no program behind -e",
      { lines: ["nc: can't execute 'true': Permission denied"] },
      "could not be started",
    ],
    ["an option missing", { lines: ["nc: invalid option -- 'z'", "BusyBox v1.35.0"] }, "lacks an option"],
    ["usage", { lines: ["Usage: nc [-iN] [-wN] [-l]"] }, "lacks an option"],
    ["segmentation fault", { exitCode: 139 }, "segmentation fault"],
    ["another signal", { exitCode: 134 }, "signal 6"],
    [
      "no processes left",
      { lines: ["sh: can't fork: Resource temporarily unavailable"] },
      "may not start more processes",
    ],
    ["no memory", { lines: ["nc: out of memory"] }, "out of memory"],
    ["killed too early", { exitCode: 137, durationMs: 300 }, "killed after 300 ms"],
    ["silent failure", { exitCode: 1 }, "said nothing, exit status 1"],
    ["silent success", { exitCode: 0 }, "said nothing, exit status 0"],
    [
      "another nc",
      { exitCode: 0, lines: ["Connection to 10.0.0.1 80 port [tcp/http] succeeded!"] },
      "not understood",
    ],
    ["a text in the wrong place", { lines: ["Connection refused"] }, "not understood"],
    ["a text of another tool", { lines: ["sh: write error: Connection refused"] }, "not understood"],
  ])("%s is a tool error", (_, fields, reason) => {
    expect(seen("connect", fields)).toMatchObject({
      kind: "tool-error",
      reason: expect.stringContaining(reason),
    });
  });

  it.each<ProbeStep>([
    "connect",
    "connect-exec",
    "name",
    "http",
    "udp",
    "dns-udp",
    "dns-tcp",
  ])("an unknown text of step %s is a tool error that shows it", (step) => {
    const observation = seen(step, { lines: ["nc: something new"] }, { answers: true });
    expect(observation).toMatchObject({
      kind: "tool-error",
      reason: "not understood, exit status 1: nc: something new",
      output: "nc: something new",
      exitCode: 1,
    });
  });

  it.each<ProbeStep>([
    "connect",
    "connect-exec",
    "name",
    "http",
    "udp",
    "dns-udp",
    "dns-tcp",
  ])("a crash in step %s is a tool error", (step) => {
    expect(seen(step, { exitCode: 139 }, { answers: true }).kind).toBe("tool-error");
  });
});

describe("classify, time limits", () => {
  it("takes a kill at the limit for silence, within one step of the clock", () => {
    expect(seen("connect", { exitCode: 137, durationMs: 1980 }).kind).toBe("timeout");
    expect(seen("connect", { exitCode: 137, durationMs: 1970 }).kind).toBe("tool-error");
  });

  it("does not take UDP silence that was too short for a time-out", () => {
    expect(seen("udp", { exitCode: 0, durationMs: 700 }, { kind: "udp", answers: true }).kind).toBe(
      "tool-error",
    );
  });

  it("understands the time-outs of wget and uclibc", () => {
    expect(seen("connect", { lines: ["wget: download timed out"] }).kind).toBe("timeout");
    expect(seen("connect", { lines: ["nc: 10.0.0.1 (10.0.0.1:80): Connection timed out"] }).kind).toBe(
      "timeout",
    );
  });
});

describe("classify, HTTP after the connection", () => {
  it("is closed-early where only the second connection was refused", () => {
    const lines = [
      "Connecting to 10.0.0.1 (10.0.0.1:80)",
      "wget: can't connect to remote host (10.0.0.1): Connection refused",
    ];
    expect(seen("http", { lines }, { kind: "http" })).toMatchObject({
      kind: "closed-early",
      reason: "connected, then can't connect to remote host (10.0.0.1): Connection refused",
    });
  });

  it("does not show the kill that an HTTP answer brings", () => {
    const lines = ["Connecting to 10.0.0.1 (10.0.0.1:80)", "  HTTP/1.1 200 OK"];
    expect(seen("http", { exitCode: 137, lines }, { kind: "http" })).toEqual({
      kind: "connected",
      reason: "HTTP/1.1 200 OK",
      durationMs: 10,
      output: "Connecting to 10.0.0.1 (10.0.0.1:80) | HTTP/1.1 200 OK",
    });
  });

  it("is a tool error where wget is missing or crashes", () => {
    expect(seen("http", { exitCode: 127, lines: ["sh: exec: line 2: wget: not found"] }).kind).toBe(
      "tool-error",
    );
    expect(seen("http", { exitCode: 139, lines: [] }).kind).toBe("tool-error");
  });
});

describe("classify, output", () => {
  it("replaces control and direction characters and cuts what is long", () => {
    const observation = seen("connect", { lines: ["nc: \u001b[2J\u202etxt\u0007", "x".repeat(400)] });
    expect(observation.output).toMatch(/^nc: \?\[2J\?txt\? \| x{200,}…$/);
    expect(observation.output?.length).toBe(301);
  });

  it("drops nc's count of bytes", () => {
    const lines = ["10.0.0.1 (10.0.0.1:80) open", "sent 0, rcvd 0"];
    expect(seen("connect", { exitCode: 0, lines }).output).toBe("10.0.0.1 (10.0.0.1:80) open");
  });

  it("has no exit status where no tool ran", () => {
    const observation = seen("missing", { exitCode: 0, lines: ["nc has no -u"] });
    expect(observation).toEqual({
      kind: "tool-error",
      reason: "cannot be tried from this image: nc has no -u",
      durationMs: 10,
      output: "nc has no -u",
    });
  });
});
