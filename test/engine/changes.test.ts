import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import type { PolicyChange } from "../../src/engine/policy-change.ts";
import { profileOf } from "../../src/policy/profiles.ts";
import { arbitraryTieredWorld } from "../policy/arbitrary-tiers.ts";
import { policies } from "../policy/arbitrary-world.ts";
import { propertyRuns } from "../policy/property-runs.ts";

/** The answers of all pairs of pods on all ports that some policy tells apart. */
function answers(engine: Engine, keys: readonly string[]): string[] {
  return keys.flatMap((from) =>
    keys.flatMap((to) =>
      (
        [
          ["TCP", 80],
          ["TCP", 81],
          ["UDP", 8080],
          ["SCTP", 80],
        ] as const
      ).map(([protocol, port]) => {
        const [source, target] = [engine.pod(from), engine.pod(to)];
        if (source === undefined || target === undefined) throw new Error("a pod is missing");
        return `${from} -> ${to} ${protocol} ${port}: ${engine.query(source, target, protocol, port)}`;
      }),
    ),
  );
}

describe("an engine after changes", () => {
  it("answers as one that is made anew, and leaves the one before as it was", () => {
    let differs = 0;
    fc.assert(
      fc.property(arbitraryTieredWorld, policies, fc.boolean(), ({ cluster, profile }, edits, removes) => {
        const options = { profile: profileOf(profile) };
        const keys = cluster.pods.map(({ key }) => key);
        const before = createEngine(cluster, options);
        const asBefore = answers(before, keys);
        let engine = before;
        let networkPolicies = cluster.networkPolicies;
        for (const [at, policy] of edits.entries()) {
          const { namespace = "default", name } = policy.metadata;
          const change: PolicyChange =
            removes && at % 2 === 1
              ? { kind: "removed", namespace: namespace ?? "default", name }
              : { kind: "set", policy };
          engine = engine.apply(change);
          networkPolicies = networkPolicies.filter(
            ({ metadata }) => metadata.namespace !== namespace || metadata.name !== name,
          );
          if (change.kind === "set") networkPolicies = [...networkPolicies, policy];
        }
        const rebuilt = createEngine({ ...cluster, networkPolicies }, options);
        const now = answers(engine, keys);
        expect(now).toEqual(answers(rebuilt, keys));
        expect(answers(before, keys)).toEqual(asBefore);
        if (now.some((line, index) => line !== asBefore[index])) differs += 1;
      }),
      propertyRuns(150),
    );
    expect(differs).toBeGreaterThan(50);
  }, 600_000);

  it("keeps the classes where a policy speaks only of what others spoke of", () => {
    const spec = { podSelector: { matchLabels: { app: "web" } }, policyTypes: ["Ingress"] };
    const policy = { metadata: { namespace: "shop", name: "web" }, spec };
    const pods = ["web", "db"].map((app) => ({
      kind: "pod" as const,
      key: `shop/${app}`,
      display: `shop/${app}`,
      namespace: "shop",
      labels: { app },
      spec: { containers: [] },
      ips: undefined,
    }));
    const engine = createEngine({
      pods,
      namespaces: [],
      networkPolicies: [policy],
      adminPolicies: {
        clusterNetworkPolicies: [],
        adminNetworkPolicies: [],
        baselineAdminNetworkPolicies: [],
      },
      nodes: [],
      unread: [],
    });
    const ask = (asked: Engine) => {
      const [db, web] = [asked.pod("shop/db"), asked.pod("shop/web")];
      return db && web ? asked.query(db, web, "TCP", 80) : undefined;
    };
    expect(ask(engine)).toBe("deny");
    const opened = engine.apply({ kind: "set", policy: { ...policy, spec: { ...spec, ingress: [{}] } } });
    expect(ask(opened)).toBe("allow");
    expect(opened.classes).toBe(engine.classes);
    const removed = opened.apply({ kind: "removed", namespace: "shop", name: "web" });
    expect(ask(removed)).toBe("allow");
    const other = removed.apply({
      kind: "set",
      policy: {
        metadata: { namespace: "shop", name: "db" },
        spec: { podSelector: { matchLabels: { tier: "x" } } },
      },
    });
    expect(other.classes).not.toBe(engine.classes);
    expect(ask(engine)).toBe("deny");
  });
});
