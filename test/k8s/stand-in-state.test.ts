import { describe, expect, it } from "vitest";
import { endProblem, startProblem } from "../../src/k8s/stand-in-state.ts";
import type { Pod } from "../../src/model/kubernetes.ts";
import { pod } from "../build-snapshot.ts";

function withStatus(status: object): Pod {
  const base = pod("shop/netverdict-1");
  return { ...base, status: { ...base.status, ...status } } as Pod;
}

const terminated = (reason: string): object => ({
  containerStatuses: [{ name: "probe", state: { terminated: { reason, exitCode: 137 } } }],
});

describe("a stand-in that ran", () => {
  it("and still does has no problem", () => {
    expect(endProblem(pod("shop/netverdict-1"))).toBeUndefined();
  });

  it.each([
    ["is gone", undefined, "is gone: evicted, drained, or removed by somebody"],
    ["is going", pod("shop/netverdict-1", { terminating: true }), "is being removed by somebody"],
    [
      "was evicted",
      withStatus({ phase: "Failed", reason: "Evicted", message: "The node was low on memory" }),
      "has ended (Failed: Evicted: The node was low on memory)",
    ],
    [
      "was killed for want of memory",
      withStatus({ phase: "Failed", ...terminated("OOMKilled") }),
      "has ended (Failed: OOMKilled)",
    ],
    ["has just been killed", withStatus(terminated("OOMKilled")), "has ended (Running: OOMKilled)"],
    [
      "is on a node that was lost",
      withStatus({ conditions: [{ type: "ContainersReady", status: "Unknown" }] }),
      "is on a node that does not report",
    ],
  ])("and %s is told by what became of it", (_what, state, problem) => {
    expect(endProblem(state)).toBe(problem);
  });
});

describe("a stand-in that starts", () => {
  it("and ends at once says why", () => {
    expect(startProblem(withStatus({ phase: "Failed", ...terminated("StartError") }))).toBe(
      "the stand-in ended at once (Failed: StartError)",
    );
  });
});
