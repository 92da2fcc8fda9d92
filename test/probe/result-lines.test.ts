import { describe, expect, it } from "vitest";
import { parseResults } from "../../src/probe/result-lines.ts";

const NONCE = "a1b2c3d4e5f6";

function parse(...lines: readonly string[]) {
  return parseResults(lines.map((line) => `${line}\n`).join(""), NONCE);
}

describe("parseResults", () => {
  it("reads the fields of a line and splits the tool's lines at tabs", () => {
    const { results, strays } = parse(
      `${NONCE} 7 connect 1 120 2010 nc: 10.0.0.1 (10.0.0.1:80): Connection refused\tsent 0, rcvd 0\t`,
    );
    expect(results.get(7)).toEqual({
      step: "connect",
      exitCode: 1,
      startMs: 120,
      durationMs: 2010,
      lines: ["nc: 10.0.0.1 (10.0.0.1:80): Connection refused", "sent 0, rcvd 0"],
    });
    expect(strays).toBe(0);
  });

  it("has no lines for a tool that said nothing", () => {
    expect(parse(`${NONCE} 0 connect-exec 0 0 10 `).results.get(0)?.lines).toEqual([]);
    expect(parse(`${NONCE} 0 connect 137 0 500 \t`).results.get(0)?.lines).toEqual([]);
  });

  it("reads the end with its count and time", () => {
    expect(parse(`${NONCE} end 100 4050`).end).toEqual({ count: 100, totalMs: 4050 });
  });

  it("knows no end where the last line was cut", () => {
    const { results, end } = parseResults(`${NONCE} 0 connect 0 0 0 open\n${NONCE} end 1 5`, NONCE);
    expect(results.size).toBe(1);
    expect(end).toBeUndefined();
  });

  it("does not read a result that was cut", () => {
    expect(
      parseResults(`${NONCE} 0 connect 1 0 0 nc: 10.0.0.1 (10.0.0.1:80): Connection`, NONCE).results.size,
    ).toBe(0);
  });

  it("ignores and counts lines without the nonce, with another one, or with it elsewhere", () => {
    const { results, end, strays } = parse(
      "0 connect 0 0 0 10.0.0.1 (10.0.0.1:80) open",
      "ffffffffffff 0 connect 0 0 0 10.0.0.1 (10.0.0.1:80) open",
      ` ${NONCE} 0 connect 0 0 0 10.0.0.1 (10.0.0.1:80) open`,
      `${NONCE}0 0 connect 0 0 0 open`,
      "ffffffffffff end 1 0",
    );
    expect(results.size).toBe(0);
    expect(end).toBeUndefined();
    expect(strays).toBe(5);
  });

  it.each([
    `${NONCE} 0 telepathy 0 0 0 open`,
    `${NONCE} -1 connect 0 0 0 open`,
    `${NONCE} 01 connect 0 0 0 open`,
    `${NONCE} 0 connect zero 0 0 open`,
    `${NONCE} 0 connect 0 0`,
    `${NONCE} end many 0`,
    NONCE,
  ])("does not understand %j", (line) => {
    const { results, end, strays } = parse(line);
    expect({ size: results.size, end, strays }).toEqual({ size: 0, end: undefined, strays: 1 });
  });

  it("believes neither of two lines for one probe", () => {
    const { results, contradicted } = parse(
      `${NONCE} 0 connect 0 0 0 10.0.0.1 (10.0.0.1:80) open`,
      `${NONCE} 1 connect 0 0 0 10.0.0.1 (10.0.0.1:80) open`,
      `${NONCE} 0 connect 1 0 0 nc: 10.0.0.1 (10.0.0.1:80): Connection refused`,
    );
    expect([...results.keys()]).toEqual([1]);
    expect([...contradicted]).toEqual([0]);
  });
});
