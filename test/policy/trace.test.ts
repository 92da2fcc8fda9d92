import { describe, expect, it } from "vitest";
import { createEvaluator } from "../../src/policy/evaluator.ts";
import { address, pod, policy, predict, world } from "./build.ts";

const web = pod("shop/web", { labels: { app: "web" } });
const db = pod("shop/db", { labels: { app: "db" } });
const outside = address("203.0.113.10");
const deny = policy("shop/default-deny-all", { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
const dbPolicy = policy("shop/db-policy", {
  podSelector: { matchLabels: { app: "db" } },
  ingress: [{ ports: [{ port: 1 }] }, { from: [{ podSelector: {} }], ports: [{ port: 5432 }] }],
});

describe("the trace of a prediction", () => {
  it("of a denied connection names the policies that isolate and says that no rule allows", () => {
    expect(predict([deny], web, outside, 443)).toEqual({
      value: "deny",
      reason:
        "policy shop/default-deny-all isolates shop/web for egress and no rule allows TCP 443 to 203.0.113.10",
      egress: {
        direction: "egress",
        value: "deny",
        subject: "shop/web",
        tier: "NetworkPolicy",
        isolatedBy: [{ kind: "NetworkPolicy", namespace: "shop", name: "default-deny-all" }],
        reason:
          "policy shop/default-deny-all isolates shop/web for egress and no rule allows TCP 443 to 203.0.113.10",
      },
      ingress: {
        direction: "ingress",
        value: "allow",
        isolatedBy: [],
        reason: "203.0.113.10 is no pod, so no policy isolates it",
      },
    });
  });

  it("of an allowed connection names the first rule that allows", () => {
    const prediction = predict([dbPolicy], web, db, 5432);
    expect(prediction.reason).toBe("policy shop/db-policy allows TCP 5432 from shop/web (spec.ingress[1])");
    expect(prediction.ingress).toEqual({
      direction: "ingress",
      value: "allow",
      subject: "shop/db",
      tier: "NetworkPolicy",
      isolatedBy: [{ kind: "NetworkPolicy", namespace: "shop", name: "db-policy" }],
      allowedBy: { kind: "NetworkPolicy", namespace: "shop", name: "db-policy", path: "spec.ingress[1]" },
      reason: "policy shop/db-policy allows TCP 5432 from shop/web (spec.ingress[1])",
    });
    expect(prediction.egress).toMatchObject({
      value: "allow",
      isolatedBy: [],
      reason: "no policy isolates shop/web for egress",
    });
  });

  it("takes the first rule by policy name and index, whatever the order of the policies", () => {
    const spec = { ingress: [{ ports: [{ port: 9 }] }, {}, {}] };
    const list = [policy("shop/b", spec), policy("shop/a", spec), policy("shop/c", spec)];
    for (const policies of [list, [...list].reverse()]) {
      expect(predict(policies, web, db, 1).ingress.allowedBy).toMatchObject({
        name: "a",
        path: "spec.ingress[1]",
      });
    }
  });

  it("names both directions where both deny", () => {
    expect(predict([deny], web, db, 5432).reason).toBe(
      "policy shop/default-deny-all isolates shop/web for egress and no rule allows TCP 5432 to shop/db; " +
        "policy shop/default-deny-all isolates shop/db for ingress and no rule allows TCP 5432 from shop/web",
    );
  });

  it("names at most two policies and counts the others", () => {
    const named = ["a", "b", "c", "d"].map((name) => policy(`shop/${name}`, {}));
    expect(predict(named.slice(0, 2), web, db, 1).reason).toMatch(
      /^policies shop\/a and shop\/b isolate shop\/db for ingress/,
    );
    const { reason, ingress } = predict(named, web, db, 1);
    expect(reason).toMatch(
      /^policies shop\/a, shop\/b and 2 more isolate shop\/db for ingress and no rule allows/,
    );
    expect(ingress.isolatedBy.map((ref) => ref.name)).toEqual(["a", "b", "c", "d"]);
  });

  it("carries the places of policies that came from files", () => {
    const locate = (_object: object, path: readonly (string | number)[]) => ({
      file: "p.yaml",
      line: 10 + path.length,
      column: 3,
    });
    const { ingress } = predict([dbPolicy], web, db, 5432, { locate });
    expect(ingress.isolatedBy[0]?.position).toEqual({ file: "p.yaml", line: 10, column: 3 });
    expect(ingress.allowedBy?.position).toEqual({ file: "p.yaml", line: 13, column: 3 });
  });

  it("is one line, whatever it says", () => {
    for (const port of [1, 2, "UDP 53"] as const) {
      const { reason, egress, ingress } = predict([deny, dbPolicy], web, db, port);
      expect([reason, egress.reason, ingress.reason].join("")).not.toMatch(/\n/);
    }
  });
});

describe("an evaluator", () => {
  it("gives equal answers when it is asked again and through other objects for the same ends", () => {
    const evaluator = createEvaluator(world([deny, dbPolicy]));
    const first = evaluator.connection({ from: web, to: db, port: 5432, protocol: "TCP" });
    expect(evaluator.connection({ from: web, to: db, port: 5432, protocol: "TCP" })).toEqual(first);
    expect(evaluator.connection({ from: { ...web }, to: { ...db }, port: 5432, protocol: "TCP" })).toEqual(
      first,
    );
  });

  it("tells two policies of one name apart by their text, in either order", () => {
    const one = policy("shop/p", { ingress: [{ ports: [{ port: 1 }] }] });
    const two = policy("shop/p", { ingress: [{ ports: [{ port: 2 }] }] });
    expect(predict([one, two], web, db, 3)).toEqual(predict([two, one], web, db, 3));
    expect(predict([one, two], web, db, 2).value).toBe("allow");
  });
});
