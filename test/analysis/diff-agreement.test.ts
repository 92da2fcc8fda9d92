import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildDiff } from "../../src/analysis/build-diff.ts";
import type { Diff, DiffEnd } from "../../src/analysis/diff.ts";
import { podRoster } from "../../src/analysis/pod-roster.ts";
import type { Protocol } from "../../src/model/kubernetes.ts";
import type { TrafficEnd } from "../../src/model/traffic.ts";
import { createEvaluator } from "../../src/policy/evaluator.ts";
import { profileOf } from "../../src/policy/profiles.ts";
import { parseAddress } from "../../src/selectors/ip-address.ts";
import {
  type ArbitraryWorld,
  arbitraryWorld,
  labels,
  PORTS,
  PROTOCOLS,
  policies,
} from "../policy/arbitrary-world.ts";
import { address } from "../policy/build.ts";
import { propertyRuns } from "../policy/property-runs.ts";
import { snapshotOf } from "./snapshot-of.ts";

const profile = profileOf("upstream");
const ADDRESSES = ["192.0.2.130", "203.0.113.9", "2001:db8:0:1::7"];

/** The same pods with other policies; one in three times a pod's labels are others, too. */
const twoWorlds = fc
  .tuple(arbitraryWorld, policies, fc.option(labels, { freq: 2 }), fc.boolean())
  .map(([before, networkPolicies, relabelled, keepsOne]) => {
    const kept = keepsOne ? before.networkPolicies.slice(0, 2) : [];
    const others = networkPolicies.map((policy, at) => ({
      ...policy,
      metadata: { ...policy.metadata, name: `q${at}` },
    }));
    const pods = before.pods.map((pod, at) =>
      at === 0 && relabelled !== null ? { ...pod, labels: relabelled } : pod,
    );
    return { before, after: { ...before, pods, networkPolicies: [...kept, ...others] } };
  });

function holds(end: DiffEnd, asked: TrafficEnd): boolean {
  if (end.type === "workload") return asked.kind === "pod" && asked.key === `${end.namespace}/${end.name}`;
  if (end.type === "new-namespace" || asked.kind !== "cidr") return false;
  const parsed = parseAddress(asked.display);
  return end.addresses.some(
    ({ family, first, last }) => family === parsed?.family && first <= parsed.value && parsed.value <= last,
  );
}

function changesOf(diff: Diff, from: TrafficEnd, to: TrafficEnd, port: number, protocol: Protocol) {
  return diff.changes.filter(
    (change) =>
      change.from.some((end) => holds(end, from)) &&
      change.to.some((end) => holds(end, to)) &&
      change.ports.some((range) => range.protocol === protocol && range.first <= port && port <= range.last),
  );
}

function* pairsOf(world: ArbitraryWorld): Generator<[TrafficEnd, TrafficEnd]> {
  const ends = podRoster(snapshotOf(world)).map(({ end }) => end);
  for (const from of ends) {
    for (const to of ends) if (from !== to) yield [from, to];
    for (const text of ADDRESSES) {
      // Without an address of the family there is no connection to tell of.
      const family = text.includes(":");
      if (from.ips !== undefined && !from.ips.some((ip) => ip.includes(":") === family)) continue;
      yield [from, address(text)];
      yield [address(text), from];
    }
  }
}

describe("the difference of two worlds and the evaluator", () => {
  it("agree on every connection that opens, closes or stays", () => {
    const counts = { opened: 0, closed: 0, same: 0 };
    let unexplained = 0;
    let explained = 0;
    fc.assert(
      fc.property(twoWorlds, ({ before, after }) => {
        const [old, now] = [snapshotOf(before), snapshotOf(after)];
        const diff = buildDiff(old, now, { profile });
        const [was, is] = [createEvaluator(old, { profile }), createEvaluator(now, { profile })];
        const renewed = new Map(podRoster(now).map(({ end }) => [end.key, end]));
        const inAfter = (end: TrafficEnd): TrafficEnd =>
          end.kind === "pod" ? (renewed.get(end.key) ?? end) : end;
        for (const [from, to] of pairsOf(before)) {
          for (const protocol of PROTOCOLS) {
            for (const port of PORTS) {
              const first = was.connection({ from, to, port, protocol }).value;
              const second = is.connection({ from: inAfter(from), to: inAfter(to), port, protocol }).value;
              const found = changesOf(diff, from, to, port, protocol);
              const what = `${from.display} -> ${to.display} ${protocol} ${port}: ${first}, then ${second}`;
              if (first === second) {
                counts.same += 1;
                if (found.length > 0) expect.fail(`${what}: told as ${found[0]?.kind}`);
                continue;
              }
              const [change, other] = found;
              if (change === undefined || other !== undefined) {
                expect.fail(`${what}: told ${found.length} times`);
              }
              expect(`${change.before}, then ${change.after}`, what).toBe(`${first}, then ${second}`);
              const order = ["deny", "undetermined", "allow"];
              expect(change.kind).toBe(order.indexOf(second) > order.indexOf(first) ? "opened" : "closed");
              counts[change.kind] += 1;
              if (change.causes.some(({ policy }) => policy !== undefined)) explained += 1;
              else unexplained += 1;
              for (const { status } of change.causes) expect(status).not.toBe("same");
            }
          }
        }
      }),
      propertyRuns(100),
    );
    expect(Math.min(counts.opened, counts.closed, counts.same)).toBeGreaterThan(1000);
    expect(explained).toBeGreaterThan(10 * unexplained);
  });

  it("tells nothing of a world and itself", () => {
    fc.assert(
      fc.property(arbitraryWorld, (world) => {
        const snapshot = snapshotOf(world);
        const copy = { ...snapshot, networkPolicies: structuredClone(snapshot.networkPolicies) };
        const diff = buildDiff(snapshot, copy, { profile });
        expect(diff).toMatchObject({
          policies: [],
          changes: [],
          appeared: { workloads: [] },
          vanished: { workloads: [] },
        });
      }),
      propertyRuns(30),
    );
  });
});
