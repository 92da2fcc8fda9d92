import { afterEach, describe, expect, it } from "vitest";
import { askIdentity, reviewRights } from "../../src/k8s/permissions.ts";
import type { Api } from "../../src/k8s/request.ts";
import type { Right } from "../../src/model/right.ts";
import { type FakeApiServer, type FakeRequest, type Reply, status } from "./fake-api-server.ts";
import { Opened } from "./test-connection.ts";

const opened = new Opened();
afterEach(() => opened.clean());

const RULES = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
const ACCESS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

function right(verb: Right["verb"], resource: string, more: Partial<Right> = {}): Right {
  return { verb, group: "", resource, namespace: "shop", purposes: ["a test"], ...more };
}

interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

function rule(verbs: readonly string[], resources: readonly string[], more: Partial<Rule> = {}): Rule {
  return { verbs, apiGroups: [""], resources, ...more };
}

interface Authorizer {
  /** What the rules review shows; undefined: 403. */
  readonly rules?: readonly Rule[] | undefined;
  readonly incomplete?: boolean;
  /** What the access review answers. */
  readonly access?: (attributes: Record<string, string | undefined>) => Reply | boolean;
}

function answers({ rules, incomplete = false, access = () => false }: Authorizer) {
  return (request: FakeRequest): Reply => {
    const { spec } = JSON.parse(request.body) as { spec: { resourceAttributes: Record<string, string> } };
    if (request.path === RULES) {
      if (rules === undefined) return { status: 403, body: status(403, "Forbidden", "no rules for you") };
      return { status: 201, body: { status: { incomplete, resourceRules: rules, nonResourceRules: [] } } };
    }
    if (request.path !== ACCESS) return { status: 404, body: status(404, "NotFound", "not here") };
    const answer = access(spec.resourceAttributes);
    return typeof answer === "boolean" ? { status: 201, body: { status: { allowed: answer } } } : answer;
  };
}

async function cluster(
  authorizer: Authorizer,
): Promise<{ readonly api: Api; readonly server: FakeApiServer }> {
  const server = await opened.server();
  server.respond = answers(authorizer);
  return { server, api: (await opened.connectTo(server)).api };
}

function asked(server: FakeApiServer, path: string): readonly FakeRequest[] {
  return server.requests.filter((request) => request.path === path);
}

describe("a review of rights", () => {
  it("asks once for each namespace, and names what the rules do not allow in the order of the question", async () => {
    const { api, server } = await cluster({ rules: [rule(["create", "list"], ["pods"])] });
    const rights = [
      right("delete", "pods"),
      right("create", "pods"),
      right("create", "pods/exec"),
      right("list", "jobs", { group: "batch" }),
      right("list", "pods", { namespace: "data" }),
    ];
    const { denied, unasked } = await reviewRights(api, rights);
    expect(denied).toEqual([rights[0], rights[2], rights[3]]);
    expect(unasked).toBeUndefined();
    expect(server.requests.map(({ path }) => path)).toEqual([RULES, RULES]);
    const namespaces = server.requests.map(({ body }) => (JSON.parse(body) as { spec: object }).spec);
    expect(namespaces).toEqual([{ namespace: "shop" }, { namespace: "data" }]);
  });

  it.each<[string, Rule, Right, boolean]>([
    ["every verb", rule(["*"], ["pods"]), right("create", "pods"), true],
    ["every resource", rule(["create"], ["*"]), right("create", "pods/exec"), true],
    ["the subresource of every resource", rule(["create"], ["*/exec"]), right("create", "pods/exec"), true],
    ["another subresource", rule(["create"], ["*/log"]), right("create", "pods/exec"), false],
    [
      "the resource, but not its subresource",
      rule(["create"], ["pods"]),
      right("create", "pods/exec"),
      false,
    ],
    [
      "the subresource, but not the resource",
      rule(["create"], ["pods/exec"]),
      right("create", "pods"),
      false,
    ],
    [
      "every API group",
      rule(["list"], ["jobs"], { apiGroups: ["*"] }),
      right("list", "jobs", { group: "batch" }),
      true,
    ],
    ["another API group", rule(["list"], ["jobs"]), right("list", "jobs", { group: "batch" }), false],
    [
      "one object by its name",
      rule(["list"], ["pods"], { resourceNames: ["web"] }),
      right("list", "pods"),
      false,
    ],
    [
      "the object that is asked for",
      rule(["get"], ["namespaces"], { resourceNames: ["data", "shop"] }),
      right("get", "namespaces", { name: "shop" }),
      true,
    ],
    [
      "another object",
      rule(["get"], ["namespaces"], { resourceNames: ["data"] }),
      right("get", "namespaces", { name: "shop" }),
      false,
    ],
    ["every object", rule(["get"], ["namespaces"]), right("get", "namespaces", { name: "shop" }), true],
    ["no resource at all", { verbs: ["*"] }, right("list", "pods"), false],
  ])("reads a rule for %s as RBAC does", async (_what, only, question, allowed) => {
    const { api } = await cluster({ rules: [only] });
    expect((await reviewRights(api, [question])).denied).toEqual(allowed ? [] : [question]);
  });

  it("asks one by one for what an authorizer that cannot list its rules may allow", async () => {
    const { api, server } = await cluster({
      rules: [rule(["list"], ["pods"])],
      incomplete: true,
      access: ({ verb }) => verb === "create",
    });
    const rights = [right("list", "pods"), right("create", "pods/exec"), right("delete", "pods")];
    expect((await reviewRights(api, rights)).denied).toEqual([rights[2]]);
    expect(asked(server, ACCESS).map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectAccessReview",
        spec: {
          resourceAttributes: {
            verb: "create",
            group: "",
            resource: "pods",
            subresource: "exec",
            namespace: "shop",
          },
        },
      },
      {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectAccessReview",
        spec: { resourceAttributes: { verb: "delete", group: "", resource: "pods", namespace: "shop" } },
      },
    ]);
  });

  it("asks for rights in the whole cluster by themselves, since a namespace's rules say nothing of them", async () => {
    const { api, server } = await cluster({
      rules: [rule(["*"], ["*"])],
      access: ({ resource }) => resource === "nodes",
    });
    const { namespace: _namespace, ...nodes } = right("list", "nodes");
    const { namespace: _other, ...everywhere } = right("list", "namespaces");
    expect((await reviewRights(api, [nodes, everywhere])).denied).toEqual([everywhere]);
    expect(asked(server, RULES)).toEqual([]);
  });

  it("asks one by one where the rules may not be asked for", async () => {
    const { api } = await cluster({ rules: undefined, access: ({ verb }) => verb === "list" });
    const rights = [right("list", "pods"), right("create", "pods")];
    expect(await reviewRights(api, rights)).toEqual({ denied: [rights[1]] });
  });

  it("denies nothing and says why where nothing may be asked", async () => {
    const { api } = await cluster({
      rules: undefined,
      access: () => ({ status: 403, body: status(403, "Forbidden", "no questions") }),
    });
    expect(await reviewRights(api, [right("list", "pods")])).toEqual({ denied: [], unasked: "no questions" });
  });

  it("denies nothing and says why where the API server has no reviews", async () => {
    const { api, server } = await cluster({});
    server.respond = () => ({ status: 404, body: status(404, "NotFound", "no such resource") });
    expect(await reviewRights(api, [right("list", "pods")])).toEqual({
      denied: [],
      unasked: "no such resource",
    });
  });

  it("rejects where the cluster does not accept the credentials", async () => {
    const { api, server } = await cluster({});
    server.respond = () => ({ status: 401, body: status(401, "Unauthorized", "who are you") });
    await expect(reviewRights(api, [right("list", "pods"), right("list", "jobs")])).rejects.toMatchObject({
      kind: "unauthorized",
    });
  });

  it("ends with the reason of its signal", async () => {
    const { api, server } = await cluster({});
    server.respond = () => "silent";
    const controller = new AbortController();
    const review = reviewRights(api, [right("list", "pods")], { signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(review).rejects.toThrow("enough");
  });
});

describe("our own name", () => {
  it("is what the API server says", async () => {
    const { api, server } = await cluster({});
    server.respond = () => ({ status: 201, body: { status: { userInfo: { username: "jane" } } } });
    expect(await askIdentity(api)).toBe("jane");
    expect(server.requests[0]).toMatchObject({
      method: "POST",
      path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
    });
  });

  it("is not known where the API server does not say", async () => {
    const { api, server } = await cluster({});
    server.respond = () => ({ status: 404, body: status(404, "NotFound", "no such resource") });
    expect(await askIdentity(api)).toBeUndefined();
  });
});
