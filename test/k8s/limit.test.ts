import { describe, expect, it } from "vitest";
import { limitTo } from "../../src/k8s/limit.ts";

function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, open: resolve };
}

describe("limitTo", () => {
  it("runs no more than the limit at once and everything in the end", async () => {
    const limit = limitTo(3);
    let running = 0;
    let most = 0;
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        limit(undefined, async () => {
          running += 1;
          most = Math.max(most, running);
          await new Promise((resolve) => {
            setImmediate(resolve);
          });
          running -= 1;
          return index;
        }),
      ),
    );
    expect(most).toBe(3);
    expect(results).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("gives up at once what waits when its signal comes, and never starts it", async () => {
    const limit = limitTo(1);
    const first = gate();
    const running = limit(undefined, () => first.promise);
    const controller = new AbortController();
    let started = false;
    const waiting = limit(controller.signal, async () => {
      started = true;
    });
    controller.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    first.open();
    await running;
    expect(await limit(undefined, async () => "next")).toBe("next");
    expect(started).toBe(false);
  });

  it("leaves what already runs to itself when the signal comes", async () => {
    const limit = limitTo(1);
    const inside = gate();
    const controller = new AbortController();
    const running = limit(controller.signal, async () => {
      await inside.promise;
      return "done";
    });
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    controller.abort();
    inside.open();
    expect(await running).toBe("done");
  });

  it("rejects at once with a signal that has already come", async () => {
    await expect(limitTo(1)(AbortSignal.abort(new Error("before")), async () => 1)).rejects.toThrow("before");
  });
});
