import { existsSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { standInPod } from "../../src/k8s/stand-in-spec.ts";
import type { Labels } from "../../src/model/kubernetes.ts";
import type { Probe } from "../../src/model/observation.ts";
import { encodeProbe } from "../../src/probe/probe-lines.ts";
import { parseResults } from "../../src/probe/result-lines.ts";
import { probeCommand, probeStdin } from "../../src/probe/script.ts";
import { busyboxPath, LocalExec } from "./busybox.ts";
import { Servers } from "./servers.ts";

const NONCE = "0123456789abcdef";
const SOURCE = { namespace: "shop", name: "stand-in" };
const SEED = 20_240_229;

const busybox = busyboxPath();
const toolless = busyboxPath(["nc", "wget"]);
const servers = new Servers();
const mark = join(busybox.path, "a-value-was-run");

afterAll(() => {
  servers.end();
  busybox.remove();
  toolless.remove();
});

/** What shells, option parsers and line readers trip over, mixed with anything. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "$(",
        ")",
        "`",
        ";",
        "|",
        "&",
        "&&",
        "\n",
        "\r",
        "\0",
        "\t",
        " ",
        "'",
        '"',
        "\\",
        "\\n",
        "%s",
        "%n",
        "*",
      ),
      fc.constantFrom(
        "$IFS",
        "$x",
        "$0",
        "-",
        "--",
        "-e",
        "#",
        "end 0",
        "\nend 0\n",
        "<",
        ">",
        "(",
        "{",
        "~",
        "!",
        "=",
        "../",
      ),
      fc.constantFrom(
        `$(touch ${mark})`,
        `\`touch ${mark}\``,
        `;touch ${mark};`,
        `\n#\ntouch ${mark}\n`,
        `|touch ${mark}|`,
      ),
      fc.constantFrom(
        "10.0.0.1",
        "::1",
        "localhost",
        "a.b-c_d",
        "\\0",
        "\\101",
        "\\012",
        `${NONCE} 0 connect 0 0 0 open`,
      ),
      fc.string({ unit: "binary", maxLength: 6 }),
      fc.string({ unit: "grapheme", maxLength: 6 }),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(""));

function probe(fields: Partial<Probe>): Probe {
  return { id: "x", source: SOURCE, kind: "tcp", host: "127.0.0.1", port: 1, timeoutMs: 1000, ...fields };
}

/** The lines of those that are not refused. */
function encoded(probes: readonly Probe[]): readonly string[] {
  return probes.flatMap((one) => {
    const result = encodeProbe(one);
    return result.kind === "line" ? [result.line] : [];
  });
}

async function run(path: string, lines: readonly string[]) {
  const command = probeCommand({ nonce: NONCE, parallel: 16, deadlineSeconds: 18 });
  const exec = new LocalExec(path);
  const { stdout, stderr } = await exec.exec(SOURCE, command, {
    stdin: probeStdin(lines),
    deadlineMs: 19_000,
  });
  return { parsed: parseResults(stdout, NONCE), stderr };
}

describe("hostile values", () => {
  it("leave the encoder as plain fields or not at all", () => {
    const field =
      /^(tcp|http|udp) (ip|name) [A-Za-z0-9_:][A-Za-z0-9_.:%-]* \d+ \d+ [\d.]+ (-|[\d.]+) [\d.]+ (\\[0-7]{3})+$/;
    let lines = 0;
    fc.assert(
      fc.property(hostile, hostile, fc.constantFrom("tcp", "http", "udp"), (host, data, kind) => {
        for (const one of [probe({ kind, host }), probe({ kind, send: data, path: `/${data}` })]) {
          const result = encodeProbe(one);
          if (result.kind === "refused") continue;
          lines += 1;
          expect(result.line).toMatch(field);
        }
      }),
      { numRuns: 10_000, seed: SEED },
    );
    expect(lines).toBeGreaterThan(5000);
  });

  it("run nothing when 10,000 of them go through the script, encoded or as they are", {
    timeout: 60_000,
  }, async () => {
    const values = fc.sample(hostile, { numRuns: 10_000, seed: SEED });
    const safe = encoded(
      values
        .slice(0, 5000)
        .map((value, index) =>
          index % 2 === 0
            ? probe({ kind: "udp", send: `x${value}` })
            : probe({ kind: "udp", send: `/${value}` }),
        ),
    );
    expect(safe).toHaveLength(5000);
    for (let from = 0; from < safe.length; from += 1000) {
      const { parsed, stderr } = await run(toolless.path, safe.slice(from, from + 1000));
      expect(stderr).toBe("");
      expect(parsed).toMatchObject({ end: { count: 1000 }, strays: 0 });
      expect(parsed.results.size).toBe(1000);
    }
    // Past the encoder, which lets none of these through: as host, port, path and all of it.
    const raw = values.slice(5000).map((value, index) => {
      const one = value.replaceAll(/[\n\0]/g, "");
      const lines = [
        `tcp ip ${one} 1 1 1.000 - 0.334 \\055`,
        `tcp ip 127.0.0.1 ${one} 1 1.000 - 0.334 \\055`,
        `http ip 127.0.0.1 1 1 1.000 - 0.334 ${one}`,
        `udp name ${one} ${one} ${one} ${one} ${one} ${one} ${one}`,
        one,
      ];
      return lines[index % lines.length] ?? "";
    });
    for (let from = 0; from < raw.length; from += 1000) {
      const { parsed } = await run(toolless.path, raw.slice(from, from + 1000));
      expect(parsed.end?.count).toBe(1000);
    }
    expect(existsSync(mark)).toBe(false);
  });

  it("in labels and ports reach no shell: a stand-in's command holds nothing of the scenario but numbers", () => {
    const settings = { runId: "abc1234", image: "busybox", imagePullSecrets: [], tolerateAll: false };
    const owner = { apiVersion: "apps/v1", kind: "Deployment", name: "o", uid: "u" };
    const commandOf = (labels: Labels, name: string): unknown => {
      const port = { port: 80, protocol: "TCP", serve: "http", name } as const;
      const template = { namespace: "shop", labels, ports: [port], display: name };
      const planned = { id: "1", template, role: "target", serves: [port] } as const;
      const pod = standInPod(planned, owner, undefined, settings) as {
        readonly spec: { readonly containers: readonly { readonly command: unknown }[] };
      };
      return pod.spec.containers.map(({ command }) => command);
    };
    const plain = commandOf({ app: "web" }, "http");
    fc.assert(
      fc.property(hostile, hostile, (key, value) => {
        expect(commandOf({ [key]: value }, value)).toEqual(plain);
      }),
      { numRuns: 1000, seed: SEED },
    );
  });

  it("are no patterns for file names", async () => {
    const command = probeCommand({ nonce: NONCE, parallel: 1, deadlineSeconds: 10 });
    const stdin = probeStdin(["* ip 127.0.0.1 1 1 1.000 - 0.334 \\055"]);
    const { stdout } = await new LocalExec(toolless.path).exec(SOURCE, command, {
      stdin,
      deadlineMs: 15_000,
    });
    expect(stdout).toContain(`${NONCE} 0 * 0 `);
  });

  it("arrive at a UDP server byte by byte", async () => {
    const values = [
      ...new Set(fc.sample(hostile, { numRuns: 150, seed: SEED }).filter((value) => value !== "")),
    ];
    const heard = new Set<string>();
    const port = await servers.udp((data, reply) => {
      heard.add(data.toString("hex"));
      reply(data);
    });
    const { parsed } = await run(
      busybox.path,
      encoded(values.map((send) => probe({ kind: "udp", port, send }))),
    );
    expect(parsed.end?.count).toBe(values.length);
    expect([...heard].sort()).toEqual(
      values.map((value) => Buffer.from(value, "utf8").toString("hex")).sort(),
    );
    expect(existsSync(mark)).toBe(false);
  });

  it("arrive at an HTTP server byte by byte", async () => {
    const values = fc.sample(hostile, { numRuns: 150, seed: SEED }).map((value) => `/${value}`);
    const probes = values
      .map((path) => probe({ kind: "http", path }))
      .filter((one) => encodeProbe(one).kind === "line");
    expect(probes.length).toBeGreaterThan(30);
    const asked = new Set<string>();
    const port = await servers.tcp((socket) =>
      socket.once("data", (data) => {
        asked.add(/^GET (.*) HTTP\/1\.1\r\n/.exec(data.toString("utf8"))?.[1] ?? "no request");
        socket.end("HTTP/1.1 200 OK\r\n\r\n");
      }),
    );
    await run(busybox.path, encoded(probes.map((one) => ({ ...one, port }))));
    expect([...asked].sort()).toEqual([...new Set(probes.map(({ path }) => path))].sort());
    expect(existsSync(mark)).toBe(false);
  });
});
