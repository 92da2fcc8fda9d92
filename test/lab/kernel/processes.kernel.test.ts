import { createHash, randomBytes } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Kernel, startKernel } from "../../../src/lab/kernel/start-kernel.ts";
import { eventually, runIn, sh, spec } from "./run-in.ts";

let kernel: Kernel;

beforeAll(async () => {
  kernel = await startKernel();
  await kernel.createSandboxes([spec("one", 1)]);
});

afterAll(() => kernel.close());

test.each([
  { command: ["true"], code: 0 },
  { command: ["sh", "-c", "exit 7"], code: 7 },
  { command: ["sh", "-c", "kill -9 $$"], code: 137 },
  { command: ["no-such-command"], code: 127 },
  { command: ["/etc/hosts"], code: 126 },
])("the exit code of $command is $code", async ({ command, code }) => {
  expect(await runIn(kernel, "one", command)).toMatchObject({ code });
});

test("carries ten megabytes of any bytes in and out, unchanged", async () => {
  const bytes = randomBytes(10 * 1024 * 1024);
  const process = kernel.start("one", ["cat"]);
  process.stdin.end(bytes);
  const [out, code] = await Promise.all([buffer(process.stdout), process.exit]);
  expect(code).toBe(0);
  expect(digest(out)).toBe(digest(bytes));
});

test("holds a process back whose output nobody reads, and loses none of it", async () => {
  const process = kernel.start("one", ["sh", "-c", "head -c 5000000 /dev/zero; echo written >&2"]);
  let written = false;
  process.stderr.once("data", () => {
    written = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(written).toBe(false);
  expect((await buffer(process.stdout)).length).toBe(5_000_000);
  expect(await process.exit).toBe(0);
});

test("runs 64 commands at once without mixing them up", async () => {
  const all = await Promise.all(
    Array.from({ length: 64 }, (_, index) =>
      runIn(
        kernel,
        "one",
        ["sh", "-c", `head -c 200000 /dev/zero | tr '\\0' ${index % 10}; cat; exit ${index}`],
        {
          input: `input ${index}`,
        },
      ),
    ),
  );
  for (const [index, { code, stdout }] of all.entries()) {
    expect(code).toBe(index);
    expect(stdout).toBe(`${String(index % 10).repeat(200_000)}input ${index}`);
  }
});

test("streams input while the command runs, and its end", async () => {
  const process = kernel.start("one", ["sh", "-c", 'while read -r l; do echo "got $l"; done; echo end']);
  const answers = process.stdout[Symbol.asyncIterator]();
  process.stdin.write("a\n");
  expect(String((await answers.next()).value)).toBe("got a\n");
  process.stdin.end();
  expect(String((await answers.next()).value)).toBe("end\n");
  expect(await process.exit).toBe(0);
});

test("a command that ends without reading its input is no failure", async () => {
  const process = kernel.start("one", ["true"]);
  process.stdin.write(Buffer.alloc(5_000_000));
  expect(await process.exit).toBe(0);
});

test("a killed command ends with all of its process group, even right after its start", async () => {
  const process = kernel.start("one", ["sh", "-c", "sleep 4321 & sleep 4321"]);
  await eventually(kernel, "one", "pgrep -f '^sleep 4321'");
  process.kill("SIGKILL");
  expect(await process.exit).toBe(137);
  await eventually(kernel, "one", "! pgrep -f '^sleep 4321'");
  const fresh = kernel.start("one", ["sleep", "1000"]);
  fresh.kill("SIGKILL");
  expect(await fresh.exit).toBe(137);
});

test("a command that is asked to end may do so in its own way", async () => {
  const process = kernel.start("one", [
    "sh",
    "-c",
    "trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.01; done",
  ]);
  const output = process.stdout[Symbol.asyncIterator]();
  await output.next();
  process.kill();
  expect(String((await output.next()).value)).toBe("bye\n");
  expect(await process.exit).toBe(3);
});

test("has the environment and directory that it was given, and the applets on its path", async () => {
  const ran = await runIn(kernel, "one", ["sh", "-c", 'pwd; echo "$COLOR"; which nc'], {
    env: { COLOR: "it's blue" },
    workingDirectory: "/tmp",
  });
  expect(ran).toMatchObject({ code: 0, stdout: "/tmp\nit's blue\n/usr/sbin/nc\n" });
  expect(await runIn(kernel, "one", ["pwd"], { workingDirectory: "/none" })).toMatchObject({ code: 126 });
});

test("leads its own session and process group", async () => {
  const { stdout } = await sh(
    kernel,
    "one",
    "read -r pid _ _ _ group session _ </proc/self/stat; echo $(($$ - group)) $(($$ - session))",
  );
  expect(stdout).toBe("0 0\n");
});

test("collects orphans that have ended", async () => {
  await sh(kernel, "one", "for i in $(seq 50); do (sleep 0.01 &) ; done");
  // Collected once a second; the check itself makes one or two.
  await eventually(kernel, "one", "sleep 0.1; [ $(ps -o stat | grep -c Z) -lt 5 ]");
});

function digest(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
