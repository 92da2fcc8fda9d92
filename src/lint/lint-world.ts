import type { Labels, NetworkPolicy, Pod, Service } from "../model/kubernetes.ts";
import type { Direction } from "../model/prediction.ts";
import { type Snapshot, unreadIn } from "../model/snapshot.ts";
import type { BlockPeer, SelectorPeer } from "../policy/compiled-peer.ts";
import { type CompiledPolicy, type CompiledRule, compilePolicy } from "../policy/compiled-policy.ts";
import { meetsAll, type Requirement } from "../selectors/label-selector.ts";
import type { ObjectRef } from "./finding.ts";
import { PodIndex } from "./pod-index.ts";
import { selectorKey } from "./selector-implication.ts";
import { SubjectIndex } from "./subject-index.ts";

/** A policy that the API server accepts. */
export interface LintPolicy {
  readonly source: NetworkPolicy;
  readonly compiled: CompiledPolicy;
  readonly object: ObjectRef;
  /** Its place among all policies. */
  readonly order: number;
}

/** A namespace as far as the objects tell of it. */
export interface LintNamespace {
  readonly name: string;
  readonly labels: Labels;
  /** A manifest declares it, or the cluster has it; so its labels are all known. */
  readonly declared: boolean;
}

/** What the checks look into: all objects of the manifests or of a cluster, found by namespace and labels. */
export class LintWorld {
  readonly snapshot: Snapshot;
  readonly policies: readonly LintPolicy[];
  readonly namespaces: readonly LintNamespace[];
  /** No object was left out for a mistake, so what is not there does not exist. */
  readonly complete: boolean;
  readonly #pods = new Map<string, PodIndex>();
  readonly #services: ReadonlyMap<string, readonly Service[]>;
  readonly #subjects = new Map<string, SubjectIndex<LintPolicy>>();
  readonly #matching = new Map<string, readonly LintNamespace[]>();
  readonly #indexes = new Map<string, readonly PodIndex[] | undefined>();
  readonly #allPods: PodIndex;
  readonly #peers = new Map<string, readonly Pod[] | undefined>();
  readonly #byName: ReadonlyMap<string, LintNamespace>;

  /** @param accepted the policies of the snapshot that are to be looked at */
  constructor(snapshot: Snapshot, accepted: readonly NetworkPolicy[], complete: boolean) {
    this.snapshot = snapshot;
    this.complete = complete;
    this.policies = accepted.map((source, order) => {
      const { name, namespace } = source.metadata;
      const object = { kind: "NetworkPolicy", namespace: namespace ?? "default", name };
      return { source, compiled: compilePolicy(source), object, order };
    });
    this.namespaces = snapshot.namespaces.map(({ metadata: { name, labels } }) => ({
      name,
      labels: labels ?? {},
      declared:
        snapshot.origin === "cluster"
          ? unreadIn(snapshot.unread, "namespaces", name) === undefined
          : snapshot.locate({ kind: "Namespace", name }, []) !== undefined,
    }));
    this.#byName = new Map(this.namespaces.map((namespace) => [namespace.name, namespace]));
    const pods = snapshot.pods.filter(isReachable);
    this.#allPods = new PodIndex(pods);
    for (const [name, local] of Map.groupBy(pods, namespaceOf)) {
      this.#pods.set(name, new PodIndex(local));
    }
    this.#services = Map.groupBy(snapshot.services, namespaceOf);
    for (const [name, policies] of Map.groupBy(this.policies, ({ compiled }) => compiled.namespace)) {
      this.#subjects.set(name, new SubjectIndex(policies, ({ compiled }) => compiled.subject));
    }
  }

  /** All namespaces and all their pods were read. */
  get seesAll(): boolean {
    const { unread } = this.snapshot;
    return !unread.some(({ resource }) => resource === "namespaces" || resource === "pods");
  }

  /** What the objects are of, for texts. */
  get whole(): "manifests" | "cluster" {
    return this.snapshot.origin;
  }

  /** The pods of a namespace; undefined where there are none, or some may be missing. */
  podsIn(namespace: string): PodIndex | undefined {
    const isRead = unreadIn(this.snapshot.unread, "pods", namespace) === undefined;
    return this.complete && isRead ? this.#pods.get(namespace) : undefined;
  }

  servicesIn(namespace: string): readonly Service[] {
    return this.#services.get(namespace) ?? [];
  }

  subjectsIn(namespace: string): SubjectIndex<LintPolicy> {
    const found = this.#subjects.get(namespace);
    if (found === undefined) throw new Error(`no policy is in namespace ${namespace}`);
    return found;
  }

  get subjectIndexes(): readonly SubjectIndex<LintPolicy>[] {
    return [...this.#subjects.values()];
  }

  namespace(name: string): LintNamespace | undefined {
    return this.#byName.get(name);
  }

  matchingNamespaces(requirements: readonly Requirement[]): readonly LintNamespace[] {
    const key = selectorKey(requirements);
    let found = this.#matching.get(key);
    if (found === undefined) {
      found = this.namespaces.filter(({ labels }) => meetsAll(requirements, labels));
      this.#matching.set(key, found);
    }
    return found;
  }

  /** The pods that a peer selects; undefined where some of its namespaces have no pods. */
  podsOfPeer({ namespaces, pods }: SelectorPeer, policyNamespace: string): readonly Pod[] | undefined {
    return this.podsOfSelectors(namespaces, pods, policyNamespace);
  }

  /** @param namespaces undefined: the policy's own */
  podsOfSelectors(
    namespaces: readonly Requirement[] | undefined,
    pods: readonly Requirement[],
    policyNamespace: string,
  ): readonly Pod[] | undefined {
    if (namespaces === undefined && !this.#pods.has(policyNamespace)) return undefined;
    const scope = namespaces === undefined ? policyNamespace : `{${selectorKey(namespaces)}}`;
    const key = `${scope} ${selectorKey(pods)}`;
    if (!this.#peers.has(key)) this.#peers.set(key, this.#findPods(namespaces, pods, policyNamespace));
    return this.#peers.get(key);
  }

  #findPods(
    namespaces: readonly Requirement[] | undefined,
    pods: readonly Requirement[],
    policyNamespace: string,
  ): readonly Pod[] | undefined {
    if (namespaces === undefined) return this.podsIn(policyNamespace)?.select(pods);
    if (!this.seesAll) return undefined;
    const indexes = this.#indexesOf(namespaces);
    if (indexes === undefined) return undefined;
    if (namespaces.length === 0) return this.#allPods.select(pods);
    return indexes.flatMap((index) => index.select(pods));
  }

  /** Of all namespaces that a selector matches; undefined where one has no pods, or none matches. */
  #indexesOf(namespaces: readonly Requirement[]): readonly PodIndex[] | undefined {
    const key = selectorKey(namespaces);
    if (!this.#indexes.has(key)) {
      const found = this.matchingNamespaces(namespaces).map(({ name }) => this.podsIn(name));
      const known = found.filter((index) => index !== undefined);
      // Manifests that hold no pods of a namespace leave them to others; a cluster has none there.
      const isWhole = known.length === found.length || this.whole === "cluster";
      this.#indexes.set(key, isWhole && known.length > 0 ? known : undefined);
    }
    return this.#indexes.get(key);
  }
}

/** The rules that are in force (S3). */
export function rulesInForce({ compiled }: LintPolicy, direction: Direction): readonly CompiledRule[] {
  return compiled.isolates[direction] ? compiled.rules[direction] : [];
}

/** A rule in force, and where it is. */
export interface RuleInForce {
  readonly policy: LintPolicy;
  readonly direction: Direction;
  readonly rule: CompiledRule;
}

/** Every rule in force of every policy. */
export function allRules({ policies }: Pick<LintWorld, "policies">): readonly RuleInForce[] {
  return policies.flatMap((policy) =>
    DIRECTIONS.flatMap((direction) =>
      rulesInForce(policy, direction).map((rule) => ({ policy, direction, rule })),
    ),
  );
}

/** Every address block of every rule in force. */
export function allBlocks(world: LintWorld): readonly (RuleInForce & { readonly peer: BlockPeer })[] {
  return allRules(world).flatMap((place) =>
    (place.rule.peers ?? []).flatMap((peer) => (peer.kind === "block" ? [{ ...place, peer }] : [])),
  );
}

export const DIRECTIONS: readonly Direction[] = ["ingress", "egress"];

/** Pods that have ended, and those in their node's network, are none that policies are about (S36, S37). */
function isReachable({ spec, status }: Pod): boolean {
  return spec.hostNetwork !== true && status?.phase !== "Succeeded" && status?.phase !== "Failed";
}

function namespaceOf({
  metadata,
}: {
  readonly metadata: { readonly namespace?: string | null | undefined };
}): string {
  return metadata.namespace ?? "default";
}
