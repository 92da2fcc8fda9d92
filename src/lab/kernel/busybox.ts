import { access, constants, open, realpath } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { runTool } from "./run-tool.ts";

/** What the lab runs of busybox, in its machines and to make them. */
const APPLETS =
  "cat chroot cp dd grep head hostname httpd inetd init kill mkdir mount nc nsenter nslookup od rm setsid sh sleep tcpsvd timeout touch unshare usleep wget";

/** Distributions leave some of these out: Debian's nc has neither. */
const OPTIONS: readonly (readonly [applet: string, option: string])[] = [
  ["nc", "-z"],
  ["nc", "-u"],
  ["tcpsvd", "-E"],
  ["httpd", "-i"],
  ["nsenter", "--preserve-credentials"],
  ["unshare", "--mount-proc"],
];

/** A busybox of which the self-check has found that it does all that is needed, or why none was found. */
export type BusyboxSearch =
  | { readonly path: string }
  | {
      readonly path: undefined;
      readonly tried: readonly { readonly path: string; readonly lacks: string }[];
    };

/** The first of the candidates that does all that is needed; files that do not exist are passed over. */
export async function findBusybox(candidates: readonly string[]): Promise<BusyboxSearch> {
  const tried: { path: string; lacks: string }[] = [];
  for (const candidate of candidates) {
    if (!(await isExecutable(candidate))) continue;
    const lacks = await missingIn(candidate);
    if (lacks === undefined) return { path: candidate };
    tried.push({ path: candidate, lacks });
  }
  return { path: undefined, tried };
}

/**
 * The npm package `busybox-static`, as installed with this program, then those of the host.
 * `path`: directories to look in, separated by colons, as in the environment.
 */
export async function busyboxCandidates(path: string): Promise<readonly string[]> {
  const directories = path.split(":").filter((directory) => directory.startsWith("/"));
  const ofHost = directories.flatMap((directory) =>
    ["busybox", "busybox.static"].map((name) => join(directory, name)),
  );
  const ofPackage = await packaged();
  return ofPackage === undefined ? ofHost : [ofPackage, ...ofHost];
}

/** Beside the program that was started, or where these sources are. */
async function packaged(): Promise<string | undefined> {
  const program = await realpath(process.argv[1] ?? "").catch(() => undefined);
  for (const place of [program, import.meta.url]) {
    if (place === undefined) continue;
    try {
      return join(dirname(createRequire(place).resolve("busybox-static")), "bin", "busybox");
    } catch {
      // Not installed there.
    }
  }
  return undefined;
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** What the lab needs and this busybox has not; undefined: it has all of it. */
/** What the lab needs and this busybox has not; undefined: it has all of it. */
async function missingIn(busybox: string): Promise<string | undefined> {
  if (await needsLibraries(busybox)) return "being statically linked (the lab's machines have no libraries)";
  const script = '"$0" --list; for applet; do echo "help $applet"; "$0" "$applet" --help; done 2>&1';
  const shell = [busybox, "sh", "-c", script, busybox, ...OPTIONS.map(([applet]) => applet)];
  const result = await runTool(shell).catch(() => undefined);
  const [list = "", ...helps] = (result?.stdout ?? "").split(/^help .*\n/m);
  if (list.trim() === "") return "a shell, or it is for another processor";
  const applets = new Set(list.split("\n"));
  const missing = APPLETS.split(" ").filter((applet) => !applets.has(applet));
  if (missing.length > 0) return missing.join(", ");
  const option = OPTIONS.find(([, name], index) => helps[index]?.includes(name) !== true);
  return option?.join(" ");
}

/** Whether an ELF file names a dynamic loader (program header PT_INTERP). What is no 64-bit ELF is left to be tried. */
async function needsLibraries(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const head = Buffer.alloc(4096);
    await handle.read(head, 0, head.length, 0);
    if (head.toString("latin1", 0, 4) !== "\x7fELF" || head[4] !== 2 || head[5] !== 1) return false;
    const start = Number(head.readBigUInt64LE(32));
    const size = head.readUInt16LE(54);
    const count = head.readUInt16LE(56);
    for (let index = 0; index < count && start + (index + 1) * size <= head.length; index += 1) {
      if (head.readUInt32LE(start + index * size) === 3) return true;
    }
    return false;
  } finally {
    await handle.close();
  }
}
