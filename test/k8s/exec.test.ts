import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { WebSocket } from "ws";
import type { ExecOptions } from "../../src/model/exec.ts";
import {
  exitStatus,
  type FakeApiServer,
  type FakeUpgrade,
  frame,
  SUCCESS,
  status,
} from "./fake-api-server.ts";
import { Opened } from "./test-connection.ts";

const POD = { namespace: "shop", name: "probe-1" };
const OPTIONS: ExecOptions = { deadlineMs: 5_000 };

const opened = new Opened();
let server: FakeApiServer;

beforeEach(async () => {
  server = await opened.server();
});
afterEach(() => opened.clean());

async function run(onExec: (upgrade: FakeUpgrade) => void, options: Partial<ExecOptions> = {}) {
  server.onExec = onExec;
  const connection = await opened.connectTo(server);
  const result = await connection.exec.exec(POD, ["sh", "-c", "echo hi"], { ...OPTIONS, ...options });
  return { result, upgrades: server.upgrades.length, waits: connection.waits };
}

/** Sends what a kubelet would and leaves closing to the client. */
function play(upgrade: FakeUpgrade, ...frames: Buffer[]): WebSocket {
  const socket = upgrade.accept();
  for (const each of frames) socket.send(each);
  return socket;
}

describe("a command that completes", () => {
  it("gives exit code 0 and both streams", async () => {
    const { result, upgrades } = await run((upgrade) =>
      play(upgrade, frame(1, "out 1\n"), frame(2, "err\n"), frame(1, "out 2\n"), SUCCESS),
    );
    expect(result).toEqual({
      kind: "completed",
      exitCode: 0,
      stdout: "out 1\nout 2\n",
      stderr: "err\n",
      overflow: false,
    });
    expect(upgrades).toBe(1);
  });

  it("gives the exit code that the status holds as a string, and is not run again", async () => {
    const { result, upgrades } = await run((upgrade) => play(upgrade, frame(1, "x"), exitStatus(7)));
    expect(result).toMatchObject({ kind: "completed", exitCode: 7, stdout: "x" });
    expect(upgrades).toBe(1);
  });

  it("is passed on as it is where the output was cut short: the end of it is for the reader to check", async () => {
    const { result } = await run((upgrade) => play(upgrade, frame(1, "1 open\n2 op"), SUCCESS));
    expect(result).toMatchObject({ kind: "completed", exitCode: 0, stdout: "1 open\n2 op" });
  });

  it("joins characters that are split between frames", async () => {
    const bytes = Buffer.from("→ ok\n");
    const { result } = await run((upgrade) =>
      play(
        upgrade,
        frame(1, bytes.subarray(0, 1)),
        frame(1, bytes.subarray(1, 2)),
        frame(1, bytes.subarray(2)),
        SUCCESS,
      ),
    );
    expect(result).toMatchObject({ kind: "completed", stdout: "→ ok\n" });
  });

  it("counts what is beyond the limit as overflow", async () => {
    const { result } = await run((upgrade) => play(upgrade, frame(1, "x".repeat(300)), SUCCESS), {
      maxOutputBytes: 100,
    });
    expect(result).toMatchObject({ kind: "completed", stdout: "x".repeat(100), overflow: true });
  });

  it.each([
    ["channels that nobody knows", [frame(255, "?"), frame(200, "!"), frame(1, "out"), SUCCESS]],
    ["the frame by which v5 closes a channel", [frame(1, "out"), frame(255, Buffer.of(1)), SUCCESS]],
    [
      "empty frames, and frames of the empty stdin channel",
      [Buffer.alloc(0), frame(0, ""), frame(1, "out"), SUCCESS],
    ],
    [
      "output and a second status after the status",
      [frame(1, "out"), SUCCESS, frame(1, "late"), exitStatus(9)],
    ],
  ])("passes over %s", async (_title, frames) => {
    const { result } = await run((upgrade) => play(upgrade, ...frames));
    expect(result).toEqual({ kind: "completed", exitCode: 0, stdout: "out", stderr: "", overflow: false });
  });

  it("works with a server that speaks only v4", async () => {
    const { result } = await run((upgrade) => {
      const socket = upgrade.accept("v4.channel.k8s.io");
      socket.send(frame(1, "four"));
      socket.send(SUCCESS);
    });
    expect(result).toMatchObject({ kind: "completed", stdout: "four" });
  });

  it("closes the connection itself, and normally", async () => {
    const closed = Promise.withResolvers<number>();
    await run((upgrade) => play(upgrade, SUCCESS).on("close", (code) => closed.resolve(code)));
    expect(await closed.promise).toBe(1000);
  });
});

describe("the upgrade", () => {
  it("asks for v5 and v4, for all three streams, for no compression, and with the credentials", async () => {
    const offered: string[][] = [];
    await run((upgrade) => {
      offered.push([...upgrade.offered]);
      play(upgrade, SUCCESS);
    });
    const [request] = server.upgrades;
    expect(offered).toEqual([["v5.channel.k8s.io", "v4.channel.k8s.io"]]);
    expect(request?.path).toBe("/api/v1/namespaces/shop/pods/probe-1/exec");
    expect([...(request?.query ?? [])]).toEqual([
      ["stdin", "true"],
      ["stdout", "true"],
      ["stderr", "true"],
      ["command", "sh"],
      ["command", "-c"],
      ["command", "echo hi"],
    ]);
    expect(request?.headers.authorization).toBe("Bearer good-token");
    expect(request?.headers["user-agent"]).toBe("netverdict");
    expect(request?.headers["sec-websocket-extensions"]).toBeUndefined();
  });

  it("names the container where one is asked for", async () => {
    await run((upgrade) => play(upgrade, SUCCESS), { container: "probe" });
    expect(server.upgrades[0]?.query.get("container")).toBe("probe");
  });

  it("keeps the path that the server's URL has", async () => {
    server.onExec = (upgrade) => play(upgrade, SUCCESS);
    const connection = await opened.connectTo(server, {
      cluster: { server: `${server.url}/k8s/clusters/c-1/` },
    });
    await connection.exec.exec(POD, ["true"], OPTIONS);
    expect(server.upgrades[0]?.path).toBe("/k8s/clusters/c-1/api/v1/namespaces/shop/pods/probe-1/exec");
  });

  it("sends standard input in order and leaves it open", async () => {
    const input = `${"0123456789".repeat(10_000)}→`;
    const { result } = await run(
      (upgrade) => {
        const socket = upgrade.accept();
        let received = Buffer.alloc(0);
        socket.on("message", (data: Buffer) => {
          expect(data[0]).toBe(0);
          received = Buffer.concat([received, data.subarray(1)]);
          if (received.length < Buffer.byteLength(input)) return;
          socket.send(frame(1, received.toString("utf8") === input ? "all of it" : "something else"));
          socket.send(SUCCESS);
        });
      },
      { stdin: input },
    );
    expect(result).toMatchObject({ kind: "completed", stdout: "all of it" });
  });

  it("goes over plain HTTP too, without credentials", async () => {
    const plain = await opened.server({});
    plain.onExec = (upgrade) => play(upgrade, frame(1, "plain"), SUCCESS);
    const connection = await opened.connectTo(plain);
    expect(await connection.exec.exec(POD, ["true"], OPTIONS)).toMatchObject({
      kind: "completed",
      stdout: "plain",
    });
    expect(plain.upgrades[0]?.headers.authorization).toBeUndefined();
  });
});

interface Fault {
  readonly title: string;
  readonly play: (upgrade: FakeUpgrade) => void;
  readonly reason: string;
  readonly message: RegExp;
  readonly stdout?: string;
  /** 1: not tried again. */
  readonly tries: number;
  readonly options?: Partial<ExecOptions>;
}

const FAULTS: readonly Fault[] = [
  {
    title: "accepts and then keeps silent",
    play: (upgrade) => play(upgrade, frame(1, "half a l")),
    reason: "timeout",
    message: /^no exit status within 0.15 s$/,
    stdout: "half a l",
    tries: 1,
    options: { deadlineMs: 150 },
  },
  {
    title: "takes the connection and never answers HTTP",
    play: () => {},
    reason: "timeout",
    message: /^no answer to the upgrade within 0.1 s$/,
    tries: 3,
    options: { deadlineMs: 100 },
  },
  {
    title: "cuts the connection in the middle of the output (1006)",
    play: (upgrade) => {
      play(upgrade, frame(1, "1 open\n"), frame(2, "warning"));
      setTimeout(() => upgrade.socket.destroy(), 20);
    },
    reason: "connection-lost",
    message: /closed \(1006\) without an exit status/,
    stdout: "1 open\n",
    tries: 3,
  },
  {
    title: "closes normally (1000) without a status",
    play: (upgrade) => play(upgrade, frame(1, "1 open\n")).close(1000, "idle"),
    reason: "connection-lost",
    message: /closed \(1000\) without an exit status: idle/,
    stdout: "1 open\n",
    tries: 3,
  },
  {
    title: "resets before it answers the upgrade",
    play: (upgrade) => upgrade.socket.destroy(),
    reason: "unreachable",
    message: /socket hang up|reset/,
    tries: 3,
  },
  {
    title: "forbids it (403)",
    play: (upgrade) =>
      upgrade.refuse(
        403,
        status(403, "Forbidden", 'pods "probe-1" is forbidden: cannot create resource "pods/exec"'),
      ),
    reason: "forbidden",
    message: /cannot create resource "pods\/exec" \(exec needs both get and create on pods\/exec\)/,
    tries: 1,
  },
  {
    title: "does not know who asks (401), also after new credentials",
    play: (upgrade) => upgrade.refuse(401, status(401, "Unauthorized", "Unauthorized")),
    reason: "forbidden",
    message: /^Unauthorized$/,
    tries: 2,
  },
  {
    title: "has no such pod (404)",
    play: (upgrade) => upgrade.refuse(404, status(404, "NotFound", 'pods "probe-1" not found')),
    reason: "not-found",
    message: /^pods "probe-1" not found$/,
    tries: 1,
  },
  {
    title: "refuses the request (400)",
    play: (upgrade) =>
      upgrade.refuse(400, status(400, "BadRequest", "container zz is not valid for pod probe-1")),
    reason: "upgrade-refused",
    message: /container zz/,
    tries: 1,
  },
  {
    title: "throttles (429)",
    play: (upgrade) => upgrade.refuse(429, status(429, "TooManyRequests", "too many requests")),
    reason: "upgrade-refused",
    message: /too many requests/,
    tries: 8,
  },
  {
    title: "cannot reach the kubelet (502), and a proxy says so in HTML",
    play: (upgrade) => upgrade.refuse(502, "<html>Bad Gateway</html>", { "content-type": "text/html" }),
    reason: "upgrade-refused",
    message: /^exec: the API server answered 502 Bad Gateway$/,
    tries: 3,
  },
  {
    title: "cannot reach the kubelet (500)",
    play: (upgrade) => upgrade.refuse(500, status(500, "", "error dialing backend: EOF")),
    reason: "upgrade-refused",
    message: /^error dialing backend: EOF$/,
    tries: 3,
  },
  {
    title: "begins a refusal and never ends it",
    play: (upgrade) => upgrade.socket.write("HTTP/1.1 403 Forbidden\r\ncontent-length: 100\r\n\r\nhalf"),
    reason: "forbidden",
    message: /answered 403 Forbidden: half/,
    tries: 1,
  },
  {
    title: "answers 200 as if it were a plain request",
    play: (upgrade) => upgrade.refuse(200, "welcome"),
    reason: "upgrade-refused",
    message: /answered 200 OK: welcome/,
    tries: 1,
  },
  {
    title: "agrees to a subprotocol that was not offered",
    play: (upgrade) => upgrade.accept("channel.k8s.io"),
    reason: "upgrade-refused",
    message: /subprotocol/,
    tries: 1,
  },
  {
    title: "sends a status that is no JSON",
    play: (upgrade) => play(upgrade, frame(1, "out"), frame(3, "not json {")),
    reason: "malformed",
    message: /no Status: not json/,
    stdout: "out",
    tries: 1,
  },
  {
    title: "sends a status that ends in the middle",
    play: (upgrade) => play(upgrade, frame(3, '{"status":"Succ')),
    reason: "malformed",
    message: /no Status/,
    tries: 1,
  },
  {
    title: "has a runtime that cannot start the command",
    play: (upgrade) =>
      play(
        upgrade,
        frame(
          3,
          JSON.stringify(
            status(500, "InternalError", 'error executing command in container: exec: "nope": not found'),
          ),
        ),
      ),
    reason: "container",
    message: /error executing command in container/,
    tries: 1,
  },
  {
    title: "does not know the pod yet, since its kubelet has just started",
    play: (upgrade) => upgrade.refuse(404, "pod does not exist"),
    reason: "upgrade-refused",
    message: /404 Not Found: pod does not exist/,
    tries: 3,
  },
  {
    title: "prints without end",
    play: (upgrade) => {
      const socket = upgrade.accept();
      const pour = () => {
        if (socket.readyState === socket.OPEN) socket.send(frame(1, "y\n".repeat(4096)), pour);
      };
      pour();
    },
    reason: "connection-lost",
    message: /without end/,
    stdout: "y\n".repeat(500),
    tries: 1,
    options: { maxOutputBytes: 1000 },
  },
  {
    title: "sends a frame larger than any kubelet's",
    play: (upgrade) => play(upgrade, frame(1, Buffer.alloc(5 * 1024 * 1024))),
    reason: "connection-lost",
    message: /Max payload size exceeded/,
    tries: 3,
  },
];

describe("a server that", () => {
  it.each(FAULTS)("$title gives $reason", async (fault) => {
    const { result, upgrades } = await run(fault.play, fault.options);
    expect(result).toMatchObject({ kind: "failed", reason: fault.reason, stdout: fault.stdout ?? "" });
    expect(result.kind === "failed" && result.message).toMatch(fault.message);
    expect(upgrades).toBe(fault.tries);
  });

  it("throttles with Retry-After is asked again when it said", async () => {
    let refusals = 0;
    const { result, waits } = await run((upgrade) => {
      refusals += 1;
      if (refusals > 2) play(upgrade, frame(1, "in the end"), SUCCESS);
      else upgrade.refuse(429, status(429, "TooManyRequests", "wait"), { "retry-after": "2" });
    });
    expect(result).toMatchObject({ kind: "completed", stdout: "in the end" });
    expect(waits).toEqual([2000, 2000]);
  });

  it("is not there is unreachable", async () => {
    const connection = await opened.connectTo(server);
    await server.close();
    expect(await connection.exec.exec(POD, ["true"], OPTIONS)).toMatchObject({
      kind: "failed",
      reason: "unreachable",
      message: expect.stringMatching(/connection refused/),
    });
    expect(connection.waits).toHaveLength(2);
  });

  it("has a certificate that nobody signed is unreachable, and its exec never gets the token", async () => {
    const file = { cluster: { "certificate-authority-data": undefined } };
    const connection = await opened.connectTo(server, file);
    expect(await connection.exec.exec(POD, ["true"], OPTIONS)).toMatchObject({
      reason: "unreachable",
      message: expect.stringMatching(/certificate-authority/),
    });
    expect(server.upgrades).toHaveLength(0);
  });
});

describe("giving up", () => {
  it("ends an exec under way with the caller's signal, keeps what came, and closes the connection", async () => {
    const closed = Promise.withResolvers<number>();
    const controller = new AbortController();
    const { result, upgrades } = await run(
      (upgrade) => {
        play(upgrade, frame(1, "first\n")).on("close", (code) => closed.resolve(code));
        setTimeout(() => controller.abort(), 50);
      },
      { signal: controller.signal },
    );
    expect(result).toMatchObject({ kind: "failed", reason: "aborted", retryable: false, stdout: "first\n" });
    expect(await closed.promise).toBe(1006);
    expect(upgrades).toBe(1);
  });

  it("does not even ask with a signal that has already come", async () => {
    const { result, upgrades } = await run((upgrade) => play(upgrade, SUCCESS), {
      signal: AbortSignal.abort(),
    });
    expect(result).toMatchObject({ kind: "failed", reason: "aborted" });
    expect(upgrades).toBe(0);
  });

  it("ends every exec when the connection is closed", async () => {
    server.onExec = (upgrade) => {
      play(upgrade);
    };
    const connection = await opened.connectTo(server);
    const running = connection.exec.exec(POD, ["sleep"], OPTIONS);
    await delay(50);
    connection.close();
    expect(await running).toMatchObject({
      kind: "failed",
      reason: "aborted",
      message: "the connection to the cluster was closed",
    });
  });
});

describe("many execs", () => {
  it("are started 8 at a time until the upgrades are answered", async () => {
    const waiting: FakeUpgrade[] = [];
    server.onExec = (upgrade) => waiting.push(upgrade);
    const connection = await opened.connectTo(server);
    const running = Array.from({ length: 12 }, (_, index) =>
      connection.exec.exec({ namespace: "shop", name: `probe-${index}` }, ["true"], OPTIONS),
    );
    await expect.poll(() => waiting.length).toBe(8);
    await delay(50);
    expect(waiting).toHaveLength(8);
    // Answered, but still running: the slots are free for others.
    const open = waiting.splice(0).map((upgrade) => upgrade.accept());
    await expect.poll(() => waiting.length).toBe(4);
    for (const socket of [...open, ...waiting.map((upgrade) => upgrade.accept())]) socket.send(SUCCESS);
    expect((await Promise.all(running)).every((result) => result.kind === "completed")).toBe(true);
    expect(connection.requests()).toMatchObject({ api: 0, exec: 12, byKind: { "exec pods": 12 } });
  });

  it("into one pod are four at a time", async () => {
    const open: WebSocket[] = [];
    server.onExec = (upgrade) => open.push(upgrade.accept());
    const connection = await opened.connectTo(server);
    const running = Array.from({ length: 6 }, () => connection.exec.exec(POD, ["true"], OPTIONS));
    await expect.poll(() => open.length).toBe(4);
    await delay(50);
    expect(open).toHaveLength(4);
    open[0]?.send(SUCCESS);
    await expect.poll(() => open.length).toBe(5);
    for (const socket of open.slice(1)) socket.send(SUCCESS);
    await expect.poll(() => open.length).toBe(6);
    open[5]?.send(SUCCESS);
    expect((await Promise.all(running)).map((result) => result.kind)).toEqual(Array(6).fill("completed"));
  });
});
