import { describe, expect, it } from "vitest";
import { controlTemplates } from "../../src/plan/control-templates.ts";
import { pod, policy, snapshot } from "../build-snapshot.ts";

const world = snapshot({
  pods: [pod("data/api", { labels: { app: "api" } }), pod("shop/web", { labels: { app: "web" } })],
  networkPolicies: [
    policy("data/db", {
      podSelector: {},
      ingress: [{ from: [{ podSelector: { matchLabels: { role: "api" } } }] }],
    }),
  ],
});

function places(mayCreateIn?: (namespace: string) => boolean): readonly string[] {
  const inputs = {
    snapshot: world,
    controlNamespace: undefined,
    ...(mayCreateIn === undefined ? {} : { mayCreateIn }),
  };
  return controlTemplates(new Set(["data"]), new Set(["shop"]), inputs).map(
    ({ namespace, labels }) => `${namespace} ${JSON.stringify(labels)}`,
  );
}

describe("candidates for controls", () => {
  it("are labels that a policy asks for and those of real pods, in the target's namespace as well", () => {
    expect(places()).toEqual(['data {"role":"api"}', 'data {"app":"api"}', 'shop {"app":"web"}']);
  });

  it("are only where stand-ins are made anyway, if no others may be made", () => {
    expect(places(() => false)).toEqual(['shop {"app":"web"}']);
  });
});
