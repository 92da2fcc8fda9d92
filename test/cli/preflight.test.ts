import { describe, expect, it } from "vitest";
import { type PreflightInputs, preflight } from "../../src/cli/preflight.ts";
import type { Api } from "../../src/k8s/request.ts";
import { ClusterError } from "../../src/model/errors.ts";
import type { Endpoint } from "../../src/model/scenario.ts";
import { flow, labelsEndpoint, namespace, policy, snapshot } from "../build-snapshot.ts";

const web = labelsEndpoint("web", "shop");
const db = labelsEndpoint("db", "data");
const dns: Endpoint = { kind: "dns", name: "dns", range: web.range };

interface Question {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
}

/** Lets everything but what is named be done: `create pods/exec shop`, `list nodes`, or all of a namespace: `* data`. */
function apiWithout(
  denied: readonly string[],
  identity = "jane",
): { readonly api: Api; readonly asked: string[] } {
  const asked: string[] = [];
  const request = async ({
    path,
    body,
  }: {
    readonly path: string;
    readonly body?: unknown;
  }): Promise<unknown> => {
    asked.push(path.replace(/^.*\//, ""));
    if (path.endsWith("/selfsubjectreviews")) return { status: { userInfo: { username: identity } } };
    if (path.endsWith("/selfsubjectrulesreviews")) return { status: { incomplete: true } };
    const { spec } = body as { readonly spec: { readonly resourceAttributes: Question } };
    const { verb, resource, subresource, namespace: place = "" } = spec.resourceAttributes;
    const what = subresource === undefined ? resource : `${resource}/${subresource}`;
    return {
      status: {
        allowed: !denied.includes(`${verb} ${what} ${place}`.trim()) && !denied.includes(`* ${place}`),
      },
    };
  };
  const unused = async (): Promise<never> => {
    throw new Error("the preflight only asks");
  };
  return {
    asked,
    api: { request, get: unused, list: unused, create: unused, patch: unused, delete: unused },
  };
}

function inputs(more: Partial<PreflightInputs> = {}): PreflightInputs {
  return {
    flows: [flow(web, db), flow(web, dns)],
    files: ["my shop.yaml"],
    standIns: false,
    canaryNamespaces: [],
    signal: new AbortController().signal,
    ...more,
  };
}

async function failure(denied: readonly string[], more: Partial<PreflightInputs> = {}, identity?: string) {
  const error = await preflight(apiWithout(denied, identity).api, inputs(more)).catch(
    (cause: unknown) => cause,
  );
  if (!(error instanceof ClusterError)) throw new Error("no ClusterError", { cause: error });
  return error;
}

describe("a preflight", () => {
  it("that lacks nothing warns of nothing and does not ask for our name", async () => {
    const { api, asked } = apiWithout([]);
    const { problems, namespaces } = await preflight(api, inputs());
    expect(problems).toEqual([]);
    expect(namespaces).toEqual(["data", "shop", "kube-system"]);
    expect(asked).not.toContain("selfsubjectreviews");
  });

  it("names every required right that is missing, with what it is for", async () => {
    const error = await failure(["create pods/exec shop", "list networkpolicies data", "list nodes"]);
    expect(error.kind).toBe("forbidden");
    expect(error.message).toBe(
      `2 rights that this run needs are missing for jane
  list networkpolicies.networking.k8s.io in namespace data: what the policies say
  create pods/exec in namespace shop: probes run in the stand-ins (a WebSocket is a get; Kubernetes 1.35 asks for create, too)`,
    );
  });

  it.each([
    ["jane", "netverdict rbac 'my shop.yaml' --user jane | kubectl apply -f -"],
    [
      "system:serviceaccount:ci:smoke",
      "netverdict rbac 'my shop.yaml' --service-account ci/smoke | kubectl apply -f -",
    ],
  ])("tells %s the command that grants it", async (identity, command) => {
    const error = await failure(["create pods shop"], {}, identity);
    expect(error.hint).toContain(command);
  });

  it("asks the printed rights to be for the same options as the run's", async () => {
    const reportConfigMap = { namespace: "ci", name: "report" };
    const options = { standIns: true, controlNamespace: "lab", reportConfigMap };
    const error = await failure(["create configmaps ci"], options);
    expect(error.message).toContain("create configmaps in namespace ci");
    expect(error.hint).toContain("--control-namespace lab --stand-ins --report-configmap ci/report |");
  });

  it("tells where the flow came from the command line to write it into a file", async () => {
    const error = await failure(["create pods shop"], { files: ["<argument>"] });
    expect(error.hint).toContain("write the flow into a file");
    expect(error.hint).toContain("netverdict rbac SCENARIO --user jane");
  });

  it("warns of optional rights that are missing, and of what is lost", async () => {
    const { api } = apiWithout(["list nodes", "get namespaces data", "* kube-system", "* openshift-dns"]);
    const { problems, namespaces } = await preflight(api, inputs());
    expect(problems.map(({ severity }) => severity)).toEqual(["warning", "warning", "warning"]);
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^no right to get namespaces\/data: .*undetermined/),
      expect.stringMatching(/^no right to list pods, .* in namespace kube-system; .*: .*DNS/),
      expect.stringMatching(/^no right to list nodes: /),
    ]);
    expect(problems[0]?.hint).toContain("netverdict rbac 'my shop.yaml' --user jane");
    expect(namespaces).toEqual([]);
  });

  it("warns of the missing right to list admin tiers only where they are served", async () => {
    const denied = ["list clusternetworkpolicies"];
    const served = apiWithout(denied);
    const groups: string[] = [];
    const { problems } = await preflight(
      {
        ...served.api,
        get: async <T>(path: string) => {
          groups.push(path);
          return {} as T;
        },
      },
      inputs(),
    );
    expect(groups).toEqual(["/apis/policy.networking.k8s.io"]);
    expect(problems.map(({ message }) => message)).toEqual([
      "no right to list clusternetworkpolicies.policy.networking.k8s.io: predictions are undetermined, since policies of the Admin and Baseline tiers may decide",
    ]);
    const absent = { get: () => Promise.reject(new ClusterError("not-found", "no such group")) };
    const silent = await preflight({ ...apiWithout(denied).api, ...absent }, inputs());
    expect(silent.problems).toEqual([]);
  });

  it("is content with the second place for the DNS", async () => {
    const { api } = apiWithout(["* kube-system"]);
    const { problems, namespaces } = await preflight(api, inputs());
    expect(problems).toEqual([]);
    expect(namespaces).toContain("openshift-dns");
    expect(namespaces).not.toContain("kube-system");
  });

  it("goes on with a warning where rights cannot be asked about", async () => {
    const { api } = apiWithout([]);
    const forbidden = {
      ...api,
      request: () => Promise.reject(new ClusterError("forbidden", "no questions")),
    };
    const { problems } = await preflight(forbidden, inputs());
    expect(problems).toEqual([{ severity: "warning", message: expect.stringContaining("no questions") }]);
  });

  it("lets stand-ins be made where the flows are and the rights are there, and nowhere else", async () => {
    const { api } = apiWithout(["delete jobs data"]);
    const { mayCreateIn } = await preflight(api, inputs());
    expect([mayCreateIn("shop"), mayCreateIn("data"), mayCreateIn("kube-system")]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe("the namespace for controls", () => {
  const world = snapshot({
    namespaces: ["default", "lab", "shop"].map((name) => namespace(name)),
    networkPolicies: [policy("shop/p", { podSelector: {} })],
  });

  it("is the one that is found, if controls may be made there", async () => {
    const allowed = await preflight(apiWithout([]).api, inputs());
    expect(await allowed.controlNamespace(world)).toBe("default");
    const denied = await preflight(apiWithout(["create pods default"]).api, inputs());
    expect(await denied.controlNamespace(world)).toBeUndefined();
  });

  it("is the one that was asked for; without the rights there is none, and a warning", async () => {
    const asked = inputs({ controlNamespace: "lab" });
    const allowed = await preflight(apiWithout([]).api, asked);
    expect(await allowed.controlNamespace(world)).toBe("lab");
    expect(allowed.namespaces).toContain("lab");
    const denied = await preflight(apiWithout(["create pods lab"]).api, asked);
    expect(await denied.controlNamespace(world)).toBeUndefined();
    expect(denied.problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^no right to create pods in namespace lab: .*inconclusive/),
    ]);
  });

  it("that was asked for and has policies is still the user's mistake", async () => {
    const { controlNamespace } = await preflight(apiWithout([]).api, inputs({ controlNamespace: "shop" }));
    await expect(controlNamespace(world)).rejects.toThrow("has NetworkPolicies");
  });
});
