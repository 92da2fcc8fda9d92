import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { apply, kubectl, sleep } from "./cluster.ts";
import { standIn } from "./hostile-pods.ts";
import { RUNNER_NAMESPACE } from "./job.ts";

/** The ServiceAccount of manifests/base. */
export const ACCOUNT = `system:serviceaccount:${RUNNER_NAMESPACE}:netverdict`;

/** A copy of manifests/, as a user makes one, with the example in a namespace of our own. */
export class RunnerManifests {
  readonly #folder = mkdtempSync(join(tmpdir(), "netverdict-manifests-"));
  readonly #namespaces: string[] = [];

  constructor(namespace: string) {
    cpSync("manifests", this.#folder, { recursive: true });
    rewrite(this.at("overlays"), "namespace: production", `namespace: ${namespace}`);
    rewrite(this.at("overlays"), "[production]", `[${namespace}]`);
  }

  at(path: string): string {
    return join(this.#folder, path);
  }

  useImage(image: string): void {
    rewrite(this.at("base"), "image: netverdict:0.1.0", `image: ${image}`);
  }

  /** An application of scenarios/ in another namespace. */
  application(name: string, from: string, namespace: string): void {
    const folder = this.at(`applications/${name}`);
    cpSync(`scenarios/${name}/manifests`, folder, { recursive: true });
    rewrite(folder, `namespace: ${from}`, `namespace: ${namespace}`);
    rewrite(folder, `name: ${from}`, `name: ${namespace}`);
    this.#namespaces.push(namespace);
    apply(folder, namespace);
  }

  /** An overlay made as manifests/README.md tells. */
  overlay(
    name: string,
    scenario: string,
    more: { readonly rbac?: readonly string[]; readonly components?: readonly string[] } = {},
  ): void {
    const folder = this.at(`overlays/${name}`);
    mkdirSync(folder);
    writeFileSync(join(folder, "scenario.yaml"), scenario);
    writeFileSync(join(folder, "rights.yaml"), rights(folder, ...(more.rbac ?? [])));
    const components = (more.components ?? []).map((component) => `  - ../../components/${component}\n`);
    const kustomization = readFileSync(this.at("overlays/three-tier/kustomization.yaml"), "utf8");
    writeFileSync(
      join(folder, "kustomization.yaml"),
      components.length === 0 ? kustomization : `${kustomization}components:\n${components.join("")}`,
    );
  }

  /** What an administrator does: namespace, account and rights of the example, under the guard, which then holds. */
  async install(namespace: string): Promise<void> {
    const selector = ["--selector", "app.kubernetes.io/component!=runner"];
    kubectl("apply", "-k", this.at("guard"));
    kubectl("apply", "-k", this.at("overlays/three-tier"), ...selector);
    const { metadata, ...pod } = standIn(namespace);
    const refused = { ...pod, metadata: { ...metadata, name: "refused" } };
    for (let tries = 0; !this.create(refused).includes("ValidatingAdmissionPolicy"); tries++) {
      if (tries === 60) throw new Error("the guard is there, but does not hold");
      await sleep(250);
    }
  }

  /** The API server's answer to the runner's account, which only asks. */
  create(manifest: object): string {
    return answer("create", "-f", this.file(manifest), "--dry-run=server", `--as=${ACCOUNT}`);
  }

  file(manifest: object): string {
    const path = this.at("manifest.json");
    writeFileSync(path, JSON.stringify(manifest));
    return path;
  }

  /** Also after a set-up that failed half-way. */
  remove(): void {
    const overlays = readdirSync(this.at("overlays")).map((name) => `overlays/${name}`);
    for (const folder of ["guard", ...overlays]) {
      answer("delete", "-k", this.at(folder), "--ignore-not-found", "--wait=false");
    }
    if (this.#namespaces.length > 0) {
      answer("delete", "namespace", "--ignore-not-found", "--wait=false", ...this.#namespaces);
    }
    // Other suites run controls in a namespace of this name if it is there.
    for (const namespace of [RUNNER_NAMESPACE, ...this.#namespaces]) {
      answer("wait", "--for=delete", `namespace/${namespace}`, "--timeout=120s");
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** What `netverdict rbac scenario.yaml` prints in that folder. */
export function rights(folder: string, ...options: readonly string[]): string {
  const program = join(process.cwd(), "dist/netverdict.cjs");
  return execFileSync(process.execPath, [program, "rbac", ...options, "scenario.yaml"], {
    cwd: folder,
    encoding: "utf8",
  });
}

/** What kubectl prints, also where it fails. */
export function answer(...args: readonly string[]): string {
  try {
    return kubectl(...args);
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    return `${stdout ?? ""}${stderr ?? ""}`;
  }
}

/** In each file below a folder. */
function rewrite(folder: string, from: string, to: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".yaml")) continue;
    const path = join(folder, name);
    writeFileSync(path, readFileSync(path, "utf8").replaceAll(from, to));
  }
}
