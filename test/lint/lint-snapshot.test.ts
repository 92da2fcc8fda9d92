import { describe, expect, it } from "vitest";
import { apiServerVersion, NEWEST } from "../../src/lint/kubernetes-version.ts";
import { lintSnapshot } from "../../src/lint/lint-snapshot.ts";
import { parseManifests } from "../../src/manifests/parse-manifests.ts";

const policy = (name: string, spec: string): string =>
  `---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: ${name}, namespace: shop}\nspec: {${spec}}\n`;
const pod = (labels: string, more = "", namespace = "shop"): string =>
  `---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: ${namespace}, labels: {${labels}}}\nspec: {${more}containers: [{name: c, ports: [{containerPort: 8080}]}]}\n`;
const service = (namespace: string): string =>
  `---\napiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: ${namespace}}\nspec: {selector: {app: a}, ports: [{port: 80, targetPort: 8080}]}\n`;

function lint(text: string, complete = true) {
  const { snapshot, diagnostics } = parseManifests([{ path: "case.yaml", text }]);
  expect(diagnostics).toEqual([]);
  return lintSnapshot(snapshot, { complete });
}

describe("linting a snapshot", () => {
  it("says of a policy that is refused only why", () => {
    const refused = policy("one", "podSelector: {}, ingress: [{from: [], ports: [{port: 0}]}]");
    expect(lint(refused).map(({ id }) => id)).toEqual(["invalid-port-number"]);
  });

  it("takes what no label can have in matchExpressions before 1.26, with a warning; not so in matchLabels (V3)", () => {
    const found = (selector: string, version: string) => {
      const text = policy("one", `podSelector: {${selector}}`);
      const { snapshot } = parseManifests([{ path: "case.yaml", text }]);
      return lintSnapshot(snapshot, { version: apiServerVersion(version) ?? NEWEST }).map(
        ({ id, severity, path }) => `${severity} ${id} ${path.join(".")}`,
      );
    };
    const expression = 'matchExpressions: [{key: a, operator: In, values: ["b c"]}]';
    const at = "spec.podSelector.matchExpressions.0.values.0";
    expect(found(expression, "1.25")).toEqual([`warning invalid-label ${at}`]);
    expect(found(expression, "1.26")).toEqual([`error invalid-label ${at}`]);
    const labels = found('matchLabels: {a: "b c"}', "1.25");
    expect(labels).toEqual(["error invalid-label spec.podSelector.matchLabels"]);
  });

  it("does not compare a policy with one that is refused", () => {
    const rule = "ingress: [{from: [{podSelector: {matchLabels: {app: a}}}]}";
    const text =
      policy("one", `podSelector: {}, ${rule}, {ports: [{port: 0}]}]`) +
      policy("two", `podSelector: {}, ${rule}]`);
    expect(lint(text).map(({ id }) => id)).toEqual(["invalid-port-number"]);
  });

  it("says nothing of what manifests lack where objects are missing from them", () => {
    const text = pod("app: a") + policy("one", "podSelector: {matchLabels: {app: b}}");
    expect(lint(text).map(({ id }) => id)).toEqual(["subject-selects-nothing"]);
    expect(lint(text, false)).toEqual([]);
  });

  it("does not take a pod in its node's network for one that policies select (S36)", () => {
    const one = policy("one", "podSelector: {matchLabels: {app: a}}");
    const other = pod("app: z").replace("name: p,", "name: q,");
    expect(lint(pod("app: a") + other + one)).toEqual([]);
    expect(lint(pod("app: a", "hostNetwork: true, ") + other + one).map(({ id }) => id)).toEqual([
      "subject-selects-nothing",
    ]);
  });

  it("looks for a Service in the pods' namespace", () => {
    const text = pod("app: a") + policy("one", "podSelector: {}, ingress: [{ports: [{port: 80}]}]");
    const [own] = lint(text + service("shop"));
    const [other] = lint(text + service("other"));
    expect(own?.message).toContain("80 is the port of Service s, which leads to 8080 of the pods");
    expect(other?.message).not.toContain("Service");
  });

  it("does not take a Service for one of pods in another namespace", () => {
    const rule =
      "egress: [{to: [{namespaceSelector: {}, podSelector: {}}], ports: [{port: 80}]}, {ports: [{port: 53}, {port: 53, protocol: UDP}]}]";
    const text =
      pod("app: z") +
      pod("app: a", "", "other") +
      policy("one", `podSelector: {}, policyTypes: [Egress], ${rule}`);
    const message = (namespace: string) =>
      lint(text + service(namespace)).find(({ id }) => id === "undeclared-port")?.message;
    expect(message("other")).toContain("Service s");
    expect(message("shop")).not.toContain("Service");
  });

  it("suggests the label that was meant", () => {
    const hint = (selector: string, labels: string) =>
      lint(pod(labels) + policy("one", `podSelector: {matchLabels: {${selector}}}`))[0]?.hint;
    expect(hint("tier: databse", "tier: database")).toBe("did you mean tier=database?");
    expect(hint("teir: database", "tier: database")).toBe("did you mean the label tier?");
    expect(hint("role: db", "tier: db")).toBe("the pods of shop have tier=db");
    expect(hint("tier: db", "tier: web")).toBe("the pods of shop have tier: web");
  });
});
