import { type Connection, connect } from "../k8s/connect.ts";
import { readSnapshot } from "../k8s/snapshot.ts";
import { validateSnapshotPolicies } from "../lint/validate-snapshot-policies.ts";
import type { ManifestText } from "../manifests/manifest-file.ts";
import { parseManifests } from "../manifests/parse-manifests.ts";
import { readPaths } from "../manifests/read-paths.ts";
import { ClusterError } from "../model/errors.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import { createTextFile, type TextFile } from "../source/text-file.ts";
import type { Io } from "./io.ts";
import type { SlowProgress } from "./slow-progress.ts";

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
  /** Of a cluster: what names that say none mean, the context's. */
  readonly namespace?: string;
}

export interface ReadOptions {
  /**
   * Of a live cluster, the namespaces that matter, in view of the context's own: what of the others may not be read is
   * then no loss. None: the context's.
   */
  readonly namespaces?: (own: string) => readonly string[];
  readonly progress?: SlowProgress;
}

/** So many characters of manifests take about a second to read. */
const MANY_CHARACTERS = 4_000_000;

/** Whether it takes so long to read the objects in these texts that it should be said before. */
export function areLarge(files: readonly ManifestText[]): boolean {
  const characters = files.reduce((sum, { text, bytes }) => sum + (bytes?.length ?? text.length), 0);
  return characters > MANY_CHARACTERS;
}

export async function readWorld(
  { manifests, ...cluster }: WorldOptions,
  io: Io,
  { namespaces = () => [], progress }: ReadOptions = {},
): Promise<World> {
  if (manifests !== undefined) return readFiles(manifests, io, progress);
  return withCluster(cluster, io, async (connection) => {
    const { server, context, namespace } = connection;
    const snapshot = await readCluster(connection, namespaces(namespace), progress);
    return {
      snapshot,
      texts: [],
      diagnostics: [],
      cluster: { server, ...(context === undefined ? {} : { context }) },
      namespace,
    };
  });
}

async function readFiles(
  manifests: readonly string[],
  io: Io,
  progress: SlowProgress | undefined,
): Promise<World> {
  progress?.step("reading the manifests");
  const files = await readPaths(manifests, io.stdin);
  if (areLarge(files)) progress?.step("reading the manifests", { slow: true });
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

/** Works with the cluster of the kubeconfig, which commands of this kind need only where no files are given. */
export async function withCluster<T>(
  { kubeconfig, context }: Omit<WorldOptions, "manifests">,
  io: Io,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await connect({ kubeconfig, context, env: io.env });
  try {
    return await work(connection);
  } finally {
    connection.close();
  }
}

/** A cluster that answers each request in time, and never comes to an end. */
const READ_MS = 120_000;

/** @param namespaces those that matter; none: the context's */
export async function readCluster(
  connection: Connection,
  namespaces: readonly string[],
  progress?: SlowProgress,
): Promise<Snapshot> {
  const { server, namespace } = connection;
  progress?.step(`reading the objects of ${server}`);
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort(
      new ClusterError("timeout", `the objects of ${server} were not read within ${READ_MS / 1000} s`, {
        hint: "is the API server overloaded? `kubectl get … -A -o json` and --manifests take the time they need",
      }),
    );
  }, READ_MS);
  try {
    const named = namespaces.length === 0 ? [namespace] : namespaces;
    return await readSnapshot(connection, { namespaces: named, signal: late.signal });
  } finally {
    clearTimeout(timer);
  }
}
