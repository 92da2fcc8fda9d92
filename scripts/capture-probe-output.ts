/**
 * Captures what the probe script prints in real network situations, for test/fixtures/probe-output/.
 *
 *     npx node scripts/capture-probe-output.ts NAME=BUSYBOX...
 *
 * for instance `musl=node_modules/busybox-static/bin/busybox`. Linux with unshare, nsenter, ip, nft and mount; root or
 * unprivileged user namespaces. All of it happens in namespaces of its own, which end with this process: the servers in
 * one network namespace, the prober in another, a veth pair between them.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Probe } from "../src/model/observation.ts";
import { encodeProbe } from "../src/probe/probe-lines.ts";
import { parseResults, type RawResult } from "../src/probe/result-lines.ts";
import { probeCommand, probeStdin } from "../src/probe/script.ts";
import { startServers } from "./probe-situation-servers.ts";
import { OWN_RULES, RULES, SERVER, SERVER6, SITUATIONS, type Situation } from "./probe-situations.ts";

const FIXTURES = fileURLToPath(new URL("../test/fixtures/probe-output/", import.meta.url));
const INSIDE = "NETVERDICT_CAPTURE_INSIDE";

/** Turns a command into one that runs in the prober's network namespace. */
type InProber = (command: readonly string[]) => readonly string[];

function run(command: readonly string[], input = ""): void {
  const [file = "", ...args] = command;
  execFileSync(file, args, { input, stdio: ["pipe", "inherit", "inherit"] });
}

function ip(command: string, inProber: InProber = (same) => same): void {
  run(inProber(["ip", ...command.split(" ")]));
}

function setUpNetwork(inProber: InProber, prober: number): void {
  ip("link set lo up");
  ip(`link add server type veth peer name prober netns ${prober}`);
  ip(`address add ${SERVER}/24 dev server`);
  ip(`address add ${SERVER6}/64 dev server nodad`);
  for (let last = 2; last < 10; last++) ip(`address add 10.199.1.${last}/32 dev lo`);
  ip("link set server up");
  ip("link set lo up", inProber);
  ip("address add 10.199.0.1/24 dev prober", inProber);
  ip("address add fd99::1/64 dev prober nodad", inProber);
  ip("link set prober up", inProber);
  ip(`route add 10.199.1.0/24 via ${SERVER}`, inProber);
  ip("route add prohibit 10.201.0.0/24", inProber);
  ip("route add unreachable 10.202.0.0/24", inProber);
  ip("route add blackhole 10.203.0.0/24", inProber);
  // Else the kernel rations the ICMP errors, and the next situation sees silence.
  writeFileSync("/proc/sys/net/ipv4/icmp_ratelimit", "0");
  writeFileSync("/proc/sys/net/ipv6/icmp/ratelimit", "0");
  const rules = Object.entries(RULES).map(([port, rule]) =>
    rule.includes("tcp reset")
      ? `tcp dport ${port} ${rule}`
      : `meta l4proto { tcp, udp } th dport ${port} ${rule}`,
  );
  run(["nft", "-f", "-"], filter("input", [...rules, "ip daddr 10.199.1.9 drop"]));
  run(inProber(["nft", "-f", "-"]), filter("output", OWN_RULES));
}

function filter(hook: string, rules: readonly string[]): string {
  const head = ["table inet capture {", "chain rules {", `type filter hook ${hook} priority 0;`];
  return [...head, ...rules, "}", "}", ""].join("\n");
}

/** A listener that accepts nothing, with its queue filled. */
async function fillAcceptQueue(busybox: string): Promise<ChildProcess> {
  const listener = spawn(busybox, ["tcpsvd", "-b", "1", "0.0.0.0", "7010", "cat"], { stdio: "ignore" });
  await sleep(200);
  listener.kill("SIGSTOP");
  for (let i = 0; i < 4; i++) connect(7010, "127.0.0.1").on("error", () => undefined);
  await sleep(200);
  return listener;
}

/** A folder that is the PATH of a pod with this busybox. */
function installBusybox(folder: string, binary: string): readonly string[] {
  mkdirSync(folder);
  const busybox = join(folder, "busybox");
  execFileSync("cp", ["-L", binary, busybox]);
  const applets = execFileSync(busybox, ["--list"], { encoding: "utf8" }).trim().split("\n");
  for (const applet of applets) if (applet !== "busybox") symlinkSync("busybox", join(folder, applet));
  return applets;
}

async function capture(inProber: InProber, path: string, probe: Probe): Promise<RawResult> {
  const nonce = "capture";
  const encoded = encodeProbe(probe);
  if (encoded.kind !== "line") throw new Error(encoded.reason);
  const command = probeCommand({ nonce, parallel: 1, deadlineSeconds: 30 });
  const [file = "", ...args] = inProber(["env", "-i", `PATH=${path}`, ...command]);
  const child = spawn(file, args, { stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.write(probeStdin([encoded.line]));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const result = parseResults(stdout, nonce).results.get(0);
  if (result === undefined) throw new Error(`no answer for ${probe.id}: ${stdout}${stderr}`);
  return result;
}

function probeOf(name: string, situation: Situation): Probe {
  const { nameserver: _, ...rest } = situation;
  const dns = rest.kind === "dns-udp" || rest.kind === "dns-tcp";
  const source = { namespace: "capture", name: "prober" };
  return {
    id: name,
    source,
    kind: "tcp",
    host: dns ? undefined : SERVER,
    port: 53,
    timeoutMs: 2000,
    ...rest,
  };
}

async function captureAll(builds: readonly string[]): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), "netverdict-capture-"));
  const holder = spawn("unshare", ["--net", "--", "sleep", "infinity"], { stdio: "ignore" });
  try {
    await sleep(300);
    const inProber: InProber = (command) => ["nsenter", `--net=/proc/${holder.pid}/ns/net`, "--", ...command];
    setUpNetwork(inProber, holder.pid ?? 0);
    startServers();
    const resolvConf = join(work, "resolv.conf");
    writeFileSync(resolvConf, "");
    writeFileSync(
      join(work, "hosts"),
      `${SERVER} server.test\n${SERVER6} server6.test\n10.210.0.1 noroute.test\n`,
    );
    for (const file of ["hosts", "resolv.conf"]) run(["mount", "--bind", join(work, file), `/etc/${file}`]);
    for (const build of builds) {
      const [name = "", binary = ""] = build.split("=");
      const path = join(work, name);
      const applets = installBusybox(path, resolve(binary));
      const busybox = join(path, "busybox");
      const listener = applets.includes("tcpsvd") ? await fillAcceptQueue(busybox) : undefined;
      const captures = [];
      for (const [title, situation] of Object.entries(SITUATIONS)) {
        if (situation.port === 7010 && listener === undefined) continue;
        const { nameserver = "10.199.1.2" } = situation;
        const line = nameserver === "" ? "" : `nameserver ${nameserver}\n`;
        writeFileSync(resolvConf, `search shop.svc.cluster.local svc.cluster.local\n${line}`);
        const probe = probeOf(title, situation);
        captures.push({ situation: title, probe, result: await capture(inProber, path, probe) });
        process.stderr.write(".");
      }
      listener?.kill("SIGKILL");
      const banner = execFileSync(busybox, [], { encoding: "utf8" }).split("\n")[0];
      writeFileSync(
        join(FIXTURES, `${name}.json`),
        `${JSON.stringify({ busybox: banner, captures }, null, 2)}\n`,
      );
      process.stderr.write(` ${name}: ${captures.length}\n`);
    }
  } finally {
    holder.kill("SIGKILL");
    rmSync(work, { recursive: true, force: true });
  }
}

const builds = process.argv.slice(2);
if (builds.length === 0 || builds.some((build) => !/^[a-z0-9-]+=./.test(build))) {
  process.stderr.write("usage: capture-probe-output.ts NAME=BUSYBOX...\n");
  process.exitCode = 2;
} else if (process.env[INSIDE] === undefined) {
  const unshare = [
    "--user",
    "--map-root-user",
    "--net",
    "--mount",
    "--pid",
    "--fork",
    "--kill-child",
    "--mount-proc",
  ];
  const child = spawn("unshare", [...unshare, process.execPath, fileURLToPath(import.meta.url), ...builds], {
    stdio: "inherit",
    env: { ...process.env, [INSIDE]: "1" },
  });
  child.on("close", (code) => {
    process.exitCode = code ?? 1;
  });
} else {
  await captureAll(builds);
  process.exit();
}
