import { describe, expect, it } from "vitest";
import type { Probe } from "../../src/model/observation.ts";
import { encodeProbe, longestMs, MAX_PAYLOAD_BYTES } from "../../src/probe/probe-lines.ts";

function probe(fields: Partial<Probe>): Probe {
  return {
    id: "probe",
    source: { namespace: "shop", name: "stand-in" },
    kind: "tcp",
    host: "10.0.0.1",
    port: 5432,
    timeoutMs: 2000,
    ...fields,
  };
}

function line(fields: Partial<Probe>): string {
  const encoded = encodeProbe(probe(fields));
  return encoded.kind === "line" ? encoded.line : `refused: ${encoded.reason}`;
}

describe("encodeProbe", () => {
  it("writes one field each, without a cap where nc ends by itself", () => {
    expect(line({})).toBe("tcp ip 10.0.0.1 5432 2 2.000 - 0.667 \\055");
  });

  it("caps at the time-out where nc's whole seconds are too long", () => {
    expect(line({ timeoutMs: 1500 })).toBe("tcp ip 10.0.0.1 5432 2 1.500 1.500 0.500 \\055");
  });

  it("tells names from addresses", () => {
    expect(line({ host: "db.shop.svc" })).toContain("tcp name db.shop.svc 5432");
    expect(line({ host: "fd00::1" })).toContain("tcp ip fd00::1 5432");
    expect(line({ host: "fe80::1%eth0" })).toContain("tcp ip fe80::1%eth0 5432");
  });

  it("asks the pod's own resolv.conf where a DNS probe has no host", () => {
    const { host: _, ...rest } = probe({ kind: "dns-udp", port: 53 });
    expect(encodeProbe({ ...rest, host: undefined })).toMatchObject({
      line: expect.stringMatching(/^dns-udp conf - 53 /),
    });
  });

  it("writes payloads and paths as octal bytes", () => {
    expect(line({ kind: "udp", send: "a\0\n%é" })).toMatch(/ \\141\\000\\012\\045\\303\\251$/);
    expect(line({ kind: "http", path: "/?a=$(x)" })).toMatch(/ \\057\\077\\141\\075\\044\\050\\170\\051$/);
  });

  it.each([
    ["-e", "an option"],
    ["--help", "an option"],
    ["", "nothing"],
    ["a b", "a space"],
    ["a\tb", "a tab"],
    ["a\nend 0", "a newline"],
    ["a\0b", "a NUL"],
    ["$(reboot)", "a substitution"],
    ["`reboot`", "a substitution"],
    ["a;b", "a command"],
    ["a*", "a pattern"],
    ["héé", "a letter beyond ASCII"],
    ["[::1]", "brackets"],
    ["::1%a b", "a space in the zone"],
    ["a-", "a dash at the end"],
    ["a".repeat(254), "too long a name"],
  ])("refuses the host %j: %s", (host) => {
    expect(encodeProbe(probe({ host }))).toMatchObject({
      kind: "refused",
      reason: expect.stringContaining("host name"),
    });
  });

  it.each([0, -1, 65536, 1.5, Number.NaN])("refuses the port %d", (port) => {
    expect(encodeProbe(probe({ port }))).toEqual({ kind: "refused", reason: `not a port: ${port}` });
  });

  it.each([
    0,
    9,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    600_001,
  ])("refuses a time-out of %d ms", (timeoutMs) => {
    expect(encodeProbe(probe({ timeoutMs }))).toMatchObject({ kind: "refused" });
  });

  it.each(["", "a", "/a b", "/a\r\nHost: x", "/a\0", "/\u007f", "/#a"])("refuses the path %j", (path) => {
    expect(encodeProbe(probe({ kind: "http", path }))).toMatchObject({ kind: "refused" });
  });

  it("refuses a TCP probe without a host", () => {
    expect(encodeProbe(probe({ host: undefined }))).toEqual({
      kind: "refused",
      reason: "a tcp probe needs a host",
    });
  });

  it("refuses datagrams that are empty or longer than one write of the shell", () => {
    expect(encodeProbe(probe({ kind: "udp", send: "" }))).toMatchObject({ kind: "refused" });
    expect(encodeProbe(probe({ kind: "udp", send: "x".repeat(MAX_PAYLOAD_BYTES) }))).toMatchObject({
      kind: "line",
    });
    expect(encodeProbe(probe({ kind: "udp", send: "é".repeat(MAX_PAYLOAD_BYTES / 2 + 1) }))).toMatchObject({
      kind: "refused",
      reason: "1002 bytes are more than the 1000 that can be sent",
    });
  });
});

describe("longestMs", () => {
  it("counts resolving a name and asking over HTTP once more each", () => {
    const plain = longestMs(probe({}));
    expect(plain).toBeGreaterThanOrEqual(2000);
    expect(longestMs(probe({ host: "db" }))).toBe(plain + 2000);
    expect(longestMs(probe({ kind: "http" }))).toBe(plain + 2000);
  });
});
