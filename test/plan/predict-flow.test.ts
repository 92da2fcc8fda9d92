import { describe, expect, it } from "vitest";
import type { NetworkPolicy } from "../../src/model/kubernetes.ts";
import type { Endpoint, Expectation } from "../../src/model/scenario.ts";
import type { Snapshot } from "../../src/model/snapshot.ts";
import { predictDns, predictWithNames } from "../../src/plan/predict-flow.ts";
import { createEvaluator } from "../../src/policy/evaluator.ts";
import { resolveScenarios } from "../../src/resolve/resolve.ts";
import { flow, labelsEndpoint, pod, policy, service, snapshot } from "../build-snapshot.ts";

const web = labelsEndpoint("web", "shop");
const host: Endpoint = { kind: "host", name: "host", range: web.range, host: "example.org", ports: [] };
const dnsService = service("kube-system/kube-dns", {
  clusterIP: "10.96.0.10",
  selector: { "k8s-app": "kube-dns" },
  ports: [
    { name: "dns", port: 53, protocol: "UDP", targetPort: 1053 },
    { name: "dns-tcp", port: 53, protocol: "TCP", targetPort: 1053 },
  ],
});
const dnsPod = pod("kube-system/dns-0", { labels: { "k8s-app": "kube-dns" }, ip: "10.244.0.2" });

function world(...networkPolicies: readonly NetworkPolicy[]): Snapshot {
  return snapshot({ origin: "manifests", pods: [dnsPod], services: [dnsService], networkPolicies });
}

function ask(cluster: Snapshot, expect: Expectation) {
  const asked = flow(web, host, { port: 443, expect });
  const scenario = { name: "s", file: "s.yaml", annotations: {}, endpoints: [web, host], flows: [asked] };
  const options = { standIns: false, predictOnly: true };
  const [resolved] = resolveScenarios([scenario], cluster, options).flows;
  if (resolved === undefined) throw new Error("nothing was resolved");
  return predictWithNames(resolved, cluster, createEvaluator(cluster))[0];
}

const WEB_OUT = policy("shop/out", {
  podSelector: {},
  policyTypes: ["Egress"],
  egress: [{ ports: [{ port: 443 }] }],
});
const DNS_OUT = (port: number) =>
  policy("shop/dns", {
    podSelector: {},
    policyTypes: ["Egress"],
    egress: [{ to: [{ namespaceSelector: {} }], ports: [{ port, protocol: "UDP" as const }] }],
  });

describe("flows to names", () => {
  it("S46: fail with their DNS where that is denied, though the flow itself is allowed", () => {
    const prediction = ask(world(WEB_OUT), "allow");
    expect(prediction?.value).toBe("deny");
    expect(prediction?.reason).toMatch(
      /^example\.org cannot be looked up, DNS is denied \(S46\): .*shop\/out/,
    );
  });

  it("S46: need the port that the DNS pods listen on, not the Service's", () => {
    expect(ask(world(WEB_OUT, DNS_OUT(1053)), "allow")?.value).toBe("allow");
    expect(ask(world(WEB_OUT, DNS_OUT(53)), "allow")?.value).toBe("deny");
    expect(ask(world(), "allow")?.value).toBe("allow");
  });

  it("S46: that are not wanted are judged by themselves", () => {
    expect(ask(world(WEB_OUT), "deny")?.value).toBe("allow");
  });

  it("S46: DNS is judged by way of its Service", () => {
    const block = policy("shop/dns", {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [{ to: [{ ipBlock: { cidr: "10.96.0.10/32" } }] }],
    });
    const cluster = world(block);
    const source = {
      kind: "pod",
      key: "web",
      display: "web",
      namespace: "shop",
      labels: {},
      spec: { containers: [] },
      ips: ["10.244.0.9"],
    } as const;
    expect(predictDns(source, cluster, createEvaluator(cluster))).toMatchObject({
      value: "undetermined",
      knob: "serviceSeenAs",
    });
  });
});
