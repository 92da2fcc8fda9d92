import { createInterface } from "node:readline";
import type { LabProcess } from "../model.ts";

/** A question to a pod over the network. */
export type NetworkCheck =
  | { readonly kind: "tcp"; readonly address: string; readonly port: number }
  | { readonly kind: "http"; readonly url: string };

/**
 * Asks whatever comes in, each question by a process of its own, and says `ID CODE`. The double brackets hand what has
 * ended to the first process of the machine, which collects it.
 */
const PROBER = `
while read -r id kind seconds target port; do
  ( (
    case $kind in
      tcp) nc -z -w "$seconds" "$target" "$port" ;;
      http) wget -q -O /dev/null -T "$seconds" "$target" ;;
    esac </dev/null >/dev/null 2>&1
    echo "$id $?"
  ) & )
done
`;

/**
 * Asks pods from their node, as a kubelet does, through one shell that stays: a process from here for every question,
 * every second for every pod, would cost more than all the rest of a lab.
 */
export class NodeProber {
  readonly #start: (command: readonly string[]) => LabProcess;
  readonly #waiting = new Map<string, (isGood: boolean) => void>();
  #process: LabProcess | undefined;
  #nextId = 1;

  /** `start`: in the node's sandbox. */
  constructor(start: (command: readonly string[]) => LabProcess) {
    this.#start = start;
  }

  /** Whether there was a good answer: a connection, or HTTP's 2xx or 3xx. */
  check(check: NetworkCheck, timeoutMs: number): Promise<boolean> {
    const id = String(this.#nextId++);
    const seconds = Math.max(1, Math.ceil(timeoutMs / 1000));
    const target = check.kind === "tcp" ? `${check.address} ${check.port}` : withoutSpaces(check.url);
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#running().stdin.write(`${id} ${check.kind} ${seconds} ${target}\n`);
    });
  }

  close(): void {
    this.#process?.kill("SIGKILL");
    this.#failAll();
  }

  #running(): LabProcess {
    if (this.#process !== undefined) return this.#process;
    const process = this.#start(["sh", "-c", PROBER]);
    this.#process = process;
    process.stdin.on("error", () => undefined);
    process.stderr.resume();
    createInterface({ input: process.stdout }).on("line", (line) => {
      const [id = "", code] = line.split(" ");
      this.#waiting.get(id)?.(code === "0");
      this.#waiting.delete(id);
    });
    void process.exit.then(() => {
      this.#process = undefined;
      this.#failAll();
    });
    return process;
  }

  #failAll(): void {
    for (const resolve of this.#waiting.values()) resolve(false);
    this.#waiting.clear();
  }
}

/** A space would end the field. */
function withoutSpaces(url: string): string {
  return url.replaceAll(/\s/g, "%20");
}
