import type { SandboxSpec } from "../model.ts";
import { quote } from "./shell-quote.ts";

/** A sandbox that is to be made: its description and its number, unique in the lab's life. */
export interface NumberedSandbox {
  readonly number: number;
  readonly spec: SandboxSpec;
}

/** What the host has. */
export interface Tools {
  readonly busybox: string;
  readonly ip: string;
  /** The lab's own folder. */
  readonly folder: string;
}

/**
 * The router's end of the wire to a sandbox. Both ends have one MAC address and no ARP: the kernel then sends every
 * packet to its own address, which is also the other end's, and neither asks for nor remembers a neighbour.
 */
export function routerLink(number: number): string {
  return `v${number}`;
}

function macAddress(number: number): string {
  const hex = number.toString(16).padStart(8, "0");
  return `02:00:${hex.match(/../g)?.join(":") ?? ""}`;
}

/** Mounts that the sandbox has of its own, and what is in them. */
function files({ number, spec }: NumberedSandbox, folder: string): string {
  const etc = `${folder}/sandboxes/${number}/etc`;
  const hosts = [
    "127.0.0.1 localhost",
    "::1 localhost",
    ...spec.addresses.map((address) => `${address} ${spec.hostname}`),
    ...(spec.hosts ?? []),
  ];
  const contents: Readonly<Record<string, string>> = {
    hostname: `${spec.hostname}\n`,
    hosts: `${hosts.join("\n")}\n`,
    "resolv.conf": spec.resolvConf ?? "",
    passwd: "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
    group: "root:x:0:\nnogroup:x:65534:\n",
    services: "",
  };
  return Object.entries(contents)
    .map(([name, content]) => `printf %s ${quote(content)} >${etc}/${name}`)
    .join("\n");
}

function sandboxLinkBatch({ number, spec }: NumberedSandbox): string {
  const mac = macAddress(number);
  const lines = [
    `link add eth0 address ${mac} mtu 1500 arp off type veth peer name ${routerLink(number)} address ${mac} mtu 1500 arp off netns /proc/1/ns/net`,
    "link set lo up",
    "link set eth0 up",
  ];
  const four = spec.addresses.filter((address) => !address.includes(":"));
  const six = spec.addresses.filter((address) => address.includes(":"));
  lines.push(...four.map((address) => `addr add ${address}/32 dev eth0`));
  lines.push(...six.map((address) => `addr add ${address}/128 dev eth0 nodad`));
  if (four.length > 0) lines.push("route add default via 169.254.1.1 dev eth0 onlink");
  if (six.length > 0) lines.push("route add default via fe80::1 dev eth0");
  return lines.join("\n");
}

/**
 * For `sh`, in the router: makes sandboxes one after another, prints `NUMBER PID` for each that it begins, its first
 * process in the router's numbering, and ends with 0 if all are complete. The first process has to be the first
 * child of the shell that has a new PID namespace; mounts that follow come into the mount namespace that it is in.
 */
export function sandboxScript(sandboxes: readonly NumberedSandbox[], tools: Tools): string {
  const bb = quote(tools.busybox);
  const root = `${tools.folder}/root`;
  const folders = sandboxes.flatMap(({ number }) => [
    `${tools.folder}/sandboxes/${number}/etc`,
    `${tools.folder}/sandboxes/${number}/tmp`,
  ]);
  const inside = `
exec 4>&1
${bb} chroot ${root} /bin/busybox init </dev/null >/dev/null 2>&1 4>&- &
echo "$1 $!"
set -e
own=${tools.folder}/sandboxes/$1
${bb} mount -t proc proc ${root}/proc
${bb} mount -o bind $own/etc ${root}/etc
${bb} mount -o bind $own/tmp ${root}/tmp
${bb} hostname -F $own/etc/hostname
net=/proc/sys/net
put() { [ ! -w "$1" ] || echo "$2" 2>/dev/null >"$1"; }
put $net/ipv4/icmp_ratelimit 0
put $net/ipv6/icmp/ratelimit 0
put $net/ipv6/conf/all/accept_ra 0
put $net/ipv6/conf/default/accept_ra 0
put $net/ipv6/conf/default/accept_dad 0
put $net/ipv6/conf/default/addr_gen_mode 1
${quote(tools.ip)} -batch -
`;
  return [
    "set -e",
    `inside=${quote(inside)}`,
    `${bb} mkdir -p ${folders.join(" ")}`,
    ...sandboxes.map(
      (sandbox) => `${files(sandbox, tools.folder)}
${bb} unshare -n -m -u -p ${bb} sh -c "$inside" sandbox ${sandbox.number} <<'END'
${sandboxLinkBatch(sandbox)}
END`,
    ),
    "",
  ].join("\n");
}

/** For `ip -batch`, in the router, once the sandboxes are made. */
export function routerLinkBatch(sandboxes: readonly NumberedSandbox[], ipv6: boolean): string {
  return sandboxes
    .flatMap(({ number, spec }) => {
      const link = routerLink(number);
      return [
        `link set ${link} up`,
        `addr add 169.254.1.1/32 dev ${link}`,
        ...(ipv6 ? [`addr add fe80::1/64 dev ${link} nodad`] : []),
        ...spec.addresses.map(
          (address) => `route replace ${address}/${address.includes(":") ? 128 : 32} dev ${link}`,
        ),
      ].map((line) => `${line}\n`);
    })
    .join("");
}
