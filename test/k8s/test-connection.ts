import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BackoffPort } from "../../src/k8s/backoff.ts";
import { type Connection, type ConnectOptions, connect } from "../../src/k8s/connect.ts";
import { type FakeApiServer, type FakeServerOptions, fakeApiServer, tlsFixture } from "./fake-api-server.ts";

/** Everything that a test opened, closed again in reverse order by `clean`. */
export class Opened {
  readonly #closers: (() => void | Promise<void>)[] = [];

  add<T extends { close(): void | Promise<void> }>(resource: T): T {
    this.#closers.push(() => resource.close());
    return resource;
  }

  async server(options: FakeServerOptions = { certificate: "server" }): Promise<FakeApiServer> {
    return this.add(await fakeApiServer(options));
  }

  folder(): string {
    const folder = mkdtempSync(join(tmpdir(), "netverdict-test-"));
    this.#closers.push(() => rmSync(folder, { recursive: true }));
    return folder;
  }

  /** A connection that waits for nothing; the waits it was asked for are in `waits`. */
  async connect(options: Partial<ConnectOptions>): Promise<Connection & { readonly waits: number[] }> {
    const waits: number[] = [];
    const connection = await connect({ env: {}, backoff: recordingBackoff(waits), ...options });
    return this.add({ ...connection, waits });
  }

  async connectTo(
    server: FakeApiServer,
    config: Parameters<typeof kubeconfig>[1] = {},
    options: Partial<ConnectOptions> = {},
  ): Promise<Connection & { readonly waits: number[] }> {
    const file = join(this.folder(), "config");
    writeFileSync(file, kubeconfig(server.url, config));
    return await this.connect({ kubeconfig: file, ...options });
  }

  async clean(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
  }
}

export function recordingBackoff(waits: number[]): BackoffPort {
  return {
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      waits.push(ms);
    },
    random: () => 0,
    now: () => Date.parse("2026-01-01T00:00:00Z"),
  };
}

/** A kubeconfig with one context, as JSON, which is YAML too. */
export function kubeconfig(
  server: string,
  options: { readonly cluster?: object; readonly user?: object; readonly context?: object } = {},
): string {
  const ca = Buffer.from(tlsFixture("ca.pem")).toString("base64");
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "test",
    clusters: [{ name: "fake", cluster: { server, "certificate-authority-data": ca, ...options.cluster } }],
    users: [{ name: "tester", user: options.user ?? { token: "good-token" } }],
    contexts: [{ name: "test", context: { cluster: "fake", user: "tester", ...options.context } }],
  });
}
