import http from "node:http";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface FakeProxy {
  readonly port: number;
  readonly url: string;
  /** What was asked for, as `host:port`, in order. */
  readonly targets: string[];
  readonly authorizations: (string | undefined)[];
  /** The status that CONNECT is answered with; 200 connects, undefined keeps silent. */
  answer: number | undefined;
  close(): Promise<void>;
}

/** An HTTP proxy that knows CONNECT and nothing else. All names lead to 127.0.0.1. */
export async function fakeConnectProxy(): Promise<FakeProxy> {
  const server = http.createServer((_request, response) => {
    response.writeHead(405).end();
  });
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => track(sockets, socket));
  server.on("connect", (request: http.IncomingMessage, client: Socket) => {
    proxy.targets.push(request.url ?? "");
    proxy.authorizations.push(request.headers["proxy-authorization"]);
    if (proxy.answer === undefined) return;
    if (proxy.answer !== 200) {
      client.end(`HTTP/1.1 ${proxy.answer} ${http.STATUS_CODES[proxy.answer]}\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const upstream = connect(Number((request.url ?? "").split(":").at(-1)), "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.pipe(client).pipe(upstream);
    });
    track(sockets, upstream);
  });
  await listen(server);
  const proxy = toProxy("http", server, sockets);
  return proxy;
}

/** A SOCKS5 proxy (RFC 1928) without authentication. All names lead to 127.0.0.1. */
export async function fakeSocksProxy(): Promise<FakeProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    track(sockets, client);
    client.once("data", () => {
      client.write(Buffer.of(5, 0));
      client.once("data", (request: Buffer) => {
        const { host, port } = socksTarget(request);
        proxy.targets.push(`${host}:${port}`);
        const upstream = connect(port, "127.0.0.1", () => {
          client.write(Buffer.of(5, 0, 0, 1, 127, 0, 0, 1, 0, 0));
          upstream.pipe(client).pipe(upstream);
        });
        track(sockets, upstream);
      });
    });
  });
  await listen(server);
  const proxy = toProxy("socks5", server, sockets);
  return proxy;
}

function socksTarget(request: Buffer): { readonly host: string; readonly port: number } {
  const byName = request[3] === 3;
  const end = byName ? 5 + (request[4] ?? 0) : 8;
  const host = byName ? request.subarray(5, end).toString("latin1") : request.subarray(4, 8).join(".");
  return { host, port: request.readUInt16BE(end) };
}

function track(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  socket.on("close", () => sockets.delete(socket));
  socket.on("error", () => socket.destroy());
}

function listen(server: http.Server | ReturnType<typeof createServer>): Promise<void> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
}

function toProxy(
  scheme: string,
  server: http.Server | ReturnType<typeof createServer>,
  sockets: Set<Socket>,
): FakeProxy {
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `${scheme}://127.0.0.1:${port}`,
    targets: [],
    authorizations: [],
    answer: 200,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
