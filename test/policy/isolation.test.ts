import { describe, expect, it } from "vitest";
import { address, type PolicySpec, pod, policy, predict } from "./build.ts";

const web = pod("shop/web", { labels: { app: "web" } });
const db = pod("shop/db", { labels: { app: "db" } });
const other = pod("other/x");
const outside = address("203.0.113.10");
const DENY: PolicySpec = { podSelector: {}, policyTypes: ["Ingress", "Egress"] };
const DENY_INGRESS: PolicySpec = { podSelector: {}, policyTypes: ["Ingress"] };
const DENY_EGRESS: PolicySpec = { podSelector: {}, policyTypes: ["Egress"] };

describe("which pods a policy isolates, and in which direction", () => {
  it("S4: without any policy everything is allowed", () => {
    const { value, reason } = predict([], web, db, 5432);
    expect(value).toBe("allow");
    expect(reason).toBe("no policy isolates shop/web for egress or shop/db for ingress");
  });

  it("S1: a policy applies to pods of its own namespace only", () => {
    expect(predict([policy("shop/p", DENY_INGRESS)], other, db, 1).value).toBe("deny");
    expect(predict([policy("other/p", DENY_INGRESS)], other, db, 1).value).toBe("allow");
  });

  it("S1: a policy without a namespace is of `default`", () => {
    const homeless = { metadata: { name: "p" }, spec: DENY_INGRESS };
    expect(predict([homeless], web, pod("default/x"), 1).value).toBe("deny");
    expect(predict([homeless], web, db, 1).value).toBe("allow");
  });

  it.each([
    ["empty", { podSelector: {} }],
    ["missing", {}],
    ["null", { podSelector: null }],
    ["missing with the whole spec", null],
  ] as const)("S2: a podSelector that is %s selects all pods", (_name, spec) => {
    expect(predict([policy("shop/p", spec)], web, db, 1).value).toBe("deny");
  });

  it("S2: a podSelector selects by labels", () => {
    const only = policy("shop/p", { podSelector: { matchLabels: { app: "db" } } });
    expect(predict([only], web, db, 1).value).toBe("deny");
    expect(predict([only], db, web, 1).value).toBe("allow");
  });

  const types: [string, PolicySpec, boolean, boolean][] = [
    ["no types, no rules", {}, true, false],
    ["null types", { policyTypes: null }, true, false],
    ["an empty list of types", { policyTypes: [] }, true, false],
    ["no types, an egress rule", { egress: [{ ports: [{ port: 1 }] }] }, true, true],
    ["no types, a null egress rule for everything", { egress: [null] }, true, false],
    ["no types, an empty list of egress rules", { egress: [] }, true, false],
    ["no types, null egress rules", { egress: null }, true, false],
    ["no types, an ingress rule", { ingress: [{ ports: [{ port: 1 }] }] }, true, false],
    ["Ingress", { policyTypes: ["Ingress"] }, true, false],
    ["Egress", { policyTypes: ["Egress"] }, false, true],
    ["both", { policyTypes: ["Egress", "Ingress"] }, true, true],
    ["Ingress twice", { policyTypes: ["Ingress", "Ingress"] }, true, false],
    [
      "Ingress, with an egress rule",
      { policyTypes: ["Ingress"], egress: [{ ports: [{ port: 1 }] }] },
      true,
      false,
    ],
    [
      "Egress, with an ingress rule",
      { policyTypes: ["Egress"], ingress: [{ ports: [{ port: 1 }] }] },
      false,
      true,
    ],
  ];
  it.each(types)("S3: %s", (_name, spec, ingress, egress) => {
    const policies = [policy("shop/p", spec)];
    expect(predict(policies, outside, db, 9).value).toBe(ingress ? "deny" : "allow");
    expect(predict(policies, db, outside, 9).value).toBe(egress ? "deny" : "allow");
  });

  it("S3: a null egress rule without types isolates for egress and allows everything", () => {
    const { egress } = predict([policy("shop/p", { egress: [null] })], db, outside, 9);
    expect(egress.isolatedBy).toHaveLength(1);
    expect(egress.allowedBy?.path).toBe("spec.egress[0]");
  });

  it("S3: rules of a direction that policyTypes leave out are inert", () => {
    const inert = policy("shop/p", { policyTypes: ["Egress"], ingress: [{}], egress: [{}] });
    expect(predict([inert, policy("shop/q", DENY_INGRESS)], web, db, 1).value).toBe("deny");
  });

  it("S4: directions are independent", () => {
    expect(predict([policy("shop/p", DENY_EGRESS)], outside, db, 1).value).toBe("allow");
    expect(predict([policy("shop/p", DENY_INGRESS)], db, outside, 1).value).toBe("allow");
  });

  it("S5: policies only add: any one that allows is enough", () => {
    const allow = policy("shop/z", { policyTypes: ["Ingress"], ingress: [{ ports: [{ port: 5432 }] }] });
    expect(predict([policy("shop/a", DENY_INGRESS), allow], web, db, 5432).value).toBe("allow");
    expect(predict([allow, policy("shop/a", DENY_INGRESS)], web, db, 5432).value).toBe("allow");
    expect(predict([allow, policy("shop/a", DENY_INGRESS)], web, db, 5433).value).toBe("deny");
  });

  it("S6: pod to pod needs the source's egress and the destination's ingress", () => {
    const out = policy("shop/out", {
      podSelector: { matchLabels: { app: "web" } },
      policyTypes: ["Egress"],
      egress: [{}],
    });
    const into = policy("shop/in", {
      podSelector: { matchLabels: { app: "db" } },
      policyTypes: ["Ingress"],
      ingress: [{}],
    });
    const deny = policy("shop/deny", DENY);
    expect(predict([deny, out, into], web, db, 1).value).toBe("allow");
    const onlyOut = predict([deny, out], web, db, 1);
    expect([onlyOut.value, onlyOut.egress.value, onlyOut.ingress.value]).toEqual(["deny", "allow", "deny"]);
    const onlyIn = predict([deny, into], web, db, 1);
    expect([onlyIn.value, onlyIn.egress.value, onlyIn.ingress.value]).toEqual(["deny", "deny", "allow"]);
  });

  it("S6: of a connection with something that is no pod only the pod's side is judged", () => {
    const inward = predict([policy("shop/p", DENY_EGRESS)], outside, db, 1);
    expect(inward.egress).toMatchObject({ value: "allow", isolatedBy: [] });
    expect(inward.egress.subject).toBeUndefined();
    expect(predict([policy("shop/p", DENY)], outside, outside, 1).value).toBe("allow");
  });

  it.each([
    ["missing", undefined],
    ["null", null],
    ["an empty list", []],
  ] as const)("S7: rules that are %s isolate and allow nothing", (_name, rules) => {
    const spec: PolicySpec = {
      policyTypes: ["Ingress", "Egress"],
      ...(rules === undefined ? {} : { ingress: rules, egress: rules }),
    };
    expect(predict([policy("shop/p", spec)], outside, db, 1).value).toBe("deny");
    expect(predict([policy("shop/p", spec)], db, outside, 1).value).toBe("deny");
  });

  it.each([
    ["S7: an empty rule", {}],
    ["V17: a null rule", null],
  ])("%s allows everything", (_name, rule) => {
    const policies = [
      policy("shop/p", { policyTypes: ["Ingress", "Egress"], ingress: [rule], egress: [rule] }),
    ];
    expect(predict(policies, outside, db, "UDP 53").value).toBe("allow");
    expect(predict(policies, db, outside, "SCTP 1").value).toBe("allow");
    expect(predict(policies, db, db, 1).value).toBe("allow");
  });

  it("S8: a rule needs one of its peers and one of its ports", () => {
    const rule = { from: [{ podSelector: { matchLabels: { app: "web" } } }], ports: [{ port: 5432 }] };
    const policies = [policy("shop/p", { ingress: [rule] })];
    expect(predict(policies, web, db, 5432).value).toBe("allow");
    expect(predict(policies, web, db, 5433).value).toBe("deny");
    expect(predict(policies, pod("shop/x"), db, 5432).value).toBe("deny");
  });

  it("S8: a peer of one rule and a port of another do not add up", () => {
    const rules = [
      { from: [{ podSelector: { matchLabels: { app: "web" } } }], ports: [{ port: 1 }] },
      { from: [{ podSelector: { matchLabels: { app: "x" } } }], ports: [{ port: 2 }] },
    ];
    expect(predict([policy("shop/p", { ingress: rules })], web, db, 2).value).toBe("deny");
  });

  it("S9: replies need no rule: the way back is not judged", () => {
    const denyBack = policy("shop/p", {
      podSelector: { matchLabels: { app: "db" } },
      policyTypes: ["Egress"],
    });
    expect(predict([denyBack], web, db, 1).value).toBe("allow");
    expect(predict([denyBack], db, web, 1).value).toBe("deny");
  });

  it("S38: ports of every container are under the same policies", () => {
    const sidecar = pod("shop/s", {
      initContainers: [{ name: "proxy", restartPolicy: "Always", ports: [{ containerPort: 15_001 }] }],
    });
    expect(predict([policy("shop/p", DENY_INGRESS)], web, sidecar, 15_001).value).toBe("deny");
  });
});
