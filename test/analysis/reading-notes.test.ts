import { describe, expect, it } from "vitest";
import { readingNotes } from "../../src/analysis/reading-notes.ts";
import type { Unread } from "../../src/model/snapshot.ts";

const notes = (...unread: readonly Unread[]) => readingNotes({ unread, foreignPolicies: [] });

describe("what a snapshot lacks", () => {
  it("is told on one line for all kinds that may be read in the same namespaces", () => {
    const readNamespaces = ["shop"];
    expect(
      notes(
        { resource: "pods", readNamespaces, reason: "forbidden: cannot list pods cluster-wide" },
        { resource: "namespaces", readNamespaces, reason: "forbidden: cannot list namespaces cluster-wide" },
        { resource: "nodes", reason: "forbidden: cannot list nodes cluster-wide" },
      ),
    ).toEqual([
      "not readable (forbidden) but in shop: labels of namespaces, pods; what is there is missing here, or undetermined",
      "not readable (forbidden): nodes; what depends on it is undetermined",
    ]);
  });

  it("names the namespace that could not be read where others could", () => {
    expect(
      notes(
        { resource: "pods", readNamespaces: ["shop"], reason: "forbidden: cannot list pods cluster-wide" },
        { resource: "pods", namespace: "bank", reason: 'forbidden: cannot list pods in namespace "bank"' },
      ),
    ).toEqual([
      "not readable (forbidden) but in shop: pods; what is there is missing here, or undetermined",
      "not readable (forbidden) in namespace bank: pods; what is there is missing here, or undetermined",
    ]);
  });

  it("says nothing of single namespaces where none could be read", () => {
    expect(
      notes(
        { resource: "pods", readNamespaces: [], reason: "forbidden: cannot list pods cluster-wide" },
        { resource: "pods", namespace: "bank", reason: 'forbidden: cannot list pods in namespace "bank"' },
      ),
    ).toHaveLength(1);
  });

  it("counts policies of kinds that are not read", () => {
    const foreignPolicies = [
      { group: "cilium.io", kind: "CiliumNetworkPolicy", count: 3 },
      { group: "crd.projectcalico.org", kind: "GlobalNetworkPolicy", count: undefined },
    ];
    expect(readingNotes({ unread: [], foreignPolicies })).toEqual([
      "3 CiliumNetworkPolicy are there and not read; they may filter, too",
      "GlobalNetworkPolicy are there and not read; they may filter, too",
    ]);
  });
});
