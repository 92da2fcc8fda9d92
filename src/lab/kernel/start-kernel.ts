import { availableParallelism } from "node:os";
import type { LabKernel, LabProcess, SandboxSpec, StartOptions } from "../model.ts";
import { type Host, requireHost } from "./check-host.ts";
import type { DnsLookup } from "./dns-answer.ts";
import { dnsProcess } from "./dns-process.ts";
import { enterRouter, enterSandbox, enterSandboxNetwork } from "./namespaces.ts";
import { type PortServer, portServerCommand } from "./port-server.ts";
import { type Router, startRouter } from "./router.ts";
import { runTool, type ToolResult } from "./run-tool.ts";
import { failedProcess, startProcess } from "./sandbox-process.ts";
import { type NumberedSandbox, routerLink, routerLinkBatch, sandboxScript } from "./sandbox-script.ts";
import { receiveSockets, type SandboxSockets } from "./sandbox-sockets.ts";

/** The kernel's side with the servers that a lab has in place of images. */
export interface Kernel extends LabKernel {
  /** Whether the machine has IPv6; without it a lab is IPv4 only, and addresses of IPv6 are left out. */
  readonly ipv6: boolean;
  /** Servers on ports, in one process of the sandbox with a child for each. */
  serve(key: string, servers: readonly PortServer[]): LabProcess;
  /** A DNS server on port 53 of the sandbox, UDP and TCP. It takes no process there: only the sockets are the sandbox's. */
  serveDns(key: string, lookup: DnsLookup): LabProcess;
}

interface Sandbox {
  readonly number: number;
  /** Of its first process, in the router's numbering. */
  readonly pid: number;
  readonly sockets: SandboxSockets[];
}

/**
 * Starts the lab's kernel side. Rejects with a `UserError` that says what this host lacks and what to do about it.
 * `signal` closes it. When this process ends, by whatever means, the kernel removes everything.
 */
export async function startKernel(options: { readonly signal?: AbortSignal } = {}): Promise<Kernel> {
  const host = await requireHost();
  options.signal?.throwIfAborted();
  const router = await startRouter(host);
  const kernel = new NamespaceKernel(router, host);
  options.signal?.addEventListener("abort", () => void kernel.close(), { once: true });
  if (options.signal?.aborted === true) await kernel.close();
  options.signal?.throwIfAborted();
  return kernel;
}

class NamespaceKernel implements Kernel {
  readonly ended: Promise<Error | undefined>;
  readonly ipv6: boolean;
  readonly #router: Router;
  readonly #host: Host;
  readonly #sandboxes = new Map<string, Sandbox>();
  /** Those that are being made. */
  readonly #coming = new Map<string, Promise<unknown>>();
  #lastNumber = 0;
  #rules: Promise<unknown> = Promise.resolve();

  constructor(router: Router, host: Host) {
    this.#router = router;
    this.#host = host;
    this.ended = router.ended;
    this.ipv6 = router.ipv6;
  }

  async createSandboxes(specs: readonly SandboxSpec[]): Promise<void> {
    const keys = specs.map(({ key }) => key);
    const taken = keys.find(
      (key, index) => this.#sandboxes.has(key) || this.#coming.has(key) || keys.indexOf(key) < index,
    );
    if (taken !== undefined) throw new Error(`${taken} exists already`);
    const made = this.#make(specs);
    for (const key of keys) this.#coming.set(key, made);
    try {
      for (const [key, sandbox] of await made) this.#sandboxes.set(key, sandbox);
    } finally {
      for (const key of keys) this.#coming.delete(key);
    }
  }

  async removeSandboxes(keys: readonly string[]): Promise<void> {
    await Promise.allSettled(keys.flatMap((key) => this.#coming.get(key) ?? []));
    const doomed = keys.flatMap((key) => this.#sandboxes.get(key) ?? []);
    for (const key of keys) this.#sandboxes.delete(key);
    await this.#destroy(doomed);
  }

  start(key: string, command: readonly string[], options: StartOptions = {}): LabProcess {
    const sandbox = this.#sandboxes.get(key);
    if (sandbox === undefined) return failedProcess(`${key} does not exist`);
    return startProcess(enterSandbox(this.#router.entrance, sandbox.pid), command, options);
  }

  loadRules(rules: string): Promise<void> {
    const load = async (): Promise<void> => {
      const result = await runTool(
        [...enterRouter(this.#router.entrance, "net"), this.#host.nft, "-f", "-"],
        rules,
      );
      if (result.code !== 0) throw new Error(`nft refused the rules: ${complaint(result)}`);
    };
    // In the order of the calls, whatever became of the ones before.
    const loaded = this.#rules.then(load, load);
    this.#rules = loaded;
    return loaded;
  }

  async readCounters(): Promise<ReadonlyMap<string, number>> {
    const command = [...enterRouter(this.#router.entrance, "net"), this.#host.nft, "-j", "list", "counters"];
    const result = await runTool(command);
    if (result.code !== 0) throw new Error(`nft could not list counters: ${complaint(result)}`);
    return parseCounters(result.stdout);
  }

  serve(key: string, servers: readonly PortServer[]): LabProcess {
    return this.start(key, portServerCommand(servers));
  }

  serveDns(key: string, lookup: DnsLookup): LabProcess {
    return dnsProcess(this.#listen(key, 53), lookup);
  }

  /** Undefined: the sandbox was removed meanwhile. */
  async #listen(key: string, port: number): Promise<SandboxSockets | undefined> {
    const sandbox = this.#sandboxes.get(key);
    if (sandbox === undefined) throw new Error(`${key} does not exist`);
    const enter = enterSandboxNetwork(this.#router.entrance, sandbox.pid);
    const isThere = (): boolean => this.#sandboxes.get(key) === sandbox;
    try {
      const sockets = await receiveSockets(enter, port, { ipv6: this.ipv6 });
      if (isThere()) {
        sandbox.sockets.push(sockets);
        return sockets;
      }
      sockets.close();
    } catch (error) {
      if (isThere()) throw error;
    }
    return undefined;
  }

  async close(): Promise<void> {
    for (const { sockets } of this.#sandboxes.values()) for (const each of sockets) each.close();
    this.#sandboxes.clear();
    await this.#router.close();
  }

  async #make(specs: readonly SandboxSpec[]): Promise<ReadonlyMap<string, Sandbox>> {
    if (specs.length === 0) return new Map();
    const wanted = specs.map((spec): NumberedSandbox => {
      this.#lastNumber += 1;
      const addresses = spec.addresses.filter((address) => this.ipv6 || !address.includes(":"));
      return { number: this.#lastNumber, spec: { ...spec, addresses } };
    });
    const workers = Math.min(availableParallelism() + 1, wanted.length);
    const shares = Array.from({ length: workers }, (_, worker) =>
      wanted.filter((_sandbox, index) => index % workers === worker),
    );
    const { busybox, ip } = this.#host;
    const results = await Promise.all(
      shares.map((share) => this.#inRouter([busybox, "sh"], sandboxScript(share, this.#host))),
    );
    const pids = new Map<number, number>();
    for (const { stdout } of results) {
      for (const [, number, pid] of stdout.matchAll(/^(\d+) (\d+)$/gm)) pids.set(Number(number), Number(pid));
    }
    const made = new Map<string, Sandbox>();
    for (const { number, spec } of wanted) {
      const pid = pids.get(number);
      if (pid !== undefined) made.set(spec.key, { number, pid, sockets: [] });
    }
    let failure = results.find(({ code }) => code !== 0);
    if (failure === undefined) {
      const linked = await this.#inRouter([ip, "-batch", "-"], routerLinkBatch(wanted, this.ipv6));
      if (linked.code !== 0) failure = linked;
    }
    if (failure === undefined) return made;
    await this.#destroy([...made.values()]);
    throw new Error(`sandboxes could not be made: ${complaint(failure)}`);
  }

  #inRouter(command: readonly string[], input: string): Promise<ToolResult> {
    return runTool([...enterRouter(this.#router.entrance, "all"), ...command], input);
  }

  /** Processes first, then all wires at once: each single deletion would wait for every processor. */
  async #destroy(sandboxes: readonly Sandbox[]): Promise<void> {
    if (sandboxes.length === 0) return;
    for (const { sockets } of sandboxes) for (const each of sockets) each.close();
    const bb = this.#host.busybox;
    const pids = sandboxes.map(({ pid }) => pid).join(" ");
    const folders = sandboxes.map(({ number }) => `${this.#host.folder}/sandboxes/${number}`).join(" ");
    await this.#inRouter(
      [bb, "sh", "-s", bb],
      `kill -9 ${pids} 2>/dev/null
for pid in ${pids}; do while kill -0 $pid 2>/dev/null; do "$1" usleep 2000; done; done
"$1" rm -rf ${folders}
`,
    );
    const group = sandboxes[0]?.number ?? 0;
    const links = sandboxes.map(({ number }) => `link set ${routerLink(number)} group ${group}\n`).join("");
    // A wire may be gone with the namespace that its other end was in.
    await this.#inRouter([this.#host.ip, "-force", "-batch", "-"], `${links}link del group ${group}\n`);
  }
}

function complaint({ code, stdout, stderr }: ToolResult): string {
  const said = stderr.trim() === "" ? stdout.trim() : stderr.trim();
  return said === "" ? `exit code ${code}` : said;
}

/** The packets of each named counter in the output of `nft -j list counters`. */
function parseCounters(json: string): ReadonlyMap<string, number> {
  const { nftables = [] } = JSON.parse(json) as {
    readonly nftables?: readonly { readonly counter?: { readonly name: string; readonly packets: number } }[];
  };
  return new Map(
    nftables.flatMap(({ counter }) =>
      counter === undefined ? [] : [[counter.name, counter.packets] as const],
    ),
  );
}
