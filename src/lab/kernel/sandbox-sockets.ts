import { spawn } from "node:child_process";
import type { Socket } from "node:dgram";
import type { Server } from "node:net";

/** Listening sockets in a sandbox, held by this process. */
export interface SandboxSockets {
  readonly udp: Socket;
  readonly tcp: Server;
  close(): void;
}

/**
 * Binds the port and hands the sockets over to its parent, which then has a UDP socket and a TCP server in a network
 * namespace that it is not in. It stays until both have arrived, or
 * its parent has gone.
 */
const BINDER = `
const [port, host] = [Number(process.argv[1]), process.argv[2]];
const fail = (error) => { process.send({ failed: error.message }, () => process.exit(1)); };
const udp = require("node:dgram").createSocket(host === "::" ? "udp6" : "udp4").on("error", fail);
const tcp = require("node:net").createServer().on("error", fail);
process.on("message", () => process.exit(0)).on("disconnect", () => process.exit(1));
udp.bind(port, host, () => tcp.listen({ port, host }, () => {
  process.send("udp", udp);
  process.send("tcp", tcp);
}));
`;

/** `enter`: the program and arguments that lead into the sandbox's network. Rejects with the reason of a refused bind. */
export async function receiveSockets(
  enter: readonly string[],
  port: number,
  options: { readonly ipv6: boolean },
): Promise<SandboxSockets> {
  const [file = "", ...args] = enter;
  const host = options.ipv6 ? "::" : "0.0.0.0";
  const child = spawn(file, [...args, process.execPath, "-e", BINDER, String(port), host], {
    detached: true,
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  return new Promise((resolve, reject) => {
    let udp: Socket | undefined;
    let tcp: Server | undefined;
    let complaints = "";
    const fail = (reason: string): void => {
      udp?.close();
      tcp?.close();
      reject(new Error(`port ${port} could not be bound: ${reason}`));
    };
    child.stderr?.on("data", (chunk) => {
      complaints += chunk;
    });
    child.once("error", (error) => fail(error.message));
    child.once("exit", () => fail(complaints.trim() || "the process that binds it ended"));
    child.on("message", (message: unknown, handle: unknown) => {
      if (message === "udp") udp = handle as Socket;
      else if (message === "tcp") tcp = handle as Server;
      else fail((message as { failed?: string }).failed ?? "unknown message");
      if (udp === undefined || tcp === undefined) return;
      const [datagrams, connections] = [udp, tcp];
      child.removeAllListeners("exit");
      child.send("received", () => undefined);
      let closed = false;
      resolve({
        udp: datagrams,
        tcp: connections,
        close: () => {
          if (closed) return;
          closed = true;
          datagrams.close();
          connections.close();
        },
      });
    });
  });
}
