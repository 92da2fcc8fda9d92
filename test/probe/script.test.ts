import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Observation, Probe } from "../../src/model/observation.ts";
import { classify } from "../../src/probe/classify.ts";
import { encodeProbe } from "../../src/probe/probe-lines.ts";
import { type ProbeResults, parseResults } from "../../src/probe/result-lines.ts";
import { probeCommand, probeStdin } from "../../src/probe/script.ts";
import { busyboxPath, LocalExec, running } from "./busybox.ts";
import { CLOSED_PORT, Servers } from "./servers.ts";

const NONCE = "0123456789abcdef";
const SOURCE = { namespace: "shop", name: "stand-in" };

const busybox = busyboxPath();
const servers = new Servers();

afterAll(() => {
  servers.end();
  busybox.remove();
});

interface RunOptions {
  readonly exec?: LocalExec;
  readonly parallel?: number;
  readonly deadlineSeconds?: number;
  readonly resolvConf?: string;
}

async function run(input: string, options: RunOptions = {}) {
  const { exec = new LocalExec(busybox.path), parallel = 32, deadlineSeconds = 15, resolvConf } = options;
  const command = probeCommand({
    nonce: NONCE,
    parallel,
    deadlineSeconds,
    ...(resolvConf === undefined ? {} : { resolvConf }),
  });
  const result = await exec.exec(SOURCE, command, { stdin: input, deadlineMs: 18_000 });
  const [group = 0] = exec.groups;
  return { result, parsed: parseResults(result.stdout, NONCE), group };
}

function probe(fields: Partial<Probe>): Probe {
  return { id: "probe", source: SOURCE, kind: "tcp", host: "127.0.0.1", port: 1, timeoutMs: 1000, ...fields };
}

function lineOf(one: Probe): string {
  const encoded = encodeProbe(one);
  if (encoded.kind === "refused") throw new Error(encoded.reason);
  return encoded.line;
}

/** Asks all at once and returns what each saw. */
async function observe(probes: readonly Probe[], options: RunOptions = {}): Promise<readonly Observation[]> {
  const { parsed, result } = await run(probeStdin(probes.map(lineOf)), options);
  expect(parsed.end, result.stderr).toEqual({ count: probes.length, totalMs: expect.any(Number) });
  return probes.map((one, index) => classify(one, resultOf(parsed, index)));
}

function resultOf(parsed: ProbeResults, index: number) {
  const result = parsed.results.get(index);
  if (result === undefined) throw new Error(`no line for probe ${index}`);
  return result;
}

async function see(fields: Partial<Probe>, options: RunOptions = {}): Promise<Observation> {
  const [observation] = await observe([probe(fields)], options);
  if (observation === undefined) throw new Error("no observation");
  return observation;
}

/** Answers a DNS question with "no such name"; over TCP with the length in front. */
function dnsAnswer(question: Buffer, idAt: number): Buffer {
  const answer = Buffer.from(question);
  answer.writeUInt16BE(0x8183, idAt + 2);
  return answer;
}

describe("the probe script, TCP", () => {
  it("sees an open port in milliseconds", async () => {
    const port = await servers.tcp();
    const observation = await see({ port });
    expect(observation).toMatchObject({
      kind: "connected",
      exitCode: 0,
      reason: `connected to 127.0.0.1:${port}`,
    });
    expect(observation.durationMs).toBeLessThan(500);
  });

  it("sees a closed port", async () => {
    expect(await see({ port: CLOSED_PORT })).toMatchObject({ kind: "refused", exitCode: 1 });
  });

  it("keeps time-outs below a second, and above by halves", async () => {
    const port = await servers.silentPort(busybox.path);
    const [half, whole] = await observe([probe({ port, timeoutMs: 300 }), probe({ port, timeoutMs: 1000 })]);
    expect(half).toMatchObject({ kind: "timeout", reason: "no answer within 0.3 s" });
    expect(half?.durationMs).toBeGreaterThanOrEqual(280);
    expect(half?.durationMs).toBeLessThan(980);
    expect(whole).toMatchObject({ kind: "timeout", exitCode: 1 });
    expect(whole?.durationMs).toBeGreaterThanOrEqual(980);
  });

  it("resolves a name in a step of its own, which sends nothing to the port", async () => {
    const watched = busyboxPath(["nc"]);
    const log = join(watched.path, "log");
    writeFileSync(
      join(watched.path, "nc"),
      `#!${watched.path}/sh\necho "$@" >>${log}\nexec ${watched.path}/busybox nc "$@"\n`,
      {
        mode: 0o755,
      },
    );
    const port = await servers.tcp();
    let datagrams = 0;
    await servers.udp(() => {
      datagrams += 1;
    }, port);
    const observation = await see({ host: "localhost", port }, { exec: new LocalExec(watched.path) });
    const calls = readFileSync(log, "utf8").split("\n");
    watched.remove();
    expect(observation).toMatchObject({ kind: "connected", reason: `connected to 127.0.0.1:${port}` });
    expect(calls).toContain(`-u -v localhost ${port} -e true`);
    expect(calls).toContain(`-z -vv -w 1 127.0.0.1 ${port}`);
    expect(calls.join("\n")).not.toMatch(/-z .*localhost/);
    expect(datagrams).toBe(0);
  });
});

describe("the probe script, HTTP", () => {
  it.each([
    ["HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "connected", "HTTP/1.1 200 OK"],
    ["HTTP/1.0 503 Busy\r\n\r\n", "connected", "HTTP/1.0 503 Busy"],
    ["SSH-2.0-OpenSSH\r\n", "closed-early", "connected, then an answer that is not HTTP"],
    ["", "closed-early", "connected, then error getting response"],
  ])("takes %j for %s", async (answer, kind, reason) => {
    expect(await see({ kind: "http", port: await servers.http(answer) })).toMatchObject({ kind, reason });
  });

  it("does not follow a redirect", async () => {
    let visits = 0;
    const target = await servers.tcp((socket) => {
      visits += 1;
      socket.destroy();
    });
    // The header ends only after the probe has seen the status: there is nothing to follow yet.
    const port = await servers.tcp((socket) => {
      socket.once("data", () => {
        socket.write("HTTP/1.1 302 Found\r\n");
        setTimeout(() => socket.end(`Location: http://127.0.0.1:${target}/\r\n\r\n`), 900);
      });
    });
    const observation = await see({ kind: "http", port });
    expect(observation).toMatchObject({ kind: "connected", reason: "HTTP/1.1 302 Found" });
    expect(observation.durationMs).toBeLessThan(800);
    expect(visits).toBe(0);
  });

  it("ends an endless body and an endless header", async () => {
    const endless = (start: string) =>
      servers.tcp((socket) => {
        socket.write(start);
        const timer = setInterval(() => socket.write("x".repeat(1000)), 2);
        socket.on("close", () => clearInterval(timer));
      });
    const ports = [await endless("HTTP/1.1 200 OK\r\n\r\n"), await endless("x")];
    const [body, header] = await observe(ports.map((port) => probe({ kind: "http", port })));
    expect(body).toMatchObject({ kind: "connected", reason: "HTTP/1.1 200 OK" });
    expect(header).toMatchObject({ kind: "closed-early" });
  });

  it("is connected but without an answer where the server keeps silent", async () => {
    const port = await servers.tcp();
    expect(await see({ kind: "http", port, timeoutMs: 300 })).toMatchObject({
      kind: "closed-early",
      reason: "connected, then no HTTP answer within 0.3 s",
    });
  });

  it("tells a closed and a silent port as TCP does", async () => {
    const [closed, silent] = await observe([
      probe({ kind: "http", port: CLOSED_PORT }),
      probe({ kind: "http", port: await servers.silentPort(busybox.path), timeoutMs: 300 }),
    ]);
    expect(closed).toMatchObject({ kind: "refused" });
    expect(silent).toMatchObject({ kind: "timeout" });
  });

  it("asks for the path byte by byte, and for the name that it resolved itself", async () => {
    const requests: string[] = [];
    const port = await servers.tcp((socket) =>
      socket.once("data", (data) => {
        requests.push(data.toString("utf8"));
        socket.end("HTTP/1.1 200 OK\r\n\r\n");
      }),
    );
    const path = "/a%20b/$(reboot)/`x`/é?c=%25&d='\"\\012;|*";
    await see({ kind: "http", host: "localhost", port, path });
    const asked = requests.find((request) => request !== "");
    expect(asked).toContain(`GET ${path} HTTP/1.1\r\n`);
    expect(asked).toContain(`Host: localhost:${port}\r\n`);
  });

  it("does not go through a proxy that the image names", async () => {
    const exec = new LocalExec(busybox.path, { env: { http_proxy: "http://127.0.0.1:1" } });
    const port = await servers.http("HTTP/1.1 200 OK\r\n\r\n");
    expect(await see({ kind: "http", port }, { exec })).toMatchObject({ kind: "connected" });
  });
});

describe("the probe script, UDP", () => {
  it("ends as soon as an answer comes", async () => {
    const port = await servers.udp((data, reply) => reply(data));
    const observation = await see({ kind: "udp", port, answers: true });
    expect(observation).toMatchObject({ kind: "connected", reason: "answered" });
    expect(observation.durationMs).toBeLessThan(900);
  });

  it("asks three times within the time-out", async () => {
    let heard = 0;
    const port = await servers.udp((data, reply) => {
      heard += 1;
      if (heard === 3) reply(data);
    });
    expect(await see({ kind: "udp", port, answers: true, timeoutMs: 600 })).toMatchObject({
      kind: "connected",
    });
    expect(heard).toBe(3);
  });

  it("waits the whole time for a slow answer to the first datagram", async () => {
    let first = true;
    const port = await servers.udp((data, reply) => {
      if (first) setTimeout(() => reply(data), 450);
      first = false;
    });
    expect(await see({ kind: "udp", port, answers: true, timeoutMs: 600 })).toMatchObject({
      kind: "connected",
    });
  });

  it.each([
    ["an empty answer", Buffer.alloc(0)],
    ["an answer that begins with NUL", Buffer.from([0, 0])],
    ["an answer that begins with a newline", Buffer.from("\n")],
    ["a long answer", Buffer.alloc(8000, "x")],
  ])("takes %s for an answer", async (_, answer) => {
    const port = await servers.udp((_data, reply) => reply(answer));
    expect(await see({ kind: "udp", port, answers: true, timeoutMs: 600 })).toMatchObject({
      kind: "connected",
    });
  });

  it("times out on silence only where an answer was due", async () => {
    const port = await servers.udp();
    const [due, unknown] = await observe([
      probe({ kind: "udp", port, timeoutMs: 300, answers: true }),
      probe({ kind: "udp", port, timeoutMs: 300 }),
    ]);
    expect(due).toMatchObject({ kind: "timeout" });
    expect(unknown).toMatchObject({ kind: "tool-error", reason: expect.stringContaining("give `send:`") });
  });

  it("sees a closed port", async () => {
    expect(await see({ kind: "udp", port: CLOSED_PORT, answers: true })).toMatchObject({
      kind: "refused",
    });
  });
});

describe("the probe script, DNS", () => {
  const questions: Buffer[] = [];
  let resolvConf = "";
  let udpPort = 0;
  let tcpPort = 0;

  beforeAll(async () => {
    udpPort = await servers.udp((data, reply) => {
      questions.push(data);
      reply(dnsAnswer(data, 0));
    });
    tcpPort = await servers.tcp((socket) =>
      socket.once("data", (data) => {
        questions.push(data);
        const answer = dnsAnswer(data, 2);
        socket.write(answer.subarray(0, 2)); // the length may come alone
        setTimeout(() => socket.write(answer.subarray(2)), 20);
      }),
    );
    resolvConf = join(busybox.path, "resolv.conf");
    const text = "# by hand\nsearch shop.svc.k8s.example.org svc.k8s.example.org k8s.example.org\n";
    writeFileSync(resolvConf, `${text}nameserver 127.0.0.1\nnameserver 192.0.2.1\noptions ndots:5\n`);
  });

  it("asks the first name server of resolv.conf over UDP and TCP", async () => {
    questions.length = 0;
    const probes = [
      probe({ kind: "dns-udp", host: undefined, port: udpPort }),
      probe({ kind: "dns-tcp", host: undefined, port: tcpPort }),
    ];
    expect(await observe(probes, { resolvConf })).toMatchObject([
      { kind: "connected", reason: "answered NXDOMAIN" },
      { kind: "connected", reason: "answered NXDOMAIN" },
    ]);
    const name = "\u000akubernetes\u0007default\u0003svc\u0003k8s\u0007example\u0003org\0";
    const packet = Buffer.from(`NV\u0001\0\0\u0001\0\0\0\0\0\0${name}\0\u0001\0\u0001`, "latin1");
    const length = Buffer.from([0, packet.length]);
    expect(questions.map((question) => question.toString("latin1")).sort()).toEqual(
      [Buffer.concat([length, packet]), packet].map((question) => question.toString("latin1")).sort(),
    );
  });

  it("asks for cluster.local where resolv.conf names no cluster domain", async () => {
    questions.length = 0;
    await see(
      { kind: "dns-udp", host: "127.0.0.1", port: udpPort },
      { resolvConf: join(busybox.path, "none") },
    );
    expect(questions[0]?.toString("latin1")).toContain("\u0003svc\u0007cluster\u0005local\0");
  });

  it("needs a name server in resolv.conf", async () => {
    const empty = join(busybox.path, "empty.conf");
    writeFileSync(empty, "search svc.cluster.local\n");
    expect(await see({ kind: "dns-udp", host: undefined, port: 53 }, { resolvConf: empty })).toMatchObject({
      kind: "tool-error",
      reason: `cannot be tried from this image: no nameserver in ${empty}`,
    });
  });

  it("does not take an echo of the question for an answer", async () => {
    const port = await servers.udp((data, reply) => reply(data));
    expect(await see({ kind: "dns-udp", host: "127.0.0.1", port })).toMatchObject({ kind: "tool-error" });
  });

  it("says that the connection was open where no DNS answer follows", async () => {
    const port = await servers.tcp();
    expect(await see({ kind: "dns-tcp", host: "127.0.0.1", port, timeoutMs: 300 })).toMatchObject({
      kind: "closed-early",
      reason: "connected, then no DNS answer within 0.3 s",
    });
  });
});

describe("the probe script, many at once", () => {
  it("prints one whole line for each of 100 probes", async () => {
    const open = await servers.tcp();
    const probes = Array.from({ length: 100 }, (_, i) => probe({ port: i % 2 === 0 ? open : CLOSED_PORT }));
    const { parsed } = await run(probeStdin(probes.map(lineOf)));
    expect(parsed.strays).toBe(0);
    const kinds = probes.map((one, i) => classify(one, resultOf(parsed, i)).kind);
    expect(kinds).toEqual(probes.map((_, i) => (i % 2 === 0 ? "connected" : "refused")));
  });

  it("loses nothing of an input that arrives in pieces", async () => {
    const probes = Array.from({ length: 40 }, () => probe({ port: CLOSED_PORT }));
    const exec = new LocalExec(busybox.path, { pieceBytes: 70 });
    const observations = await observe(probes, { exec });
    expect(observations.map(({ kind }) => kind)).toEqual(probes.map(() => "refused"));
  });

  it("keeps at most the given number at work, and fills places as they become free", async () => {
    let now = 0;
    let most = 0;
    const port = await servers.tcp((socket) => {
      socket.once("data", () => {
        now += 1;
        most = Math.max(most, now);
        setTimeout(() => {
          now -= 1;
          socket.end("HTTP/1.1 200 OK\r\n\r\n");
        }, 100);
      });
    });
    const observations = await observe(
      Array.from({ length: 12 }, () => probe({ kind: "http", port })),
      { parallel: 4 },
    );
    expect(observations.every(({ kind }) => kind === "connected")).toBe(true);
    expect(most).toBe(4);
  });

  it("does not wait in waves for the slowest", async () => {
    const silent = await servers.silentPort(busybox.path);
    const open = await servers.tcp();
    const probes = [
      probe({ port: silent, timeoutMs: 900 }),
      ...Array.from({ length: 20 }, () => probe({ port: open })),
      probe({ port: silent, timeoutMs: 900 }),
    ];
    const { parsed } = await run(probeStdin(probes.map(lineOf)), { parallel: 2 });
    expect(resultOf(parsed, 21).startMs).toBeLessThan(880);
  });
});

describe("the probe script, its end", () => {
  it("leaves no process behind", async () => {
    const { group, parsed } = await run(
      probeStdin([
        lineOf(probe({ port: await servers.silentPort(busybox.path), timeoutMs: 200 })),
        lineOf(probe({ kind: "udp", port: await servers.udp(), timeoutMs: 200, answers: true })),
        lineOf(probe({ kind: "http", port: await servers.tcp(), timeoutMs: 200 })),
      ]),
    );
    expect(parsed.end?.count).toBe(3);
    await expect.poll(() => running(group), { interval: 20 }).toEqual([]);
  });

  it("ends what a tool that hangs has left", async () => {
    const hanging = busyboxPath(["nc"]);
    const nc = `#!${hanging.path}/sh\n[ $# -gt 1 ] || exit 1\nsleep 60 &\nwait\n`;
    writeFileSync(join(hanging.path, "nc"), nc, { mode: 0o755 });
    const exec = new LocalExec(hanging.path);
    expect(await see({ timeoutMs: 200 }, { exec })).toMatchObject({ kind: "timeout" });
    await expect.poll(() => running(exec.groups[0] ?? 0), { interval: 20 }).toEqual([]);
    hanging.remove();
  });

  it("ends itself and all it started when its deadline is over", async () => {
    const silent = lineOf(
      probe({ kind: "udp", port: await servers.udp(), timeoutMs: 60_000, answers: true }),
    );
    const open = lineOf(probe({ port: await servers.tcp() }));
    const { result, parsed, group } = await run(probeStdin([silent, open]), { deadlineSeconds: 0.5 });
    expect(result).toMatchObject({ kind: "completed", exitCode: 137 });
    expect(parsed.end).toBeUndefined();
    expect([...parsed.results.keys()]).toEqual([1]);
    await expect.poll(() => running(group), { interval: 20 }).toEqual([]);
  });

  it("has no end line where fewer probes arrived than were sent", async () => {
    const { result, parsed } = await run(probeStdin([lineOf(probe({}))]).replace("end 1", "end 2"));
    expect(result).toMatchObject({ exitCode: 3, stderr: "only 1 probes arrived\n" });
    expect(parsed.end).toBeUndefined();
    expect(parsed.results.size).toBe(1);
  });

  it("never runs a part of itself", async () => {
    const input = probeStdin([lineOf(probe({}))]);
    const cut = input.slice(0, input.indexOf("\nwait "));
    const { result } = await run(cut, { deadlineSeconds: 0.5 });
    expect(result).toMatchObject({ exitCode: 3, stdout: "", stderr: "the script did not arrive\n" });
  });

  it("is not in the exec's URL", () => {
    const command = probeCommand({ nonce: NONCE, parallel: 32, deadlineSeconds: 10 });
    const query = new URLSearchParams(command.map((word): [string, string] => ["command", word]));
    expect(query.toString().length).toBeLessThan(500);
  });
});

describe("the probe script, tools that are missing", () => {
  it.each<[string, Partial<Probe>, string]>([
    ["nc", { kind: "tcp" }, "the tool is missing in the image"],
    ["nc", { kind: "udp", answers: true }, "nc has no -u"],
    ["wget", { kind: "http" }, "the tool is missing in the image"],
    ["dd", { kind: "udp", answers: true }, "the tool is missing in the image"],
    ["od", { kind: "udp", answers: true }, "the tool is missing in the image"],
  ])("without %s a %j probe is a tool error", async (tool, fields, reason) => {
    const bare = busyboxPath([tool]);
    try {
      const port =
        fields.kind === "udp" ? await servers.udp((data, reply) => reply(data)) : await servers.tcp();
      expect(
        await see({ ...fields, port, timeoutMs: 300 }, { exec: new LocalExec(bare.path) }),
      ).toMatchObject({
        kind: "tool-error",
        reason: expect.stringContaining(reason),
      });
    } finally {
      bare.remove();
    }
  });

  it("without sleep there is no watchdog, and no harm", async () => {
    const bare = busyboxPath(["sleep"]);
    try {
      const exec = new LocalExec(bare.path);
      expect(await see({ port: await servers.tcp() }, { exec })).toMatchObject({ kind: "connected" });
    } finally {
      bare.remove();
    }
  });
});
