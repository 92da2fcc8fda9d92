import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUNDLE, netverdict } from "./bundle.ts";

const folder = mkdtempSync(join(tmpdir(), "netverdict-exit-"));
const objects = join(folder, "objects.yaml");
const queries = join(folder, "queries.json");
const PREDICT = ["predict", "--manifests", objects, "--queries", queries, "-o", "json"];

const COUNT = 20_000;
const QUERY = { from: "shop/web-0", to: "shop/web-1", port: 80, protocol: "TCP" };

beforeAll(() => {
  const pods = ["web-0", "web-1"].map((name) =>
    JSON.stringify({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: "shop" },
      spec: { containers: [{ name: "web", image: "web" }] },
    }),
  );
  writeFileSync(objects, pods.join("\n---\n"));
  // The last one can't be answered, so that the exit code is one that nobody has by accident.
  const last = { ...QUERY, to: "shop/nobody" };
  const asked = Array.from({ length: COUNT }, (_, id) => ({ ...(id === COUNT - 1 ? last : QUERY), id }));
  writeFileSync(queries, JSON.stringify(asked));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("the end of the program", () => {
  it("waits for a slow reader of much output, and keeps the exit code", async () => {
    const child = spawn(process.execPath, [BUNDLE, ...PREDICT], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = new Promise((resolve) => child.on("exit", resolve));
    const chunks: Buffer[] = [];
    for await (const chunk of child.stdout) {
      chunks.push(chunk);
      await setTimeout(5);
    }
    const { results } = JSON.parse(Buffer.concat(chunks).toString("utf8")) as { results: { id: number }[] };
    expect(results.map(({ id }) => id)).toEqual(Array.from({ length: COUNT }, (_, id) => id));
    expect(await ended).toBe(2);
  });

  it("can't be held up by a compiler thread that waits for the main one: there is but one such compiler", async () => {
    const { stdout } = await netverdict([BUNDLE, ...PREDICT], { script: "--trace-opt" });
    expect(stdout).toContain("(target TURBOFAN");
    // A few while the program is loaded; hundreds when all may be.
    expect(stdout.match(/\(target MAGLEV\)/g)?.length ?? 0).toBeLessThan(30);
  });
});
