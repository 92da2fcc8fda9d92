import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { busyboxCandidates, findBusybox } from "../../../src/lab/kernel/busybox.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "netverdict-test-"));
});

afterEach(() => rm(folder, { recursive: true }));

async function fake(script: string): Promise<string> {
  const file = join(folder, "busybox");
  await writeFile(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return file;
}

test("takes the npm package's first", async () => {
  const candidates = await busyboxCandidates("/usr/bin:relative:/bin");
  expect(candidates[0]).toMatch(/node_modules\/busybox-static\/bin\/busybox$/);
  expect(candidates.slice(1)).toEqual(
    ["/usr/bin", "/bin"].flatMap((each) => [`${each}/busybox`, `${each}/busybox.static`]),
  );
  expect(await findBusybox(candidates)).toEqual({ path: candidates[0] });
});

test("passes over what does not exist, and names what one lacks", async () => {
  const poor = await fake('[ "$1" = sh ] && echo sh && echo cat');
  const search = await findBusybox([join(folder, "none"), poor]);
  expect(search).toEqual({
    path: undefined,
    tried: [{ path: poor, lacks: expect.stringMatching(/^chroot, .*wget$/) }],
  });
});

test("names an option that a distribution has left out", async () => {
  const [full = ""] = await busyboxCandidates("");
  const debian = await fake(`"${full}" "$@" 2>&1 | sed 's/-z//'`);
  expect(await findBusybox([debian])).toEqual({ path: undefined, tried: [{ path: debian, lacks: "nc -z" }] });
});

test("does not take one that needs libraries, nor one that is no program", async () => {
  const file = join(folder, "broken");
  await writeFile(file, "\x7fELF", { mode: 0o755 });
  const search = await findBusybox([process.execPath, file]);
  expect(search).toEqual({
    path: undefined,
    tried: [
      { path: process.execPath, lacks: "being statically linked (the lab's machines have no libraries)" },
      { path: file, lacks: "a shell, or it is for another processor" },
    ],
  });
});
