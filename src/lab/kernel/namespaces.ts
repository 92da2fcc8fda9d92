/** How to get into the lab's namespaces from outside: the program that does it and who to follow. */
export interface Entrance {
  /** A busybox on the host. */
  readonly busybox: string;
  /** Process id of the router's first process, as the host numbers it. */
  readonly routerPid: number;
  /** Whether the lab has a user namespace of its own; only root does without. */
  readonly rootless: boolean;
}

/** What of the router a tool needs: `net` for nft, `all` for whatever makes or ends sandboxes. */
type Part = "net" | "all";

/** The program and its first arguments; a command for inside the router's namespaces follows. */
export function enterRouter(entrance: Entrance, part: Part): readonly string[] {
  const router = `/proc/${entrance.routerPid}`;
  const inner = `${router}/root/proc/1`;
  return [
    ...enterUser(entrance),
    `-n${inner}/ns/net`,
    // The mount namespace last of all files: nsenter opens them all before it enters one.
    ...(part === "all" ? [`-p${inner}/ns/pid`, `-m${inner}/ns/mnt`] : []),
    "--",
  ];
}

/**
 * The same for a sandbox, whose first process has the id `pid` in the router's own numbering: its /proc, seen through
 * the router's root, leads there without knowing how the host numbers it.
 */
export function enterSandbox(entrance: Entrance, pid: number): readonly string[] {
  const router = `/proc/${entrance.routerPid}`;
  const inner = `${router}/root/proc/${pid}`;
  return [
    ...enterUser(entrance),
    ...[`-n${inner}/ns/net`, `-u${inner}/ns/uts`, `-p${inner}/ns/pid`, `-m${inner}/ns/mnt`],
    `-r${inner}/root`,
    "--",
  ];
}

/** Into a sandbox's network alone, with the host's files and processes. */
export function enterSandboxNetwork(entrance: Entrance, pid: number): readonly string[] {
  const router = `/proc/${entrance.routerPid}`;
  return [...enterUser(entrance), `-n${router}/root/proc/${pid}/ns/net`, "--"];
}

/** Who has made a user namespace is root in it, and may not change groups there. */
function enterUser({ busybox, routerPid, rootless }: Entrance): readonly string[] {
  return [
    busybox,
    "nsenter",
    ...(rootless ? [`-U/proc/${routerPid}/ns/user`, "--preserve-credentials"] : []),
  ];
}
