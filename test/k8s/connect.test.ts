import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { Connection } from "../../src/k8s/connect.ts";
import type { ExecResult } from "../../src/model/exec.ts";
import { type FakeApiServer, frame, SUCCESS, status, tlsFixture } from "./fake-api-server.ts";
import { fakeConnectProxy, fakeSocksProxy } from "./fake-proxies.ts";
import { kubeconfig, Opened } from "./test-connection.ts";

const opened = new Opened();
afterEach(() => opened.clean());

/** Answers every request and every exec. */
function cooperate(server: FakeApiServer): FakeApiServer {
  server.respond = () => ({ body: { gitVersion: "v1.36.3" } });
  server.onExec = (upgrade) => {
    const socket = upgrade.accept();
    socket.send(frame(1, "hi"));
    socket.send(SUCCESS);
  };
  return server;
}

/** One plain request and one exec: every way of reaching the API server must work for both. */
async function ask({
  api,
  exec,
}: Connection): Promise<{ readonly version: unknown; readonly exec: ExecResult }> {
  const pod = { namespace: "shop", name: "probe" };
  // At the same time, so that neither can use the other's connection.
  const [version, result] = await Promise.all([
    api.get("/version"),
    exec.exec(pod, ["echo", "hi"], { deadlineMs: 2_000 }),
  ]);
  return { version, exec: result };
}

const ANSWERED = {
  version: { gitVersion: "v1.36.3" },
  exec: { kind: "completed", exitCode: 0, stdout: "hi", stderr: "", overflow: false },
};

/** What both the request and the exec carried. */
function authorizations(server: FakeApiServer): (string | undefined)[] {
  return [...server.requests, ...server.upgrades].map((request) => request.headers.authorization);
}

describe("connect", () => {
  it("says where it is connected to, and has asked nothing of it yet", async () => {
    const server = cooperate(await opened.server());
    const connection = await opened.connectTo(server, { context: { namespace: "shop" } });
    expect(connection).toMatchObject({
      server: server.url,
      origin: "kubeconfig",
      context: "test",
      namespace: "shop",
    });
    expect(connection.requests()).toEqual({ api: 0, exec: 0, byKind: {} });
    expect(server.connections).toBe(0);
  });

  it("counts requests and execs", async () => {
    const connection = await opened.connectTo(cooperate(await opened.server()));
    await ask(connection);
    expect(connection.requests()).toEqual({ api: 1, exec: 1, byKind: { "exec pods": 1, "get /version": 1 } });
  });

  it.each(["not a url", "ftp://api.test", "localhost:8080"])("refuses %j as a server", async (url) => {
    const file = join(opened.folder(), "config");
    writeFileSync(file, kubeconfig(url));
    await expect(opened.connect({ kubeconfig: file })).rejects.toMatchObject({
      kind: "configuration",
      message: `"${url}" is not the URL of an API server`,
    });
  });

  it("sends no token and impersonates nobody over plain HTTP", async () => {
    const server = cooperate(await opened.server({}));
    expect(await ask(await opened.connectTo(server, { user: { token: "t", as: "boss" } }))).toEqual(ANSWERED);
    for (const { headers } of [...server.requests, ...server.upgrades]) {
      expect(headers).not.toHaveProperty("authorization");
      expect(headers).not.toHaveProperty("impersonate-user");
    }
  });
});

describe("TLS", () => {
  it("goes by tls-server-name where the address is not in the certificate", async () => {
    const server = cooperate(await opened.server({ certificate: "other-name" }));
    const named = await opened.connectTo(server, { cluster: { "tls-server-name": "kubernetes.test" } });
    expect(await ask(named)).toEqual(ANSWERED);
    const unnamed = await opened.connectTo(server);
    await expect(unnamed.api.get("/version")).rejects.toMatchObject({
      kind: "unreachable",
      message: expect.stringMatching(/for another host name/),
      hint: expect.stringMatching(/tls-server-name/),
    });
  });

  it("is not checked where the kubeconfig says insecure-skip-tls-verify", async () => {
    const server = cooperate(await opened.server({ certificate: "other-name" }));
    const cluster = { "certificate-authority-data": undefined, "insecure-skip-tls-verify": true };
    expect(await ask(await opened.connectTo(server, { cluster }))).toEqual(ANSWERED);
  });

  it("trusts the kubeconfig's CA also where the context has no user", async () => {
    const server = cooperate(await opened.server());
    expect(await ask(await opened.connectTo(server, { context: { user: "" } }))).toEqual(ANSWERED);
    expect(authorizations(server)).toEqual([undefined, undefined]);
  });
});

describe("credentials", () => {
  it("can be a client certificate", async () => {
    const server = cooperate(await opened.server({ certificate: "server", clientCertificates: true }));
    const base64 = (name: string) => Buffer.from(tlsFixture(name)).toString("base64");
    const user = { "client-certificate-data": base64("client.pem"), "client-key-data": base64("client.key") };
    expect(await ask(await opened.connectTo(server, { user }))).toEqual(ANSWERED);
    expect([...server.requests, ...server.upgrades].map(({ clientName }) => clientName)).toEqual([
      "tester",
      "tester",
    ]);
  });

  it("can be a name and a password", async () => {
    const server = cooperate(await opened.server());
    await ask(await opened.connectTo(server, { user: { username: "me", password: "pässword" } }));
    const basic = `Basic ${Buffer.from("me:pässword").toString("base64")}`;
    expect(authorizations(server)).toEqual([basic, basic]);
  });

  it("impersonate user, uid, groups and extra", async () => {
    const server = cooperate(await opened.server());
    const user = {
      token: "t",
      as: "boss",
      "as-uid": "7",
      "as-groups": ["a", "b"],
      "as-user-extra": { "x/y": ["z"] },
    };
    await ask(await opened.connectTo(server, { user }));
    for (const { headers } of [...server.requests, ...server.upgrades]) {
      expect(headers).toMatchObject({
        "impersonate-user": "boss",
        "impersonate-uid": "7",
        "impersonate-group": "a, b",
        "impersonate-extra-x%2fy": "z",
      });
    }
  });

  it.each([
    "request",
    "exec",
  ] as const)("of a token file are read anew when the %s is refused", async (what) => {
    const server = cooperate(await opened.server());
    const token = join(opened.folder(), "token");
    writeFileSync(token, "old\n");
    const connection = await opened.connectTo(server, { user: { tokenFile: token, token: "stale" } });
    await ask(connection);
    writeFileSync(token, "new\n");
    const { onExec } = server;
    const unauthorized = status(401, "Unauthorized", "Unauthorized");
    server.respond = ({ headers }) =>
      headers.authorization === "Bearer new" ? { body: {} } : { status: 401, body: unauthorized };
    server.onExec = (upgrade) =>
      upgrade.request.headers.authorization === "Bearer new"
        ? onExec(upgrade)
        : upgrade.refuse(401, unauthorized);
    if (what === "request") expect(await connection.api.get("/version")).toEqual({});
    else expect((await ask(connection)).exec).toEqual(ANSWERED.exec);
    const seen = what === "request" ? server.requests : server.upgrades;
    expect(seen.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer old",
      "Bearer old",
      "Bearer new",
    ]);
  });

  it("of a pod are those of its service account", async () => {
    const server = cooperate(await opened.server());
    const folder = opened.folder();
    writeFileSync(join(folder, "token"), "pod-token\n");
    writeFileSync(join(folder, "ca.crt"), tlsFixture("ca.pem"));
    writeFileSync(join(folder, "namespace"), "netverdict");
    const env = {
      HOME: folder,
      KUBERNETES_SERVICE_HOST: "127.0.0.1",
      KUBERNETES_SERVICE_PORT: String(server.port),
    };
    const connection = await opened.connect({ env, serviceAccountFolder: folder });
    expect(connection).toMatchObject({ origin: "in-cluster", namespace: "netverdict" });
    expect(connection.context).toBeUndefined();
    expect(await ask(connection)).toEqual(ANSWERED);
    expect(authorizations(server)).toEqual(["Bearer pod-token", "Bearer pod-token"]);
  });

  it("that cannot be read are a configuration error that names the file", async () => {
    const server = await opened.server();
    await expect(opened.connectTo(server, { user: { tokenFile: "/nowhere/token" } })).rejects.toMatchObject({
      kind: "configuration",
      message: 'no credentials for user "tester": ENOENT /nowhere/token',
    });
  });
});

describe("a credential plugin", () => {
  const script = new URL("../fixtures/credential-plugin.ts", import.meta.url).pathname;
  const plugin = (log: string, ...args: string[]) => ({
    exec: {
      apiVersion: "client.authentication.k8s.io/v1",
      command: process.execPath,
      args: [script, log, ...args],
      env: [{ name: "PLUGIN_TOKEN", value: "from-plugin" }],
      provideClusterInfo: true,
      installHint: "get it from example.com",
    },
  });
  const calls = (log: string) => readFileSync(log, "utf8").trim().split("\n");

  it("is asked once for many requests and execs, and told about the cluster", async () => {
    const server = cooperate(await opened.server());
    const log = join(opened.folder(), "log");
    const connection = await opened.connectTo(server, { user: plugin(log) });
    await Promise.all(Array.from({ length: 5 }, () => ask(connection)));
    expect(new Set(authorizations(server))).toEqual(new Set(["Bearer from-plugin"]));
    expect(calls(log)).toHaveLength(1);
    expect(JSON.parse(calls(log)[0] ?? "")).toMatchObject({
      apiVersion: "client.authentication.k8s.io/v1",
      kind: "ExecCredential",
      spec: {
        interactive: false,
        cluster: { server: server.url, "certificate-authority-data": expect.any(String) },
      },
    });
  });

  it("is asked again when its credentials have expired", async () => {
    const server = cooperate(await opened.server());
    const log = join(opened.folder(), "log");
    const connection = await opened.connectTo(server, { user: plugin(log, "expired") });
    await connection.api.get("/version");
    expect(calls(log)).toHaveLength(2);
  });

  it("is asked once for many requests that start together, although its credentials have expired", async () => {
    const server = cooperate(await opened.server());
    const log = join(opened.folder(), "log");
    const { api } = await opened.connectTo(server, { user: plugin(log, "expired") });
    await Promise.all(Array.from({ length: 10 }, () => api.get("/version")));
    expect(calls(log)).toHaveLength(2);
  });

  it("is asked again when its credentials are refused", async () => {
    const server = cooperate(await opened.server());
    server.respond = () => (server.requests.length === 1 ? { status: 401 } : { body: {} });
    const log = join(opened.folder(), "log");
    const connection = await opened.connectTo(server, { user: plugin(log) });
    await connection.api.get("/version");
    expect(calls(log)).toHaveLength(2);
  });

  it("can give a client certificate", async () => {
    const server = cooperate(await opened.server({ certificate: "server", clientCertificates: true }));
    const user = plugin(join(opened.folder(), "log"), "certificate");
    expect(await ask(await opened.connectTo(server, { user }))).toEqual(ANSWERED);
    expect([...server.requests, ...server.upgrades].map(({ clientName }) => clientName)).toEqual([
      "tester",
      "tester",
    ]);
  });

  it.each([
    ["fail", /failed: please log in; token=\[redacted\]$/],
    ["garbage", /did not print an ExecCredential$/],
    ["empty", /did not print an ExecCredential$/],
  ])("that does this is a configuration error without secrets: %s", async (how, message) => {
    const server = await opened.server();
    const error: unknown = await opened
      .connectTo(server, { user: plugin(join(opened.folder(), "log"), how) })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: "configuration", message: expect.stringMatching(message) });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain("sesame");
  });

  it("that is not installed is a configuration error with the kubeconfig's own hint", async () => {
    const server = await opened.server();
    const { exec } = plugin("log");
    await expect(
      opened.connectTo(server, { user: { exec: { ...exec, command: "no-such-plugin" } } }),
    ).rejects.toMatchObject({
      kind: "configuration",
      message: 'the credential plugin "no-such-plugin" of user "tester" was not found',
      hint: "get it from example.com",
    });
  });

  it("that does not answer is given up with the signal", async () => {
    const server = await opened.server();
    const user = plugin(join(opened.folder(), "log"), "slow");
    const signal = AbortSignal.timeout(100);
    await expect(opened.connectTo(server, { user }, { signal })).rejects.toMatchObject({
      name: "TimeoutError",
    });
  });
});

describe("a CONNECT proxy", () => {
  it("of the kubeconfig's proxy-url is used for requests and execs, whatever the environment says", async () => {
    const server = cooperate(await opened.server());
    const proxy = opened.add(await fakeConnectProxy());
    const cluster = { server: `https://api.cluster.test:${server.port}`, "proxy-url": proxy.url };
    const env = { HTTPS_PROXY: "http://127.0.0.1:1", NO_PROXY: "*" };
    expect(await ask(await opened.connectTo(server, { cluster }, { env }))).toEqual(ANSWERED);
    expect(proxy.targets).toEqual(Array(2).fill(`api.cluster.test:${server.port}`));
    expect(authorizations(server)).toEqual(["Bearer good-token", "Bearer good-token"]);
  });

  it("of HTTPS_PROXY is used for both, with its password", async () => {
    const server = cooperate(await opened.server());
    const proxy = opened.add(await fakeConnectProxy());
    const cluster = { server: `https://api.cluster.test:${server.port}` };
    const env = { HTTPS_PROXY: proxy.url.replace("//", "//me:p%40ss@") };
    expect(await ask(await opened.connectTo(server, { cluster }, { env }))).toEqual(ANSWERED);
    expect(proxy.targets).toHaveLength(2);
    expect(new Set(proxy.authorizations)).toEqual(
      new Set([`Basic ${Buffer.from("me:p@ss").toString("base64")}`]),
    );
  });

  it("carries many requests over one tunnel", async () => {
    const server = cooperate(await opened.server());
    const proxy = opened.add(await fakeConnectProxy());
    const { api } = await opened.connectTo(server, { cluster: { "proxy-url": proxy.url } });
    for (let times = 0; times < 4; times += 1) await api.get("/version");
    expect(proxy.targets).toHaveLength(1);
  });

  it("is used for a server on plain HTTP, too", async () => {
    const server = cooperate(await opened.server({}));
    const proxy = opened.add(await fakeConnectProxy());
    expect(await ask(await opened.connectTo(server, { cluster: { "proxy-url": proxy.url } }))).toEqual(
      ANSWERED,
    );
    expect(proxy.targets).toEqual(Array(2).fill(`127.0.0.1:${server.port}`));
  });

  it("is told IPv6 addresses in brackets", async () => {
    const server = cooperate(await opened.server());
    const proxy = opened.add(await fakeConnectProxy());
    const cluster = {
      server: `https://[2001:db8::1]:${server.port}`,
      "proxy-url": proxy.url,
      "tls-server-name": "api.cluster.test",
    };
    expect(await ask(await opened.connectTo(server, { cluster }))).toEqual(ANSWERED);
    expect(proxy.targets).toEqual(Array(2).fill(`[2001:db8::1]:${server.port}`));
  });

  it("is passed by where NO_PROXY names the server", async () => {
    const server = cooperate(await opened.server());
    const proxy = opened.add(await fakeConnectProxy());
    const env = { HTTPS_PROXY: proxy.url, NO_PROXY: "localhost" };
    expect(await ask(await opened.connectTo(server, {}, { env }))).toEqual(ANSWERED);
    expect(proxy.targets).toEqual([]);
  });

  it("that asks for a password is an error with the proxy's answer, for requests and execs", async () => {
    const server = cooperate(await opened.server());
    const proxy = opened.add(await fakeConnectProxy());
    proxy.answer = 407;
    const cluster = { "proxy-url": proxy.url.replace("//", "//me:hunter2@") };
    const connection = await opened.connectTo(server, { cluster });
    const refused = `the proxy ${proxy.url} refused to connect to 127.0.0.1:${server.port}: 407 Proxy Authentication Required`;
    await expect(connection.api.get("/version")).rejects.toMatchObject({
      kind: "unreachable",
      message: `cannot reach the API server at ${server.url}: ${refused}`,
      hint: expect.stringMatching(/HTTPS_PROXY/),
    });
    const result = await connection.exec.exec({ namespace: "shop", name: "x" }, ["true"], {
      deadlineMs: 2_000,
    });
    expect(result).toMatchObject({
      kind: "failed",
      reason: "unreachable",
      message: expect.stringContaining(refused),
    });
  });

  it("that is silent does not outlast the deadline", async () => {
    const server = cooperate(await opened.server());
    const proxy = opened.add(await fakeConnectProxy());
    proxy.answer = undefined;
    const { api } = await opened.connectTo(server, { cluster: { "proxy-url": proxy.url } });
    await expect(api.get("/version", { deadlineMs: 100 })).rejects.toMatchObject({ kind: "timeout" });
  });

  it("that is none is said to be none", async () => {
    const server = cooperate(await opened.server());
    const noProxy = await opened.server({});
    const { api } = await opened.connectTo(server, { cluster: { "proxy-url": noProxy.url } });
    await expect(api.get("/version")).rejects.toMatchObject({
      kind: "unreachable",
      message: expect.stringMatching(/proxy/),
    });
  });

  it("with a URL that is none is a configuration error", async () => {
    const server = await opened.server();
    await expect(opened.connectTo(server, { cluster: { "proxy-url": "gopher://x" } })).rejects.toMatchObject({
      kind: "configuration",
      message: 'proxy-url of cluster "fake" is not the URL of a proxy',
    });
  });
});

describe("a SOCKS5 proxy", () => {
  it("is used for requests and execs", async () => {
    const server = cooperate(await opened.server());
    const proxy = opened.add(await fakeSocksProxy());
    expect(await ask(await opened.connectTo(server, { cluster: { "proxy-url": proxy.url } }))).toEqual(
      ANSWERED,
    );
    expect(proxy.targets).toEqual(Array(2).fill(`127.0.0.1:${server.port}`));
  });

  it("does not loosen the check of the certificate's name", async () => {
    const server = cooperate(await opened.server());
    const proxy = opened.add(await fakeSocksProxy());
    // The certificate is for localhost and 127.0.0.1.
    const cluster = { server: `https://127.0.0.2:${server.port}`, "proxy-url": proxy.url };
    const { api } = await opened.connectTo(server, { cluster });
    await expect(api.get("/version")).rejects.toMatchObject({
      message: expect.stringMatching(/another host name/),
    });
    expect(server.requests).toHaveLength(0);
  });
});
