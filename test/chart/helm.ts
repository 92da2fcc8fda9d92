import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** What scripts/helm has built; undefined where it was never called, for it builds for minutes. */
export function builtHelm(): string | undefined {
  const version = /^version=(\S+)$/m.exec(readFileSync("scripts/helm", "utf8"))?.[1];
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  const path = join(cache, "netverdict-helm", version ?? "", "helm");
  return existsSync(path) ? path : undefined;
}

export interface HelmAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `scripts/helm` as a user would call it. */
export function helm(...args: readonly string[]): HelmAnswer {
  const { status, stdout, stderr } = spawnSync("scripts/helm", args, { encoding: "utf8" });
  return { code: status ?? -1, stdout, stderr };
}

/** Options of helm that give these values, each as JSON. */
export function values(values: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(values).flatMap(([key, value]) => ["--set-json", `${key}=${JSON.stringify(value)}`]);
}

/** The objects that a release of this name in this namespace would have. */
export function render(
  release: string,
  namespace: string,
  options: readonly string[],
): readonly KubernetesObject[] {
  const { code, stdout, stderr } = helm("template", release, "manifests/helm", "-n", namespace, ...options);
  if (code !== 0) throw new Error(stderr);
  return objectsOf(stdout);
}

/** The objects of a text with several documents. */
export function objectsOf(text: string): readonly KubernetesObject[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as KubernetesObject | null)
    .filter((object) => object !== null);
}
