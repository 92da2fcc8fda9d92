import type { Socket } from "node:net";
import { answerDns, type DnsLookup } from "./dns-answer.ts";
import type { SandboxSockets } from "./sandbox-sockets.ts";

/** A connection over which nothing is asked for so long is closed (RFC 7766 leaves the time to the server). */
const IDLE_MS = 10_000;

/**
 * Answers questions over UDP and TCP by the lookup, and asks nobody else: any other name does not exist. Returns the
 * way to end the connections that are open; the sockets are the caller's.
 */
export function serveDns(sockets: SandboxSockets, lookup: DnsLookup): () => void {
  const connections = new Set<Socket>();
  // Errors of a socket are those of one asker: an answer that was refused, a connection that was reset.
  sockets.udp.on("error", () => undefined);
  sockets.udp.on("message", (message, asker) => {
    const answer = answerDns(message, lookup, "udp");
    if (answer !== undefined) sockets.udp.send(answer, asker.port, asker.address, () => undefined);
  });
  sockets.tcp.on("error", () => undefined);
  sockets.tcp.on("connection", (connection) => {
    connections.add(connection);
    connection.on("error", () => undefined);
    connection.on("close", () => connections.delete(connection));
    connection.setTimeout(IDLE_MS, () => connection.destroy());
    let received = Buffer.alloc(0);
    connection.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        const answer = answerDns(received.subarray(2, end), lookup, "tcp");
        received = received.subarray(end);
        if (answer === undefined) continue;
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer.length);
        connection.write(Buffer.concat([length, answer]));
      }
    });
  });
  return () => {
    for (const connection of connections) connection.destroy();
  };
}
