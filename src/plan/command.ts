import { DEFAULT_DATAGRAM, type PodName } from "../model/observation.ts";
import type { Check } from "../model/plan.ts";

/** The command that repeats a probe by hand while the stand-in is there (`--keep`). */
export function manualCommand(check: Check, pod: PodName, host: string): string {
  const seconds = Math.max(1, Math.ceil(check.timeoutMs / 1000));
  const target = `${shellWord(host)} ${check.port}`;
  const inPod = (command: string): string => `kubectl exec -n ${pod.namespace} ${pod.name} -- ${command}`;
  switch (check.kind) {
    case "tcp":
      return inPod(`nc -z -vv -w ${seconds} ${target}`);
    case "http": {
      const authority = host.includes(":") ? `[${host}]` : host;
      return inPod(
        `wget -S -O /dev/null -T ${seconds} ${shellWord(`http://${authority}:${check.port}${check.path ?? "/"}`)}`,
      );
    }
    case "udp":
      return inPod(
        `sh -c ${shellWord(`printf "$1" | nc -u -w ${seconds} "$2" ${check.port} | od -c`)} sh ${shellWord(printfEscaped(check.send ?? DEFAULT_DATAGRAM))} ${shellWord(host)}`,
      );
    case "dns-udp":
      return inPod("nslookup kubernetes.default.svc.cluster.local");
    case "dns-tcp":
      return inPod(`nc -z -vv -w ${seconds} ${target}`);
    default: {
      const never: never = check.kind;
      throw new Error(`unhandled probe ${String(never)}`);
    }
  }
}

/** As a format for printf: every byte but letters as an octal escape. */
function printfEscaped(text: string): string {
  return Array.from(Buffer.from(text, "utf8"), (byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z]/.test(character) ? character : `\\${byte.toString(8).padStart(3, "0")}`;
  }).join("");
}

/** Quoted for a shell where that is needed. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
