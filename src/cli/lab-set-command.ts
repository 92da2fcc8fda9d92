import { connect } from "../k8s/connect.ts";
import type { LabFaults } from "../lab/model.ts";
import { UserError } from "../source/errors.ts";
import { type Io, write } from "./io.ts";
import type { LabSetOptions } from "./lab-set.ts";
import { LabFolder } from "./lab-state.ts";

export async function labSet(io: Io, options: LabSetOptions): Promise<void> {
  const changes = changesOf(options);
  if (Object.keys(changes).length === 0) {
    throw new UserError("nothing to set", { hint: "netverdict lab set --help says what there is" });
  }
  const state = new LabFolder(io.env).read();
  if (state === undefined) {
    throw new UserError("no lab is up", { hint: "start one: netverdict lab up" });
  }
  const connection = await connect({ kubeconfig: state.kubeconfig, env: {} });
  try {
    const { api } = connection;
    const known = (await api.list("/api/v1/nodes")).map(({ metadata }) => metadata.name);
    const unknown = changes.unenforcedNodes?.find((node) => !known.includes(node));
    if (unknown !== undefined) {
      throw new UserError(`the lab has no node ${unknown}`, { hint: `its nodes are ${known.join(", ")}` });
    }
    const faults = await api.request({ method: "PUT", path: "/lab/faults", body: changes });
    await write(io.stdout, `${JSON.stringify(faults, null, 2)}\n`);
  } finally {
    connection.close();
  }
}

function changesOf(options: LabSetOptions): Partial<LabFaults> {
  const { enforcement, policyDelay, failOpen, failClosed, unenforcedNode } = options;
  return {
    ...(enforcement === undefined ? {} : { enforcement }),
    ...(policyDelay === undefined ? {} : { policyDelayMs: policyDelay }),
    ...(failOpen === undefined ? {} : { failOpenMs: failOpen }),
    ...(failClosed === undefined ? {} : { failClosedMs: failClosed }),
    ...(unenforcedNode === undefined || (unenforcedNode as unknown) === true
      ? {}
      : { unenforcedNodes: unenforcedNode === false ? [] : unenforcedNode }),
  };
}
