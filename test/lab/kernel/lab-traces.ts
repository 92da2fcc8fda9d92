import { readdirSync, readFileSync, readlinkSync } from "node:fs";

const NAMESPACES = ["user", "net", "mnt", "pid", "uts"];

/** What the processes below one have: their ids with start times, and the namespaces that it has not itself. */
export interface Traces {
  readonly processes: readonly string[];
  readonly namespaces: readonly string[];
  /** In the kernel's ticks since boot. The number of a namespace is used again: later processes may have it rightly. */
  readonly takenAt: number;
}

export function tracesBelow(root: number): Traces {
  const children = Map.groupBy(processIds(), (pid) => parentOf(pid));
  const below = (pid: number): readonly number[] =>
    (children.get(pid) ?? []).flatMap((child) => [child, ...below(child)]);
  const all = below(root);
  const own = new Set(namespacesOf(process.pid));
  const namespaces = new Set(all.flatMap((pid) => namespacesOf(pid)).filter((each) => !own.has(each)));
  return { processes: all.map(identity), namespaces: [...namespaces], takenAt: ticks() };
}

/** What of the traces is still there, and mounts of any lab that this process can see. */
export function left({ processes, namespaces, takenAt }: Traces): readonly string[] {
  const alive = new Set(processIds().map(identity));
  const used = new Set(
    processIds()
      .filter((pid) => startOf(pid) <= takenAt)
      .flatMap(namespacesOf),
  );
  const mounts = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter((line) => line.includes("netverdict"));
  return [
    ...processes.filter((each) => alive.has(each)),
    ...namespaces.filter((each) => used.has(each)),
    ...mounts,
  ];
}

/** Until nothing is left; else what is, after five seconds. */
export async function leftInTheEnd(traces: Traces): Promise<readonly string[]> {
  const end = performance.now() + 5_000;
  while (left(traces).length > 0 && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return left(traces);
}

function processIds(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function stat(pid: number): readonly string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
}

function parentOf(pid: number): number {
  return Number(stat(pid)[1] ?? -1);
}

/** Ids are used again; together with the start time they are not. */
function identity(pid: number): string {
  return `${pid} started at ${startOf(pid)}`;
}

function startOf(pid: number): number {
  return Number(stat(pid)[19] ?? Number.NaN);
}

function ticks(): number {
  return Number.parseFloat(readFileSync("/proc/uptime", "utf8")) * 100;
}

function namespacesOf(pid: number): readonly string[] {
  return NAMESPACES.flatMap((kind) => {
    try {
      return [readlinkSync(`/proc/${pid}/ns/${kind}`)];
    } catch {
      return [];
    }
  });
}
