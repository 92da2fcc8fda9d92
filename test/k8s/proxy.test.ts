import { describe, expect, it } from "vitest";
import { parseProxyUrl, proxyFromEnvironment } from "../../src/k8s/proxy.ts";

const PROXY = "http://proxy.test:3128";

describe("proxyFromEnvironment", () => {
  it.each([
    ["https://api.test:6443", { HTTPS_PROXY: PROXY }, true],
    ["https://api.test:6443", { https_proxy: PROXY }, true],
    ["https://api.test:6443", { HTTP_PROXY: PROXY }, false],
    ["http://api.test:8080", { HTTP_PROXY: PROXY }, true],
    ["http://api.test:8080", { HTTPS_PROXY: PROXY }, false],
    ["https://api.test:6443", { HTTPS_PROXY: "" }, false],
    ["https://127.0.0.1:6443", { HTTPS_PROXY: PROXY }, false],
    ["https://127.9.9.9:6443", { HTTPS_PROXY: PROXY }, false],
    ["https://[::1]:6443", { HTTPS_PROXY: PROXY }, false],
    ["https://localhost:6443", { HTTPS_PROXY: PROXY }, false],
  ])("%s with %j goes through the proxy: %s", (server, env, through) => {
    expect(proxyFromEnvironment(new URL(server), env)?.href).toBe(through ? `${PROXY}/` : undefined);
  });

  it("takes the variable in upper case where both are set", () => {
    const env = { HTTPS_PROXY: "http://upper.test", https_proxy: "http://lower.test" };
    expect(proxyFromEnvironment(new URL("https://api.test"), env)?.hostname).toBe("upper.test");
  });

  // The cases of golang.org/x/net/http/httpproxy, whose rules kubectl follows.
  it.each([
    ["api.test", "https://api.test:6443", true],
    ["api.test", "https://sub.api.test:6443", true],
    ["api.test", "https://myapi.test:6443", false],
    ["API.Test", "https://api.test:6443", true],
    [".api.test", "https://sub.api.test:6443", true],
    [".api.test", "https://api.test:6443", false],
    ["*.api.test", "https://sub.api.test:6443", true],
    ["*.api.test", "https://api.test:6443", false],
    ["api.test:6443", "https://api.test:6443", true],
    ["api.test:6443", "https://api.test", false],
    ["api.test:443", "https://api.test", true],
    ["*", "https://api.test:6443", true],
    ["other.test, api.test", "https://api.test:6443", true],
    ["other.test", "https://api.test:6443", false],
    ["10.0.0.0/8", "https://10.1.2.3:6443", true],
    ["10.0.0.0/8", "https://11.1.2.3:6443", false],
    ["10.0.0.0/8", "https://api.test:6443", false],
    ["10.1.2.3", "https://10.1.2.3:6443", true],
    ["10.1.2.3:443", "https://10.1.2.3:6443", false],
    ["10.1.2.3:6443", "https://10.1.2.3:6443", true],
    ["fd00::/8", "https://[fd00::1]:6443", true],
    ["fd00::/8", "https://[fe80::1]:6443", false],
    ["fd00::1", "https://[fd00::1]:6443", true],
    ["[fd00::1]:6443", "https://[fd00:0:0::1]:6443", true],
    ["[fd00::1]:443", "https://[fd00::1]:6443", false],
    ["10.0.0.0/99", "https://10.1.2.3:6443", false],
    [":6443", "https://api.test:6443", false],
    [" , ", "https://api.test:6443", false],
  ])("NO_PROXY=%s keeps %s from the proxy: %s", (noProxy, server, direct) => {
    const env = { HTTPS_PROXY: PROXY, NO_PROXY: noProxy };
    expect(proxyFromEnvironment(new URL(server), env) === undefined).toBe(direct);
  });

  it("reads no_proxy in lower case as well", () => {
    const env = { HTTPS_PROXY: PROXY, no_proxy: "api.test" };
    expect(proxyFromEnvironment(new URL("https://api.test"), env)).toBeUndefined();
  });
});

describe("parseProxyUrl", () => {
  it("takes a proxy without a scheme for an HTTP proxy", () => {
    expect(parseProxyUrl("proxy.test:3128", "HTTPS_PROXY").href).toBe("http://proxy.test:3128/");
  });

  it("refuses what is no proxy without repeating its password", () => {
    expect(() => parseProxyUrl("ftp://user:hunter2@proxy.test", "HTTPS_PROXY")).toThrow(
      /^HTTPS_PROXY is not the URL/,
    );
    expect(() => parseProxyUrl("ftp://user:hunter2@proxy.test", "HTTPS_PROXY")).not.toThrow(/hunter2/);
  });
});
