import type { DeleteOptions, LabObject, LabStore } from "../model.ts";
import { type Fields, fieldsOf, listOf } from "./fields.ts";
import { checkDeletable, existing, type Target } from "./objects.ts";
import { badRequest, conflict, type Status } from "./status-error.ts";

export interface Deletion extends DeleteOptions {
  readonly dryRun: boolean;
  readonly preconditions: Fields;
}

const POLICIES = ["Background", "Foreground", "Orphan"] as const;

/** From the body, or from the query where the body says nothing. */
export function parseDeletion(body: Fields, query: URLSearchParams): Deletion {
  const grace = body.gracePeriodSeconds ?? query.get("gracePeriodSeconds") ?? undefined;
  const policy = body.propagationPolicy ?? query.get("propagationPolicy") ?? undefined;
  const known = POLICIES.find((one) => one === policy);
  if (policy !== undefined && known === undefined) {
    throw badRequest(`invalid propagationPolicy: ${String(policy)}: must be ${POLICIES.join(", ")}`);
  }
  const seconds = Number(grace);
  if (grace !== undefined && !Number.isSafeInteger(seconds)) {
    throw badRequest(`gracePeriodSeconds: Invalid value: ${String(grace)}: must be a number`);
  }
  return {
    dryRun: isDryRun(query) || listOf(body.dryRun).includes("All"),
    preconditions: fieldsOf(body.preconditions),
    ...(grace === undefined ? {} : { gracePeriodSeconds: seconds }),
    ...(known === undefined ? {} : { propagationPolicy: known }),
  };
}

export function isDryRun(query: URLSearchParams): boolean {
  const asked = query.getAll("dryRun").filter((value) => value !== "");
  if (asked.some((value) => value !== "All")) throw badRequest("dryRun: only All is supported");
  return asked.length > 0;
}

/** The object as it stands after that, or, where it is gone, what the API server says then. */
export function deleteObject(store: LabStore, target: Target, deletion: Deletion): LabObject | Status {
  const { type, namespace, name } = target;
  checkDeletable(target);
  const current = existing(store, target);
  const { uid, resourceVersion } = deletion.preconditions;
  checkPrecondition(target, "UID", uid, current.metadata.uid);
  checkPrecondition(target, "ResourceVersion", resourceVersion, current.metadata.resourceVersion);
  const deleted = deletion.dryRun ? current : store.delete(type.resource, namespace, name, deletion);
  // Pods come back as objects even when they are gone: their strategy is a graceful one.
  if (type.resource === "pods" || store.get(type.resource, namespace, name) !== undefined) return deleted;
  const group = type.group === "" ? {} : { group: type.group };
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: { name, ...group, kind: type.resource, uid: current.metadata.uid },
    code: 200,
  };
}

function checkPrecondition({ type, name }: Target, what: string, wanted: unknown, found: string): void {
  if (wanted === undefined || wanted === found) return;
  const why = `Precondition failed: ${what} in precondition: ${String(wanted)}, ${what} in object meta: ${found}`;
  throw conflict(type, name, why);
}
