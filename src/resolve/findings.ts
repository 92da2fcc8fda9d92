import type { Endpoint } from "../model/scenario.ts";
import { type Snapshot, type SnapshotResource, unreadIn } from "../model/snapshot.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import { nearest } from "../source/nearest.ts";
import type { SourceRange } from "../source/position.ts";

/** Collects what is wrong with a scenario in view of a snapshot, each thing once. */
export class Findings {
  readonly #diagnostics = new Map<string, Diagnostic>();

  get diagnostics(): readonly Diagnostic[] {
    return [...this.#diagnostics.values()];
  }

  error(range: SourceRange, message: string, hint: string): void {
    this.#add({ severity: "error", message, range, hint });
  }

  warn(range: SourceRange, message: string, hint: string): void {
    this.#add({ severity: "warning", message, range, hint });
  }

  /** An object that an endpoint names is not there, or could not be read. */
  noSuch(
    endpoint: Endpoint & { readonly namespace: string },
    kind: string,
    name: string,
    snapshot: Snapshot,
  ): void {
    const resource = resourceOf(kind);
    const unread = unreadIn(snapshot.unread, resource, endpoint.namespace);
    if (unread !== undefined) {
      this.error(
        endpoint.range,
        `${kind} ${endpoint.namespace}/${name} is needed and cannot be read: ${unread.reason}`,
        `give the run the right to get and list ${resource}`,
      );
      return;
    }
    const similar = nearest(name, namesOf(kind, endpoint.namespace, snapshot));
    this.error(
      endpoint.range,
      `there is no ${kind} ${name} in namespace ${endpoint.namespace}`,
      similar === undefined ? "check the name and the namespace" : `did you mean "${similar}"?`,
    );
  }

  #add(diagnostic: Diagnostic): void {
    const start = diagnostic.range?.start;
    this.#diagnostics.set(
      `${diagnostic.range?.file}:${start?.line}:${start?.column}:${diagnostic.message}`,
      diagnostic,
    );
  }
}

function resourceOf(kind: string): SnapshotResource {
  if (kind === "Pod") return "pods";
  return kind === "Service" ? "services" : "workloads";
}

function namesOf(kind: string, namespace: string, snapshot: Snapshot): readonly string[] {
  const objects =
    kind === "Pod"
      ? snapshot.pods
      : kind === "Service"
        ? snapshot.services
        : snapshot.workloads.filter((workload) => workload.kind === kind);
  return objects
    .filter((object) => (object.metadata.namespace ?? "default") === namespace)
    .map((object) => object.metadata.name);
}
