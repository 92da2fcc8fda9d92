import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { busyboxCandidates } from "../../../src/lab/kernel/busybox.ts";
import { checkHost } from "../../../src/lab/kernel/check-host.ts";
import { runTool } from "../../../src/lab/kernel/run-tool.ts";

const CHECK = fileURLToPath(new URL("../../../src/lab/kernel/check-host.ts", import.meta.url));
const SCRIPT = `import { checkHost } from ${JSON.stringify(CHECK)}; process.stdout.write(JSON.stringify(await checkHost()));`;

/** What the check says after the shell commands, in a user namespace that its limits are changed in. */
async function checkedAfter(prepare: string): Promise<unknown> {
  const [busybox = ""] = await busyboxCandidates("");
  const node = `exec "$1" --input-type=module -e "$2"`;
  const shell = ["sh", "-ec", `${prepare}\n${node}`, "check", process.execPath, SCRIPT];
  const result = await runTool([busybox, "unshare", "-U", "-r", "-m", "-n", busybox, ...shell]);
  expect(result.stderr).toBe("");
  return JSON.parse(result.stdout);
}

test("nothing fatal is wrong with the machine that these tests run on", async () => {
  expect((await checkHost()).filter(({ severity }) => severity === "fatal")).toEqual([]);
});

test("root does without user namespaces where there are none", async () => {
  const problems = await checkedAfter("echo 0 >/proc/sys/user/max_user_namespaces");
  expect(problems).not.toContainEqual(expect.objectContaining({ severity: "fatal" }));
});

test("root that may not make namespaces is told where to go", async () => {
  const problems = await checkedAfter(
    "echo 0 >/proc/sys/user/max_user_namespaces; echo 0 >/proc/sys/user/max_net_namespaces",
  );
  expect(problems).toContainEqual({
    severity: "fatal",
    message: expect.stringContaining("this is root without the right to make namespaces and mounts"),
    hint: expect.stringContaining("privileged"),
  });
});
