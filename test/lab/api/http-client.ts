import https from "node:https";
import type { TestLab } from "./test-lab.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The text as JSON; undefined where it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: the shape of an answer is what the tests are about
  readonly body: any;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly type?: string;
  readonly accept?: string;
  /** Default: the lab's. */
  readonly token?: string;
}

/** A handshake takes longer than a request: connections are kept, as by every client. */
const agents = new WeakMap<TestLab, https.Agent>();

function agentOf(lab: TestLab): https.Agent {
  const known = agents.get(lab);
  if (known !== undefined) return known;
  const agent = new https.Agent({ keepAlive: true });
  agents.set(lab, agent);
  return agent;
}

/** A real request over TLS. A body that is no text is sent as JSON. */
export function call(lab: TestLab, method: string, path: string, options: CallOptions = {}): Promise<Answer> {
  const { server } = lab;
  const { body, type = "application/json", accept = "application/json", token = server.token } = options;
  const bytes = body === undefined ? undefined : toBytes(body);
  return new Promise((resolve, reject) => {
    const request = https.request(
      `${server.url}${path}`,
      {
        method,
        ca: server.certificate,
        agent: agentOf(lab),
        headers: {
          accept,
          ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
          ...(bytes === undefined ? {} : { "content-type": type, "content-length": bytes.length }),
        },
      },
      async (response) => {
        const chunks: Buffer[] = [];
        try {
          for await (const chunk of response) chunks.push(chunk);
        } catch (error) {
          reject(error);
          return;
        }
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body: parse(text) });
      },
    );
    request.on("error", reject);
    request.end(bytes);
  });
}

function toBytes(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === "string" ? body : JSON.stringify(body), "utf8");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The events of a watch as they come; ends the request when `take` are there. */
export async function watch({ server }: TestLab, path: string, take: number): Promise<readonly WatchEvent[]> {
  return await new Promise((resolve, reject) => {
    const events: WatchEvent[] = [];
    const headers = { authorization: `Bearer ${server.token}` };
    const request = https.get(
      `${server.url}${path}`,
      { ca: server.certificate, agent: false, headers },
      async (response) => {
        let rest = "";
        for await (const chunk of response) {
          const lines = (rest + String(chunk)).split("\n");
          rest = lines.pop() ?? "";
          events.push(...lines.map((line) => JSON.parse(line) as WatchEvent));
          if (events.length >= take) break;
        }
        request.destroy();
        resolve(events);
      },
    );
    request.on("error", (error) => (events.length >= take ? undefined : reject(error)));
  });
}

export interface WatchEvent {
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: the shape of an answer is what the tests are about
  readonly object: any;
}

export function pod(name: string, labels: Readonly<Record<string, string>> = {}): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels },
    spec: { containers: [{ name: "main", image: "busybox:1.36", ports: [{ containerPort: 80 }] }] },
  };
}
