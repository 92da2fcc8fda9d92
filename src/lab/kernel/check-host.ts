import { existsSync } from "node:fs";
import { access, constants, readFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../source/errors.ts";
import { busyboxCandidates, findBusybox } from "./busybox.ts";
import { runTool } from "./run-tool.ts";

/** What keeps a lab from running on this host, or makes it less than whole. */
export interface HostProblem {
  /** `fatal`: no lab; `limit`: a lab without something. */
  readonly severity: "fatal" | "limit";
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
}

/** What a lab runs with. */
export interface Host {
  readonly busybox: string;
  readonly ip: string;
  readonly nft: string;
  /** A folder that every host has, and in which none of these is: the lab hides it from itself to put its own there. */
  readonly folder: string;
  /** In a user namespace; root does without where there are none. */
  readonly rootless: boolean;
}

const FOLDERS = ["/mnt", "/srv", "/media", "/opt", "/tmp"];

const CLUSTER_INSTEAD = "use a cluster instead: netverdict run --context …";

/** Everything that is wrong, at once. Starts and ends some processes; changes nothing. */
export async function checkHost(): Promise<readonly HostProblem[]> {
  return (await examine()).problems;
}

/** Rejects with a `UserError` that names every fatal problem. */
export async function requireHost(): Promise<Host> {
  const { host, problems } = await examine();
  const fatal = problems.filter(({ severity }) => severity === "fatal");
  if (host !== undefined && fatal.length === 0) return host;
  throw new UserError(`this machine cannot run a lab: ${fatal.map(({ message }) => message).join("; ")}`, {
    hint: [...new Set(fatal.map(({ hint }) => hint))].join("; "),
  });
}

async function examine(): Promise<{ readonly host?: Host; readonly problems: readonly HostProblem[] }> {
  if (process.platform !== "linux") {
    const message = `a lab needs the Linux kernel's network namespaces, and this is ${process.platform}`;
    return { problems: [{ severity: "fatal", message, hint: CLUSTER_INSTEAD }] };
  }
  const path = `${process.env.PATH ?? ""}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin`;
  const [ip, nft, busybox, release] = await Promise.all([
    findTool("ip", path),
    findTool("nft", path),
    busyboxCandidates(path).then(findBusybox),
    readFile("/etc/os-release", "utf8").catch(() => ""),
  ]);
  const problems: HostProblem[] = [];
  const missing = (message: string, hint: string): void => {
    problems.push({ severity: "fatal", message, hint });
  };
  if (ip === undefined) missing("ip is missing", installCommand(release, "iproute2", "iproute"));
  if (nft === undefined) missing("nft is missing", installCommand(release, "nftables", "nftables"));
  if (busybox.path === undefined) {
    const tried = busybox.tried.map(({ path: file, lacks }) => `${file} lacks ${lacks}`);
    const message = tried.length === 0 ? "busybox is missing" : `no full busybox (${tried.join("; ")})`;
    missing(message, "npm install busybox-static (for Linux on x64), where netverdict is installed");
  }
  if (ip === undefined || nft === undefined || busybox.path === undefined) return { problems };
  const files = [busybox.path, ip, nft];
  const folder = FOLDERS.find(
    (each) => existsSync(each) && !files.some((file) => file.startsWith(`${each}/`)),
  );
  if (folder === undefined) {
    missing(`none of ${FOLDERS.join(", ")} is there to mount on`, "sudo mkdir /mnt");
    return { problems };
  }
  const tools = { busybox: busybox.path, ip, nft, folder };
  const isRoot = process.getuid?.() === 0;
  let rootless = true;
  let trial = await tryNamespaces(tools, { rootless });
  if (trial.failed !== undefined && isRoot) {
    rootless = false;
    trial = await tryNamespaces(tools, { rootless });
  }
  if (trial.failed !== undefined) problems.push(await explain(trial.failed, { isRoot }));
  else if (!trial.sctp) {
    const message = "the kernel does not track SCTP connections: SCTP rules are not tried out";
    problems.push({ severity: "limit", message, hint: "a kernel with CONFIG_NF_CT_PROTO_SCTP" });
  }
  if (!(await isReadable("/proc/sys/net/ipv6"))) {
    const message = "IPv6 is switched off in the kernel: the lab has IPv4 only";
    problems.push({ severity: "limit", message, hint: "boot without ipv6.disable=1" });
  }
  return { host: { ...tools, rootless }, problems };
}

/** A step of the trial, and what the tool said that failed at it. */
interface TrialFailure {
  readonly step: "namespaces" | "mount" | "veth" | "nftables";
  readonly words: string;
}

/** Makes, in namespaces that end with it, one of everything that a lab is made of. */
async function tryNamespaces(
  { busybox, ip, nft, folder }: Omit<Host, "rootless">,
  options: { readonly rootless: boolean },
): Promise<{ readonly failed?: TrialFailure; readonly sctp: boolean }> {
  const script = `
set -e
echo mount
"$1" mount -t tmpfs netverdict-lab "$4"
"$1" mount -t proc proc /proc
echo veth
"$2" link add nv0 type veth peer name nv1
echo nftables
"$3" -f - <<'END'
table inet trial {
  counter passed {
  }
  chain from {
    type filter hook forward priority 0; policy accept;
    ct state established counter name passed accept
    meta l4proto tcp reject with tcp reset
    reject
  }
  chain to {
    type nat hook prerouting priority -100; policy accept;
    ip daddr 192.0.2.1 dnat ip to 192.0.2.2
  }
}
END
[ -e /proc/sys/net/netfilter/nf_conntrack_sctp_timeout_closed ] && echo sctp
echo done
`;
  const user = options.rootless ? ["-U", "-r"] : [];
  const shell = [busybox, "sh", "-c", script, "trial", busybox, ip, nft, folder];
  const { stdout, stderr } = await runTool([busybox, "unshare", ...user, "-n", "-m", "-p", "-f", ...shell]);
  const steps = stdout.trim().split("\n");
  if (steps.includes("done")) return { sctp: steps.includes("sctp") };
  const step = (["nftables", "veth", "mount"] as const).find((each) => steps.includes(each)) ?? "namespaces";
  return { failed: { step, words: stderr.trim().split("\n")[0] ?? "" }, sctp: false };
}

async function explain(
  { step, words }: TrialFailure,
  { isRoot }: { readonly isRoot: boolean },
): Promise<HostProblem> {
  const severity = "fatal";
  if (step === "veth" || step === "nftables") {
    const what = step === "veth" ? "pairs of virtual Ethernet devices" : "nftables with NAT";
    const modules = step === "veth" ? "veth" : "nf_tables nft_ct nft_nat nft_reject_inet";
    const message = `the kernel has no ${what}, or not for this user (${words})`;
    return { severity, message, hint: `sudo modprobe -a ${modules}, or ${CLUSTER_INSTEAD}` };
  }
  if (isRoot) {
    const message = `this is root without the right to make namespaces and mounts (no CAP_SYS_ADMIN, as in most containers): ${words}`;
    return {
      severity,
      message,
      hint: `run it outside of the container or in a privileged one, or ${CLUSTER_INSTEAD}`,
    };
  }
  const forbidding = await forbiddingSetting();
  return {
    severity,
    message:
      forbidding === undefined
        ? `an unprivileged user may not make namespaces here (${words})`
        : `unprivileged user namespaces are off (${forbidding})`,
    hint: `run it with sudo, or ${CLUSTER_INSTEAD}`,
  };
}

/** The setting of this host that keeps unprivileged users from making namespaces. */
async function forbiddingSetting(): Promise<string | undefined> {
  const settings: readonly (readonly [name: string, value: string])[] = [
    ["user.max_user_namespaces", "0"],
    ["kernel.unprivileged_userns_clone", "0"],
    ["kernel.apparmor_restrict_unprivileged_userns", "1"],
  ];
  for (const [name, value] of settings) {
    const text = await readFile(`/proc/sys/${name.replaceAll(".", "/")}`, "utf8").catch(() => "");
    if (text.trim() === value) return `${name}=${value}`;
  }
  return undefined;
}

/** The command of this host's distribution; `names`: the package in Debian and Alpine, and in Fedora. */
export function installCommand(osRelease: string, debian: string, fedora: string): string {
  const ids = [...osRelease.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].flatMap(([, value = ""]) =>
    value.split(" "),
  );
  if (ids.includes("debian") || ids.includes("ubuntu")) return `sudo apt-get install ${debian}`;
  if (ids.includes("fedora") || ids.includes("rhel")) return `sudo dnf install ${fedora}`;
  if (ids.includes("alpine")) return `sudo apk add ${debian}`;
  return `install the package ${debian}`;
}

async function findTool(name: string, path: string): Promise<string | undefined> {
  for (const directory of path.split(":")) {
    if (!directory.startsWith("/")) continue;
    const file = join(directory, name);
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return file;
  }
  return undefined;
}

async function isReadable(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
