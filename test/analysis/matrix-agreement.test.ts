import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PortAnswers } from "../../src/analysis/answer-table.ts";
import { buildMatrix } from "../../src/analysis/build-matrix.ts";
import { hypotheticalPod, newNamespaceName } from "../../src/analysis/hypothetical-pods.ts";
import type { Exposure, Matrix, MatrixGroup } from "../../src/analysis/matrix.ts";
import { podRoster } from "../../src/analysis/pod-roster.ts";
import { type PortSet, toPortSet } from "../../src/analysis/port-set.ts";
import type { Protocol } from "../../src/model/kubernetes.ts";
import type { PredictionValue } from "../../src/model/prediction.ts";
import type { PodEnd, TrafficEnd } from "../../src/model/traffic.ts";
import { createEvaluator, type Evaluator } from "../../src/policy/evaluator.ts";
import { profileOf } from "../../src/policy/profiles.ts";
import { parseAddress } from "../../src/selectors/ip-address.ts";
import { arbitraryTieredWorld } from "../policy/arbitrary-tiers.ts";
import { type ArbitraryWorld, arbitraryWorld, PORTS, PROTOCOLS } from "../policy/arbitrary-world.ts";
import { address } from "../policy/build.ts";
import { propertyRuns } from "../policy/property-runs.ts";
import { snapshotOf } from "./snapshot-of.ts";

/** No pod's and no node's. */
const ADDRESSES = ["192.0.2.130", "192.0.2.5", "203.0.113.9", "2001:db8:0:1::7", "fd12::1"];
const ASKED = [...PORTS, 9, 85];

type Seen = Record<PredictionValue, number>;

function valueAt({ allow, undetermined }: PortAnswers, protocol: Protocol, port: number): PredictionValue {
  const has = (ports: PortSet): boolean =>
    ports.some((range) => range.protocol === protocol && range.first <= port && port <= range.last);
  return has(allow) ? "allow" : has(undetermined) ? "undetermined" : "deny";
}

const DENIED: PortAnswers = { allow: [], undetermined: [] };

function outsideAt({ outside }: Exposure, direction: "ingress" | "egress", text: string): PortAnswers {
  const parsed = parseAddress(text);
  return (
    outside[direction].find(({ addresses }) =>
      addresses.some(
        ({ family, first, last }) =>
          family === parsed?.family && first <= parsed.value && parsed.value <= last,
      ),
    ) ?? DENIED
  );
}

class Checker {
  readonly seen: Seen = { allow: 0, deny: 0, undetermined: 0 };
  readonly #evaluator: Evaluator;

  constructor(evaluator: Evaluator) {
    this.#evaluator = evaluator;
  }

  check(from: TrafficEnd, to: TrafficEnd, answers: PortAnswers, ports: PortSet | undefined): void {
    for (const protocol of PROTOCOLS) {
      for (const port of ASKED) {
        const isAsked =
          ports === undefined || valueAt({ allow: ports, undetermined: [] }, protocol, port) === "allow";
        const wanted = isAsked ? this.#evaluator.connection({ from, to, port, protocol }).value : "deny";
        const value = valueAt(answers, protocol, port);
        this.seen[wanted] += 1;
        if (value !== wanted) {
          expect.fail(`${from.display} -> ${to.display} ${protocol} ${port}: ${value}, evaluator ${wanted}`);
        }
      }
    }
  }
}

/** Every pod, toward every other one, addresses and pods that do not exist. */
function checkAll(
  cluster: ArbitraryWorld,
  matrix: Matrix,
  evaluator: Evaluator,
  ports?: PortSet,
): { readonly seen: Seen; readonly pairs: number } {
  const snapshot = snapshotOf(cluster);
  const checker = new Checker(evaluator);
  const groupOf = groupsByPod(
    matrix,
    podRoster(snapshot).map(({ end }) => end),
  );
  const known = new Map(
    matrix.connections.map((connection) => [`${connection.from} ${connection.to}`, connection]),
  );
  const names = [
    ...cluster.pods.map(({ namespace }) => namespace),
    ...cluster.namespaces.map(({ metadata }) => metadata.name),
  ];
  const newcomer = hypotheticalPod(newNamespaceName(names), "a pod in a new namespace");
  let pairs = 0;
  const ends = podRoster(snapshot).map(({ end }) => end);
  for (const from of ends) {
    for (const to of ends) {
      const isAsked = [from, to].some(({ namespace }) => matrix.namespaces?.includes(namespace) ?? true);
      if (from === to || !isAsked) continue;
      pairs += 1;
      const [source, target] = [groupOf.get(from.key), groupOf.get(to.key)];
      // What is in no group has no connection at all with those that were asked about.
      checker.check(from, to, known.get(`${source?.id} ${target?.id}`) ?? DENIED, ports);
    }
    const group = groupOf.get(from.key);
    const isOwn = matrix.namespaces?.includes(from.namespace) ?? true;
    // Those of other namespaces stand together whatever the outside is to them, so nothing is said of it.
    if (group !== undefined && (group.exposure !== undefined) !== isOwn)
      throw new Error(`told of ${from.key}`);
    const exposure = group?.exposure;
    if (exposure === undefined) continue;
    for (const text of ADDRESSES) {
      // Without an address of the family there is no connection to tell of.
      const family = text.includes(":");
      if (from.ips !== undefined && !from.ips.some((ip) => ip.includes(":") === family)) continue;
      checker.check(from, address(text), outsideAt(exposure, "egress", text), ports);
      checker.check(address(text), from, outsideAt(exposure, "ingress", text), ports);
    }
    const bare = hypotheticalPod(from.namespace, "a new pod");
    checker.check(from, newcomer, exposure.newNamespace.egress, ports);
    checker.check(newcomer, from, exposure.newNamespace.ingress, ports);
    checker.check(from, bare, exposure.newPod.egress, ports);
    checker.check(bare, from, exposure.newPod.ingress, ports);
  }
  return { seen: checker.seen, pairs };
}

/** Bare pods are their own workloads, so a group's workloads are its pods. */
function groupsByPod(matrix: Matrix, ends: readonly PodEnd[]): ReadonlyMap<string, MatrixGroup> {
  const byName = new Map<string, MatrixGroup>();
  for (const group of matrix.groups) {
    for (const { namespace, name } of group.workloads) byName.set(`${namespace}/${name}`, group);
  }
  return new Map(
    ends.flatMap(({ key }) => {
      const group = byName.get(key);
      return group === undefined ? [] : [[key, group] as const];
    }),
  );
}

function add(total: Seen, seen: Seen): void {
  for (const value of ["allow", "deny", "undetermined"] as const) total[value] += seen[value];
}

describe("the matrix and the evaluator", () => {
  it("agree on all pods, addresses outside and new pods of random clusters", () => {
    const total: Seen = { allow: 0, deny: 0, undetermined: 0 };
    let merged = 0;
    fc.assert(
      fc.property(arbitraryWorld, (cluster) => {
        const snapshot = snapshotOf(cluster);
        const profile = profileOf("upstream");
        const matrix = buildMatrix(snapshot, { profile });
        add(total, checkAll(cluster, matrix, createEvaluator(snapshot, { profile })).seen);
        if (matrix.groups.length < cluster.pods.length) merged += 1;
      }),
      propertyRuns(120),
    );
    expect(total.allow).toBeGreaterThan(10_000);
    expect(total.deny).toBeGreaterThan(10_000);
    expect(total.undetermined).toBeGreaterThan(1000);
    expect(merged).toBeGreaterThan(20);
  });

  it("agree under every profile, with admin tiers", () => {
    const total: Seen = { allow: 0, deny: 0, undetermined: 0 };
    fc.assert(
      fc.property(arbitraryTieredWorld, ({ cluster, profile: name }) => {
        const snapshot = snapshotOf(cluster);
        const profile = profileOf(name);
        const matrix = buildMatrix(snapshot, { profile });
        add(total, checkAll(cluster, matrix, createEvaluator(snapshot, { profile })).seen);
      }),
      propertyRuns(60),
    );
    expect(Math.min(total.allow, total.deny, total.undetermined)).toBeGreaterThan(1000);
  });

  it("agree where only some namespaces and ports are asked about", () => {
    let pairs = 0;
    fc.assert(
      fc.property(
        arbitraryWorld,
        fc.constantFrom("alpha", "beta", "gamma"),
        fc.constantFrom(
          toPortSet([{ protocol: "TCP", first: 80, last: 80 }]),
          toPortSet([
            { protocol: "TCP", first: 81, last: 9000 },
            { protocol: "UDP", first: 1, last: 80 },
          ]),
        ),
        (cluster, namespace, ports) => {
          const snapshot = snapshotOf(cluster);
          const profile = profileOf("upstream");
          const matrix = buildMatrix(snapshot, { profile, namespaces: [namespace], ports });
          pairs += checkAll(cluster, matrix, createEvaluator(snapshot, { profile }), ports).pairs;
        },
      ),
      propertyRuns(80),
    );
    expect(pairs).toBeGreaterThan(200);
  });
});
