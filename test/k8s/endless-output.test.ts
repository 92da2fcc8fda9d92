import { afterEach, expect, it } from "vitest";
import type { WebSocket } from "ws";
import { frame } from "./fake-api-server.ts";
import { Opened } from "./test-connection.ts";

const opened = new Opened();
afterEach(() => opened.clean());

const POD = { namespace: "shop", name: "probe-1" };
const GIGABYTE = 1024 ** 3;
const PIECE = frame(1, Buffer.alloc(64 * 1024, "y\n"));

it("a pod that prints a gigabyte is given up after what can be an answer, and memory stays flat", async () => {
  const server = await opened.server();
  let sent = 0;
  const pour = (socket: WebSocket): void => {
    if (socket.readyState !== socket.OPEN || sent >= GIGABYTE) return;
    sent += PIECE.length;
    socket.send(PIECE, () => pour(socket));
  };
  server.onExec = (upgrade) => pour(upgrade.accept());
  const { exec } = await opened.connectTo(server);
  const before = process.memoryUsage();
  const results = await Promise.all(
    Array.from({ length: 8 }, () => exec.exec(POD, ["sh"], { deadlineMs: 15_000, maxOutputBytes: 200_000 })),
  );
  const after = process.memoryUsage();
  for (const result of results) {
    expect(result).toMatchObject({ kind: "failed", reason: "connection-lost", retryable: false });
    expect(result.stdout.length).toBeLessThanOrEqual(200_000);
  }
  expect(sent).toBeLessThan(100 * 1024 * 1024);
  const grown = after.heapUsed + after.external - before.heapUsed - before.external;
  expect(grown).toBeLessThan(64 * 1024 * 1024);
});
