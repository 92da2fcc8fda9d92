import { afterAll, beforeAll, expect, test } from "vitest";
import { type Kernel, startKernel } from "../../../src/lab/kernel/start-kernel.ts";
import { tracesBelow } from "./lab-traces.ts";
import { eventually, runIn, sh, spec } from "./run-in.ts";

let kernel: Kernel;

beforeAll(async () => {
  kernel = await startKernel();
  await kernel.createSandboxes([
    spec("client", 1, { resolvConf: "nameserver 10.96.0.10\n", hosts: ["10.9.9.9 it's-another"] }),
    spec("server", 2),
  ]);
  kernel.serve("server", [{ serve: "tcp", port: 5432 }]);
  await eventually(kernel, "server", "nc -z 127.0.0.1 5432");
});

afterAll(() => kernel.close());

test.each(["10.0.0.2", "fd00::2"])("sandboxes reach each other at %s", async (address) => {
  const ran = await runIn(kernel, "client", ["nc", "-z", "-vv", "-w", "2", address, "5432"]);
  expect(ran).toMatchObject({ code: 0, stderr: expect.stringContaining("open") });
});

test.each(["10.0.0.2", "fd00::2"])("a closed port of %s refuses", async (address) => {
  const ran = await runIn(kernel, "client", ["nc", "-z", "-vv", "-w", "2", address, "5433"]);
  expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining("Connection refused") });
});

test.each([
  "203.0.113.9",
  "2001:db8::9",
])("an address that nobody has, %s, is not reached", async (address) => {
  const ran = await runIn(kernel, "client", ["nc", "-z", "-vv", "-w", "1", address, "80"]);
  expect(ran).toMatchObject({ code: 1, stderr: expect.stringMatching(/unreachable|timed out/) });
});

// lab.md's table; ICMP comes back while connect() still holds the socket, so that only the second SYN is refused.
test.each([
  { verdict: "drop", text: "Operation timed out", fromMs: 1_900, toMs: 3_500 },
  {
    verdict: "reject with icmpx type port-unreachable",
    text: "Connection refused",
    fromMs: 900,
    toMs: 1_900,
  },
  { verdict: "reject with tcp reset", text: "Connection refused", fromMs: 0, toMs: 900 },
])("the rule $verdict is seen as $text", async ({ verdict, text, fromMs, toMs }) => {
  await kernel.loadRules(`add table inet t
delete table inet t
table inet t {
  chain policies {
    type filter hook forward priority 0; policy accept;
    tcp dport 5432 ${verdict}
  }
}
`);
  const command = (address: string) => ["nc", "-z", "-vv", "-w", "2", address, "5432"];
  const both = await Promise.all(["10.0.0.2", "fd00::2"].map((to) => runIn(kernel, "client", command(to))));
  await kernel.loadRules("delete table inet t\n");
  for (const ran of both) {
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining(text) });
    expect(ran.ms).toBeGreaterThan(fromMs);
    expect(ran.ms).toBeLessThan(toMs);
  }
});

test("a sandbox has its name, hosts, resolver, users and devices, and a root that cannot be written", async () => {
  const ran = await sh(
    kernel,
    "client",
    "hostname; cat /etc/hosts /etc/resolv.conf; id -un; grep -o nobody:x:65534 /etc/passwd; echo lost >/dev/null; head -c 3 /dev/zero | od -An -tx1; touch /tmp/mine && ls /tmp; touch /mine",
  );
  expect(ran.stdout.split("\n")).toEqual([
    "client",
    "127.0.0.1 localhost",
    "::1 localhost",
    "10.0.0.1 client",
    "fd00::1 client",
    "10.9.9.9 it's-another",
    "nameserver 10.96.0.10",
    "root",
    "nobody:x:65534",
    " 00 00 00",
    "mine",
    "",
  ]);
  expect(ran.stderr).toContain("Read-only file system");
  expect((await sh(kernel, "server", "ls /tmp; cat /etc/resolv.conf")).stdout).toBe("");
});

test("no sandbox sees the host's files, processes or links", async () => {
  const ran = await sh(
    kernel,
    "client",
    "ls /; ps -o pid= | wc -l; ls /sys/class/net 2>/dev/null; ip -o link | wc -l",
  );
  expect(ran.stdout.split(/\s+/).filter((word) => /^(home|usr|boot|lib)$/.test(word))).toEqual(["usr"]);
  const [processes = "", links = ""] = ran.stdout.trim().split("\n").slice(-2);
  expect(Number(processes)).toBeLessThan(20);
  expect(Number(links)).toBe(2);
});

test("sends nothing but what was asked for: no neighbour is looked for, nothing is announced", async () => {
  await kernel.loadRules(`table netdev watch {
  counter others {
  }
}
table inet watch {
  counter seen {
  }
  chain watching {
    type filter hook prerouting priority -300; policy accept;
    counter name seen
  }
}
`);
  await sh(kernel, "client", "nc -z fd00::2 5432");
  const counters = await kernel.readCounters();
  await kernel.loadRules("delete table inet watch\ndelete table netdev watch\n");
  // SYN, SYN-ACK, ACK, and an ordinary end: three or four.
  expect(counters.get("seen")).toBeGreaterThanOrEqual(5);
  expect(counters.get("seen")).toBeLessThanOrEqual(8);
});

test("removing ends the processes, frees the addresses and is quiet about unknown keys", async () => {
  await kernel.createSandboxes([spec("short", 3)]);
  const process = kernel.start("short", ["sleep", "1000"]);
  kernel.serve("short", [{ serve: "tcp", port: 80 }]);
  await eventually(kernel, "client", "nc -z -w 1 10.0.0.3 80");
  await kernel.removeSandboxes(["short", "never"]);
  expect(await process.exit).toBe(137);
  const ran = await runIn(kernel, "client", ["nc", "-z", "-vv", "-w", "1", "10.0.0.3", "80"]);
  expect(ran).toMatchObject({ code: 1, stderr: expect.stringMatching(/unreachable|timed out/) });
  await kernel.createSandboxes([spec("again", 3)]);
  kernel.serve("again", [{ serve: "http", port: 80 }]);
  await eventually(
    kernel,
    "client",
    "wget -qO- http://10.0.0.3/ | grep again && wget -qO- http://[fd00::3]/ | grep again",
  );
  await kernel.removeSandboxes(["again"]);
});

test("says in the tool's own words what could not be made, and makes nothing", async () => {
  const before = sandboxProcesses();
  const wrong = kernel.createSandboxes([spec("good", 4), { ...spec("bad", 5), addresses: ["10.0.0.999"] }]);
  await expect(wrong).rejects.toThrow(/10\.0\.0\.999/);
  expect(sandboxProcesses()).toBe(before);
  await expect(sh(kernel, "good", "true")).resolves.toMatchObject({
    code: 126,
    stderr: "good does not exist\n",
  });
  await kernel.createSandboxes([spec("good", 4)]);
  await kernel.removeSandboxes(["good"]);
});

test("does not make the same sandbox twice", async () => {
  await expect(kernel.createSandboxes([spec("client", 9)])).rejects.toThrow("client exists already");
  await expect(kernel.createSandboxes([spec("twin", 10), spec("twin", 11)])).rejects.toThrow(
    "twin exists already",
  );
});

test("makes and removes a hundred at once", async () => {
  const many = Array.from({ length: 100 }, (_, index) => spec(`many-${index}`, index + 20));
  await kernel.createSandboxes(many);
  await expect(sh(kernel, "many-99", "nc -z -w 1 10.0.0.2 5432")).resolves.toMatchObject({ code: 0 });
  await kernel.removeSandboxes(many.map(({ key }) => key));
  await expect(sh(kernel, "many-99", "true")).resolves.toMatchObject({ code: 126 });
});

/** Namespaces of machines, whose first processes are all that runs there for sure. */
function sandboxProcesses(): number {
  return tracesBelow(process.pid).namespaces.filter((each) => each.startsWith("uts:")).length;
}
