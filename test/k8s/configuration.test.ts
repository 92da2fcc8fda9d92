import { mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ConfigurationChoice, chooseConfiguration } from "../../src/k8s/configuration.ts";
import { ClusterError } from "../../src/model/errors.ts";
import { kubeconfig, Opened } from "./test-connection.ts";

const opened = new Opened();
let home: string;

beforeEach(() => {
  home = opened.folder();
});
afterEach(() => opened.clean());

function file(name: string, text: string): string {
  const path = join(home, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  return path;
}

function serviceAccount(): string {
  const folder = join(home, "serviceaccount");
  file("serviceaccount/token", "pod-token\n");
  file("serviceaccount/ca.crt", "ca");
  file("serviceaccount/namespace", "netverdict\n");
  return folder;
}

const POD_ENV = { KUBERNETES_SERVICE_HOST: "10.96.0.1", KUBERNETES_SERVICE_PORT: "443" };

function choose(choice: Partial<ConfigurationChoice> = {}) {
  return chooseConfiguration({
    serviceAccountFolder: join(home, "nowhere"),
    ...choice,
    env: { HOME: home, ...choice.env },
  });
}

async function mistake(choice: Partial<ConfigurationChoice>): Promise<ClusterError> {
  const error: unknown = await choose(choice).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ClusterError);
  expect(error).toMatchObject({ kind: "configuration", hint: expect.any(String) });
  return error as ClusterError;
}

describe("the order of places", () => {
  const everywhere = () => {
    file(".kube/config", kubeconfig("https://home.test"));
    return {
      kubeconfig: file("flag", kubeconfig("https://flag.test")),
      env: { KUBECONFIG: file("env", kubeconfig("https://env.test")), ...POD_ENV },
      serviceAccountFolder: serviceAccount(),
    };
  };

  it("is: --kubeconfig before all others", async () => {
    expect((await choose(everywhere())).cluster.server).toBe("https://flag.test");
  });

  it("then KUBECONFIG", async () => {
    expect((await choose({ ...everywhere(), kubeconfig: undefined })).cluster.server).toBe(
      "https://env.test",
    );
  });

  it("then the pod's service account", async () => {
    const { serviceAccountFolder } = everywhere();
    expect(await choose({ serviceAccountFolder, env: POD_ENV })).toEqual({
      origin: "in-cluster",
      namespace: "netverdict",
      cluster: {
        name: "in-cluster",
        server: "https://10.96.0.1:443",
        caFile: join(serviceAccountFolder, "ca.crt"),
        skipTlsVerify: false,
        disableCompression: false,
      },
      user: {
        name: "service-account",
        tokenFile: join(serviceAccountFolder, "token"),
        impersonateGroups: [],
        impersonateExtra: {},
      },
    });
  });

  it("but not where a context is asked for", async () => {
    const { serviceAccountFolder } = everywhere();
    const { origin, cluster } = await choose({ serviceAccountFolder, env: POD_ENV, context: "test" });
    expect([origin, cluster.server]).toEqual(["kubeconfig", "https://home.test"]);
  });

  it("then ~/.kube/config, also where files of a service account lie about outside a pod", async () => {
    const { serviceAccountFolder } = everywhere();
    expect((await choose({ serviceAccountFolder })).cluster.server).toBe("https://home.test");
  });

  it("and at the end an error that says where it was looked for; never localhost", async () => {
    const error = await mistake({});
    expect(error.message).toContain("KUBECONFIG is not set");
    expect(error.message).toContain(join(home, ".kube", "config"));
    expect(error.message).toContain("no pod with a service account");
    expect(error.hint).toContain("--kubeconfig");
  });
});

describe("KUBECONFIG with several files", () => {
  it("is merged, and files that do not exist are passed over", async () => {
    const one = file("one", JSON.stringify({ "current-context": "test" }));
    const two = file("two", kubeconfig("https://two.test"));
    const env = { KUBECONFIG: [join(home, "missing"), one, "", two].join(delimiter) };
    expect(await choose({ env })).toMatchObject({ context: "test", cluster: { server: "https://two.test" } });
  });

  it("of which none exists is an error that names them", async () => {
    const error = await mistake({ env: { KUBECONFIG: [join(home, "a"), join(home, "b")].join(delimiter) } });
    expect(error.message).toContain(`${join(home, "a")}, ${join(home, "b")}`);
  });
});

describe("the context", () => {
  const two = () =>
    file(
      "two",
      JSON.stringify({
        "current-context": "a",
        clusters: [{ name: "c", cluster: { server: "https://c.test" } }],
        users: [{ name: "me", user: {} }],
        contexts: [
          { name: "a", context: { cluster: "c", user: "me", namespace: "shop" } },
          { name: "b", context: { cluster: "c" } },
          { name: "no-cluster", context: { cluster: "gone" } },
          { name: "no-user", context: { cluster: "c", user: "gone" } },
        ],
      }),
    );

  it("is the current one, with its namespace", async () => {
    expect(await choose({ kubeconfig: two() })).toMatchObject({
      context: "a",
      namespace: "shop",
      user: { name: "me" },
    });
  });

  it("is the one asked for; without a user nobody, without a namespace default", async () => {
    expect(await choose({ kubeconfig: two(), context: "b" })).toMatchObject({
      context: "b",
      namespace: "default",
      user: { name: "" },
    });
  });

  it.each([
    ["zz", /no context "zz"; contexts: a, b, no-cluster, no-user/],
    ["no-cluster", /names the cluster "gone"/],
    ["no-user", /names the user "gone"/],
  ])("%s is refused in words", async (context, message) => {
    expect((await mistake({ kubeconfig: two(), context })).message).toMatch(message);
  });

  it("that is not set is asked for, with the names that there are", async () => {
    const text = kubeconfig("https://x.test").replace('"current-context":"test",', "");
    expect((await mistake({ kubeconfig: file("none", text) })).message).toMatch(
      /no current-context is set; contexts: test/,
    );
  });

  it("of an empty file cannot be found, and that is said", async () => {
    expect((await mistake({ kubeconfig: file("empty", "") })).message).toMatch(
      /no current-context is set; it has no contexts/,
    );
  });
});

describe("a file", () => {
  it("that --kubeconfig names and that does not exist is an error", async () => {
    expect((await mistake({ kubeconfig: join(home, "zz") })).message).toMatch(/zz: no such kubeconfig file/);
  });

  it("that cannot be read is an error with the reason", async () => {
    expect((await mistake({ kubeconfig: home })).message).toMatch(/cannot be read \(EISDIR\)/);
  });
});

describe("a pod", () => {
  it("with an IPv6 API server gets a URL with brackets", async () => {
    const env = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "6443" };
    expect((await choose({ serviceAccountFolder: serviceAccount(), env })).cluster.server).toBe(
      "https://[fd00::1]:6443",
    );
  });

  it("without the CA of its service account is an error", async () => {
    file("broken/token", "t");
    const error: unknown = await choose({ serviceAccountFolder: join(home, "broken"), env: POD_ENV }).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ kind: "configuration", message: expect.stringMatching(/no .*ca\.crt/) });
  });
});
