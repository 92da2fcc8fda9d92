/**
 * Asks a real cluster what it makes of the cases in test/lint/refusal-cases.ts, without storing anything (dry run, strict
 * field validation), and writes the answers to test/fixtures/lint/refusal-answers.json. The admin policies' CRDs are
 * needed for it, of the experimental channel (see scripts/generate-admin-policy-schemas.ts for where they are from):
 * they are applied before, and removed after unless they were there.
 *
 *     KUBECONFIG=… npx node scripts/capture-refusals.ts CRD_FILE…
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { KubeConfig } from "@kubernetes/client-node";
import { REFUSAL_CASES } from "../test/lint/refusal-cases.ts";

/** The lines of a refusal in the API server's order, and its warnings; neither: accepted. */
export interface RefusalAnswer {
  readonly errors?: readonly string[];
  readonly warnings?: readonly string[];
}

const PATHS: Readonly<Record<string, string>> = {
  NetworkPolicy: "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies",
  Pod: "/api/v1/namespaces/default/pods",
  Deployment: "/apis/apps/v1/namespaces/default/deployments",
  CronJob: "/apis/batch/v1/namespaces/default/cronjobs",
  ClusterNetworkPolicy: "/apis/policy.networking.k8s.io/v1alpha2/clusternetworkpolicies",
  AdminNetworkPolicy: "/apis/policy.networking.k8s.io/v1alpha1/adminnetworkpolicies",
  BaselineAdminNetworkPolicy: "/apis/policy.networking.k8s.io/v1alpha1/baselineadminnetworkpolicies",
};

const config = new KubeConfig();
config.loadFromDefault();

function kubectl(...args: readonly string[]): boolean {
  const command = process.env.KUBECTL ?? "kubectl";
  return spawnSync(command, args, { stdio: ["ignore", "ignore", "inherit"] }).status === 0;
}

async function ask(text: string): Promise<RefusalAnswer> {
  const { kind } = JSON.parse(text) as { kind: string };
  const path = PATHS[kind];
  if (path === undefined) throw new Error(`no path for ${kind}`);
  const url = new URL(`${path}?dryRun=All&fieldValidation=Strict`, config.getCurrentCluster()?.server);
  const options = {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
  };
  await config.applyToHTTPSOptions(options);
  const { body, headers } = await new Promise<{ body: string; headers: readonly string[] }>(
    (resolve, reject) => {
      const call = request(url, options, (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          body += chunk;
        });
        response.on("end", () => resolve({ body, headers: [response.headers.warning ?? []].flat() }));
      });
      call.on("error", reject);
      call.end(text);
    },
  );
  return answerOf(JSON.parse(body), headers.flatMap(warningsOf));
}

interface Status {
  readonly kind: string;
  readonly code?: number;
  readonly message: string;
  readonly details?: { readonly causes?: readonly { readonly field: string; readonly message: string }[] };
}

function answerOf(answer: Status, warnings: readonly string[]): RefusalAnswer {
  const said = warnings.length === 0 ? {} : { warnings };
  if (answer.kind !== "Status") return said;
  if (answer.code !== 400 && answer.code !== 422) throw new Error(`unexpected answer: ${answer.message}`);
  const causes = answer.details?.causes;
  if (causes === undefined) return { errors: [answer.message], ...said };
  return { errors: causes.map(({ field, message }) => `${field}: ${message}`), ...said };
}

/** The text of `299 - "text"`; Node joins several headers with a comma. */
function warningsOf(header: string): string[] {
  return [...header.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) =>
    text.replace(/\\(.)/g, "$1"),
  );
}

const added = process.argv.slice(2).filter((file) => !kubectl("get", "-f", file));
try {
  for (const file of added) {
    if (!kubectl("apply", "--server-side", "-f", file)) throw new Error(`cannot apply ${file}`);
    if (!kubectl("wait", "--for=condition=Established", "--timeout=30s", "-f", file)) {
      throw new Error(`${file} is not served`);
    }
  }
  const answers: [string, RefusalAnswer][] = [];
  for (const { name, text } of REFUSAL_CASES) answers.push([name, await ask(text)]);
  // One line a case: a difference between two captures is then easy to see.
  const lines = answers.map(([name, answer]) => `${JSON.stringify(name)}: ${JSON.stringify(answer)}`);
  mkdirSync(new URL("../test/fixtures/lint/", import.meta.url), { recursive: true });
  writeFileSync(
    new URL("../test/fixtures/lint/refusal-answers.json", import.meta.url),
    `{\n${lines.join(",\n")}\n}\n`,
  );
} finally {
  for (const file of added) kubectl("delete", "-f", file);
}
