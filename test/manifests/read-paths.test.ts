import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readPaths } from "../../src/manifests/read-paths.ts";
import { UserError } from "../../src/source/errors.ts";

let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "netverdict-manifests-"));
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

async function* input(...chunks: readonly (string | Uint8Array)[]) {
  yield* chunks;
}

async function put(path: string, content: string | Uint8Array = path): Promise<void> {
  await mkdir(join(root, path, ".."), { recursive: true });
  await writeFile(join(root, path), content);
}

async function read(...paths: readonly string[]): Promise<string[]> {
  const texts = await readPaths(
    paths.map((path) => (path === "-" ? path : join(root, path))),
    input(),
  );
  return texts.map(({ path, text }) => `${path.replace(`${root}/`, "")}=${text}`);
}

async function refusal(...paths: readonly string[]): Promise<UserError> {
  const error = await read(...paths).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  return error as UserError;
}

describe("reading paths", () => {
  it("reads a directory with all below it, manifests only, in the order of their paths", async () => {
    for (const path of [
      "b.yml",
      "a.yaml",
      "sub/c.json",
      "sub/b.ndjson",
      "B.yaml",
      "readme.md",
      "a.yaml.bak",
      ".x/a.yaml",
      ".y.yaml",
    ]) {
      await put(path);
    }
    expect(await read(".")).toEqual(
      ["B.yaml", "a.yaml", "b.yml", "sub/b.ndjson", "sub/c.json"].map((path) => `${path}=${path}`),
    );
  });

  it("reads a file whatever its name, in the order that was given", async () => {
    await put("z.txt");
    await put("a.yaml");
    expect(await read("z.txt", "a.yaml")).toEqual(["z.txt=z.txt", "a.yaml=a.yaml"]);
  });

  it("reads a file once that is meant twice", async () => {
    await put("dir/a.yaml");
    await symlink(join(root, "dir/a.yaml"), join(root, "dir/link.yaml"));
    expect(await read("dir/a.yaml", "dir", "dir/../dir/a.yaml")).toEqual(["dir/a.yaml=dir/a.yaml"]);
  });

  it("reads a mounted ConfigMap without its hidden copies", async () => {
    await put("..2026_01/policy.yaml", "x");
    await symlink("..2026_01", join(root, "..data"));
    await symlink("..data/policy.yaml", join(root, "policy.yaml"));
    expect(await read(".")).toEqual(["policy.yaml=x"]);
  });

  it("reads standard input as one text, split characters put together", async () => {
    const bytes = new TextEncoder().encode("a: é\n");
    const texts = await readPaths(["-"], input("# \n", bytes.slice(0, 4), bytes.slice(4)));
    expect(texts).toEqual([{ path: "<stdin>", text: "# \na: é\n" }]);
  });

  it("says what is missing and what to do", async () => {
    const { message, hint } = await refusal("none");
    expect(message).toBe(`${join(root, "none")} does not exist`);
    expect(hint).toBe("give files or directories with manifests, or - for standard input");
  });

  it("refuses a directory without manifests", async () => {
    await put("dir/readme.md");
    const { message, hint } = await refusal("dir");
    expect(message).toBe(`${join(root, "dir")} holds no manifests`);
    expect(hint).toContain(".yaml, .yml, .json and .ndjson");
  });

  it("refuses what is no text, and links that lead nowhere", async () => {
    await put("dir/a.yaml", Uint8Array.of(0x61, 0xff));
    await symlink("nowhere", join(root, "dir/b.yaml"));
    const { message, diagnostics } = await refusal("dir");
    expect(message).toBe("2 paths can't be read");
    expect(diagnostics.map((diagnostic) => diagnostic.message)).toEqual([
      `${join(root, "dir/a.yaml")} is no UTF-8 text`,
      `${join(root, "dir/b.yaml")} does not exist`,
    ]);
  });

  it("reports all paths that can't be read at once", async () => {
    await put("file");
    const { diagnostics } = await refusal("none", "file/below", "file");
    expect(diagnostics.map(({ message }) => message.replace(`${root}/`, ""))).toEqual([
      "none does not exist",
      "file/below does not exist: a part of the path is no directory",
    ]);
  });
});
