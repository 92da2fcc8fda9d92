/**
 * Asks a real cluster what it makes of the cases in test/manifests/decoding-cases.ts and test/lint/validation-cases.ts,
 * without storing anything (dry run), and writes the answers to test/fixtures/manifests/. Each case goes two ways:
 * - `server`: the text as it is, posted to the API server with strict field validation;
 * - `kubectl`: through `kubectl create`, which turns YAML into JSON by itself and so sees no duplicate keys.
 *
 *     KUBECONFIG=… [KUBECTL=kubectl] npx node scripts/capture-decoding.ts
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { request } from "node:https";
import { KubeConfig } from "@kubernetes/client-node";
import { VALIDATION_CASES } from "../test/lint/validation-cases.ts";
import { DECODING_CASES, type DecodingCase } from "../test/manifests/decoding-cases.ts";

interface Cause {
  readonly field: string;
  readonly reason: string;
  readonly message: string;
}

/** The object as the cluster would store it, or why it refuses it. */
export type Answer =
  | { readonly object: unknown; readonly warnings?: readonly string[] }
  | { readonly refused: string; readonly causes?: readonly Cause[] };

const RESOURCES: Readonly<Record<string, string>> = {
  Namespace: "/api/v1/namespaces",
  Pod: "/api/v1/namespaces/default/pods",
  Service: "/api/v1/namespaces/default/services",
};
const POLICIES = "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies";

const config = new KubeConfig();
config.loadFromDefault();

async function askServer(text: string): Promise<Answer> {
  const kind = /^kind: (\w+)/m.exec(text)?.[1] ?? "";
  const url = new URL(
    `${RESOURCES[kind] ?? POLICIES}?dryRun=All&fieldValidation=Strict`,
    config.getCurrentCluster()?.server,
  );
  const options = {
    method: "POST",
    headers: {
      "content-type": text.startsWith("{") ? "application/json" : "application/yaml",
      accept: "application/json",
    },
  };
  await config.applyToHTTPSOptions(options);
  const { body, warnings } = await new Promise<{ body: string; warnings: readonly string[] }>(
    (resolve, reject) => {
      const call = request(url, options, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const warnings = [response.headers.warning ?? []].flat();
          resolve({ body: Buffer.concat(chunks).toString("utf8"), warnings });
        });
      });
      call.on("error", reject);
      call.end(text);
    },
  );
  return answerOf(JSON.parse(body), warnings);
}

function answerOf(answer: Record<string, unknown>, warnings: readonly string[]): Answer {
  if (answer.kind === "Status") {
    const details = answer.details as { causes?: Cause[] } | undefined;
    const causes = details?.causes;
    return { refused: String(answer.message), ...(causes === undefined ? {} : { causes }) };
  }
  return { object: withoutBookkeeping(answer), ...(warnings.length === 0 ? {} : { warnings }) };
}

function askKubectl(text: string): Answer {
  const command = process.env.KUBECTL ?? "kubectl";
  const args = ["create", "--dry-run=server", "--validate=strict", "-o", "json", "-f", "-"];
  const { status, stdout, stderr, error } = spawnSync(command, args, { input: text, encoding: "utf8" });
  if (error !== undefined) throw error;
  return status === 0 ? { object: withoutBookkeeping(JSON.parse(stdout)) } : { refused: stderr.trim() };
}

/** Without what differs from one run to the next and is none of ours. */
function withoutBookkeeping(object: Record<string, unknown>): unknown {
  const metadata = { ...(object.metadata as Record<string, unknown>) };
  for (const field of ["uid", "creationTimestamp", "generation", "managedFields", "resourceVersion"])
    delete metadata[field];
  if ("generateName" in metadata) metadata.name = "(generated)";
  const spec = object.spec as Record<string, unknown> | undefined;
  for (const field of ["clusterIP", "clusterIPs"]) delete spec?.[field];
  return { ...object, metadata };
}

async function capture(cases: readonly DecodingCase[], file: string): Promise<void> {
  const answers: Record<string, { server: Answer; kubectl: Answer }> = {};
  for (const { name, text } of cases) {
    if (name in answers) throw new Error(`two cases have the name ${name}`);
    answers[name] = { server: await askServer(text), kubectl: askKubectl(text) };
  }
  // One line a case: a difference between two captures is then easy to see.
  const lines = Object.entries(answers).map(
    ([name, both]) => `${JSON.stringify(name)}: ${JSON.stringify(both)}`,
  );
  writeFileSync(
    new URL(`../test/fixtures/manifests/${file}`, import.meta.url),
    `{\n${lines.join(",\n")}\n}\n`,
  );
}

await capture(DECODING_CASES, "decoding-answers.json");
await capture(VALIDATION_CASES, "validation-answers.json");
