import { describe, expect, it } from "vitest";
import { mergeKubeconfigs, parseKubeconfig } from "../../src/k8s/kubeconfig.ts";
import { ClusterError } from "../../src/model/errors.ts";

const FILE = "/home/me/.kube/config";

function user(fields: string) {
  return parseKubeconfig(`users:\n- name: me\n  user: ${fields}\n`, FILE).users[0];
}

function mistake(text: string): string {
  try {
    parseKubeconfig(text, FILE);
  } catch (error) {
    expect(error).toBeInstanceOf(ClusterError);
    expect(error).toMatchObject({ kind: "configuration" });
    return (error as ClusterError).message;
  }
  throw new Error("the text was accepted");
}

describe("parseKubeconfig", () => {
  it("reads cluster, user and context", () => {
    const config = parseKubeconfig(
      `
apiVersion: v1
kind: Config
preferences: {}
current-context: prod
clusters:
- name: c
  cluster:
    server: https://api.test:6443
    certificate-authority: ca.crt
    insecure-skip-tls-verify: false
    tls-server-name: kubernetes
    proxy-url: socks5://proxy.test:1080
contexts:
- name: prod
  context: {cluster: c, user: me, namespace: shop}
users:
- name: me
  user: {client-certificate: certs/me.crt, client-key: /abs/me.key}
`,
      FILE,
    );
    expect(config).toEqual({
      files: [FILE],
      currentContext: "prod",
      clusters: [
        {
          name: "c",
          server: "https://api.test:6443",
          caFile: "/home/me/.kube/ca.crt",
          skipTlsVerify: false,
          disableCompression: false,
          tlsServerName: "kubernetes",
          proxyUrl: "socks5://proxy.test:1080",
        },
      ],
      users: [
        {
          name: "me",
          certFile: "/home/me/.kube/certs/me.crt",
          keyFile: "/abs/me.key",
          impersonateGroups: [],
          impersonateExtra: {},
        },
      ],
      contexts: [{ name: "prod", cluster: "c", user: "me", namespace: "shop" }],
    });
  });

  it.each([
    ["an empty file", ""],
    ["empty lists", "clusters: []\nusers: []\ncontexts: []"],
    ["lists that are null, as `kubectl config` writes them", "clusters: null\nusers: null\ncontexts: null"],
  ])("takes %s for a configuration without anything", (_title, text) => {
    expect(parseKubeconfig(text, FILE)).toEqual({ files: [FILE], clusters: [], users: [], contexts: [] });
  });

  it("takes a token and a name for text although they look like numbers", () => {
    const text = "users:\n- name: 007\n  user: {token: 0123456789, password: 1e3, username: 1.0}\n";
    expect(parseKubeconfig(text, FILE).users[0]).toMatchObject({
      name: "007",
      token: "0123456789",
      password: "1e3",
      username: "1.0",
    });
  });

  it("reads token files, impersonation and credential plugins, which client-node drops or leaves relative", () => {
    expect(
      user("{tokenFile: token, as: boss, as-uid: u1, as-groups: [a, b], as-user-extra: {scopes: [x]}}"),
    ).toEqual({
      name: "me",
      tokenFile: "/home/me/.kube/token",
      impersonateUser: "boss",
      impersonateUid: "u1",
      impersonateGroups: ["a", "b"],
      impersonateExtra: { scopes: ["x"] },
    });
    expect(
      user(
        "{exec: {command: ./bin/login, args: [--x, 1], env: [{name: A, value: b}], provideClusterInfo: true}}",
      )?.exec,
    ).toEqual({
      apiVersion: "client.authentication.k8s.io/v1",
      command: "/home/me/.kube/bin/login",
      args: ["--x", "1"],
      env: [{ name: "A", value: "b" }],
      provideClusterInfo: true,
    });
    expect(user("{exec: {command: aws, args: null, env: null}}")?.exec).toMatchObject({
      command: "aws",
      args: [],
      env: [],
    });
  });

  it.each([
    ["clusters:\n- name: c\n  cluster: {}\n", /cluster "c" has no server/],
    ["clusters:\n- cluster: {server: x}\n", /clusters\[0\] has no name/],
    ["clusters: {}\n", /clusters must be a list/],
    ["contexts:\n- name: x\n  context: {user: me}\n", /context "x" has no cluster/],
    ["users:\n- name: me\n  user: {exec: {args: []}}\n", /"me" has a credential plugin without a command/],
    [
      "users:\n- name: me\n  user: {auth-provider: {name: openstack}}\n",
      /auth-provider "openstack"; known are oidc/,
    ],
    ["- a\n- b\n", /a mapping .* is expected/],
  ])("names file and mistake of %j", (text, expected) => {
    expect(mistake(text)).toMatch(expected);
    expect(mistake(text)).toContain(`${FILE}: not a usable kubeconfig: `);
  });

  it("gives the place of a syntax error, and never the text, which holds secrets", () => {
    const text = 'clusters: []\nusers:\n- name: me\n  user: {token: "hunter2\n';
    expect(mistake(text)).toMatch(/^\/home\/me\/\.kube\/config:\d+:\d+: not a usable kubeconfig: /);
    expect(mistake(text)).not.toContain("hunter2");
  });
});

describe("mergeKubeconfigs", () => {
  it("lets the first file decide for each name and for the current context, as kubectl does", () => {
    const one = parseKubeconfig(
      "current-context: a\nclusters:\n- name: c\n  cluster: {server: https://one.test}\n",
      "/one",
    );
    const two = parseKubeconfig(
      "current-context: b\nclusters:\n- name: c\n  cluster: {server: https://two.test}\n- name: d\n  cluster: {server: https://d.test}\n",
      "/two",
    );
    const merged = mergeKubeconfigs([parseKubeconfig("", "/none"), one, two]);
    expect(merged.currentContext).toBe("a");
    expect(merged.clusters.map(({ name, server }) => [name, server])).toEqual([
      ["c", "https://one.test"],
      ["d", "https://d.test"],
    ]);
    expect(merged.files).toEqual(["/none", "/one", "/two"]);
  });
});
