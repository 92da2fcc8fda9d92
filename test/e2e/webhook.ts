import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCertificate } from "../../src/lab/api/certificate.ts";
import { kubectl, sleep } from "./cluster.ts";

const PORT = 19_443;
const NAME = "netverdict-e2e";

/** The webhook of webhook-server.ts, where the test bed's API server reaches it. */
export class Webhook {
  readonly #server: ChildProcess;
  readonly #certificate: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "netverdict-webhook-"));

  private constructor(server: ChildProcess, certificate: string) {
    this.#server = server;
    this.#certificate = certificate;
  }

  static async start(): Promise<Webhook> {
    const { certificate, key } = await makeCertificate();
    const server = spawn(
      "testbed/cluster",
      ["shell", "hub", process.execPath, "test/e2e/webhook-server.ts"],
      { stdio: ["pipe", "pipe", "inherit"] },
    );
    server.stdin.write(`${JSON.stringify({ certificate, key, port: PORT })}\n`);
    await once(server.stdout, "data");
    return new Webhook(server, certificate);
  }

  /** Sends every stand-in of a namespace to a path of the server while `work` runs. */
  async during<T>(path: string, namespace: string, work: () => Promise<T>): Promise<T> {
    const configuration = {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "MutatingWebhookConfiguration",
      metadata: { name: NAME },
      webhooks: [
        {
          name: "e2e.netverdict.dev",
          clientConfig: {
            url: `https://127.0.0.1:${PORT}${path}`,
            caBundle: Buffer.from(this.#certificate).toString("base64"),
          },
          rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
          objectSelector: { matchLabels: { "netverdict.dev/stand-in": "true" } },
          sideEffects: "None",
          admissionReviewVersions: ["v1"],
          timeoutSeconds: 1,
          failurePolicy: "Fail",
        },
      ],
    };
    const before = this.#admitted(namespace);
    kubectl("apply", "-f", this.#file("webhook.json", configuration));
    try {
      // The API server hears of a webhook a moment after it was told.
      for (let tries = 0; this.#admitted(namespace) === before; tries++) {
        if (tries > 100) throw new Error(`the webhook ${path} never came to act`);
        await sleep(200);
      }
      return await work();
    } finally {
      Webhook.remove();
    }
  }

  /** Takes it from the API server, also one that an interrupted suite left, which would refuse all stand-ins. */
  static remove(): void {
    kubectl("delete", "mutatingwebhookconfiguration", "--ignore-not-found", NAME);
  }

  /** What admission makes of a pod like a stand-in. */
  #admitted(namespace: string): string {
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "like-a-stand-in", namespace, labels: { "netverdict.dev/stand-in": "true" } },
      spec: {
        automountServiceAccountToken: false,
        nodeSelector: { "kubernetes.io/os": "linux" },
        readinessGates: [{ conditionType: "netverdict.dev/never-ready" }],
        containers: [
          {
            name: "probe",
            image: "busybox:1.35",
            resources: { requests: { memory: "32Mi" }, limits: { memory: "64Mi" } },
          },
        ],
      },
    };
    try {
      const answer = kubectl("create", "--dry-run=server", "-o", "json", "-f", this.#file("pod.json", pod));
      const { metadata, spec } = JSON.parse(answer) as {
        readonly metadata: { readonly labels: object; readonly finalizers?: readonly string[] };
        readonly spec: object;
      };
      return JSON.stringify([metadata.labels, metadata.finalizers, spec]);
    } catch {
      return "refused";
    }
  }

  #file(name: string, object: object): string {
    const path = join(this.#folder, name);
    writeFileSync(path, JSON.stringify(object));
    return path;
  }

  close(): void {
    this.#server.stdin?.end();
    rmSync(this.#folder, { recursive: true });
  }
}
