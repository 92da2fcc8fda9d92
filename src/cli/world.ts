import { connect } from "../k8s/connect.ts";
import { readSnapshot } from "../k8s/snapshot.ts";
import { validateSnapshotPolicies } from "../lint/validate-snapshot-policies.ts";
import { parseManifests } from "../manifests/parse-manifests.ts";
import { readPaths } from "../manifests/read-paths.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import { createTextFile, type TextFile } from "../source/text-file.ts";
import type { Io } from "./io.ts";

/** Where a command that needs no cluster takes the objects from: files where they are given, else the cluster. */
export interface WorldOptions {
  /** Files or directories, `-` for standard input; absent: the cluster. */
  readonly manifests?: readonly string[];
  readonly kubeconfig?: string;
  readonly context?: string;
}

export interface World {
  readonly snapshot: Snapshot;
  /** The files read, for code frames. */
  readonly texts: readonly TextFile[];
  /** What the files have wrong, in the API server's words; the caller decides what it means. */
  readonly diagnostics: readonly Diagnostic[];
  readonly cluster?: { readonly server: string; readonly context?: string };
}

/** `namespaces`: of a live cluster, those that matter; what of the others may not be read is then no loss. */
export async function readWorld(
  options: WorldOptions,
  namespaces: readonly string[],
  io: Io,
): Promise<World> {
  if (options.manifests !== undefined) {
    const files = await readPaths(options.manifests, io.stdin);
    const { snapshot, diagnostics } = parseManifests(files);
    let texts: readonly TextFile[] | undefined;
    return {
      snapshot,
      // Made when something is wrong in the files: the lines of a big one are not looked for in vain.
      get texts() {
        texts ??= files.map(({ path, text }) => createTextFile(path, text));
        return texts;
      },
      diagnostics: [...diagnostics, ...validateSnapshotPolicies(snapshot)],
    };
  }
  const connection = await connect({ kubeconfig: options.kubeconfig, context: options.context, env: io.env });
  try {
    const snapshot = await readSnapshot(connection, { namespaces, signal: AbortSignal.timeout(120_000) });
    const { server, context } = connection;
    return {
      snapshot,
      texts: [],
      diagnostics: [],
      cluster: { server, ...(context === undefined ? {} : { context }) },
    };
  } finally {
    connection.close();
  }
}
