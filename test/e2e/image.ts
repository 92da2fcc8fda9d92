import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IS_TESTBED, testbed } from "./cluster.ts";

/** All that the image is made of. */
const SOURCES = [
  "Dockerfile",
  "package.json",
  "package-lock.json",
  "schema",
  "scripts/build.ts",
  "scripts/build-image",
  "src",
];

/**
 * The image of the sources as they are, on all nodes: that of NETVERDICT_IMAGE, else the test bed's, which is built and
 * loaded unless it is there. Its tag tells the sources apart.
 */
export async function builtImage(): Promise<string> {
  const given = process.env.NETVERDICT_IMAGE;
  if (given !== undefined) return given;
  if (!IS_TESTBED)
    throw new Error("name an image of Netverdict that this cluster can pull by NETVERDICT_IMAGE");
  const image = `netverdict:e2e-${hashOf(SOURCES)}`;
  if (isOnNode("node1", image) && isOnNode("node2", image)) return image;
  const folder = mkdtempSync(join(tmpdir(), "netverdict-image-"));
  try {
    const archive = join(folder, "netverdict.tar");
    console.info(await build("--offline", "--save", archive, image));
    await testbed("load-image", archive);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return image;
}

/** What scripts/build-image prints: size and start-up time. */
function build(...args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 } as const;
    execFile("scripts/build-image", args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout.trimEnd());
      // Where a tool is missing, the last line says which, and how to get it.
      else
        reject(
          new Error(
            stderr
              .trimEnd()
              .split("\n")
              .slice(error.code === 2 ? -1 : -20)
              .join("\n"),
          ),
        );
    });
  });
}

function isOnNode(node: string, image: string): boolean {
  const images = execFileSync(
    "testbed/cluster",
    ["shell", node, "ctr", "-n", "k8s.io", "images", "ls", "-q"],
    {
      encoding: "utf8",
    },
  );
  return images.split("\n").includes(`docker.io/library/${image}`);
}

function hashOf(paths: readonly string[]): string {
  const hash = createHash("sha256");
  for (const path of paths) {
    for (const file of filesOf(path)) hash.update(file).update("\0").update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex").slice(0, 12);
}

function filesOf(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesOf(join(path, name)));
}
