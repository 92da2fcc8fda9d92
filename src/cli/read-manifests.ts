import type { ManifestText } from "../manifests/manifest-file.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { TextFile } from "../source/text-file.ts";
import type { Io } from "./io.ts";
import type { LiveSubject } from "./live-command.ts";
import { throwOnErrors } from "./scenario-files.ts";

export interface ReadManifests {
  readonly files: readonly ManifestText[];
  readonly snapshot: Snapshot;
  readonly texts: readonly TextFile[];
}

/** Reads manifests for a run; mistakes in them end it, with their places. */
export async function readManifests(paths: readonly string[], io: Io): Promise<ReadManifests> {
  const { readPaths } = await import("../manifests/read-paths.ts");
  const { parseManifests } = await import("../manifests/parse-manifests.ts");
  const { validateSnapshotPolicies } = await import("../lint/validate-snapshot-policies.ts");
  const { createTextFile } = await import("../source/text-file.ts");
  const files = await readPaths(paths, io.stdin);
  const { snapshot, diagnostics } = parseManifests(files);
  const texts = files.map(({ path, text }) => createTextFile(path, text));
  throwOnErrors([...diagnostics, ...validateSnapshotPolicies(snapshot)], texts);
  return { files, snapshot, texts };
}

/** Adds the files that the policies of a run come from, if there are any. */
export async function withManifests(
  loaded: LiveSubject,
  paths: readonly string[] | undefined,
  io: Io,
): Promise<LiveSubject> {
  if (paths === undefined) return loaded;
  const { snapshot, texts } = await readManifests(paths, io);
  return { ...loaded, manifests: snapshot, texts: [...loaded.texts, ...texts] };
}
