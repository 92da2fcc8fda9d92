import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { columnsOf } from "../../src/report/printer.ts";
import { shortenFlow, shortenMiddle } from "../../src/report/shorten.ts";
import { wrap } from "../../src/report/wrap.ts";

describe("a flow that does not fit", () => {
  it.each([
    [44, "staging/backend -> staging/database:5432/TCP"],
    [43, "staging/backend -> stagi…/database:5432/TCP"],
    [36, "st…/backend -> st…/database:5432/TCP"],
    [30, "backend -> database:5432/TCP"],
    [26, "backe… -> databa…:5432/TCP"],
    [16, "staging/…432/TCP"],
    [3, "s…P"],
    [0, ""],
  ])("in %i columns is %j", (room, expected) => {
    expect(shortenFlow("staging/backend -> staging/database:5432/TCP", room, "…")).toBe(expected);
  });

  it("is cut in its middle where it has no arrow", () => {
    expect(shortenMiddle("abcdefghij", 7, "...")).toBe("ab...ij");
  });

  it("never takes more columns than there are", () => {
    const end = fc.stringMatching(/^[a-z店]{1,30}(\/[a-z店-]{1,40})?$/);
    const id = fc
      .tuple(end, end, fc.integer({ min: 1, max: 65535 }))
      .map(([a, b, p]) => `${a} -> ${b}:${p}/TCP`);
    fc.assert(
      fc.property(id, fc.integer({ min: 0, max: 120 }), fc.constantFrom("…", "..."), (text, room, cut) => {
        const short = shortenFlow(text, room, cut);
        expect(columnsOf(short)).toBeLessThanOrEqual(room);
        if (columnsOf(text) <= room) expect(short).toBe(text);
      }),
    );
  });
});

describe("wrapped text", () => {
  it("keeps every word, and no line is too long but for a single word", () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z店]{1,20}$/)),
        fc.integer({ min: 1, max: 60 }),
        (words, room) => {
          const lines = wrap(words.join(" "), room);
          expect(lines.join(" ")).toBe(words.join(" "));
          for (const line of lines) expect(columnsOf(line) <= room || !line.includes(" ")).toBe(true);
        },
      ),
    );
  });
});
