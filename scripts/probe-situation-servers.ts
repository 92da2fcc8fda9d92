import { createSocket } from "node:dgram";
import { createServer, type Socket } from "node:net";

/** Answers a DNS question: same id, QR set, the given response code, nothing in it. */
function dnsAnswer(question: Buffer, code: number): Buffer {
  const answer = Buffer.from(question);
  answer.writeUInt16BE(0x8180 | code, 2);
  return answer;
}

function withId(answer: Buffer, id: number): Buffer {
  answer.writeUInt16BE(id, 0);
  return answer;
}

function serve(port: number, onSocket: (socket: Socket) => void, host = "::"): void {
  createServer((socket) => {
    socket.on("error", () => socket.destroy());
    onSocket(socket);
  }).listen({ port, host });
}

function answer(text: string): (socket: Socket) => void {
  return (socket) => socket.once("data", () => socket.end(text));
}

function serveUdp(
  port: number,
  onDatagram: (data: Buffer, reply: (data: Buffer) => void) => void,
  host = "::",
): void {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  socket.on("message", (data, from) =>
    onDatagram(data, (reply) => socket.send(reply, from.port, from.address)),
  );
  socket.bind(port, host);
}

/** A DNS server; `question` to the answer's bytes, undefined for silence. */
function serveDns(host: string, reply: (question: Buffer) => Buffer | undefined): void {
  serveUdp(
    53,
    (data, send) => {
      const bytes = reply(data);
      if (bytes !== undefined) send(bytes);
    },
    host,
  );
  serve(
    53,
    (socket) =>
      socket.on("data", (data: Buffer) => {
        const bytes = reply(data.subarray(2));
        if (bytes === undefined) return;
        const length = Buffer.alloc(2);
        length.writeUInt16BE(bytes.length);
        socket.write(Buffer.concat([length, bytes]));
      }),
    host,
  );
}

/** The servers that the situations ask, in this process. */
export function startServers(): void {
  serve(7000, (socket) => socket.pipe(socket));
  serve(8000, answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  serve(8001, answer("HTTP/1.1 302 Found\r\nLocation: http://10.199.0.2:7999/\r\nContent-Length: 0\r\n\r\n"));
  serve(8002, answer("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
  serve(8003, answer("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"));
  serve(8004, (socket) => socket.resetAndDestroy());
  serve(8005, (socket) => socket.end());
  serve(8006, (socket) => socket.once("data", () => socket.resetAndDestroy()));
  serve(8007, (socket) => socket.once("data", () => socket.end()));
  serve(8008, answer("\u0001\u001b[31mSSH-2.0-something else\r\nHTTP/not\r\n\r\n"));
  serve(8009, () => undefined);
  serve(8010, (socket) => {
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    const timer = setInterval(() => socket.write("x".repeat(1024)), 5);
    socket.on("close", () => clearInterval(timer));
  });
  serve(8011, (socket) => {
    const timer = setInterval(() => socket.write("x".repeat(1024)), 5);
    socket.on("close", () => clearInterval(timer));
  });
  serveUdp(7001, (data, reply) => reply(data));
  serveUdp(7002, () => undefined);
  serveUdp(7004, (_, reply) => reply(Buffer.alloc(0)));
  let heard = 0;
  serveUdp(7006, (data, reply) => {
    heard += 1;
    if (heard % 2 === 0) reply(data);
  });
  serveUdp(7007, (data, reply) => setTimeout(() => reply(data), 1200));
  serveDns("10.199.1.2", (question) => dnsAnswer(question, 3));
  serveDns("10.199.1.3", (question) => dnsAnswer(question, 5));
  serveDns("10.199.1.5", (question) => withId(dnsAnswer(question, 0), 7));
  serveDns("10.199.1.6", (question) => question);
  serve(53, (socket) => socket.end(), "10.199.1.7");
  serve(53, () => undefined, "10.199.1.8");
}
