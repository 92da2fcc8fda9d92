import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { DEFAULT_DATAGRAM } from "../../src/model/observation.ts";
import type { Check } from "../../src/model/plan.ts";
import { manualCommand } from "../../src/plan/command.ts";

const POD = { namespace: "shop", name: "netverdict-1-1" };

function check(more: Partial<Check>): Check {
  return {
    id: "c1",
    purpose: "flow",
    source: "1",
    to: { kind: "stand-in", standIn: "2" },
    port: 53,
    kind: "udp",
    listener: "x",
    timeoutMs: 1500,
    readiness: { grade: "none", detail: "" },
    ...more,
  };
}

/** What the command's printf writes, by running its shell words with `nc` and `od` that pass it on. */
function sent(command: string): string {
  const words = command.slice(command.indexOf(" -- ") + 4);
  return execFileSync(
    "sh",
    [
      "-c",
      `nc() { cat; }; od() { cat; }; ${words.replace(/^sh -c /, 'run() { eval "$1"; }; f() { body=$1; shift 2; eval "$body"; }; f ')}`,
    ],
    {
      encoding: "utf8",
    },
  );
}

describe("the command that repeats a probe", () => {
  it("sends by UDP what the probe sent, byte by byte", () => {
    expect(sent(manualCommand(check({}), POD, "10.0.0.1"))).toBe(DEFAULT_DATAGRAM);
    const hostile = `a%s\\n'"$(id) é`;
    expect(sent(manualCommand(check({ send: hostile }), POD, "10.0.0.1"))).toBe(hostile);
  });

  it("rounds the time-out up to whole seconds and quotes what a shell would read", () => {
    const command = manualCommand(check({ kind: "http", port: 80, path: "/a?b=c&d" }), POD, "fd00::1");
    expect(command).toBe(
      "kubectl exec -n shop netverdict-1-1 -- wget -S -O /dev/null -T 2 'http://[fd00::1]:80/a?b=c&d'",
    );
  });
});
