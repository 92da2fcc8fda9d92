import { afterEach, describe, expect, it } from "vitest";
import type { ApiServerOptions } from "../../../src/lab/api/api-server.ts";
import { call, pod } from "./http-client.ts";
import { type TestLab, testLab } from "./test-lab.ts";

let lab: TestLab | undefined;
afterEach(async () => {
  await lab?.close();
  lab = undefined;
});

async function start(options: Partial<ApiServerOptions> = {}): Promise<TestLab> {
  lab = await testLab(options);
  return lab;
}

describe("faults of requests", () => {
  it("strike as often as they are to, by method and kind, and then no more", async () => {
    const { faults } = await start();
    faults.requests = [{ status: 429, method: "GET", resource: "pods", times: 2, retryAfterSeconds: 3 }];
    const statuses: number[] = [];
    for (const path of ["/api/v1/services", "/api/v1/pods", "/api/v1/pods", "/api/v1/pods"]) {
      statuses.push((await call(lab as TestLab, "GET", path)).status);
    }
    expect(statuses).toEqual([200, 429, 429, 200]);
  });

  it.each([
    429, 500, 502, 503, 504,
  ] as const)("answer %i with a Status, and a time to wait where given", async (status) => {
    const { faults } = await start();
    faults.requests = [{ status, retryAfterSeconds: 7 }];
    const answer = await call(lab as TestLab, "GET", "/version");
    expect(answer.status).toBe(status);
    expect(answer.headers["retry-after"]).toBe("7");
    expect(answer.body).toMatchObject({ kind: "Status", code: status });
  });

  it("reset the connection, or say nothing", async () => {
    const { faults } = await start();
    faults.requests = [{ status: "reset", times: 1 }];
    await expect(call(lab as TestLab, "GET", "/version")).rejects.toThrow(/socket hang up|ECONNRESET/);
    faults.requests = [{ status: "silent", times: 1 }];
    const silent = call(lab as TestLab, "GET", "/version").catch(() => "cut");
    const first = await Promise.race([silent, new Promise((resolve) => setTimeout(resolve, 150, "nothing"))]);
    expect(first).toBe("nothing");
  });
});

describe("the switches", () => {
  it("are set and read while the lab runs, and never struck by a fault themselves", async () => {
    const told: string[] = [];
    const { faults } = await start({
      onFaults: async ({ enforcement }) => {
        await Promise.resolve();
        told.push(enforcement);
      },
      status: () => ({ pods: 7 }),
    });
    const requests = [{ status: 503 }];
    const set = await call(lab as TestLab, "PUT", "/lab/faults", { body: { enforcement: "off", requests } });
    expect(set.body).toMatchObject({ enforcement: "off", requests, policyDelayMs: 0 });
    expect(told).toEqual(["off"]);
    expect(faults.enforcement).toBe("off");
    expect((await call(lab as TestLab, "GET", "/api/v1/pods")).status).toBe(503);
    expect((await call(lab as TestLab, "GET", "/lab/faults")).body).toEqual(faults);
    expect((await call(lab as TestLab, "GET", "/lab/status")).body).toMatchObject({ pods: 7 });
    expect((await call(lab as TestLab, "GET", "/lab/faults", { token: "wrong" })).status).toBe(401);
  });

  it.each([
    [{ enforcement: "sometimes" }, "enforcement: must be one of reject, drop, reset, off"],
    [{ enforcment: "off" }, 'unknown field "enforcment"'],
    [{ policyDelayMs: -1 }, "policyDelayMs: must be a whole number"],
    [{ exec: [{ kind: "explode" }] }, "exec[0].kind: must be one of cut"],
    [{ exec: [{ kind: "refuse", status: 418 }] }, "exec[0].status"],
    [{ requests: [{ status: 503, verb: "GET" }] }, 'unknown field "requests[0].verb"'],
    [{ unenforcedNodes: [1] }, "unenforcedNodes[0]: must be a string"],
  ])("refuse %j and leave everything as it was", async (body, message) => {
    const { faults } = await start();
    const before = structuredClone(faults);
    const answer = await call(lab as TestLab, "PUT", "/lab/faults", { body });
    expect(answer.status).toBe(400);
    expect(answer.body.message).toContain(message);
    expect(faults).toEqual(before);
  });
});

describe("denied rights", () => {
  const denied = [
    { verb: "list", group: "", resource: "nodes" },
    { verb: "create", group: "", resource: "pods", namespace: "default" },
  ];

  it("are refused, and the reviews say so", async () => {
    await start({ denied });
    const nodes = await call(lab as TestLab, "GET", "/api/v1/nodes");
    expect(nodes.body).toMatchObject({
      code: 403,
      message:
        'nodes is forbidden: User "netverdict-lab" cannot list resource "nodes" in API group "" at the cluster scope',
    });
    const create = await call(lab as TestLab, "POST", "/api/v1/namespaces/default/pods", { body: pod("a") });
    expect(create.body.message).toContain(
      'cannot create resource "pods" in API group "" in the namespace "default"',
    );
    const ask = async (resourceAttributes: object) => {
      const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
      return (await call(lab as TestLab, "POST", path, { body: { spec: { resourceAttributes } } })).body
        .status.allowed;
    };
    expect(await ask({ verb: "list", resource: "nodes" })).toBe(false);
    expect(await ask({ verb: "get", resource: "nodes" })).toBe(true);
    expect(await ask({ verb: "create", resource: "pods", namespace: "default" })).toBe(false);
    expect(await ask({ verb: "create", resource: "pods", namespace: "kube-system" })).toBe(true);
    expect(await ask({ verb: "create", resource: "pods", subresource: "exec", namespace: "default" })).toBe(
      true,
    );
  });
});
