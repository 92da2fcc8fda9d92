import { parseManifests } from "../../src/manifests/parse-manifests.ts";
import type { Snapshot } from "../../src/model/snapshot.ts";

/** The snapshot of one file `test.yaml` with these documents. */
export function manifests(...documents: readonly string[]): Snapshot {
  const { snapshot, diagnostics } = parseManifests([
    { path: "test.yaml", text: documents.map((text) => `---\n${text.trim()}\n`).join("") },
  ]);
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join("\n"));
  return snapshot;
}

/** A Deployment with `app: NAME` and what else is wanted. */
export function deployment(path: string, labels = "", port = 8080): string {
  const [namespace, name] = path.split("/");
  const own = `{app: ${name}${labels === "" ? "" : `, ${labels}`}}`;
  return `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: ${own}}
    spec: {containers: [{name: c, image: busybox, ports: [{name: http, containerPort: ${port}}]}]}`;
}

/** A NetworkPolicy; `spec` in YAML's flow style. */
export function policy(path: string, spec: string): string {
  const [namespace, name] = path.split("/");
  return `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: ${name}, namespace: ${namespace}}
spec: ${spec}`;
}

export const DENY_INGRESS = "{podSelector: {}, policyTypes: [Ingress]}";
