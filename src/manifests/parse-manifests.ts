import type { Snapshot } from "../model/snapshot.ts";
import { buildSnapshot, type LocateRange, Places } from "./build-snapshot.ts";
import { ManifestFile, type ManifestText } from "./manifest-file.ts";
import { nameObjects } from "./name-objects.ts";
import { readObjects } from "./read-objects.ts";
import type { ManifestDiagnostic } from "./refusal.ts";

export interface ParsedManifests {
  /** Without the objects that an error is about: of use only where there is none. */
  readonly snapshot: Snapshot;
  /** How many objects were read, of all kinds that say something about traffic. */
  readonly objects: number;
  /** Where the fields of the snapshot's objects stand. */
  readonly rangeOf: LocateRange;
  /** All mistakes of all files, in the order of the files and lines. */
  readonly diagnostics: readonly ManifestDiagnostic[];
}

/**
 * Reads Kubernetes files as the API server would with strict field validation, and makes a snapshot of them: workloads
 * become pods, namespaces that are only named exist. Kinds that say nothing about traffic between pods are left out.
 * What the API server checks beyond decoding is not checked here: see src/lint.
 */
export function parseManifests(files: readonly ManifestText[]): ParsedManifests {
  const read = readObjects(files.map((file) => new ManifestFile(file)));
  const named = nameObjects(read.objects);
  const order = new Map(files.map((file, index) => [file.path, index]));
  const diagnostics = [...read.diagnostics, ...named.diagnostics].sort((a, b) => compare(a, b, order));
  if (read.objects.length === 0 && diagnostics.length === 0) diagnostics.push(NOTHING_READ);
  const places = new Places();
  const snapshot = buildSnapshot(named.objects, read.foreign, places);
  return { snapshot, objects: named.objects.length, rangeOf: places.range, diagnostics };
}

const NOTHING_READ: ManifestDiagnostic = {
  severity: "warning",
  message: "the manifests hold no object that a prediction can be made from",
  hint: "wanted are NetworkPolicies, Namespaces, Services, and Pods or workloads that make them",
};

function compare(a: ManifestDiagnostic, b: ManifestDiagnostic, order: ReadonlyMap<string, number>): number {
  if (a.range === undefined || b.range === undefined) return 0;
  const [first, second] = [a.range, b.range];
  return (
    (order.get(first.file) ?? 0) - (order.get(second.file) ?? 0) ||
    first.start.line - second.start.line ||
    first.start.column - second.start.column
  );
}
