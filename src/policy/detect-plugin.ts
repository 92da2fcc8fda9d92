import type { Workload } from "../model/kubernetes.ts";
import type { ProfileName } from "../model/profile.ts";
import type { Snapshot } from "../model/snapshot.ts";

/** What a cluster's DaemonSets say of its network plugin. */
export interface DetectedPlugin {
  readonly profile: ProfileName;
  /** For people: `DaemonSet kube-system/cilium`. */
  readonly plugin: string;
  /** Nothing there enforces policies, or more than one thing does: what to say about it. */
  readonly warning?: string;
}

/** Of a plugin that enforces policies and that no profile is about, only what all have in common is known. */
const BY_DAEMON_SET: Readonly<Record<string, ProfileName>> = {
  "calico-node": "calico",
  canal: "calico",
  cilium: "cilium",
  "antrea-agent": "antrea",
  "kube-router": "kube-router",
  "ovnkube-node": "ovn-kubernetes",
  "kube-network-policies": "kube-network-policies",
  kindnet: "kube-network-policies", // since kind 0.24 it enforces with that project's evaluator
  "azure-npm": "portable",
  "kube-ovn-cni": "portable",
  terway: "portable",
  "terway-eniip": "portable",
  "weave-net": "portable",
};

/** They route, and leave policies to others. */
const ROUTERS: ReadonlySet<string> = new Set(["kube-flannel", "kube-flannel-ds"]);

const AWS = "aws-node";
const AWS_AGENT = /^aws-(network-policy-agent|eks-nodeagent)$/;

/**
 * The network plugin, by the DaemonSets that are usual for it; undefined: none of them is there, or they could not be
 * read.
 */
export function detectPlugin({ workloads }: Pick<Snapshot, "workloads">): DetectedPlugin | undefined {
  const daemonSets = workloads
    .filter(({ kind }) => kind === "DaemonSet")
    .sort((a, b) => (displayOf(a) < displayOf(b) ? -1 : 1));
  const enforcing = daemonSets.flatMap((daemonSet) => {
    const profile = profileByName(daemonSet);
    return profile === undefined ? [] : [{ profile, plugin: displayOf(daemonSet) }];
  });
  // The AWS plugin also routes for others that enforce.
  const others = enforcing.filter(({ profile }) => profile !== "aws-vpc-cni");
  const found = others.length > 0 ? others : enforcing;
  const [first] = found;
  if (first === undefined) {
    return withoutEnforcement(daemonSets);
  }
  if (found.every(({ profile }) => profile === first.profile)) {
    return first;
  }
  const plugin = found.map((one) => one.plugin).join(", ");
  return {
    profile: "portable",
    plugin,
    warning: `several network plugins may enforce policies (${plugin}): what they differ on is left open (profile portable)`,
  };
}

function profileByName(daemonSet: Workload): ProfileName | undefined {
  const { name } = daemonSet.metadata;
  if (name === AWS) {
    const agent = daemonSet.template.spec.containers.find((container) => AWS_AGENT.test(container.name));
    return agent !== undefined && enables(agent) ? "aws-vpc-cni" : undefined;
  }
  return Object.hasOwn(BY_DAEMON_SET, name) ? BY_DAEMON_SET[name] : undefined;
}

/** The agent is always there; an argument switches it on. */
function enables(container: object): boolean {
  const args: unknown = "args" in container ? container.args : undefined;
  return Array.isArray(args) && args.includes("--enable-network-policy=true");
}

function withoutEnforcement(daemonSets: readonly Workload[]): DetectedPlugin | undefined {
  const router = daemonSets.find(({ metadata }) => ROUTERS.has(metadata.name) || metadata.name === AWS);
  if (router === undefined) {
    return undefined;
  }
  const plugin = displayOf(router);
  const why =
    router.metadata.name === AWS ? "runs without its network policy agent" : "enforces no NetworkPolicies";
  return {
    profile: "upstream",
    plugin,
    warning: `no enforcement is to be expected: ${plugin} ${why}, and nothing else that does was found`,
  };
}

function displayOf({ metadata }: Workload): string {
  return `DaemonSet ${metadata.namespace ?? "default"}/${metadata.name}`;
}
