import { describe, expect, it } from "vitest";
import type { ResolvedFlow } from "../../src/model/resolved.ts";
import { labelTraps } from "../../src/plan/label-traps.ts";
import { flow, labelsEndpoint } from "../build-snapshot.ts";

const web = labelsEndpoint("web", "shop");

function resolved(labels: Readonly<Record<string, string>>): ResolvedFlow {
  const template = { namespace: "shop", labels, ports: [], display: "web" };
  return {
    flow: flow(web, web),
    source: { kind: "stand-in", template, realPods: [] },
    targets: [{ kind: "stand-in", display: "stand-in for web", template, port: 80 }],
  };
}

describe("labels of stand-ins", () => {
  it("S22: that switch the plugin's enforcement off are warned of, once", () => {
    expect(labelTraps([resolved({ host: "a" }), resolved({ host: "a" })], "cilium")).toEqual([
      "the stand-in for web carries the label host, with which cilium may enforce nothing for it (S22, https://github.com/cilium/cilium/issues/48027)",
    ]);
  });

  it("S22: are no matter elsewhere, and other labels are none", () => {
    expect(labelTraps([resolved({ host: "a" })], "calico")).toEqual([]);
    expect(labelTraps([resolved({ app: "host" })], "cilium")).toEqual([]);
  });
});
