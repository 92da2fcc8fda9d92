import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BackoffPort } from "../../src/k8s/backoff.ts";
import { ClusterError } from "../../src/model/errors.ts";
import type { KubernetesObject } from "../../src/model/kubernetes.ts";
import { type FakeApiServer, type Reply, status } from "./fake-api-server.ts";
import { Opened } from "./test-connection.ts";

const PODS = "/api/v1/namespaces/shop/pods";

const opened = new Opened();
let server: FakeApiServer;

beforeEach(async () => {
  server = await opened.server();
});
afterEach(() => opened.clean());

/** Plays the replies one after the other; the last one stays. */
function reply(...replies: Reply[]): void {
  server.respond = () => replies[Math.min(server.requests.length, replies.length) - 1] ?? { status: 500 };
}

async function fault(work: Promise<unknown>): Promise<ClusterError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ClusterError)) throw new Error(`a ClusterError was expected, not ${String(error)}`);
  return error;
}

describe("a request", () => {
  it("carries method, path, query, JSON, credentials and the user agent", async () => {
    reply({ status: 201, body: { metadata: { name: "web" } } });
    const { api } = await opened.connectTo(server, {}, { userAgent: "netverdict/1.2.3" });
    const created = await api.create(
      PODS,
      { metadata: { name: "web" } },
      { query: { dryRun: "All", x: undefined } },
    );
    expect(created).toEqual({ metadata: { name: "web" } });
    expect(server.requests[0]).toMatchObject({
      method: "POST",
      path: PODS,
      body: '{"metadata":{"name":"web"}}',
    });
    expect([...(server.requests[0]?.query ?? [])]).toEqual([["dryRun", "All"]]);
    expect(server.requests[0]?.headers).toMatchObject({
      authorization: "Bearer good-token",
      "user-agent": "netverdict/1.2.3",
      "content-type": "application/json",
      accept: "application/json",
    });
  });

  it("patches by a merge patch unless told otherwise, and deletes with options", async () => {
    reply({ body: {} });
    const { api } = await opened.connectTo(server);
    await api.patch(`${PODS}/web`, { metadata: null });
    await api.patch(`${PODS}/web`, [], { contentType: "application/json-patch+json" });
    await api.delete(`${PODS}/web`, { body: { propagationPolicy: "Foreground" } });
    expect(server.requests.map(({ method, headers }) => [method, headers["content-type"]])).toEqual([
      ["PATCH", "application/merge-patch+json"],
      ["PATCH", "application/json-patch+json"],
      ["DELETE", "application/json"],
    ]);
    expect(server.requests[2]?.body).toBe('{"propagationPolicy":"Foreground"}');
  });

  it("keeps the path that the server's URL has", async () => {
    reply({ body: {} });
    const { api } = await opened.connectTo(server, { cluster: { server: `${server.url}/k8s/clusters/c-1` } });
    await api.get("/version");
    expect(server.requests[0]?.path).toBe("/k8s/clusters/c-1/version");
  });

  it("reads a compressed answer, and asks for none where the kubeconfig says so", async () => {
    reply({ headers: { "content-encoding": "gzip" }, body: gzipSync('{"kind":"Pod"}') });
    const { api } = await opened.connectTo(server);
    expect(await api.get(`${PODS}/web`)).toEqual({ kind: "Pod" });
    reply({ body: {} });
    const plain = await opened.connectTo(server, { cluster: { "disable-compression": true } });
    await plain.api.get(`${PODS}/web`);
    expect(server.requests.map(({ headers }) => headers["accept-encoding"])).toEqual(["gzip", undefined]);
  });

  it("reuses connections", async () => {
    reply({ body: {} });
    const { api } = await opened.connectTo(server);
    for (let times = 0; times < 5; times += 1) await api.get("/version");
    expect(server.connections).toBe(1);
  });

  it("runs 16 at once and no more", async () => {
    let running = 0;
    let most = 0;
    server.respond = async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
      running -= 1;
      return { body: {} };
    };
    const { api } = await opened.connectTo(server);
    await Promise.all(Array.from({ length: 40 }, () => api.get("/version")));
    expect(most).toBe(16);
  });

  it("is counted, with every try", async () => {
    reply({ status: 429 }, { body: {} });
    const connection = await opened.connectTo(server);
    await connection.api.get(`${PODS}/web`);
    expect(connection.requests()).toEqual({ api: 2, exec: 0, byKind: { "get pods": 2 } });
  });

  it("without a body in the answer gives undefined", async () => {
    reply({ status: 200 });
    const { api } = await opened.connectTo(server);
    expect(await api.delete(`${PODS}/web`)).toBeUndefined();
  });
});

describe("an answer that is no success", () => {
  it.each([
    [400, "invalid", "in the server's words"],
    [403, "forbidden", "in the server's words"],
    [404, "not-found", "in the server's words"],
    [409, "conflict", "in the server's words"],
    [422, "invalid", "in the server's words"],
    [500, "server", `POST ${PODS}: in the server's words`],
  ])("%i is a ClusterError of kind %s with the API server's words, after one try", async (code, kind, message) => {
    reply({ status: code, body: status(code, "Whatever", "in the server's words") });
    const { api } = await opened.connectTo(server);
    expect(await fault(api.create(PODS, { metadata: { name: "web" } }))).toMatchObject({
      kind,
      status: code,
      message,
    });
    expect(server.requests).toHaveLength(1);
  });

  it("401 is tried once more with new credentials, then is unauthorized", async () => {
    reply({ status: 401, body: status(401, "Unauthorized", "Unauthorized") });
    const { api } = await opened.connectTo(server);
    const error = await fault(api.get("/version"));
    expect(error).toMatchObject({ kind: "unauthorized", message: "Unauthorized" });
    expect(error.hint).toMatch(/log in/);
    expect(server.requests).toHaveLength(2);
  });

  it("that is a page instead of JSON is named as such", async () => {
    reply({ body: "<html>log in</html>", headers: { "content-type": "text/html" } });
    const { api } = await opened.connectTo(server);
    const error = await fault(api.get("/version"));
    expect(error.kind).toBe("server");
    expect(error.hint).toMatch(/login page/);
  });
});

describe("throttling", () => {
  it.each([
    ["429 with seconds", { status: 429, headers: { "retry-after": "3" } }, "GET", [3000]],
    ["429 without a time", { status: 429 }, "POST", [250]],
    // The clock of these tests stands at midnight.
    [
      "503 with a date",
      { status: 503, headers: { "retry-after": "Thu, 01 Jan 2026 00:00:02 GMT" } },
      "POST",
      [2000],
    ],
    ["503 without a time", { status: 503 }, "GET", [250]],
    ["a time beyond reason", { status: 429, headers: { "retry-after": "86400" } }, "GET", [10_000]],
  ] as const)("is waited out: %s on %s", async (_title, answer, method, waits) => {
    reply(answer, { body: { kind: "Pod" } });
    const connection = await opened.connectTo(server);
    expect(await connection.api.request({ method, path: PODS })).toEqual({ kind: "Pod" });
    expect(connection.waits).toEqual(waits);
  });

  it("is given up after five tries", async () => {
    reply({ status: 429, body: status(429, "TooManyRequests", "slow down") });
    const connection = await opened.connectTo(server);
    const error = await fault(connection.api.get("/version"));
    expect(error).toMatchObject({ kind: "throttled", status: 429, message: "GET /version: slow down" });
    expect(error.hint).toMatch(/overloaded/);
    expect(server.requests).toHaveLength(5);
    expect(connection.waits).toEqual([250, 500, 1000, 2000]);
  });

  it("is given up at once where the wait would outlast the deadline", async () => {
    reply({ status: 429, headers: { "retry-after": "9" } });
    const connection = await opened.connectTo(server);
    expect(await fault(connection.api.get("/version", { deadlineMs: 8_000 }))).toMatchObject({
      kind: "throttled",
    });
    expect(connection.waits).toEqual([]);
  });

  it("is waited out whatever the clock on the wall does", async () => {
    reply({ status: 429, headers: { "retry-after": "3" } }, { body: { kind: "Pod" } });
    let hours = 0;
    const backoff: BackoffPort = {
      sleep: async () => undefined,
      random: () => 0,
      now: () => Date.now() + (hours++ % 2 === 0 ? -1 : 1) * 3_600_000,
    };
    const { api } = await opened.connectTo(server, {}, { backoff });
    expect(await api.get(`${PODS}/web`)).toEqual({ kind: "Pod" });
  });

  it("with 503 and no time is not tried again for a POST, which may have been done", async () => {
    reply({ status: 503 });
    const { api } = await opened.connectTo(server);
    expect(await fault(api.create(PODS, { metadata: { name: "web" } }))).toMatchObject({ kind: "throttled" });
    expect(server.requests).toHaveLength(1);
  });
});

describe("a connection that fails", () => {
  it.each(["reset", "cut"] as const)("(%s) is tried again for a GET", async (how) => {
    reply(how, how, { body: { kind: "Pod" } });
    const connection = await opened.connectTo(server);
    expect(await connection.api.get(`${PODS}/web`)).toEqual({ kind: "Pod" });
    expect(connection.waits).toEqual([50, 100]);
  });

  it("is given up after three tries where the server has never answered", async () => {
    reply("reset");
    const connection = await opened.connectTo(server);
    expect(await fault(connection.api.get(`${PODS}/web`))).toMatchObject({ kind: "unreachable" });
    expect(server.requests).toHaveLength(3);
  });

  it("is sat out where the server has answered before: it restarts", async () => {
    const outage = Array.from({ length: 12 }, () => "reset" as const);
    reply({ body: { kind: "Pod" } }, ...outage, { body: { kind: "Pod" } });
    const connection = await opened.connectTo(server);
    await connection.api.get(`${PODS}/web`);
    expect(await connection.api.get(`${PODS}/web`)).toEqual({ kind: "Pod" });
    expect(connection.waits).toEqual([50, 100, 200, 400, 800, 1600, ...Array(6).fill(2000)]);
  });

  it("is given up when the next try would come after the deadline, and says why", async () => {
    reply({ body: { kind: "Pod" } }, "reset");
    const connection = await opened.connectTo(server);
    await connection.api.get(`${PODS}/web`);
    const error = await fault(connection.api.get(`${PODS}/web`, { deadlineMs: 1500 }));
    expect(error).toMatchObject({ kind: "unreachable" });
    expect(connection.waits).toEqual([50, 100, 200, 400, 800]);
  });

  it("is tried again for a DELETE, which finds nothing left to do the second time", async () => {
    reply("reset", { status: 404, body: status(404, "NotFound", "gone") });
    const { api } = await opened.connectTo(server);
    expect(await fault(api.delete(`${PODS}/web`))).toMatchObject({ kind: "not-found" });
    expect(server.requests).toHaveLength(2);
  });

  it.each(["POST", "PATCH"] as const)("is not tried again for a %s that may have arrived", async (method) => {
    reply("reset");
    const { api } = await opened.connectTo(server);
    expect(await fault(api.request({ method, path: PODS, body: {} }))).toMatchObject({ kind: "unreachable" });
    expect(server.requests).toHaveLength(1);
  });

  it("is tried again for a POST that nobody can have heard", async () => {
    const connection = await opened.connectTo(server);
    await server.close();
    expect(await fault(connection.api.create(PODS, { metadata: { name: "web" } }))).toMatchObject({
      kind: "unreachable",
    });
    expect(connection.waits).toEqual([50, 100]);
  });

  it.each([500, 502, 504])("ends with %d as well: a GET is tried again", async (code) => {
    reply({ status: code }, { status: code }, { body: { kind: "Pod" } });
    const connection = await opened.connectTo(server);
    expect(await connection.api.get(`${PODS}/web`)).toEqual({ kind: "Pod" });
    expect(connection.waits).toEqual([50, 100]);
    reply({ status: code });
    expect(await fault(connection.api.get(`${PODS}/web`))).toMatchObject({ kind: "server", status: code });
  });

  it("to nobody is unreachable, with a hint", async () => {
    const { api } = await opened.connectTo(server);
    const { url } = server;
    await server.close();
    const error = await fault(api.get("/version"));
    expect(error).toMatchObject({
      kind: "unreachable",
      message: `cannot reach the API server at ${url}: connection refused`,
    });
    expect(error.hint).toMatch(/is the cluster running/);
  });

  it("with a certificate that the CA did not sign is unreachable, and the token stays here", async () => {
    const { api } = await opened.connectTo(server, { cluster: { "certificate-authority-data": undefined } });
    const error = await fault(api.get("/version"));
    expect(error).toMatchObject({ kind: "unreachable" });
    expect(error.hint).toMatch(/certificate-authority/);
    expect(server.requests).toHaveLength(0);
  });

  it("to a server that does not speak TLS is named as such", async () => {
    const plain = await opened.server({});
    const { api } = await opened.connectTo(plain, { cluster: { server: `https://127.0.0.1:${plain.port}` } });
    const error = await fault(api.get("/version"));
    expect(error).toMatchObject({
      kind: "unreachable",
      message: expect.stringMatching(/does not speak TLS/),
    });
  });
});

describe("a deadline", () => {
  it("ends a request to a server that never answers", async () => {
    reply("silent");
    const { api } = await opened.connectTo(server);
    expect(await fault(api.get("/version", { deadlineMs: 100 }))).toMatchObject({ kind: "timeout" });
    expect(server.requests).toHaveLength(1);
  });

  it("holds until the last byte of the answer", async () => {
    server.respond = () => ({ headers: { "content-length": "100" }, body: '{"half":' });
    const { api } = await opened.connectTo(server);
    expect(await fault(api.get("/version", { deadlineMs: 100 }))).toMatchObject({
      kind: "timeout",
      message: `GET /version: no answer from ${server.url} within 0.1 s`,
    });
  });

  it("holds for waiting in the queue, too", async () => {
    reply("silent");
    const { api } = await opened.connectTo(server);
    const blocking = Array.from({ length: 16 }, () => fault(api.get("/version", { deadlineMs: 400 })));
    const before = performance.now();
    expect(await fault(api.get("/version", { deadlineMs: 50 }))).toMatchObject({ kind: "timeout" });
    expect(performance.now() - before).toBeLessThan(350);
    await Promise.all(blocking);
  });
});

describe("a signal", () => {
  it("ends a request with its own reason", async () => {
    reply("silent");
    const { api } = await opened.connectTo(server);
    const controller = new AbortController();
    const asking = api.get("/version", { signal: controller.signal });
    setTimeout(() => controller.abort(new Error("ctrl-c")), 20);
    await expect(asking).rejects.toThrow("ctrl-c");
  });

  it("that has come already keeps the request from being sent", async () => {
    reply({ body: {} });
    const { api } = await opened.connectTo(server);
    await expect(api.get("/version", { signal: AbortSignal.abort(new Error("before")) })).rejects.toThrow(
      "before",
    );
    expect(server.requests).toHaveLength(0);
  });

  it("is not needed where the connection is closed", async () => {
    reply("silent");
    const connection = await opened.connectTo(server);
    const asking = fault(connection.api.get("/version"));
    await expect.poll(() => server.requests.length).toBe(1);
    connection.close();
    expect(await asking).toMatchObject({ message: "the connection to the cluster was closed" });
  });
});

describe("a list", () => {
  const page = (names: readonly string[], next?: string): Reply => ({
    body: {
      apiVersion: "v1",
      kind: "PodList",
      metadata: next === undefined ? {} : { continue: next },
      items: names.map((name) => ({ metadata: { name } })),
    },
  });
  const names = (items: readonly KubernetesObject[]) => items.map((item) => item.metadata.name);
  const expired: Reply = {
    status: 410,
    body: status(410, "Expired", "The provided continue parameter is too old"),
  };

  it("is read page by page, keeps the selector, and gives items their apiVersion and kind", async () => {
    server.respond = ({ query }) => {
      const pages: Record<string, Reply> = { "": page(["a", "b"], "2"), 2: page(["c"], "3"), 3: page(["d"]) };
      return pages[query.get("continue") ?? ""] ?? { status: 400 };
    };
    const { api } = await opened.connectTo(server);
    const items = await api.list(PODS, { query: { labelSelector: "app=web" } });
    expect(names(items)).toEqual(["a", "b", "c", "d"]);
    expect(items[3]).toEqual({ apiVersion: "v1", kind: "Pod", metadata: { name: "d" } });
    expect(server.requests.map(({ query }) => [query.get("limit"), query.get("labelSelector")])).toEqual(
      Array(3).fill(["500", "app=web"]),
    );
  });

  it("that is empty, or whose items are null, has no items", async () => {
    reply({ body: { kind: "PodList", apiVersion: "v1", metadata: { continue: "" }, items: null } });
    const { api } = await opened.connectTo(server);
    expect(await api.list(PODS)).toEqual([]);
  });

  it("that expires on the way is read once more from the start, without doubles", async () => {
    reply(page(["a"], "2"), expired, page(["a", "b"], "3"), page(["c"]));
    const { api } = await opened.connectTo(server);
    expect(names(await api.list(PODS))).toEqual(["a", "b", "c"]);
    expect(server.requests.map(({ query }) => query.get("continue"))).toEqual([null, "2", null, "3"]);
  });

  it("that expires again is an error", async () => {
    reply(page(["a"], "2"), expired, page(["a"], "2"), expired);
    const { api } = await opened.connectTo(server);
    expect(await fault(api.list(PODS))).toMatchObject({ kind: "server", status: 410 });
    expect(server.requests).toHaveLength(4);
  });
});
