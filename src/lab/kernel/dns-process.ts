import { PassThrough } from "node:stream";
import type { LabProcess } from "../model.ts";
import type { DnsLookup } from "./dns-answer.ts";
import { serveDns } from "./dns-server.ts";
import type { SandboxSockets } from "./sandbox-sockets.ts";

/**
 * A DNS server that is seen as a process of its sandbox and runs in this one. Ends with 1 where its port could not be
 * bound, and says why on standard error; as if killed when its sandbox is removed
 * (`sockets` undefined: before they were there).
 */
export function dnsProcess(sockets: Promise<SandboxSockets | undefined>, lookup: DnsLookup): LabProcess {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.resume();
  const ended = Promise.withResolvers<number>();
  const end = (code: number): void => {
    ended.resolve(code);
    stdout.end();
    stderr.end();
  };
  sockets.then(
    (open) => {
      if (open === undefined) {
        end(137);
        return;
      }
      const endConnections = serveDns(open, lookup);
      open.udp.once("close", () => {
        endConnections();
        end(137);
      });
      void ended.promise.then(() => open.close());
    },
    (error: unknown) => {
      stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      end(1);
    },
  );
  return {
    stdin,
    stdout,
    stderr,
    exit: ended.promise,
    kill: (signal = "SIGTERM") => end(signal === "SIGKILL" ? 137 : 143),
  };
}
