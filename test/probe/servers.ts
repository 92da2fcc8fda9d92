import { type ChildProcess, spawn } from "node:child_process";
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Nothing listens there (tcpmux), and no other test can come to listen there meanwhile. */
export const CLOSED_PORT = 1;

/** Servers on 127.0.0.1, and what ends them all. */
export class Servers {
  readonly #ends: (() => void)[] = [];

  /** A TCP server; returns its port. */
  async tcp(onSocket: (socket: Socket) => void = (socket) => socket.resume(), wanted = 0): Promise<number> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
      onSocket(socket);
    });
    const port = await listen(server, wanted);
    this.#ends.push(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    return port;
  }

  /** Answers whatever is asked first, then closes. */
  http(answer: string): Promise<number> {
    return this.tcp((socket) => socket.once("data", () => socket.end(answer)));
  }

  /** A UDP server; returns its port. */
  async udp(
    onDatagram: (data: Buffer, reply: (answer: Buffer) => void) => void = () => undefined,
    port = 0,
  ): Promise<number> {
    const socket: UdpSocket = createSocket("udp4");
    socket.on("message", (data, from) =>
      onDatagram(data, (answer) => socket.send(answer, from.port, from.address)),
    );
    socket.bind(port, "127.0.0.1");
    await once(socket, "listening");
    this.#ends.push(() => socket.close());
    return socket.address().port;
  }

  /** A port on which nothing listens at the moment. */
  async freePort(): Promise<number> {
    const server = createServer();
    const port = await listen(server);
    server.close();
    await once(server, "close");
    return port;
  }

  /** A listener that accepts nothing and whose queue is full: packets to it are dropped, without root. */
  async silentPort(busyboxPath: string): Promise<number> {
    const port = await this.freePort();
    const listener: ChildProcess = spawn(
      join(busyboxPath, "tcpsvd"),
      ["-b", "1", "127.0.0.1", String(port), join(busyboxPath, "cat")],
      { stdio: "ignore" },
    );
    this.#ends.push(() => listener.kill("SIGKILL"));
    await connected(port);
    listener.kill("SIGSTOP");
    // Fill the queue until nobody is answered any more: how many it takes is the kernel's affair.
    for (let answered = true; answered; ) {
      const fillers = Array.from({ length: 4 }, () =>
        connect(port, "127.0.0.1").on("error", () => undefined),
      );
      this.#ends.push(() => {
        for (const filler of fillers) filler.destroy();
      });
      const anyone = Promise.race(fillers.map((filler) => once(filler, "connect"))).then(() => true);
      answered = await Promise.race([anyone, sleep(250).then(() => false)]);
      if (answered) await sleep(50);
    }
    return port;
  }

  end(): void {
    for (const end of this.#ends) end();
  }
}

async function listen(server: Server, wanted = 0): Promise<number> {
  server.listen(wanted, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** Until somebody accepts connections there. */
async function connected(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    const opened = await new Promise<boolean>((resolve) => {
      socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
    });
    socket.destroy();
    if (opened) return;
    await sleep(10);
  }
}
