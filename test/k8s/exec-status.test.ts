import { describe, expect, it } from "vitest";
import { readStatusFrame } from "../../src/k8s/exec-status.ts";

const nonZero = (causes: unknown) =>
  JSON.stringify({ status: "Failure", reason: "NonZeroExitCode", message: "exit", details: { causes } });

describe("readStatusFrame", () => {
  it.each([
    ["Success", '{"metadata":{},"status":"Success"}', 0],
    ["exit code 7, as a string", nonZero([{ reason: "ExitCode", message: "7" }]), 7],
    ["killed by a signal", nonZero([{ reason: "ExitCode", message: "137" }]), 137],
  ])("reads %s", (_title, text, exitCode) => {
    expect(readStatusFrame(text)).toEqual({ kind: "exited", exitCode });
  });

  it.each([
    ["no JSON", "boom"],
    ["cut JSON", '{"status":"Fail'],
    ["nothing", ""],
    ["a JSON list", "[]"],
    ["no Status", '{"hello":1}'],
    ["an exit code that is none", nonZero([{ reason: "ExitCode", message: "many" }])],
    ["no causes", nonZero(undefined)],
    ["causes that are no list", nonZero("x")],
  ])("is malformed and not tried again: %s", (_title, text) => {
    expect(readStatusFrame(text)).toMatchObject({ kind: "failed", reason: "malformed", retryable: false });
  });

  it.each([
    'container not found ("c")',
    'Internal error occurred: error executing command in container: failed to exec in container: failed to start exec: OCI runtime exec failed: exec failed: unable to start container process: exec: "/bin/nope": stat /bin/nope: no such file or directory: unknown',
  ])("says that the runtime could not start it: %s", (message) => {
    const text = JSON.stringify({ status: "Failure", reason: "InternalError", message });
    expect(readStatusFrame(text)).toEqual({ kind: "failed", reason: "container", message, retryable: false });
  });

  it("takes a kubelet that the API server cannot reach for a fault of the way", () => {
    const message = "error dialing backend: dial tcp 10.0.0.7:10250: connect: connection refused";
    const text = JSON.stringify({ status: "Failure", reason: "InternalError", message });
    expect(readStatusFrame(text)).toEqual({
      kind: "failed",
      reason: "unreachable",
      message,
      retryable: true,
    });
  });
});
