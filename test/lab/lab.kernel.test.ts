import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { podObject } from "./control/fake-lab.ts";

const PROGRAM = join(process.cwd(), "src/cli/netverdict.ts");
const runtime = mkdtempSync(join(tmpdir(), "netverdict-test-"));
const env = { ...process.env, XDG_RUNTIME_DIR: runtime, NO_COLOR: "1", CI: "1", KUBECONFIG: "" };

interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(...args: readonly string[]) {
  const child = spawn(process.execPath, [PROGRAM, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const done = new Promise<Finished>((resolve) => {
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { child, done, said: () => stderr + stdout };
}

const netverdict = (...args: readonly string[]): Promise<Finished> => start(...args).done;

/** Processes of labs that a process has started, by whatever it had in its environment. */
function processesOf(mark: string): readonly string[] {
  return readdirSync("/proc").filter((entry) => {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) return false;
    try {
      return readFileSync(`/proc/${entry}/environ`, "utf8").includes(mark);
    } catch {
      return false;
    }
  });
}

async function until(isTrue: () => boolean, ms = 10_000): Promise<void> {
  const end = performance.now() + ms;
  while (!isTrue()) {
    if (performance.now() > end) throw new Error("it did not come to that in time");
    await wait(20);
  }
}

afterAll(() => rmSync(runtime, { recursive: true, force: true }));

describe("a lab in this process", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab({
      nodes: 2,
      ipv6: true,
      enforcement: "reset",
      busyboxImages: [],
      outside: [
        { address: "203.0.113.10", names: ["partner.example"], servers: [{ serve: "http", port: 8080 }] },
      ],
    });
    lab.store.create("namespaces", { metadata: { name: "shop" } });
    const ports = [{ containerPort: 80, name: "http" }];
    const server = { containers: [{ name: "web", image: "nginx", ports }] };
    lab.store.create("pods", podObject("web", server, { labels: { app: "web" } }));
    lab.store.create("pods", podObject("client", {}, { labels: { app: "client" } }));
    await until(() => phase("web") === "Running" && phase("client") === "Running");
  });
  afterAll(() => lab?.close());
  afterEach(async () => {
    for (const { metadata } of lab.store.list("networkpolicies", "shop")) {
      lab.store.delete("networkpolicies", "shop", metadata.name);
    }
    await lab.setFaults({
      enforcement: "reset",
      policyDelayMs: 0,
      failOpenMs: 0,
      failClosedMs: 0,
      unenforcedNodes: [],
    });
  });

  const status = (name: string) =>
    lab.store.get("pods", "shop", name)?.status as {
      readonly phase?: string;
      readonly podIPs?: readonly { ip: string }[];
    };
  const phase = (name: string): string | undefined => status(name)?.phase;
  const exec = async (command: readonly string[], pod = "client"): Promise<string> => {
    const process = lab.kernel.start(`pod/shop/${pod}`, command);
    let said = "";
    process.stdin.end();
    process.stdout.on("data", (chunk) => (said += chunk));
    process.stderr.on("data", (chunk) => (said += chunk));
    return `${await process.exit} ${said}`;
  };
  const dial = (address: string, port = 80): Promise<string> =>
    exec(["nc", "-z", "-vv", "-w", "1", address, String(port)]);
  const web = (family: 0 | 1 = 0): string => status("web").podIPs?.[family]?.ip ?? "";
  const close = (): void => {
    lab.store.create("networkpolicies", {
      metadata: { name: "closed", namespace: "shop" },
      spec: { podSelector: { matchLabels: { app: "web" } }, policyTypes: ["Ingress"] },
    });
  };

  it("carries packets of both families between pods, and to hosts outside by their names", async () => {
    expect(await dial(web(0))).toContain("open");
    expect(await dial(web(1))).toContain("open");
    expect(await exec(["wget", "-q", "-O", "-", "-T", "1", "http://partner.example:8080/"])).toMatch(/^0 /);
  });

  it("answers for a Service, by name and address", async () => {
    lab.store.create("services", {
      metadata: { name: "web", namespace: "shop" },
      spec: { selector: { app: "web" }, ports: [{ port: 8000, targetPort: "http" }] },
    });
    await wait(50);
    await lab.control.network.settled();
    expect(await dial("web", 8000)).toContain("open");
    expect(await exec(["nslookup", "web.shop.svc.cluster.local", "10.96.0.10"])).toContain("10.96.1.");
  });

  it("denies what a policy denies, by the answer that is set, and names the rule by its counter", async () => {
    close();
    await wait(50);
    await lab.control.network.settled();
    expect(await dial(web())).toContain("refused");
    const [name] = [...(await lab.kernel.readCounters())].find(([, packets]) => packets > 0) ?? [""];
    expect(lab.control.compiler.explainCounter(name)).toMatchObject({
      pod: "web",
      direction: "ingress",
      policies: ["shop/closed"],
    });
    await lab.setFaults({ enforcement: "drop" });
    expect(await dial(web())).toContain("timed out");
    await lab.setFaults({ enforcement: "off" });
    expect(await dial(web())).toContain("open");
  });

  it("plays a policy engine that is slow, dead on a node, or open for new pods", async () => {
    await lab.setFaults({ policyDelayMs: 400 });
    close();
    await wait(50);
    expect(await dial(web())).toContain("open");
    await wait(600);
    await lab.control.network.settled();
    expect(await dial(web())).toContain("refused");
    const node = (lab.store.get("pods", "shop", "web")?.spec as { readonly nodeName: string }).nodeName;
    await lab.setFaults({ unenforcedNodes: [node] });
    expect(await dial(web())).toContain("open");
    await lab.setFaults({ unenforcedNodes: [], failOpenMs: 500 });
    const ports = [{ containerPort: 80, name: "http" }];
    lab.store.create(
      "pods",
      podObject("late", { containers: [{ name: "web", image: "nginx", ports }] }, { labels: { app: "web" } }),
    );
    await until(() => phase("late") === "Running");
    const address = status("late").podIPs?.[0]?.ip ?? "";
    await until(() => existsSync("/proc/self")); // the server needs a moment
    let first = await dial(address);
    for (let tries = 0; tries < 10 && !first.includes("open"); tries++) first = await dial(address);
    expect(first).toContain("open");
    await wait(700);
    await lab.control.network.settled();
    expect(await dial(address)).toContain("refused");
  });
});

describe("netverdict lab", () => {
  const scenario = "scenarios/three-tier/scenario.yaml";
  const manifests = ["--manifests", "scenarios/three-tier/manifests"] as const;

  it("runs a scenario on a lab of its own, with the lines of the policies, and leaves nothing", async () => {
    const { code, stdout } = await netverdict(
      "lab",
      "run",
      "--manifests",
      "scenarios/three-tier-broken/manifests",
      "scenarios/three-tier-broken/scenario.yaml",
    );
    expect(stdout).toMatch(/\(scenarios\/three-tier-broken\/manifests\/policies\.yaml:\d+\)/);
    expect(stdout).toContain("label tier=back-end wanted");
    expect(code).toBe(1);
    expect(processesOf(runtime)).toEqual([]);
    expect(existsSync(join(runtime, "netverdict-lab"))).toBe(false);
  });

  it("stays up, says what is there, changes on demand, and goes down without a trace", async () => {
    const up = await netverdict("lab", "up", ...manifests);
    expect(up.stderr).toContain("is up");
    const kubeconfig = up.stdout.trim();
    expect(up.code).toBe(0);
    const again = await netverdict("lab", "up");
    expect(again).toMatchObject({ code: 0, stdout: `${kubeconfig}\n` });
    expect((await netverdict("lab", "up", ...manifests)).code).toBe(2);
    const run = await netverdict("run", "--kubeconfig", kubeconfig, scenario, "--settle", "1s");
    expect(run.stdout).toContain("14 passed");
    expect((await netverdict("lab", "set", "--enforcement", "off")).code).toBe(0);
    const status = await netverdict("lab", "status", "-o", "json");
    expect(JSON.parse(status.stdout)).toMatchObject({
      faults: { enforcement: "off" },
      nodes: ["node-1", "node-2"],
      policies: expect.arrayContaining([{ namespace: "production", name: "database-policy" }]),
    });
    const unenforced = await netverdict("run", "--kubeconfig", kubeconfig, scenario, "--settle", "0");
    expect(unenforced.code).toBe(1);
    expect(unenforced.stdout).toContain("enforcement");
    expect((await netverdict("lab", "down")).code).toBe(0);
    expect(processesOf(runtime)).toEqual([]);
    expect(existsSync(join(runtime, "netverdict-lab"))).toBe(false);
    expect((await netverdict("lab", "status")).code).toBe(1);
  }, 120_000);

  it.each(["SIGINT", "SIGKILL"] as const)("leaves no process behind after %s amid a run", async (signal) => {
    const { child, done, said } = start("lab", "run", ...manifests, scenario);
    await until(() => said().includes("cluster read"), 30_000);
    child.kill(signal);
    const { code } = await done;
    if (signal === "SIGINT") expect(code).toBe(130);
    await until(() => processesOf(runtime).length === 0);
    expect(readdirSync(runtime)).toEqual([]);
  });

  it("notices a lab that was killed, and starts another", async () => {
    const first = await netverdict("lab", "up");
    const { pid } = JSON.parse(readFileSync(join(runtime, "netverdict-lab/lab.json"), "utf8")) as {
      pid: number;
    };
    process.kill(pid, "SIGKILL");
    await until(() => processesOf(runtime).length === 0).catch(() => {
      const left = processesOf(runtime).map((id) =>
        readFileSync(`/proc/${id}/cmdline`, "utf8").replaceAll("\0", " "),
      );
      expect(left).toEqual([]);
    });
    expect((await netverdict("lab", "status")).code).toBe(1);
    expect(readdirSync(runtime)).toEqual([]);
    const second = await netverdict("lab", "up");
    expect(second).toMatchObject({ code: 0, stdout: first.stdout });
    await netverdict("lab", "down");
  });

  it("says with file and line what is wrong with manifests, and what does not become ready", async () => {
    const file = join(runtime, "wrong.yaml");
    execFileSync("sh", [
      "-c",
      `sed 's/podSelector/podSelektor/' scenarios/three-tier/manifests/policies.yaml > ${file}`,
    ]);
    const { code, stderr } = await netverdict("lab", "run", "--manifests", file, scenario);
    rmSync(file);
    expect(stderr).toMatch(/wrong\.yaml:\d+/);
    expect(stderr).toContain('did you mean "podSelector"?');
    expect(code).toBe(2);
  });
});
