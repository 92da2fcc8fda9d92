import Table from "cli-table3";
import { connect } from "../k8s/connect.ts";
import type { LabFaults } from "../lab/model.ts";
import type { NetworkPolicy, Node, Pod } from "../model/kubernetes.ts";
import { type Io, write } from "./io.ts";
import { LabFolder, type LabState } from "./lab-state.ts";

interface LabStatus extends LabState {
  readonly faults: LabFaults;
  readonly nodes: readonly string[];
  readonly pods: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly phase: string;
    readonly ready: boolean;
    readonly addresses: readonly string[];
    readonly node: string;
  }[];
  readonly policies: readonly { readonly namespace: string; readonly name: string }[];
}

/** Whether a lab is up. */
export async function labStatus(io: Io, output: "table" | "json"): Promise<boolean> {
  const state = new LabFolder(io.env).read();
  if (state === undefined) {
    if (output === "json") await write(io.stdout, "null\n");
    await write(io.stderr, "netverdict: no lab is up\n");
    return false;
  }
  const status = await readStatus(state);
  await write(io.stdout, output === "json" ? `${JSON.stringify(status, null, 2)}\n` : statusText(status));
  return true;
}

async function readStatus(state: LabState): Promise<LabStatus> {
  const connection = await connect({ kubeconfig: state.kubeconfig, env: {} });
  try {
    const { api } = connection;
    const [faults, nodes, pods, policies] = await Promise.all([
      api.get<LabFaults>("/lab/faults"),
      api.list<Node>("/api/v1/nodes"),
      api.list<Pod>("/api/v1/pods"),
      api.list<NetworkPolicy>("/apis/networking.k8s.io/v1/networkpolicies"),
    ]);
    return {
      ...state,
      faults,
      nodes: nodes.map(({ metadata }) => metadata.name),
      pods: pods.map(({ metadata, spec, status }) => ({
        namespace: metadata.namespace ?? "",
        name: metadata.name,
        phase: status?.phase ?? "Pending",
        ready: status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") === true,
        addresses: status?.podIPs?.map(({ ip }) => ip) ?? [],
        node: spec.nodeName ?? "",
      })),
      policies: policies.map(({ metadata }) => ({
        namespace: metadata.namespace ?? "",
        name: metadata.name,
      })),
    };
  } finally {
    connection.close();
  }
}

function statusText(status: LabStatus): string {
  const { kubeconfig, pid, startedAt, faults, nodes, pods, policies } = status;
  const facts: readonly (readonly [string, string])[] = [
    ["KUBECONFIG", kubeconfig],
    ["process", `${pid}, since ${startedAt}`],
    ["enforcement", faults.enforcement],
    ...faultLines(faults),
    ["nodes", nodes.join(", ")],
    ["policies", policies.map(({ namespace, name }) => `${namespace}/${name}`).join(", ") || "none"],
  ];
  const table = new Table({
    head: ["POD", "PHASE", "READY", "ADDRESSES", "NODE"],
    style: { head: [], border: [], compact: true, "padding-left": 0, "padding-right": 2 },
    chars: NO_LINES,
  });
  for (const { namespace, name, phase, ready, addresses, node } of pods) {
    table.push([`${namespace}/${name}`, phase, ready ? "yes" : "no", addresses.join(" "), node]);
  }
  const width = Math.max(...facts.map(([name]) => name.length)) + 2;
  const lines = [
    ...facts.map(([name, value]) => `${name.padEnd(width)}${value}`),
    "",
    ...table
      .toString()
      .split("\n")
      .map((line) => line.trimEnd()),
  ];
  return `${lines.join("\n")}\n`;
}

function faultLines(faults: LabFaults): readonly (readonly [string, string])[] {
  const { unenforcedNodes, policyDelayMs, failOpenMs, failClosedMs, exec, requests } = faults;
  return [
    ...(unenforcedNodes.length === 0 ? [] : [["not enforced on", unenforcedNodes.join(", ")] as const]),
    ...(policyDelayMs === 0 ? [] : [["policies bite after", `${policyDelayMs} ms`] as const]),
    ...(failOpenMs === 0 ? [] : [["new pods open for", `${failOpenMs} ms`] as const]),
    ...(failClosedMs === 0 ? [] : [["new pods closed for", `${failClosedMs} ms`] as const]),
    ...(exec.length + requests.length === 0
      ? []
      : [["faults", `${exec.length} of execs, ${requests.length} of requests`] as const]),
  ];
}

const NO_LINES = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "",
};
