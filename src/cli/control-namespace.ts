import { CANARY_LABEL } from "../model/canary.ts";
import { type Snapshot, unreadIn } from "../model/snapshot.ts";
import { UserError } from "../source/errors.ts";

/** Where controls run unless the user names a place: the first of these that is there and has no policies. */
export const CONTROL_NAMESPACES = ["netverdict", "default"];

/** A namespace without policies for stand-ins that nothing should filter; undefined: there is none. */
export function controlNamespaceOf(snapshot: Snapshot, asked: string | undefined): string | undefined {
  // One that is being deleted takes no pods.
  const alive = snapshot.namespaces.filter(({ status }) => status?.phase !== "Terminating");
  const known = new Set(alive.map((namespace) => namespace.metadata.name));
  const filtered = new Set(
    snapshot.networkPolicies
      // The canaries of another run: their policy selects nobody else.
      .filter((policy) => policy.spec?.podSelector?.matchLabels?.[CANARY_LABEL] === undefined)
      .map((policy) => policy.metadata.namespace ?? "default"),
  );
  if (asked === undefined) {
    return CONTROL_NAMESPACES.find(
      (name) =>
        known.has(name) &&
        !filtered.has(name) &&
        unreadIn(snapshot.unread, "networkpolicies", name) === undefined,
    );
  }
  if (!known.has(asked)) {
    throw new UserError(`there is no namespace ${asked} for controls`, {
      hint: "create it, or name another one by --control-namespace",
    });
  }
  if (filtered.has(asked)) {
    throw new UserError(`namespace ${asked} has NetworkPolicies, so controls in it prove nothing`, {
      hint: "name a namespace without policies by --control-namespace",
    });
  }
  return asked;
}
