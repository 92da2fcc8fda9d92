import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nodeRooms } from "../../src/cli/node-rooms.ts";
import type { Node } from "../../src/model/kubernetes.ts";
import { type Leave, type NodeRoom, nodeRoom } from "../../src/probe/node-room.ts";

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Enters without waiting for it; what is inside by now can be asked for. */
function visit(
  room: NodeRoom,
  places: number,
  signal?: AbortSignal,
): { inside: () => boolean; leave: Leave } {
  let leave: Leave | undefined;
  void room.enter(places, signal).then((given) => {
    leave = given;
  });
  return { inside: () => leave !== undefined, leave: (lateMs) => leave?.(lateMs) };
}

describe("the room on a node", () => {
  it("lets in who comes first, as long as there are places, and the next when one leaves", async () => {
    const room = nodeRoom(64);
    const [first, second, third] = [visit(room, 32), visit(room, 32), visit(room, 1)];
    await tick();
    expect([first.inside(), second.inside(), third.inside()]).toEqual([true, true, false]);
    first.leave();
    await tick();
    expect(third.inside()).toBe(true);
  });

  it("does not let small ones pass by a large one for ever", async () => {
    const room = nodeRoom(64);
    const first = visit(room, 40);
    const large = visit(room, 32);
    const small = visit(room, 1);
    await tick();
    expect([large.inside(), small.inside()]).toEqual([false, false]);
    first.leave();
    await tick();
    expect([large.inside(), small.inside()]).toEqual([true, true]);
  });

  it("gives all places to who wants more than there are", async () => {
    const room = nodeRoom(8);
    const [greedy, next] = [visit(room, 32), visit(room, 1)];
    await tick();
    expect([greedy.inside(), next.inside()]).toEqual([true, false]);
  });

  it("is left by who gives up waiting, to those behind", async () => {
    const room = nodeRoom(8);
    const abort = new AbortController();
    const first = visit(room, 5);
    const waiting = visit(room, 8, abort.signal);
    const small = visit(room, 3);
    await tick();
    expect([waiting.inside(), small.inside()]).toEqual([false, false]);
    abort.abort();
    await tick();
    expect(small.inside()).toBe(true);
    waiting.leave(); // it never had a place
    first.leave();
    small.leave();
    const last = visit(room, 8);
    await tick();
    expect(last.inside()).toBe(true);
  });

  it("is never overfull and never left empty while somebody waits", async () => {
    const visitors = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 64 }), visitors, async (capacity, wanted) => {
        const room = nodeRoom(capacity);
        let taken = 0;
        let most = 0;
        await Promise.all(
          wanted.map(async (places) => {
            const leave = await room.enter(places);
            taken += Math.min(places, capacity);
            most = Math.max(most, taken);
            await tick();
            taken -= Math.min(places, capacity);
            leave();
          }),
        );
        expect(most).toBeLessThanOrEqual(capacity);
        expect(taken).toBe(0);
      }),
      { seed: 11, numRuns: 40 },
    );
  });
});

describe("the places in a room", () => {
  /** How many visitors of one place each find room at once; all leave again without a word. */
  async function placesIn(room: NodeRoom): Promise<number> {
    const visitors = Array.from({ length: 1000 }, () => visit(room, 1));
    await tick();
    const inside = visitors.filter((visitor) => visitor.inside()).length;
    for (const visitor of visitors) {
      if (!visitor.inside()) await tick();
      visitor.leave();
    }
    return inside;
  }

  /** So many visitors of eight places are inside together, and as late as that when they leave. */
  async function together(room: NodeRoom, visitors: number, lateMs: number | undefined): Promise<void> {
    const all = Array.from({ length: visitors }, () => visit(room, 8));
    await tick();
    expect(all.every((visitor) => visitor.inside())).toBe(true);
    for (const visitor of all) visitor.leave(lateMs);
  }

  it("become as many more as came back on time, up to eight times as many", async () => {
    const room = nodeRoom(64);
    await together(room, 8, 300);
    expect(await placesIn(room)).toBe(128);
    await together(room, 16, 0);
    expect(await placesIn(room)).toBe(256);
    await together(room, 32, 0);
    await together(room, 32, 0);
    expect(await placesIn(room)).toBe(512);
  });

  it("stay as they are where nobody knows, and where probes are a little late", async () => {
    const room = nodeRoom(64);
    await together(room, 8, undefined);
    await together(room, 8, 301);
    await together(room, 8, 999);
    expect(await placesIn(room)).toBe(64);
  });

  it("are half as many when probes starve, once for all that were inside together, down to an eighth", async () => {
    const room = nodeRoom(64);
    await together(room, 8, 1000);
    expect(await placesIn(room)).toBe(32);
    await together(room, 4, 5000);
    expect(await placesIn(room)).toBe(16);
    for (let round = 0; round < 5; round++) await together(room, 1, 5000);
    expect(await placesIn(room)).toBe(8);
  });

  it("let in who wanted more before they became fewer", async () => {
    const room = nodeRoom(64);
    const [first, large] = [visit(room, 8), visit(room, 64)];
    await tick();
    first.leave(2000);
    await tick();
    expect(large.inside()).toBe(true);
  });
});

describe("the rooms of a cluster", () => {
  const node = (name: string, cpu?: string | number): Node => ({
    metadata: { name },
    ...(cpu === undefined ? {} : { status: { allocatable: { cpu } } }),
  });

  it.each<[string, Node[], number]>([
    ["two cores", [node("a", "2")], 256],
    ["nearly two cores", [node("a", "1930m")], 248],
    ["half a core", [node("a", "500m")], 128],
    ["a number", [node("a", 8)], 1024],
    ["what is no quantity", [node("a", "many")], 512],
    ["no word on it", [node("a")], 512],
    ["no such node", [], 512],
  ])("%s: %j", async (_, nodes, places) => {
    const room = nodeRooms(nodes)("a");
    const all = visit(room, places);
    const more = visit(room, 1);
    await tick();
    expect([all.inside(), more.inside()]).toEqual([true, false]);
    all.leave();
    const less = visit(room, places - 1);
    await tick();
    expect([more.inside(), less.inside()]).toEqual([true, true]);
  });

  it("are the same room for the same node", () => {
    const rooms = nodeRooms([]);
    expect(rooms("a")).toBe(rooms("a"));
    expect(rooms("a")).not.toBe(rooms("b"));
  });
});
