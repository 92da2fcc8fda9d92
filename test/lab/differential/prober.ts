/**
 * Runs inside a machine's network: answers on the ports given as arguments with its own name (the first argument), and
 * dials what it is told to. A line of JSON in is a `ProbeRequest`, a line of JSON out the `ProbeAnswer`.
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { createInterface } from "node:readline";

export interface ProbeRequest {
  readonly id: number;
  readonly timeoutMs: number;
  readonly atOnce: number;
  readonly probes: readonly Probe[];
}

export type Probe = readonly [protocol: "TCP" | "UDP", address: string, port: number];

export interface ProbeAnswer {
  readonly id: number;
  readonly outcomes: readonly ProbeOutcome[];
}

/** `open` with the name of who answered; `error` with its code. */
export type ProbeOutcome = `open ${string}` | "refused" | "timeout" | `error ${string}`;

const [name = "", ...ports] = process.argv.slice(2);

async function serve(port: number): Promise<void> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.end(name);
  }).listen({ port, host: "::" });
  const sockets = (["udp4", "udp6"] as const).map((type) => {
    const socket = createSocket({ type, ipv6Only: type === "udp6" });
    socket.on("message", (_message, peer) => socket.send(name, peer.port, peer.address));
    return socket.bind(port);
  });
  await Promise.all([server, ...sockets].map((each) => once(each, "listening")));
}

function dialTcp(address: string, port: number, timeoutMs: number): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect({ host: address, port });
    const finish = (outcome: ProbeOutcome): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    const timer = setTimeout(() => finish("timeout"), timeoutMs);
    socket.on("data", (chunk) => {
      answer += chunk.toString();
    });
    socket.on("end", () => finish(`open ${answer}`));
    socket.on("error", (error: NodeJS.ErrnoException) => finish(outcomeOf(error)));
  });
}

function dialUdp(address: string, port: number, timeoutMs: number): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
    const finish = (outcome: ProbeOutcome): void => {
      clearTimeout(timer);
      socket.removeAllListeners();
      socket.on("error", () => undefined);
      socket.close();
      resolve(outcome);
    };
    const timer = setTimeout(() => finish("timeout"), timeoutMs);
    socket.on("error", (error: NodeJS.ErrnoException) => finish(outcomeOf(error)));
    socket.on("message", (message) => finish(`open ${message.toString()}`));
    socket.connect(port, address, () => socket.send("?"));
  });
}

function outcomeOf({ code }: NodeJS.ErrnoException): ProbeOutcome {
  return code === "ECONNREFUSED" ? "refused" : `error ${code}`;
}

async function answer({ id, probes, timeoutMs, atOnce }: ProbeRequest): Promise<ProbeAnswer> {
  const outcomes: ProbeOutcome[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < probes.length; i = next++) {
      const [protocol, address, port] = probes[i] as Probe;
      outcomes[i] = await (protocol === "TCP" ? dialTcp : dialUdp)(address, port, timeoutMs);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return { id, outcomes };
}

process.stdin.on("end", () => process.exit(0));
createInterface({ input: process.stdin }).on("line", async (line) => {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
});
await Promise.all(ports.map((port) => serve(Number(port))));
process.stdout.write("ready\n");
