import { parse } from "yaml";
import type { LabFaults } from "../../src/lab/model.ts";
import type { FaultLab, Ran } from "./fault-lab.ts";

// Every fault that the lab can play, each in a run of its own. The faults strike whatever comes first, so that what is
// asserted holds whichever flow or canary they hit.

/** A fault, how it is played, and what a run must make of it. */
export interface Fault {
  readonly fault: string;
  readonly played: string;
  readonly exitCode: number;
  /** In the run's output and report; the words that match go into the table. */
  readonly says: RegExp;
  /** The report for people. */
  readonly prints?: RegExp;
  /** What the report counts; undefined: no flow failed, whatever became of it. */
  readonly counts?: string;
  readonly run: (lab: FaultLab) => Promise<Ran>;
}

/** Switches of the lab during a plain run. */
function switches(faults: Partial<LabFaults>, ...args: readonly string[]): Fault["run"] {
  return async (lab) => {
    await lab.set(faults);
    return lab.run(...args);
  };
}

/** A run in a shell, on a lab without faults. */
function shell(line: string, ...nodeOptions: readonly string[]): Fault["run"] {
  return async (lab) => {
    await lab.set({});
    return lab.runInShell(line, { nodeOptions });
  };
}

const script = (code: string): readonly string[] => [
  "--import",
  `data:text/javascript,${encodeURIComponent(code)}`,
];

/** The clock of the wall goes 400 days back, and at the next look 400 days forward. */
const JUMPING_CLOCK = script(
  "const now = Date.now; let looks = 0; Date.now = () => now() + (looks++ % 2 ? -1 : 1) * 400 * 86400e3;",
);

/** From when the stand-ins run until the probing is over, no descriptor is free and no connection is left. */
const NO_DESCRIPTORS = script(`
  import { closeSync, openSync } from "node:fs";
  import { Socket } from "node:net";
  const sockets = [];
  const connect = Socket.prototype.connect;
  Socket.prototype.connect = function (...given) {
    sockets.push(this);
    return connect.apply(this, given);
  };
  const taken = [];
  let taker;
  const write = process.stderr.write.bind(process.stderr);
  process.stderr.write = (text, ...more) => {
    if (/^stand-ins: .*running/.test(text)) {
      for (const socket of sockets) socket.destroy();
      const take = () => { try { for (;;) taken.push(openSync("/dev/null")); } catch {} };
      take();
      taker = setInterval(take, 1);
    }
    if (/^probing: .* in /.test(text)) {
      clearInterval(taker);
      for (const one of taken.splice(0)) closeSync(one);
    }
    return write(text, ...more);
  };
`);

const PASSED = "3 passed";
const UNSEEN = "3 inconclusive";

const EXEC: readonly Fault[] = [
  {
    fault: "exec cut once",
    played: "lab: TCP connection ended before any output, once",
    exitCode: 0,
    counts: PASSED,
    says: /a policy of our own was enforced in both directions/,
    run: switches({ exec: [{ kind: "cut", times: 1 }] }),
  },
  {
    fault: "every exec cut",
    played: "lab: TCP connection ended after 30 bytes, always",
    exitCode: 2,
    counts: UNSEEN,
    says: /the flow could not be observed: the connection was closed \(1006\) without an exit status/,
    run: switches({ exec: [{ kind: "cut", afterBytes: 30 }] }),
  },
  {
    fault: "exec silent",
    played: "lab: one exec is accepted, then nothing",
    exitCode: 2,
    says: /no exit status within/,
    run: switches({ exec: [{ kind: "silent", times: 1 }] }),
  },
  {
    fault: "output truncated twice",
    played: "lab: 60 bytes, then exit status 0",
    exitCode: 0,
    counts: PASSED,
    says: /a policy of our own was enforced in both directions/,
    run: switches({ exec: [{ kind: "truncated", afterBytes: 60, times: 2 }] }),
  },
  {
    fault: "every output truncated",
    played: "lab: 60 bytes, then exit status 0, always",
    exitCode: 2,
    counts: UNSEEN,
    says: /the flow could not be observed: the pod's output ended early, exit status 0/,
    run: switches({ exec: [{ kind: "truncated", afterBytes: 60 }] }),
  },
  {
    fault: "every exit status lost",
    played: "lab: all output, then closed without the status frame",
    exitCode: 0,
    counts: PASSED,
    says: /a policy of our own was enforced in both directions/,
    run: switches({ exec: [{ kind: "lost-status" }] }, "--settle", "10s"),
  },
  {
    fault: "exec forbidden",
    played: "lab: 403 on the upgrade",
    exitCode: 2,
    counts: UNSEEN,
    says: /the flow could not be observed: .* is forbidden: .*\(exec needs both get and create on pods\/exec\)/,
    run: switches({ exec: [{ kind: "refuse", status: 403 }] }),
  },
  {
    fault: "stand-ins gone",
    played: "lab: 404 on every upgrade",
    exitCode: 2,
    counts: UNSEEN,
    says: /the flow could not be observed: pods \S+ not found/,
    run: switches({ exec: [{ kind: "refuse", status: 404 }] }),
  },
  {
    fault: "execs throttled for a while",
    played: "lab: 429 on four upgrades",
    exitCode: 0,
    counts: PASSED,
    says: /a policy of our own was enforced in both directions/,
    run: switches({ exec: [{ kind: "refuse", status: 429, times: 4 }] }),
  },
  {
    fault: "kubelets not reachable",
    played: "lab: 502 on every upgrade",
    exitCode: 2,
    counts: UNSEEN,
    says: /the flow could not be observed: .* error dialing backend/,
    run: switches({ exec: [{ kind: "refuse", status: 502 }] }),
  },
];

const REQUESTS: readonly Fault[] = [
  {
    fault: "a storm of 429",
    played: "lab: 429 for 20 requests, back in 1 s",
    exitCode: 0,
    counts: PASSED,
    says: /a policy of our own was enforced in both directions/,
    run: switches({ requests: [{ status: 429, times: 20, retryAfterSeconds: 1 }] }),
  },
  {
    fault: "429 without end",
    played: "lab: 429 for every list of pods",
    exitCode: 2,
    says: /GET \/api\/v1\/\S*pods: too many requests: .*\n.*the API server is overloaded or limits this user: try again later/,
    run: switches({ requests: [{ status: 429, resource: "pods", retryAfterSeconds: 1 }] }),
  },
  {
    fault: "503 that says when to come back",
    played: "lab: 503 for three POSTs, back in 1 s",
    exitCode: 0,
    counts: PASSED,
    says: /a policy of our own was enforced in both directions/,
    run: switches({ requests: [{ status: 503, method: "POST", times: 3, retryAfterSeconds: 1 }] }),
  },
  {
    fault: "reads that fail twice",
    played: "lab: 500 for two lists of pods, reset for two others",
    exitCode: 0,
    counts: PASSED,
    says: /a policy of our own was enforced in both directions/,
    run: switches({
      requests: [
        { status: 500, method: "GET", resource: "pods", times: 2 },
        { status: "reset", method: "GET", resource: "networkpolicies", times: 2 },
      ],
    }),
  },
  {
    fault: "reads that always fail",
    played: "lab: 500 for every list of pods",
    exitCode: 2,
    says: /GET \/api\/v1\/\S*pods: Internal error occurred: a fault of the lab/,
    run: switches({ requests: [{ status: 500, method: "GET", resource: "pods" }] }),
  },
  {
    fault: "a stand-in that cannot be created",
    played: "lab: 500 for one POST of a pod",
    exitCode: 2,
    says: /the stand-in could not be created: POST \S+: Internal error occurred: a fault of the lab/,
    run: switches({ requests: [{ status: 500, method: "POST", resource: "pods", times: 1 }] }),
  },
  {
    fault: "connection lost while a stand-in is created",
    played: "lab: reset for one POST of a pod",
    exitCode: 2,
    says: /the stand-in could not be created: cannot reach the API server at \S+: the connection was reset/,
    run: switches({ requests: [{ status: "reset", method: "POST", resource: "pods", times: 1 }] }),
  },
  {
    fault: "connection lost while stand-ins are removed",
    played: "lab: reset for the first DELETE of a pod, 500 for the next",
    exitCode: 0,
    counts: PASSED,
    says: /stand-ins removed/,
    run: switches({
      requests: [
        { status: "reset", method: "DELETE", resource: "pods", times: 1 },
        { status: 500, method: "DELETE", resource: "pods", times: 1 },
      ],
    }),
  },
  {
    fault: "API server silent",
    played: "lab: one list of namespaces is never answered",
    exitCode: 2,
    says: /GET \S+: no answer from \S+ within 15 s/,
    run: switches({ requests: [{ status: "silent", method: "GET", resource: "namespaces", times: 1 }] }),
  },
  {
    fault: "token rotated",
    played: "credential plugin whose first token is not valid any more",
    exitCode: 0,
    counts: PASSED,
    says: /a policy of our own was enforced in both directions/,
    run: async (lab) => {
      await lab.set({});
      return lab.run("--kubeconfig", rotatingKubeconfig(lab));
    },
  },
];

/** A kubeconfig whose plugin prints an old token when it is asked for the first time. */
function rotatingKubeconfig(lab: FaultLab): string {
  const { token } = lab.lab.api;
  const asked = lab.file("asked", "");
  const plugin = lab.file(
    "plugin.sh",
    `token=old-token
[ -s ${asked} ] && token=${token}
echo asked >>${asked}
echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"'$token'"}}'
`,
  );
  const exec = {
    apiVersion: "client.authentication.k8s.io/v1",
    command: "sh",
    args: [plugin],
    interactiveMode: "Never",
  };
  const config = parse(lab.lab.api.kubeconfig) as { readonly users: readonly { readonly name: string }[] };
  const users = config.users.map(({ name }) => ({ name, user: { exec } }));
  return lab.file("rotating", JSON.stringify({ ...config, users }));
}

const NETWORK: readonly Fault[] = [
  {
    fault: "policies bite late",
    played: "lab: 2 s from a change until it is enforced",
    exitCode: 0,
    counts: PASSED,
    says: /a policy of our own was enforced in both directions/,
    run: switches({ policyDelayMs: 2000 }),
  },
  {
    fault: "new pods open at first",
    played: "lab: open for 2 s",
    exitCode: 0,
    counts: PASSED,
    says: /a policy of our own was enforced in both directions/,
    run: switches({ failOpenMs: 2000 }),
  },
  {
    fault: "new pods closed at first",
    played: "lab: closed for 2 s",
    exitCode: 0,
    counts: PASSED,
    says: /a policy of our own was enforced in both directions/,
    run: switches({ failClosedMs: 2000 }),
  },
  {
    fault: "new pods open for good",
    played: "lab: open for 10 min",
    exitCode: 1,
    says: /not enforced: ingress and egress; a connection that the canary's policy denies was made/,
    run: switches({ failOpenMs: 600_000 }),
  },
  {
    fault: "policy engine dead on one node",
    played: "lab: nothing enforced for the pods of node-1",
    exitCode: 1,
    says: /not enforced: ingress and egress; a connection that the canary's policy denies was made/,
    run: switches({ unenforcedNodes: ["node-1"] }),
  },
  {
    fault: "nothing enforced",
    played: "lab: enforcement off",
    exitCode: 1,
    counts: "2 passed, 1 failed",
    says: /it works although the policies forbid it/,
    run: switches({ enforcement: "off" }),
  },
  {
    fault: "enforcement lost in mid-run",
    played: "lab: enforcement off as soon as the canaries hold",
    exitCode: 1,
    says: /enforced: ingress and egress; a connection that the canary's policy denies was/,
    run: async (lab) => {
      await lab.set({});
      const run = lab.run("--confirm", "3");
      await lab.untilProbing();
      await lab.set({ enforcement: "off" });
      return run;
    },
  },
  {
    fault: "new pods closed for longer than the settle time",
    played: "lab: closed for 10 min",
    exitCode: 2,
    counts: "3 inconclusive",
    says: /not even the canary on \S+ reached what its policy allows: new pods are still closed there, or cut off/,
    run: switches({ failClosedMs: 600_000 }),
  },
  {
    fault: "new pods closed at first, then no enforcement",
    played: "lab: closed until the canaries are asked, enforcement off from then on",
    exitCode: 1,
    counts: "2 passed, 1 failed",
    says: /it works although the policies forbid it/,
    run: async (lab) => {
      await lab.set({ failClosedMs: 600_000 });
      const run = lab.run();
      await lab.untilProbing();
      await lab.set({ enforcement: "off" });
      return run;
    },
  },
  {
    fault: "denied packets answered",
    played: "lab: REJECT instead of DROP",
    exitCode: 0,
    counts: PASSED,
    says: /refused: a reset or an ICMP port unreachable came back/,
    run: async (lab) => {
      await lab.set({ enforcement: "reject" });
      return lab.runFile(lab.patient);
    },
  },
];

const MACHINE: readonly Fault[] = [
  {
    fault: "stdout closed early",
    played: "`netverdict run … \\| true`",
    exitCode: 0,
    says: /stand-ins removed/,
    run: shell('"$@" | true; exit $PIPESTATUS'),
  },
  {
    fault: "disk full under stdout",
    played: "`netverdict run … >/dev/full`",
    exitCode: 2,
    says: /netverdict: cannot write the report to stdout: ENOSPC: no space left on device, write/,
    run: shell('"$@" >/dev/full'),
  },
  {
    fault: "report file not writable",
    played: "`-o json=/nonexistent/report.json`",
    exitCode: 2,
    says: /netverdict: cannot write \/nonexistent\/report.json: ENOENT: no such file or directory/,
    prints: /^FLOW .*\n(?:.*\n)*3 passed/,
    run: shell('"$@" -o json=/nonexistent/report.json'),
  },
  {
    fault: "report file not writable, and another report on stdout",
    played: "`-o junit=/nonexistent/report.xml -o json`",
    exitCode: 2,
    says: /netverdict: cannot write \/nonexistent\/report.xml: ENOENT: no such file or directory/,
    counts: PASSED,
    run: shell('"$@" -o junit=/nonexistent/report.xml -o json'),
  },
  {
    fault: "out of file descriptors in mid-run",
    played: "all descriptors of the process taken when the stand-ins run",
    exitCode: 2,
    counts: UNSEEN,
    says: /this process has no file descriptors left \(raise the limit[^)]*\)[^)]*\)/,
    run: shell('ulimit -n 256; "$@" -o json', ...NO_DESCRIPTORS),
  },
  {
    fault: "the clock jumps",
    played: "the wall's clock goes 400 days back and forth at each look, and policies bite 1.5 s late",
    exitCode: 0,
    counts: PASSED,
    says: /a policy of our own was enforced in both directions/,
    run: async (lab) => {
      await lab.set({ policyDelayMs: 1500 });
      return lab.runInShell('"$@" -o json', { nodeOptions: JUMPING_CLOCK });
    },
  },
];

export const FAULTS: readonly Fault[] = [...EXEC, ...REQUESTS, ...NETWORK, ...MACHINE];
