import { writeFileSync } from "node:fs";

/** The context's name in every kubeconfig of a lab. */
export const LAB_CONTEXT = "netverdict-lab";

export interface KubeconfigParts {
  readonly url: string;
  /** PEM. */
  readonly certificate: string;
  readonly token: string;
}

/** A kubeconfig with one context; JSON, which is YAML too. */
export function kubeconfigText({ url, certificate, token }: KubeconfigParts): string {
  const authority = Buffer.from(certificate, "utf8").toString("base64");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": LAB_CONTEXT,
    clusters: [{ name: LAB_CONTEXT, cluster: { server: url, "certificate-authority-data": authority } }],
    users: [{ name: LAB_CONTEXT, user: { token } }],
    contexts: [{ name: LAB_CONTEXT, context: { cluster: LAB_CONTEXT, user: LAB_CONTEXT } }],
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** Readable by nobody else: the token opens every pod of the lab. */
export function writeKubeconfig(file: string, parts: KubeconfigParts): void {
  writeFileSync(file, kubeconfigText(parts), { mode: 0o600 });
}
