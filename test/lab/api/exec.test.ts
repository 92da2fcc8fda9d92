import https from "node:https";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import type { ExecFault } from "../../../src/lab/model.ts";
import { call, pod } from "./http-client.ts";
import { type TestLab, testLab } from "./test-lab.ts";

let lab: TestLab;
beforeAll(async () => {
  lab = await testLab({
    denied: [{ verb: "create", group: "", resource: "pods/exec", namespace: "kube-system" }],
  });
  await call(lab, "POST", "/api/v1/namespaces/default/pods", { body: pod("web") });
  await call(lab, "POST", "/api/v1/namespaces/kube-system/pods", { body: pod("dns") });
  await call(lab, "POST", "/api/v1/namespaces/default/pods", { body: pod("late", { stays: "pending" }) });
  const two = {
    metadata: { name: "two" },
    spec: { containers: ["a", "b"].map((name) => ({ name, image: "i" })) },
  };
  await call(lab, "POST", "/api/v1/namespaces/default/pods", { body: two });
});
afterAll(() => lab.close());
afterEach(() => {
  lab.faults.exec = [];
});

interface Session {
  readonly protocol: string;
  readonly stdout: string;
  readonly stderr: string;
  /** The status frame, if one came. */
  // biome-ignore lint/suspicious/noExplicitAny: the shape of an answer is what the tests are about
  readonly status: any;
  readonly closeCode: number;
  /** Before the upgrade. */
  readonly refused?: { readonly code: number; readonly message: string };
}

interface ExecOptions {
  readonly query?: string;
  readonly protocols?: readonly string[];
  readonly stdin?: readonly (string | Buffer)[];
  readonly token?: string;
}

function exec(where: string, command: readonly string[], options: ExecOptions = {}): Promise<Session> {
  const {
    query = "stdin=true&stdout=true&stderr=true",
    protocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"],
  } = options;
  const [namespace, name] = where.split("/");
  const words = command.map((word) => `&command=${encodeURIComponent(word)}`).join("");
  const url = `${lab.server.url.replace("https", "wss")}/api/v1/namespaces/${namespace}/pods/${name}/exec?${query}${words}`;
  return new Promise((resolve) => {
    const out = { protocol: "", stdout: "", stderr: "", status: undefined };
    const socket = new WebSocket(url, [...protocols], {
      ca: lab.server.certificate,
      headers: { authorization: `Bearer ${options.token ?? lab.server.token}` },
    });
    socket.on("open", () => {
      out.protocol = socket.protocol;
      for (const input of options.stdin ?? []) {
        socket.send(typeof input === "string" ? Buffer.concat([Buffer.of(0), Buffer.from(input)]) : input);
      }
    });
    socket.on("message", (data: Buffer) => {
      const text = data.subarray(1).toString("utf8");
      if (data[0] === 1) out.stdout += text;
      else if (data[0] === 2) out.stderr += text;
      else if (data[0] === 3) out.status = JSON.parse(text);
    });
    socket.on("unexpected-response", async (_request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      const body = JSON.parse(Buffer.concat(chunks).toString("utf8"));
      resolve({ ...out, closeCode: 0, refused: { code: response.statusCode ?? 0, message: body.message } });
    });
    socket.on("error", () => undefined);
    socket.on("close", (closeCode) => resolve({ ...out, closeCode }));
  });
}

describe("pods/exec", () => {
  it("gives both outputs and the exit code, as text in a cause", async () => {
    const session = await exec("default/web", ["sh", "-c", "echo out; echo err >&2; exit 7"]);
    expect(session).toMatchObject({
      protocol: "v5.channel.k8s.io",
      stdout: "out\n",
      stderr: "err\n",
      closeCode: 1000,
    });
    expect(session.status).toMatchObject({
      status: "Failure",
      reason: "NonZeroExitCode",
      details: { causes: [{ reason: "ExitCode", message: "7" }] },
    });
    expect((await exec("default/web", ["true"])).status).toMatchObject({ status: "Success" });
  });

  it("says 143 of a command that a signal ended and 127 of one that is not there", async () => {
    const ended = await exec("default/web", ["sh", "-c", "kill -TERM $$"]);
    expect(ended.status.details.causes[0].message).toBe("143");
    const absent = await exec("default/web", ["/no/such/command"]);
    expect(absent.status.details.causes[0].message).toBe("127");
  });

  it("passes standard input on, and its end in the fifth protocol", async () => {
    const close = Buffer.of(255, 0);
    const session = await exec("default/web", ["cat"], { stdin: ["one ", "two", close] });
    expect(session).toMatchObject({ stdout: "one two", status: { status: "Success" } });
  });

  it("ends standard input at once where none is asked for", async () => {
    const session = await exec("default/web", ["cat"], { query: "stdout=true" });
    expect(session).toMatchObject({ stdout: "", status: { status: "Success" } });
  });

  it("speaks the fourth protocol to older clients, and nothing older", async () => {
    const old = await exec("default/web", ["echo", "x"], { protocols: ["v4.channel.k8s.io"] });
    expect(old).toMatchObject({ protocol: "v4.channel.k8s.io", stdout: "x\n" });
    const older = await exec("default/web", ["true"], { protocols: ["channel.k8s.io"] });
    expect(older.refused).toMatchObject({ code: 400 });
  });

  it("carries a megabyte in order", async () => {
    const session = await exec("default/web", ["sh", "-c", "seq 1 150000"]);
    const lines = session.stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(150_000);
    expect(lines.at(-1)).toBe("150000");
  });

  it("runs at most what it was asked to: a hundred at once", async () => {
    const sessions = await Promise.all(
      Array.from({ length: 100 }, (_, index) => exec("default/web", ["echo", String(index)])),
    );
    expect(sessions.map(({ stdout }) => stdout.trim())).toEqual(sessions.map((_, index) => String(index)));
  });

  it.each([
    ["default/none", ["true"], {}, 404, 'pods "none" not found'],
    ["default/late", ["true"], {}, 400, "pod late does not have a host assigned"],
    [
      "default/two",
      ["true"],
      {},
      400,
      "a container name must be specified for pod two, choose one of: [a b]",
    ],
    [
      "default/web",
      ["true"],
      { query: "stdout=true&container=x" },
      400,
      "container x is not valid for pod web",
    ],
    ["default/web", [], {}, 400, "at least one command"],
    ["default/web", ["true"], { query: "tty=false" }, 400, "at least 1 of stdin, stdout, stderr"],
    ["default/web", ["true"], { token: "wrong" }, 401, "Unauthorized"],
    ["kube-system/dns", ["true"], {}, 403, 'cannot create resource "pods/exec"'],
  ])("of %s %j with %j is refused with %i", async (where, command, options, code, message) => {
    const before = lab.commands.length;
    const { refused } = await exec(where, command, options);
    expect(refused?.code).toBe(code);
    expect(refused?.message).toContain(message);
    expect(lab.commands).toHaveLength(before);
  });

  it("of a container that has ended is refused with 404", async () => {
    const found = lab.store.get("pods", "default", "two");
    if (found === undefined) throw new Error("the pod is gone");
    const containerStatuses = [{ name: "a", state: { terminated: { exitCode: 0 } } }];
    lab.store.replace("pods", { ...found, status: { ...(found.status as object), containerStatuses } });
    const { refused } = await exec("default/two", ["true"], { query: "stdout=true&container=a" });
    expect(refused).toEqual({ code: 404, message: 'container not found ("a")' });
  });

  it("picks a container by name", async () => {
    const session = await exec("default/web", ["echo", "x"], { query: "stdout=true&container=main" });
    expect(session.stdout).toBe("x\n");
  });
});

/** The answer to an upgrade made by hand: the status and, after 101, the bytes until the end. */
function upgrade(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const request = https.request(`${lab.server.url}${path}`, {
      method,
      ca: lab.server.certificate,
      agent: false,
      headers: { authorization: `Bearer ${lab.server.token}`, connection: "Upgrade", ...headers },
    });
    const read = async (status: number, stream: AsyncIterable<unknown>) => {
      let text = "";
      for await (const chunk of stream) text += String(chunk);
      resolve([status, text]);
    };
    request.on("upgrade", (response, socket) => read(response.statusCode ?? 0, socket).catch(reject));
    request.on("response", (response) => read(response.statusCode ?? 0, response).catch(reject));
    request.on("error", reject);
    request.end();
  });
}

describe("an upgrade", () => {
  const path = "/api/v1/namespaces/default/pods/web/exec?stdout=true&command=echo&command=by-post";
  const webSocket = {
    upgrade: "websocket",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    "sec-websocket-version": "13",
    "sec-websocket-protocol": "v5.channel.k8s.io",
  };

  it("may come by POST", async () => {
    const [status, text] = await upgrade("POST", path, webSocket);
    expect(status).toBe(101);
    expect(text).toContain("by-post");
    expect(text).toContain('"status":"Success"');
  });

  it("to SPDY is refused, after everything else that is wrong", async () => {
    const [status, text] = await upgrade("POST", path, { upgrade: "SPDY/3.1" });
    expect([status, JSON.parse(text).message]).toEqual([400, expect.stringContaining("WebSocket")]);
    const [missing] = await upgrade("POST", path.replace("web", "none"), { upgrade: "SPDY/3.1" });
    expect(missing).toBe(404);
  });

  it("of anything but pods/exec is refused", async () => {
    for (const other of ["/api/v1/pods", "/api/v1/namespaces/default/pods/web", "/lab/status"]) {
      expect((await upgrade("GET", other, webSocket))[0]).toBe(404);
    }
  });
});

describe("faults of exec", () => {
  const play = (fault: ExecFault, command = ["sh", "-c", "printf 0123456789; exit 3"]) => {
    lab.faults.exec = [fault];
    return exec("default/web", command);
  };

  it("cut the connection after some bytes, without a close", async () => {
    expect(await play({ kind: "cut", afterBytes: 4 })).toMatchObject({
      stdout: "0123",
      closeCode: 1006,
      status: undefined,
    });
    expect(await play({ kind: "cut" })).toMatchObject({ stdout: "", closeCode: 1006 });
    expect(await play({ kind: "cut", afterBytes: 99 })).toMatchObject({
      stdout: "0123456789",
      closeCode: 1006,
    });
  });

  it("truncate the output and still tell the exit code", async () => {
    const session = await play({ kind: "truncated", afterBytes: 4 });
    expect(session).toMatchObject({ stdout: "0123", closeCode: 1000 });
    expect(session.status.details.causes[0].message).toBe("3");
  });

  it("lose the status after all output", async () => {
    expect(await play({ kind: "lost-status" })).toMatchObject({
      stdout: "0123456789",
      closeCode: 1000,
      status: undefined,
    });
  });

  it("accept and say nothing, and do not run the command", async () => {
    const before = lab.commands.length;
    const first = await Promise.race([
      play({ kind: "silent" }),
      new Promise((resolve) => setTimeout(resolve, 150, "nothing")),
    ]);
    expect(first).toBe("nothing");
    expect(lab.commands).toHaveLength(before);
  });

  it.each([403, 404, 429, 500, 502])("refuse with %i", async (status) => {
    const { refused } = await play({ kind: "refuse", status });
    expect(refused?.code).toBe(status);
  });

  it("strike the pod that they are for, as often as they are to", async () => {
    lab.faults.exec = [
      { kind: "refuse", status: 502, pod: "default/other" },
      { kind: "refuse", status: 429, pod: "default/web", times: 2 },
    ];
    const codes: (number | undefined)[] = [];
    for (let time = 0; time < 3; time++) codes.push((await exec("default/web", ["true"])).refused?.code);
    expect(codes).toEqual([429, 429, undefined]);
  });
});
