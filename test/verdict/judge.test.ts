import { describe, expect, it } from "vitest";
import { OBSERVATION_KINDS, type ObservationKind } from "../../src/model/observation.ts";
import type { Prediction, PredictionValue } from "../../src/model/prediction.ts";
import type { Evidence, ListenerProofGrade, SourceProofGrade } from "../../src/model/report.ts";
import { agreement, type JudgeOptions, judge, type Outcome } from "../../src/verdict/judge.ts";

const OPTIONS: JudgeOptions = { strict: false, allowUnenforced: false, foreignPolicies: [] };

function prediction(value: PredictionValue): Prediction {
  const rule = {
    kind: "NetworkPolicy",
    namespace: "shop",
    name: "database-policy",
    path: "spec.ingress[0]",
  } as const;
  const trace = {
    value: "allow" as PredictionValue,
    subject: "shop/database-0",
    isolatedBy: [],
    reason: "not isolated",
  };
  const ingress = {
    ...trace,
    direction: "ingress" as const,
    value,
    isolatedBy: [rule],
    ...(value === "deny"
      ? { nearest: { rule, condition: rule, text: "label tier=backend wanted, pod has tier=frontend" } }
      : { allowedBy: rule }),
  };
  return {
    value,
    reason: `the reason for ${value}`,
    ...(value === "undetermined" ? { openPoint: "S33" } : {}),
    egress: { ...trace, direction: "egress" },
    ingress,
  };
}

function evidence(listener: ListenerProofGrade, source: SourceProofGrade): Evidence {
  return {
    listener: { grade: listener, detail: "listener detail" },
    source: { grade: source, detail: "source detail" },
  };
}

function outcome(more: {
  expect: "allow" | "deny";
  observed: ObservationKind;
  predicted: PredictionValue;
  evidence?: Evidence;
  dns?: PredictionValue;
  unreachableIsFine?: boolean;
  flapping?: boolean;
}): Outcome {
  return {
    expect: more.expect,
    application: "connect",
    prediction: prediction(more.predicted),
    observation: { kind: more.observed, reason: `saw ${more.observed}` },
    evidence: more.evidence ?? evidence("peer", "connected"),
    unreachableIsFine: more.unreachableIsFine ?? false,
    flapping: more.flapping ?? false,
    ...(more.dns === undefined ? {} : { dnsPrediction: prediction(more.dns) }),
  };
}

const proven = evidence("peer", "connected");
const unproven = evidence("none", "connected");

// The table of product.md, row by row: expected, observed, predicted, evidence -> verdict, cause.
const ROWS: readonly [string, Parameters<typeof outcome>[0], string, string | undefined][] = [
  ["allow, open, allow", { expect: "allow", observed: "connected", predicted: "allow" }, "pass", undefined],
  [
    "allow, open, undetermined",
    { expect: "allow", observed: "connected", predicted: "undetermined" },
    "pass",
    undefined,
  ],
  [
    "allow, closed-early, allow",
    { expect: "allow", observed: "closed-early", predicted: "allow" },
    "fail",
    "application",
  ],
  ["allow, open, deny", { expect: "allow", observed: "connected", predicted: "deny" }, "fail", "enforcement"],
  [
    "allow, closed, deny",
    { expect: "allow", observed: "timeout", predicted: "deny", evidence: unproven },
    "fail",
    "policy",
  ],
  [
    "allow, closed and proven, allow",
    { expect: "allow", observed: "timeout", predicted: "allow", evidence: proven },
    "fail",
    "enforcement",
  ],
  [
    "allow, closed and unproven, allow",
    { expect: "allow", observed: "refused", predicted: "allow", evidence: unproven },
    "fail",
    "application",
  ],
  [
    "allow, closed, undetermined",
    { expect: "allow", observed: "timeout", predicted: "undetermined" },
    "fail",
    "open-point",
  ],
  [
    "allow, name failed, DNS denied",
    { expect: "allow", observed: "dns-failure", predicted: "allow", dns: "deny" },
    "fail",
    "policy",
  ],
  [
    "allow, name failed, DNS allowed",
    { expect: "allow", observed: "dns-failure", predicted: "allow", dns: "allow" },
    "fail",
    "dns",
  ],
  [
    "deny, closed and proven, deny",
    { expect: "deny", observed: "timeout", predicted: "deny" },
    "pass",
    undefined,
  ],
  [
    "deny, closed and proven, undetermined",
    { expect: "deny", observed: "timeout", predicted: "undetermined" },
    "pass",
    undefined,
  ],
  [
    "deny, closed and proven, allow",
    { expect: "deny", observed: "timeout", predicted: "allow" },
    "pass",
    undefined,
  ],
  [
    "deny, closed and unproven, deny",
    { expect: "deny", observed: "timeout", predicted: "deny", evidence: unproven },
    "inconclusive",
    "evidence",
  ],
  [
    "deny, closed and unproven, allow",
    { expect: "deny", observed: "refused", predicted: "allow", evidence: unproven },
    "inconclusive",
    "evidence",
  ],
  ["deny, open, allow", { expect: "deny", observed: "connected", predicted: "allow" }, "fail", "policy"],
  [
    "deny, closed-early, allow",
    { expect: "deny", observed: "closed-early", predicted: "allow" },
    "fail",
    "policy",
  ],
  ["deny, open, deny", { expect: "deny", observed: "connected", predicted: "deny" }, "fail", "enforcement"],
  [
    "deny, open, undetermined",
    { expect: "deny", observed: "connected", predicted: "undetermined" },
    "fail",
    "open-point",
  ],
  [
    "deny, name failed, allow",
    { expect: "deny", observed: "dns-failure", predicted: "allow" },
    "inconclusive",
    "dns",
  ],
  [
    "deny, name failed, deny",
    { expect: "deny", observed: "dns-failure", predicted: "deny", dns: "deny" },
    "inconclusive",
    "dns",
  ],
  [
    "allow, exec-error",
    { expect: "allow", observed: "exec-error", predicted: "allow" },
    "inconclusive",
    "tool",
  ],
  ["deny, exec-error", { expect: "deny", observed: "exec-error", predicted: "deny" }, "inconclusive", "tool"],
  ["deny, tool-error", { expect: "deny", observed: "tool-error", predicted: "deny" }, "inconclusive", "tool"],
  ["deny, not-run", { expect: "deny", observed: "not-run", predicted: "deny" }, "inconclusive", "tool"],
];

describe("the table of verdicts", () => {
  it.each(ROWS)("%s", (_name, row, verdict, cause) => {
    const judged = judge(outcome(row), OPTIONS);
    expect(judged.verdict).toBe(verdict);
    expect(judged.cause).toBe(cause);
    expect(judged.reason).not.toBe("");
  });

  it.each([
    "timeout",
    "refused",
    "dns-failure",
  ] as const)("does not blame anybody for %s where new pods of the node are closed to what the canary's policy allows", (observed) => {
    for (const predicted of ["allow", "undetermined"] as const) {
      const seen = outcome({ expect: "allow", observed, predicted });
      expect(judge(seen, OPTIONS).verdict).toBe("fail");
      const judged = judge({ ...seen, closedNode: "node-1" }, OPTIONS);
      expect(judged).toMatchObject({ verdict: "inconclusive", cause: "evidence" });
      expect(judged.reason).toContain("the canary on node-1");
    }
    const denied = outcome({ expect: "allow", observed: "timeout", predicted: "deny" });
    expect(judge({ ...denied, closedNode: "node-1" }, OPTIONS).cause).toBe("policy");
  });

  it("never passes a denied flow that was not closed, whatever else is known", () => {
    for (const observed of OBSERVATION_KINDS) {
      for (const predicted of ["allow", "deny", "undetermined"] as const) {
        const judged = judge(outcome({ expect: "deny", observed, predicted }), OPTIONS);
        const closed = ["refused", "timeout", "unreachable", "local-denied"].includes(observed);
        expect(judged.verdict === "pass", `${observed} ${predicted}`).toBe(closed);
      }
    }
  });

  it("never passes an allowed flow that did not open", () => {
    for (const observed of OBSERVATION_KINDS) {
      for (const predicted of ["allow", "deny", "undetermined"] as const) {
        const judged = judge(outcome({ expect: "allow", observed, predicted }), OPTIONS);
        if (judged.verdict === "pass") expect(observed).toBe("connected");
      }
    }
  });

  it("names a reason and an advice for everything that is not a pass", () => {
    for (const [name, row, verdict] of ROWS) {
      if (verdict === "pass") continue;
      expect(judge(outcome(row), OPTIONS).advice, name).toMatch(/\w/);
    }
  });
});

describe("proof of a block", () => {
  const grades = ["peer", "kubelet", "self", "ready", "running", "none"] as const;

  it.each(
    grades,
  )("takes silence for a block with listener proof %s only if it is ready or better", (grade) => {
    const row = {
      expect: "deny",
      observed: "timeout",
      predicted: "deny",
      evidence: evidence(grade, "connected"),
    } as const;
    const enough = ["peer", "kubelet", "self", "ready"].includes(grade);
    expect(judge(outcome(row), OPTIONS).verdict).toBe(enough ? "pass" : "inconclusive");
  });

  it.each(
    grades,
  )("takes a refusal for a block with listener proof %s only if somebody was accepted", (grade) => {
    const row = {
      expect: "deny",
      observed: "refused",
      predicted: "deny",
      evidence: evidence(grade, "none"),
    } as const;
    const enough = ["peer", "kubelet", "self"].includes(grade);
    expect(judge(outcome(row), OPTIONS).verdict).toBe(enough ? "pass" : "inconclusive");
  });

  it("does not take silence for a block when the source reached nothing at all", () => {
    const row = {
      expect: "deny",
      observed: "timeout",
      predicted: "deny",
      evidence: evidence("peer", "none"),
    } as const;
    const judged = judge(outcome(row), OPTIONS);
    expect(judged.verdict).toBe("inconclusive");
    expect(judged.reason).toContain("source");
    expect(judged.advice).toContain("--control-namespace");
  });

  it("takes the proof of a node for a source that may reach nothing", () => {
    const row = {
      expect: "deny",
      observed: "timeout",
      predicted: "deny",
      evidence: evidence("ready", "node"),
    } as const;
    expect(judge(outcome(row), OPTIONS).verdict).toBe("pass");
  });

  it("waives the listener, never the source, for unreachableIsFine", () => {
    const row = { expect: "deny", observed: "timeout", predicted: "deny", unreachableIsFine: true } as const;
    expect(judge(outcome({ ...row, evidence: evidence("none", "connected") }), OPTIONS).verdict).toBe("pass");
    expect(judge(outcome({ ...row, evidence: evidence("none", "none") }), OPTIONS).verdict).toBe(
      "inconclusive",
    );
  });
});

describe("options of a run", () => {
  it("--strict fails a block that is not NetworkPolicy's doing", () => {
    const row = { expect: "deny", observed: "timeout", predicted: "allow" } as const;
    const judged = judge(outcome(row), { ...OPTIONS, strict: true });
    expect(judged.verdict).toBe("fail");
    expect(judged.reason).toContain("not by NetworkPolicy");
  });

  it("--allow-unenforced passes a wanted flow that the policies forbid, and says so", () => {
    const row = { expect: "allow", observed: "connected", predicted: "deny" } as const;
    const judged = judge(outcome(row), { ...OPTIONS, allowUnenforced: true });
    expect(judged.verdict).toBe("pass");
    expect(judged.reason).toContain("--allow-unenforced");
  });

  it("--allow-unenforced never passes an unwanted flow", () => {
    const row = { expect: "deny", observed: "connected", predicted: "deny" } as const;
    expect(judge(outcome(row), { ...OPTIONS, allowUnenforced: true }).verdict).toBe("fail");
  });

  it("names policy kinds that are not read beside enforcement", () => {
    const foreignPolicies = [{ group: "cilium.io", kind: "CiliumNetworkPolicy", count: 3 }];
    const row = { expect: "deny", observed: "connected", predicted: "deny" } as const;
    expect(judge(outcome(row), { ...OPTIONS, foreignPolicies }).advice).toContain("3 CiliumNetworkPolicy");
  });
});

describe("advice", () => {
  it("names the nearest rule and the label it missed on", () => {
    const judged = judge(outcome({ expect: "allow", observed: "timeout", predicted: "deny" }), OPTIONS);
    expect(judged.advice).toBe(
      "ingress: nearest rule is spec.ingress[0] of policy shop/database-policy: label tier=backend wanted, pod has tier=frontend",
    );
  });

  it("names the rule that opens what should be closed, and the direction that nothing isolates", () => {
    const judged = judge(outcome({ expect: "deny", observed: "connected", predicted: "allow" }), OPTIONS);
    expect(judged.advice).toContain("ingress is allowed by spec.ingress[0] of policy shop/database-policy");
    expect(judged.advice).toContain("no policy selects shop/database-0 for egress");
  });
});

describe("agreement", () => {
  it("compares packets with policies, and says undetermined where either does not tell", () => {
    const seen = (kind: ObservationKind) => ({ kind, reason: "" });
    expect(agreement(prediction("allow"), seen("connected"))).toBe("agrees");
    expect(agreement(prediction("deny"), seen("connected"))).toBe("disagrees");
    expect(agreement(prediction("deny"), seen("refused"))).toBe("agrees");
    expect(agreement(prediction("allow"), seen("timeout"))).toBe("disagrees");
    expect(agreement(prediction("undetermined"), seen("connected"))).toBe("undetermined");
    expect(agreement(prediction("allow"), seen("exec-error"))).toBe("undetermined");
    expect(agreement(prediction("allow"), seen("dns-failure"))).toBe("undetermined");
    expect(agreement(prediction("allow"), undefined)).toBe("undetermined");
  });
});
