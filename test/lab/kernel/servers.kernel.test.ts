import { afterAll, beforeAll, expect, test } from "vitest";
import type { DnsRecord } from "../../../src/lab/kernel/dns-answer.ts";
import { type Kernel, startKernel } from "../../../src/lab/kernel/start-kernel.ts";
import { eventually, sh, spec } from "./run-in.ts";

let kernel: Kernel;
const records = new Map<string, DnsRecord[]>([
  [
    "db.shop.svc.cluster.local",
    [
      { type: "A", address: "10.0.0.2" },
      { type: "AAAA", address: "fd00::2" },
    ],
  ],
  ["alias.shop.svc.cluster.local", [{ type: "CNAME", target: "db.shop.svc.cluster.local" }]],
  [
    "many.cluster.local",
    Array.from({ length: 60 }, (_, index) => ({ type: "A", address: `10.1.0.${index}` })),
  ],
]);

beforeAll(async () => {
  kernel = await startKernel();
  const resolvConf =
    "search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.0.0.3\noptions ndots:5\n";
  await kernel.createSandboxes([spec("client", 1, { resolvConf }), spec("server", 2), spec("dns", 3)]);
  kernel.serve("server", [
    { serve: "tcp", port: 5432 },
    { serve: "http", port: 80 },
    { serve: "udp", port: 53 },
    { serve: "udp", port: 9999 },
  ]);
  kernel.serveDns("dns", (name) => records.get(name));
  await eventually(
    kernel,
    "server",
    "nc -z 127.0.0.1 5432 && nc -z ::1 80 && [ $(netstat -lun | grep -c :::) = 2 ]",
  );
  await eventually(kernel, "client", "nc -z 10.0.0.3 53");
});

afterAll(() => kernel.close());

test.each(["10.0.0.2", "fd00::2"])("a TCP port of %s sends back what it is sent", async (address) => {
  expect((await sh(kernel, "client", `echo hello | nc -w 2 ${address} 5432`)).stdout).toBe("hello\n");
});

test.each(["10.0.0.2", "[fd00::2]"])("an HTTP port of %s answers every path", async (address) => {
  const ran = await sh(kernel, "client", `wget -q -O - http://${address}/any/path?x=1`);
  expect(ran).toMatchObject({ code: 0, stdout: "server\n" });
});

test("a UDP port answers hundreds of peers, forty at a time", async () => {
  const ask =
    "nc -u -w 5 10.0.0.2 9999 -e sh -c 'for i in 1 2 3; do echo x; timeout 2 head -c 2 >&2 && break; done'";
  const ran = await sh(
    kernel,
    "client",
    `i=0; while [ $i -lt 400 ]; do i=$((i+1)); ${ask} 2>&1 & [ $((i % 40)) != 0 ] || wait; done; wait`,
  );
  // On a busy machine an answer may take longer than the two seconds until it is asked for again, which the shell tells.
  expect(ran.stdout.replaceAll("Terminated\n", "")).toBe("x\n".repeat(400));
});

test.each([
  ["10.0.0.2", 53],
  ["fd00::2", 9999],
])("a UDP port answers from %s port %d", async (address, port) => {
  const ran = await sh(
    kernel,
    "client",
    `nc -u -w 1 ${address} ${port} -e sh -c 'echo abc; timeout 2 head -c 4 >&2'`,
  );
  expect(ran.stderr).toBe("abc\n");
});

test("servers end when they are asked to, and a pod without ports runs on", async () => {
  const servers = kernel.serve("client", [
    { serve: "udp", port: 7000 },
    { serve: "tcp", port: 7001 },
  ]);
  await eventually(kernel, "client", "nc -z 127.0.0.1 7001");
  servers.kill();
  expect(await servers.exit).toBe(143);
  await eventually(kernel, "client", "! nc -z 127.0.0.1 7001");
  const idle = kernel.serve("client", []);
  const ended = await Promise.race([
    idle.exit,
    new Promise((resolve) => setTimeout(() => resolve("runs"), 300)),
  ]);
  expect(ended).toBe("runs");
  idle.kill("SIGKILL");
  expect(await idle.exit).toBe(137);
});

test("names resolve through search domains, aliases and both families", async () => {
  expect((await sh(kernel, "client", "nc -z -vv -w 2 db 5432")).stderr).toContain("db (10.0.0.2:5432) open");
  expect((await sh(kernel, "client", "nc -z -vv -w 2 alias.shop 5432")).stderr).toContain(
    "10.0.0.2:5432) open",
  );
  const looked = await sh(kernel, "client", "nslookup db.shop.svc.cluster.local fd00::3");
  expect(looked.stdout).toContain("Address: 10.0.0.2");
  expect(looked.stdout).toContain("Address: fd00::2");
});

test("names that nobody has do not exist, at once", async () => {
  const ran = await sh(kernel, "client", "nc -z -w 2 www.example.com 80");
  expect(ran).toMatchObject({ code: 1, stderr: "nc: bad address 'www.example.com'\n" });
  expect(ran.ms).toBeLessThan(1_000);
});

test("records change while it runs", async () => {
  records.set("new.shop.svc.cluster.local", [{ type: "A", address: "10.0.0.2" }]);
  expect(await sh(kernel, "client", "nc -z -w 2 new 5432")).toMatchObject({ code: 0 });
  records.delete("new.shop.svc.cluster.local");
  expect(await sh(kernel, "client", "nc -z -w 2 new 5432")).toMatchObject({ code: 1 });
});

test("answers over TCP whole what is cut off over UDP", async () => {
  const query = "\\0\\1\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0\\4many\\7cluster\\5local\\0\\0\\1\\0\\1";
  const udp = await sh(
    kernel,
    "client",
    `nc -u -w 1 10.0.0.3 53 -e sh -c 'printf "\\n" >/dev/null; printf "${query}"; timeout 2 dd bs=2000 count=1 status=none | od -An -v -tx1 -N8 >&2'`,
  );
  expect(udp.stderr.trim()).toBe("00 01 87 80 00 01 00 00");
  const tcp = await sh(
    kernel,
    "client",
    `nc -w 2 10.0.0.3 53 -e sh -c 'printf "\\n" >/dev/null; printf "\\0\\44${query}"; head -c 10 | od -An -v -tx1 >&2'`,
  );
  expect(tcp.stderr.trim()).toMatch(/^.. .. 00 01 85 80 00 01 00 3c$/);
});

test("the DNS server ends with its sandbox, or when killed, and says why it cannot start", async () => {
  await kernel.createSandboxes([spec("second", 4), spec("third", 5)]);
  const answer = "nslookup db.shop.svc.cluster.local";
  const removed = kernel.serveDns("second", (name) => records.get(name));
  await eventually(kernel, "client", `${answer} 10.0.0.4`);
  await kernel.removeSandboxes(["second"]);
  expect(await removed.exit).toBe(137);
  const killed = kernel.serveDns("third", (name) => records.get(name));
  await eventually(kernel, "client", `${answer} 10.0.0.5`);
  const late = kernel.serveDns("third", () => undefined);
  expect(await late.exit).toBe(1);
  expect(String(late.stderr.read())).toContain("EADDRINUSE");
  killed.kill();
  expect(await killed.exit).toBe(143);
  await eventually(kernel, "third", "! nc -z 127.0.0.1 53");
});

test("a DNS server whose sandbox is removed before it listens ends like one that was killed", async () => {
  await kernel.createSandboxes([spec("brief", 6)]);
  const dns = kernel.serveDns("brief", () => undefined);
  await kernel.removeSandboxes(["brief"]);
  expect(await dns.exit).toBe(137);
});

test("a frozen machine accepts connections and answers nothing until it is thawed", async () => {
  await kernel.createSandboxes([spec("frozen", 7)]);
  kernel.serve("frozen", [{ serve: "tcp", port: 80 }]);
  await eventually(kernel, "client", "nc -z -w 1 10.0.0.7 80");
  await sh(kernel, "frozen", "kill -STOP -1");
  expect((await sh(kernel, "client", "nc -z -vv -w 1 10.0.0.7 80")).stderr).toContain("open");
  const ask = "echo hello | timeout -s KILL 1 nc 10.0.0.7 80";
  expect((await sh(kernel, "client", ask)).stdout).toBe("");
  await sh(kernel, "frozen", "kill -CONT -1");
  expect((await sh(kernel, "client", "echo hello | nc -w 2 10.0.0.7 80")).stdout).toBe("hello\n");
  await kernel.removeSandboxes(["frozen"]);
});
