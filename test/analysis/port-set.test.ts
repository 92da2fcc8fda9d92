import { describe, expect, it } from "vitest";
import { ALL_PORTS, type PortRange, portsText, toPortSet } from "../../src/analysis/port-set.ts";
import { addPorts } from "../../src/cli/matrix-ports.ts";

function tcp(first: number, last = first): PortRange {
  return { protocol: "TCP", first, last };
}

describe("sets of ports", () => {
  it.each([
    [[tcp(80)], "TCP 80"],
    [[tcp(80), tcp(81)], "TCP 80-81"],
    [[tcp(81, 90), tcp(80, 85), tcp(0)], "TCP 80-90"],
    [[{ protocol: "UDP", first: 53, last: 53 } as const, tcp(53)], "TCP 53; UDP 53"],
    [[tcp(1, 65_535)], "all TCP"],
    [[tcp(1, 21), tcp(23, 65_535)], "all TCP but 22"],
    [[...ALL_PORTS], "all ports"],
    [[tcp(1, 21), tcp(23, 65_535), ...ALL_PORTS.slice(1)], "all but TCP 22"],
    [[], ""],
  ])("say %j in words", (ranges, text) => {
    expect(portsText(toPortSet(ranges))).toBe(text);
  });

  it("join what touches", () => {
    expect(toPortSet([tcp(81, 90), tcp(80)])).toEqual([tcp(80, 90)]);
  });

  it("are read from the command line", () => {
    expect(portsText(addPorts("53/UDP", addPorts("8000-8100", addPorts("5432/TCP", undefined))))).toBe(
      "TCP 5432, 8000-8100; UDP 53",
    );
    expect(addPorts("all", undefined)).toBe(ALL_PORTS);
  });

  it.each(["0", "65536", "90-80", "80/tcp", "http", "", "80/"])("refuse %j", (text) => {
    expect(() => addPorts(text, undefined)).toThrow(/Expected a port/);
  });
});
