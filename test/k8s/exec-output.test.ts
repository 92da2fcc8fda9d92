import { describe, expect, it } from "vitest";
import { ExecOutput } from "../../src/k8s/exec-output.ts";

describe("ExecOutput", () => {
  it("joins a character that two frames split", () => {
    const bytes = Buffer.from("a→b");
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const output = new ExecOutput(100);
      output.add("stdout", bytes.subarray(0, cut));
      output.add("stdout", bytes.subarray(cut));
      expect(output.texts()).toEqual({ stdout: "a→b", stderr: "" });
    }
  });

  it("keeps the streams apart also where one is in the middle of a character", () => {
    const output = new ExecOutput(100);
    const arrow = Buffer.from("→");
    output.add("stdout", arrow.subarray(0, 1));
    output.add("stderr", Buffer.from("err"));
    output.add("stdout", arrow.subarray(1));
    expect(output.texts()).toEqual({ stdout: "→", stderr: "err" });
  });

  it("shows a character that the command left unfinished", () => {
    const output = new ExecOutput(100);
    output.add("stdout", Buffer.from("→").subarray(0, 2));
    expect(output.texts().stdout).toBe("\uFFFD");
  });

  it("keeps exactly the limit without calling it overflow", () => {
    const output = new ExecOutput(4);
    output.add("stdout", Buffer.from("abcd"));
    expect([output.texts().stdout, output.overflow]).toEqual(["abcd", false]);
  });

  it("drops what is beyond the limit, and half a character with it", () => {
    const output = new ExecOutput(4);
    output.add("stdout", Buffer.from("ab→"));
    output.add("stdout", Buffer.from("cd"));
    expect([output.texts().stdout, output.overflow]).toEqual(["ab", true]);
  });

  it("knows a stream that will not end", () => {
    const output = new ExecOutput(10);
    output.add("stdout", Buffer.alloc(80));
    expect(output.runaway).toBe(false);
    output.add("stderr", Buffer.alloc(1));
    expect(output.runaway).toBe(true);
  });
});
