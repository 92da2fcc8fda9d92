import { describe, expect, it } from "vitest";
import type { Workload } from "../../src/model/kubernetes.ts";
import { detectPlugin } from "../../src/policy/detect-plugin.ts";
import { deployment } from "../build-snapshot.ts";

function daemonSet(path: string, containers: readonly object[] = [{ name: "agent" }]): Workload {
  const spec = { containers } as unknown as Workload["template"]["spec"];
  return { ...deployment(path, {}), kind: "DaemonSet", template: { spec } };
}

const detect = (...workloads: readonly Workload[]) => detectPlugin({ workloads });

describe("the network plugin", () => {
  it.each([
    ["kube-system/calico-node", "calico"],
    ["calico-system/calico-node", "calico"],
    ["kube-system/cilium", "cilium"],
    ["kube-system/antrea-agent", "antrea"],
    ["kube-system/kube-router", "kube-router"],
    ["ovn-kubernetes/ovnkube-node", "ovn-kubernetes"],
    ["kube-system/kube-network-policies", "kube-network-policies"],
    ["kube-system/kindnet", "kube-network-policies"],
    ["kube-system/weave-net", "portable"],
  ])("is recognised by %s: %s", (path, profile) => {
    expect(detect(daemonSet("kube-system/kube-proxy"), daemonSet(path))).toEqual({
      profile,
      plugin: `DaemonSet ${path}`,
    });
  });

  it("is not known where no DaemonSet of one is there, or none could be read", () => {
    expect(detect()).toBeUndefined();
    expect(detect(daemonSet("kube-system/kube-proxy"))).toBeUndefined();
    expect(detect({ ...daemonSet("kube-system/cilium"), kind: "Deployment" })).toBeUndefined();
  });

  it("beside flannel is the one that enforces", () => {
    expect(
      detect(daemonSet("kube-flannel/kube-flannel-ds"), daemonSet("kube-system/calico-node"))?.profile,
    ).toBe("calico");
  });

  it("is flannel alone where nothing enforces, which is warned of", () => {
    expect(detect(daemonSet("kube-flannel/kube-flannel-ds"))).toEqual({
      profile: "upstream",
      plugin: "DaemonSet kube-flannel/kube-flannel-ds",
      warning:
        "no enforcement is to be expected: DaemonSet kube-flannel/kube-flannel-ds enforces no NetworkPolicies, and nothing else that does was found",
    });
  });

  it("of AWS enforces only with its agent switched on", () => {
    const agent = (args: readonly string[]) =>
      daemonSet("kube-system/aws-node", [{ name: "aws-node" }, { name: "aws-eks-nodeagent", args }]);
    expect(detect(agent(["--enable-network-policy=true"]))?.profile).toBe("aws-vpc-cni");
    expect(detect(agent(["--enable-network-policy=false"]))).toMatchObject({
      profile: "upstream",
      warning: expect.stringContaining("without its network policy agent"),
    });
    expect(detect(agent(["--enable-network-policy=true"]), daemonSet("kube-system/cilium"))?.profile).toBe(
      "cilium",
    );
  });

  it("may be several, and then only what all have in common is known", () => {
    const two = detect(daemonSet("kube-system/calico-node"), daemonSet("kube-system/kube-router"));
    expect(two).toMatchObject({
      profile: "portable",
      plugin: "DaemonSet kube-system/calico-node, DaemonSet kube-system/kube-router",
      warning: expect.stringContaining("several network plugins"),
    });
    expect(detect(daemonSet("a/calico-node"), daemonSet("b/calico-node"))?.profile).toBe("calico");
  });
});
