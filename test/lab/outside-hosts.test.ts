import { describe, expect, it } from "vitest";
import { DEFAULT_OUTSIDE_SERVERS, isInLab, outsideHosts } from "../../src/lab/outside-hosts.ts";
import { loadScenarios } from "../../src/scenario/load-scenarios.ts";
import { createTextFile } from "../../src/source/text-file.ts";

function hostsOf(endpoints: string, flows: string, given: Parameters<typeof outsideHosts>[1] = []) {
  const text = `apiVersion: netverdict.dev/v1alpha1
kind: Scenario
metadata: {name: test}
defaults: {namespace: shop}
endpoints:
  web: {labels: {app: web}}
${endpoints}
flows:
${flows}`;
  const { scenarios, diagnostics } = loadScenarios([createTextFile("test.yaml", text)]);
  expect(diagnostics).toEqual([]);
  return outsideHosts(scenarios, given);
}

describe("hosts outside", () => {
  it("are the addresses that flows go to, with a server for each port; HTTP wins over a bare connection", () => {
    expect(
      hostsOf(
        "  partner: {ip: 203.0.113.10}",
        "  - web -> http://partner:8080/ should succeed\n  - web -> partner:8080 should succeed\n  - web -> partner:8081/UDP should succeed",
      ),
    ).toEqual([
      {
        address: "203.0.113.10",
        names: [],
        servers: [
          { serve: "http", port: 8080 },
          { serve: "udp", port: 8081 },
        ],
      },
    ]);
  });

  it("get an address of nobody's where a flow knows their name, one that no flow names", () => {
    const hosts = hostsOf(
      "  first: {ip: 192.0.2.1}\n  api: {host: API.example.com}",
      "  - web -> api:443 should succeed\n  - web -> first:80 should succeed",
    );
    expect(hosts.map(({ address, names }) => [address, names])).toEqual([
      ["192.0.2.1", []],
      ["192.0.2.2", ["api.example.com"]],
    ]);
  });

  it("are not addresses of the lab itself", () => {
    expect(hostsOf("  inside: {ip: 10.244.1.7}", "  - web -> inside:80 should fail")).toEqual([]);
    expect(["10.244.9.9", "10.96.0.10", "172.30.0.1", "fd00:10:244:1::2"].map(isInLab)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(["10.245.0.1", "169.254.169.254", "2001:db8::1"].map(isInLab)).toEqual([false, false, false]);
  });

  it("are also those that are asked for", () => {
    const given = [{ address: "198.51.100.1", names: [], servers: DEFAULT_OUTSIDE_SERVERS }];
    expect(hostsOf("", "  - web -> dns should succeed", given)).toEqual(given);
  });
});
