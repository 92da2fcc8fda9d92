import { describe, expect, it } from "vitest";
import { findLeftovers, removeLeftovers, removeRun } from "../../src/k8s/clean-up.ts";
import type { Api, ApiRequest } from "../../src/k8s/request.ts";
import { ClusterError } from "../../src/model/errors.ts";
import type { KubernetesObject } from "../../src/model/kubernetes.ts";

const RUN = "netverdict.dev/run";

/** Objects by list path, as a cluster would hold them; deleting takes them away unless a finalizer holds them. */
class FakeObjects {
  readonly deleted: string[] = [];
  readonly #objects = new Map<string, KubernetesObject[]>();
  /** Called before each look for pods. */
  onLook: (look: number) => void = () => undefined;
  #looks = 0;

  add(path: string, name: string, more: object = {}): void {
    const [, namespace = ""] = /namespaces\/([^/]+)/.exec(path) ?? [];
    const metadata = {
      name,
      namespace,
      labels: { [RUN]: "abc1234" },
      creationTimestamp: "2026-01-01T00:00:00Z",
      ...more,
    };
    this.#objects.set(path, [...(this.#objects.get(path) ?? []), { metadata }]);
  }

  get names(): readonly string[] {
    return [...this.#objects.values()].flat().map(({ metadata }) => metadata.name);
  }

  get api(): Api {
    const never = (): never => {
      throw new Error("not asked for here");
    };
    return {
      get: never,
      create: never,
      patch: never,
      delete: never,
      list: async (path) => {
        if (path.endsWith("/pods")) this.onLook(++this.#looks);
        return (this.#objects.get(path) ?? []) as never[];
      },
      request: async ({ path, body }: ApiRequest) => {
        const [, list = "", name = ""] = /^(.*)\/([^/]+)$/.exec(path) ?? [];
        const objects = this.#objects.get(list) ?? [];
        const found = objects.find(({ metadata }) => metadata.name === name);
        if (found === undefined) throw new ClusterError("not-found", `${name} not found`);
        this.deleted.push(
          `${list.split("/").at(-1)} ${name} ${(body as { propagationPolicy: string }).propagationPolicy}`,
        );
        if (((found.metadata as { finalizers?: readonly string[] }).finalizers ?? []).length > 0)
          return found;
        this.#objects.set(
          list,
          objects.filter((object) => object !== found),
        );
        return { kind: "Status", status: "Success" };
      },
    };
  }
}

const PODS = "/api/v1/namespaces/shop/pods";
const JOBS = "/apis/batch/v1/namespaces/shop/jobs";
const DEPLOYMENTS = "/apis/apps/v1/namespaces/shop/deployments";
const POLICIES = "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies";

function remove(objects: FakeObjects, options: { interrupted?: boolean; waits?: number[] } = {}) {
  return removeRun(objects.api, "abc1234", {
    namespaces: ["shop"],
    interrupted: options.interrupted ?? false,
    signal: new AbortController().signal,
    deadlineMs: 1000,
    sleep: async (ms) => {
      options.waits?.push(ms);
    },
  });
}

function whole(): FakeObjects {
  const objects = new FakeObjects();
  objects.add(JOBS, "job");
  objects.add(DEPLOYMENTS, "deployment");
  objects.add(POLICIES, "policy");
  objects.add(PODS, "pod-1");
  objects.add(PODS, "pod-2");
  return objects;
}

describe("the removal of a run", () => {
  it("takes the stand-ins first and what owns them last, and waits for nothing", async () => {
    const objects = whole();
    const waits: number[] = [];
    expect(await remove(objects, { waits })).toEqual([]);
    expect(objects.deleted).toEqual([
      "pods pod-1 Background",
      "pods pod-2 Background",
      "networkpolicies policy Background",
      "deployments deployment Background",
      "jobs job Background",
    ]);
    expect(waits).toEqual([]);
  });

  it("leaves other runs alone", async () => {
    const objects = whole();
    objects.add(PODS, "other", { labels: { [RUN]: "xyz9876" } });
    expect(await remove(objects)).toEqual([]);
    expect(objects.names).toEqual(["other"]);
  });

  it("of a run that was interrupted waits for what was on its way", async () => {
    const objects = new FakeObjects();
    objects.onLook = (look) => {
      if (look === 2) objects.add(PODS, "late");
    };
    const waits: number[] = [];
    expect(await remove(objects, { interrupted: true, waits })).toEqual([]);
    expect(objects.deleted).toEqual(["pods late Background"]);
    expect(waits).toEqual([250, 250]);
  });

  it("says what comes again and again", async () => {
    const objects = new FakeObjects();
    objects.onLook = (look) => objects.add(PODS, `late-${look}`);
    expect(await remove(objects)).toEqual(["Pod shop/late-4 is still there"]);
  });

  it("says what a finalizer holds", async () => {
    const objects = new FakeObjects();
    objects.add(PODS, "held", { finalizers: ["example.com/hold"] });
    expect(await remove(objects)).toEqual([
      "Pod shop/held could not be removed: its finalizers hold it (example.com/hold)",
    ]);
  });

  it("goes on where one place cannot be looked into, and says so", async () => {
    const objects = whole();
    const { api } = objects;
    const forbidden: Api = {
      ...api,
      list: async (path, options) => {
        if (path === JOBS) throw new ClusterError("forbidden", "jobs are forbidden");
        return api.list(path, options);
      },
    };
    const lines = await removeRun(forbidden, "abc1234", {
      namespaces: ["shop"],
      interrupted: false,
      signal: new AbortController().signal,
      deadlineMs: 1000,
      sleep: async () => undefined,
    });
    expect(lines).toEqual(["could not look for leftovers: jobs in shop: jobs are forbidden"]);
    expect(objects.names).toEqual(["job"]);
  });
});

describe("leftovers", () => {
  it("are known by our labels alone, and keep their run and age", async () => {
    const objects = whole();
    objects.add(PODS, "somebody's", { labels: {} });
    const { leftovers, unread } = await findLeftovers(objects.api, { namespaces: ["shop"] });
    expect(unread).toEqual([]);
    expect(leftovers.map(({ kind, name, runId }) => [kind, name, runId])).toEqual([
      ["Pod", "pod-1", "abc1234"],
      ["Pod", "pod-2", "abc1234"],
      ["NetworkPolicy", "policy", "abc1234"],
      ["Deployment", "deployment", "abc1234"],
      ["Job", "job", "abc1234"],
    ]);
  });

  it("that somebody else has removed meanwhile are no failure", async () => {
    const objects = new FakeObjects();
    const gone = { kind: "Pod", namespace: "shop", name: "gone", runId: "abc1234", created: "" } as const;
    expect(await removeLeftovers(objects.api, [gone])).toEqual([]);
  });
});
