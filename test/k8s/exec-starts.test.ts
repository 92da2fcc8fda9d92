import { afterEach, describe, expect, it } from "vitest";
import { type ExecStarts, execStarts } from "../../src/k8s/exec-starts.ts";
import { VirtualClock } from "../probe/virtual-clock.ts";
import { type FakeApiServer, frame, SUCCESS } from "./fake-api-server.ts";
import { Opened } from "./test-connection.ts";

/** A way there on which each start takes longer the more are under way at once. */
class Way {
  readonly clock = new VirtualClock();
  readonly starts: ExecStarts;
  /** Of the busiest moment since the last look. */
  most = 0;
  #atOnce = 0;
  /** How long a start takes while so many are under way, and whether it is refused. */
  behave: (atOnce: number) => { readonly ms: number; readonly refused?: boolean } = () => ({ ms: 50 });

  constructor(most?: number) {
    this.starts = execStarts({ ...(most === undefined ? {} : { most }), now: () => this.clock.now() });
  }

  /** Starts so many execs; returns the virtual time that it took. Those accepted run on for a while. */
  async start(count: number, runsMs = 0): Promise<number> {
    const beganAtMs = this.clock.now();
    this.most = 0;
    await this.clock.run(Promise.all(Array.from({ length: count }, () => this.#one(runsMs))));
    return this.clock.now() - beganAtMs;
  }

  #one(runsMs: number): Promise<string> {
    return this.starts.run(
      undefined,
      async (onAnswered) => {
        this.#atOnce += 1;
        this.most = Math.max(this.most, this.#atOnce);
        const { ms, refused = false } = this.behave(this.#atOnce);
        await this.clock.sleep(ms);
        this.#atOnce -= 1;
        onAnswered(!refused);
        if (refused) return "refused";
        await this.clock.sleep(runsMs);
        return "done";
      },
      (result) => result === "refused",
    );
  }
}

describe("starts of execs", () => {
  it("are eight at once, also while hundreds run on", async () => {
    const way = new Way();
    const tookMs = await way.start(80, 2000);
    expect(way.most).toBe(8);
    expect(tookMs).toBe((80 / 8) * 50 + 2000);
    expect(way.starts.allowed).toBe(8);
  });

  it("become one at a time where every one is refused, and recover one by one", async () => {
    const way = new Way();
    way.behave = () => ({ ms: 20, refused: true });
    await way.start(40);
    expect(way.starts.allowed).toBe(1);
    way.behave = () => ({ ms: 50 });
    await way.start(2);
    expect(way.starts.allowed).toBeLessThan(4);
    await way.start(40);
    expect(way.starts.allowed).toBe(8);
  });

  it("that were under way together count as one refusal", async () => {
    const way = new Way();
    way.behave = () => ({ ms: 20, refused: true });
    await way.start(8);
    expect(way.starts.allowed).toBe(4);
  });

  it("find how many the way bears, and stay near it", async () => {
    const way = new Way();
    // It copes with three; each one more takes all much longer.
    way.behave = (atOnce) => ({ ms: atOnce <= 3 ? 100 : 1500 * (atOnce - 3) });
    await way.start(60);
    expect(way.starts.allowed).toBeLessThanOrEqual(4);
    await way.start(60);
    expect(way.most).toBeLessThanOrEqual(5);
    expect(way.most).toBeGreaterThanOrEqual(2);
  });

  it("do not take a long way for a busy one", async () => {
    const way = new Way();
    way.behave = () => ({ ms: 1400 });
    await way.start(80);
    expect(way.starts.allowed).toBe(8);
  });

  it("are slowed where a long way gets busy all the same", async () => {
    const way = new Way();
    way.behave = () => ({ ms: 300 });
    await way.start(16);
    way.behave = () => ({ ms: 1400 });
    await way.start(16);
    expect(way.starts.allowed).toBe(8);
    way.behave = () => ({ ms: 1600 });
    await way.start(16);
    expect(way.starts.allowed).toBeLessThan(8);
  });

  it("take refusals that are no overload for no sign at all", async () => {
    const { starts } = new Way();
    for (let times = 0; times < 20; times++) {
      await starts.run(
        undefined,
        async (onAnswered) => onAnswered(false),
        () => false,
      );
    }
    expect(starts.allowed).toBe(8);
  });

  it("give their slot back where the work breaks", async () => {
    const { starts } = new Way(1);
    const broken = starts.run(
      undefined,
      () => Promise.reject(new Error("bug")),
      () => true,
    );
    await expect(broken).rejects.toThrow("bug");
    expect(
      await starts.run(
        undefined,
        async () => "next",
        () => false,
      ),
    ).toBe("next");
  });
});

describe("an API server that throttles", () => {
  const opened = new Opened();
  afterEach(() => opened.clean());

  /** Asks from so many pods at once; every upgrade is answered after a moment, so that what is at once can be seen. */
  async function storm(
    server: FakeApiServer,
    pods: number,
    refuses: (upgrade: number) => boolean,
  ): Promise<{ readonly completed: number; readonly atOnce: readonly number[] }> {
    let pending = 0;
    const atOnce: number[] = [];
    server.onExec = (upgrade) => {
      pending += 1;
      atOnce.push(pending);
      const refused = refuses(atOnce.length);
      setTimeout(() => {
        pending -= 1;
        if (refused) {
          upgrade.refuse(429, { kind: "Status", status: "Failure", message: "too many" });
          return;
        }
        const socket = upgrade.accept();
        socket.send(frame(1, "ok\n"));
        socket.send(SUCCESS);
      }, 10);
    };
    // What is slow on a busy machine is not meant here.
    let ticks = 0;
    const connection = await opened.connectTo(server, {}, { now: () => ticks++ });
    const results = await Promise.all(
      Array.from({ length: pods }, (_, index) =>
        connection.exec.exec({ namespace: "shop", name: `probe-${index}` }, ["true"], { deadlineMs: 5000 }),
      ),
    );
    return { completed: results.filter(({ kind }) => kind === "completed").length, atOnce };
  }

  it("for a while gets one start at a time, and in the end all of them", async () => {
    const server = await opened.server();
    const { completed, atOnce } = await storm(server, 60, (upgrade) => upgrade > 20 && upgrade <= 60);
    expect(completed).toBe(60);
    expect(Math.max(...atOnce.slice(45, 60))).toBe(1);
  });
});
