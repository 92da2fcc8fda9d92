import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { main } from "../../src/cli/main.ts";
import { type FakeApiServer, type FakeRequest, type Reply, status } from "./fake-api-server.ts";
import { kubeconfig, Opened } from "./test-connection.ts";

const opened = new Opened();
let server: FakeApiServer;

beforeEach(async () => {
  server = await opened.server();
});
afterEach(() => opened.clean());

const JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwbGFudGVkIn0.c2lnbmF0dXJlLXBsYW50ZWQ";

interface PlantedUser {
  readonly how: string;
  readonly user: (folder: string) => object;
  /** What must never be seen. */
  readonly secrets: readonly string[];
}

const USERS: readonly PlantedUser[] = [
  { how: "a token", user: () => ({ token: "planted-token-abcdef" }), secrets: ["planted-token-abcdef"] },
  { how: "a JSON web token", user: () => ({ token: JWT }), secrets: [JWT, "c2lnbmF0dXJlLXBsYW50ZWQ"] },
  {
    how: "a token file",
    user: (folder) => {
      writeFileSync(join(folder, "token"), "planted-file-token-1\n");
      return { tokenFile: join(folder, "token") };
    },
    secrets: ["planted-file-token-1"],
  },
  {
    how: "a user and a password",
    user: () => ({ username: "ann", password: "planted-password-1" }),
    secrets: ["planted-password-1", Buffer.from("ann:planted-password-1").toString("base64")],
  },
  {
    how: "a credential plugin",
    user: (folder) => plugin(folder, `echo '${credential("planted-plugin-token")}'`),
    secrets: ["planted-plugin-token"],
  },
  {
    how: "a credential plugin that fails and tells",
    user: (folder) => plugin(folder, "echo 'cannot renew; token=planted-stderr-token' >&2; exit 1"),
    secrets: ["planted-stderr-token"],
  },
  {
    how: "a credential plugin that prints nonsense",
    user: (folder) => plugin(folder, `echo '${credential("planted-broken-token").slice(0, -3)}'`),
    secrets: ["planted-broken-token"],
  },
];

function credential(token: string): string {
  return JSON.stringify({
    apiVersion: "client.authentication.k8s.io/v1",
    kind: "ExecCredential",
    status: { token },
  });
}

function plugin(folder: string, line: string): object {
  const path = join(folder, "plugin.sh");
  writeFileSync(path, `${line}\n`);
  return {
    exec: {
      apiVersion: "client.authentication.k8s.io/v1",
      command: "sh",
      args: [path],
      interactiveMode: "Never",
    },
  };
}

/** Servers that give back what they were sent. */
const echoed = ({ headers }: FakeRequest): string => `who sent ${headers.authorization ?? "nothing"}?`;
const ANSWERS: readonly (readonly [how: string, answer: (request: FakeRequest) => Reply])[] = [
  [
    "refuses it and repeats it",
    (asked) => ({ status: 401, body: status(401, "Unauthorized", echoed(asked)) }),
  ],
  ["forbids all and repeats it", (asked) => ({ status: 403, body: status(403, "Forbidden", echoed(asked)) })],
  ["fails with a page that holds it", (asked) => ({ status: 418, body: `teapot: ${echoed(asked)}` })],
  ["answers what is not JSON", (asked) => ({ body: echoed(asked) })],
  ["sends elsewhere", (asked) => ({ status: 302, headers: { location: `/?${echoed(asked)}` }, body: "" })],
  ["resets", () => "reset"],
];

async function run(config: string, ...args: readonly string[]): Promise<string> {
  const chunks: Buffer[] = [];
  const stream = new PassThrough().on("data", (chunk: Buffer) => chunks.push(chunk));
  const output = stream as unknown as NodeJS.WriteStream;
  const scenario = "scenarios/default-deny/scenario.yaml";
  const code = await main(
    ["node", "netverdict", "-v", "run", scenario, "--kubeconfig", config, "-o", "json", ...args],
    {
      stdout: output,
      stderr: output,
      stdin: process.stdin,
      env: { PATH: process.env.PATH },
    },
  );
  expect(code).toBe(2);
  return Buffer.concat(chunks).toString("utf8");
}

describe.each(USERS)("the secret of $how", ({ user, secrets }) => {
  it.each(ANSWERS)("is never seen where the server %s", async (_what, answer) => {
    server.respond = answer;
    const folder = opened.folder();
    const config = join(folder, "config");
    writeFileSync(config, kubeconfig(server.url, { user: user(folder) }));
    const seen = await run(config);
    expect(seen).toMatch(/netverdict: ./);
    for (const secret of secrets) expect(seen).not.toContain(secret);
  });
});

describe("the secrets of a kubeconfig", () => {
  it("that is broken are not quoted with the mistake", async () => {
    const folder = opened.folder();
    const config = join(folder, "config");
    const text = kubeconfig(server.url, { user: { token: "planted-token-abcdef" } });
    for (const broken of [text.slice(0, -5), `${text}}`, text.replace('"contexts"', '"contexts')]) {
      writeFileSync(config, broken);
      expect(await run(config)).not.toContain("planted-token-abcdef");
    }
  });

  it("in the URLs of servers and proxies are left out", async () => {
    const folder = opened.folder();
    const config = join(folder, "config");
    const withUser = server.url.replace("://", "://ann:planted-url-password@");
    const cluster = { "proxy-url": "http://ann:planted-proxy-password@127.0.0.1:9" };
    for (const text of [kubeconfig(withUser), kubeconfig(server.url, { cluster })]) {
      writeFileSync(config, text);
      const seen = await run(config);
      expect(seen).not.toContain("planted-url-password");
      expect(seen).not.toContain("planted-proxy-password");
    }
  });
});
