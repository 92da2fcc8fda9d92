import { describe, expect, it } from "vitest";
import { combinePredictions } from "../../src/policy/combine-predictions.ts";
import { pod, policy, predict } from "./build.ts";

const web = pod("shop/web");
const endpoint = (name: string, app: string) => pod(`shop/${name}`, { labels: { app } });
const policies = [
  policy("shop/p", { podSelector: { matchLabels: { app: "new" } }, ingress: [{ ports: [{ port: 1 }] }] }),
];

function part(name: string, app: string) {
  return { display: `shop/${name}:5432`, prediction: predict(policies, web, endpoint(name, app), 5432) };
}

describe("a connection that may end at several endpoints", () => {
  it("S40: has their prediction where they agree", () => {
    const combined = combinePredictions([part("db-1", "new"), part("db-0", "new")]);
    expect(combined.value).toBe("deny");
    expect(combined.reason).toBe(
      "2 endpoints alike: policy shop/p isolates shop/db-0 for ingress and no rule allows TCP 5432 from shop/web",
    );
    expect(combined.ingress.nearest?.text).toBe("port 1 wanted, flow asks 5432");
  });

  it("S40: is undetermined and mixed where they differ, with the result of each", () => {
    const combined = combinePredictions([part("db-1", "new"), part("db-0", "old")]);
    expect(combined).toMatchObject({
      value: "undetermined",
      reason: "mixed (S40): allow for shop/db-0:5432, deny for shop/db-1:5432",
      egress: { value: "allow" },
      ingress: { value: "undetermined", isolatedBy: [{ name: "p" }] },
    });
    expect(combined.openPoint).toBeUndefined();
    expect(combined.ingress.undetermined).toBe(combined.reason);
  });

  it("does not depend on the order of the endpoints", () => {
    const parts = [part("db-1", "new"), part("db-0", "old"), part("db-2", "new")];
    expect(combinePredictions(parts)).toEqual(combinePredictions([...parts].reverse()));
  });

  it("is that of the only endpoint, word for word", () => {
    const only = part("db-0", "old");
    expect(combinePredictions([only])).toEqual(only.prediction);
  });

  it("S40: without endpoints is undetermined", () => {
    const combined = combinePredictions([]);
    expect(combined.value).toBe("undetermined");
    expect(combined.reason).toContain("no endpoints");
  });
});
