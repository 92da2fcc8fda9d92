import type {
  EndpointSlice,
  Labels,
  Namespace,
  NetworkPolicy,
  Node,
  Pod,
  Service,
} from "../../model/kubernetes.ts";
import type { Enforcement } from "../model.ts";
import { type LabPod, readLabPod, sortAddresses } from "./lab-pod.ts";
import { DIRECTIONS, type Direction, type LabPolicy, NAME_LABEL, readLabPolicy } from "./lab-policy.ts";
import { addPolicyRules, type IsolatedPod } from "./policy-rules.ts";
import { deniedCounter } from "./rule-names.ts";
import { difference, type Ruleset, RulesetDraft, replaceTable } from "./ruleset.ts";
import { addServiceRules } from "./service-rules.ts";

/** Whom a counter of denied packets speaks of. */
export interface DeniedBy {
  readonly namespace: string;
  readonly pod: string;
  /** `egress`: the pod's own connections; `ingress`: those to it. */
  readonly direction: Direction;
  /** `namespace/name` of the policies that isolate it, none of which admitted the connection; empty: held closed. */
  readonly policies: readonly string[];
}

/** A pod that is open or closed to everything, whatever the policies say. */
export type Hold = "open" | "closed";

/**
 * Compiles NetworkPolicies and Services to nftables, for the router that all packets of the lab pass. It holds the
 * cluster as the API objects describe it; `flush` gives the commands for what has changed.
 *
 * A second implementation of the semantics on purpose: it shares nothing with the evaluator but the types of the API.
 *
 * Where the API leaves it open: ipBlock matches pods' addresses (S16); a policy sees a connection to a Service after
 * translation (S17); established connections outlive a change (S39); a pod on the host's network is its node (S36);
 * the resident node reaches its pods (S35), a pod does not reach the node against its policies; a connection through a
 * Service back to the same pod needs the pod's egress only, since its ingress sees another source (S34).
 */
export class RuleCompiler {
  readonly #pods = new Map<string, LabPod>();
  readonly #namespaces = new Map<string, ReadonlyMap<string, string>>();
  readonly #policies = new Map<string, LabPolicy>();
  readonly #services = new Map<string, Service>();
  readonly #slices = new Map<string, EndpointSlice>();
  readonly #nodes = new Map<string, ReturnType<typeof sortAddresses>>();
  readonly #holds = new Map<string, Hold>();
  #enforcement: Enforcement = "drop";
  #unenforcedNodes: ReadonlySet<string> = new Set();
  #isDirty = true;
  #flushed: Ruleset | undefined;
  #deniedBy = new Map<string, DeniedBy>();

  setPod(pod: Pod): void {
    const key = keyOf(pod);
    const known = readLabPod(pod);
    if (known === undefined) {
      this.#changed(this.#pods.delete(key));
    } else {
      this.#pods.set(key, known);
      this.#changed(true);
    }
  }

  removePod(namespace: string, name: string): void {
    this.#holds.delete(`${namespace}/${name}`);
    this.#changed(this.#pods.delete(`${namespace}/${name}`));
  }

  setNamespace({ metadata }: Namespace): void {
    this.#namespaces.set(metadata.name, namespaceLabels(metadata.name, metadata.labels));
    this.#changed(true);
  }

  removeNamespace(name: string): void {
    this.#changed(this.#namespaces.delete(name));
  }

  setPolicy(policy: NetworkPolicy): void {
    this.#policies.set(keyOf(policy), readLabPolicy(policy));
    this.#changed(true);
  }

  removePolicy(namespace: string, name: string): void {
    this.#changed(this.#policies.delete(`${namespace}/${name}`));
  }

  setService(service: Service): void {
    this.#services.set(keyOf(service), service);
    this.#changed(true);
  }

  removeService(namespace: string, name: string): void {
    this.#changed(this.#services.delete(`${namespace}/${name}`));
  }

  /** Belongs to the Service that its label `kubernetes.io/service-name` names. */
  setEndpointSlice(slice: EndpointSlice): void {
    this.#slices.set(keyOf(slice), slice);
    this.#changed(true);
  }

  removeEndpointSlice(namespace: string, name: string): void {
    this.#changed(this.#slices.delete(`${namespace}/${name}`));
  }

  setNode({ metadata, status }: Node): void {
    const addresses = (status?.addresses ?? []).map(({ address }) => address);
    this.#nodes.set(metadata.name, sortAddresses(addresses));
    this.#changed(true);
  }

  removeNode(name: string): void {
    this.#changed(this.#nodes.delete(name));
  }

  /** `unenforcedNodes`: nodes whose pods no policy protects or restricts; the other end's policies still hold. */
  setEnforcement(mode: Enforcement, unenforcedNodes: readonly string[] = []): void {
    this.#enforcement = mode;
    this.#unenforcedNodes = new Set(unenforcedNodes);
    this.#changed(true);
  }

  /** Until it is let go with `undefined`, or the pod is removed. May come before the pod. */
  holdPod(namespace: string, name: string, hold: Hold | undefined): void {
    if (hold === undefined) {
      this.#changed(this.#holds.delete(`${namespace}/${name}`));
    } else {
      this.#holds.set(`${namespace}/${name}`, hold);
      this.#changed(true);
    }
  }

  /**
   * What has changed since the last call of this or of `compileAll`: nft transactions to load in this order, usually
   * one, none where nothing has changed. They are taken as loaded: where one fails, load `compileAll()` next.
   */
  flush(): readonly string[] {
    if (this.#flushed === undefined) {
      return this.compileAll();
    }
    if (!this.#isDirty) {
      return [];
    }
    const before = this.#flushed;
    return difference(before, this.#compile());
  }

  /** Puts everything in place of whatever the table held; counters start at 0. */
  compileAll(): readonly string[] {
    return replaceTable(this.#compile());
  }

  /** Undefined for a counter that is no longer in the rules, or never was. */
  explainCounter(name: string): DeniedBy | undefined {
    return this.#deniedBy.get(name);
  }

  #changed(isChange: boolean): void {
    this.#isDirty ||= isChange;
  }

  #compile(): Ruleset {
    const draft = new RulesetDraft();
    const isolated = [...this.#pods.values()].flatMap((pod) =>
      DIRECTIONS.flatMap((direction) => this.#isolation(pod, direction) ?? []),
    );
    addPolicyRules(draft, {
      pods: [...this.#pods.values()],
      policies: [...this.#policies.values()],
      isolated,
      enforcement: this.#enforcement,
      labelsOf: (namespace) => this.#namespaces.get(namespace) ?? namespaceLabels(namespace, undefined),
      addressesOf: (node) => this.#nodes.get(node),
    });
    addServiceRules(draft, this.#services.values(), this.#slices.values());
    this.#deniedBy = new Map(
      isolated.map(({ pod, direction, policies }) => [
        deniedCounter(direction, pod.key),
        { namespace: pod.namespace, pod: pod.name, direction, policies },
      ]),
    );
    this.#isDirty = false;
    this.#flushed = draft;
    return draft;
  }

  /** Undefined where everything is allowed. */
  #isolation(pod: LabPod, direction: Direction): IsolatedPod | undefined {
    const hold = this.#holds.get(pod.key);
    if (this.#enforcement === "off" || hold === "open" || this.#unenforcedNodes.has(pod.node ?? "")) {
      return undefined;
    }
    if (hold === "closed") {
      return { pod, direction, policies: [] };
    }
    const policies = [...this.#policies.values()].filter(
      (policy) =>
        policy.namespace === pod.namespace &&
        policy.rules[direction] !== undefined &&
        policy.isSubject(pod.labels),
    );
    return policies.length === 0
      ? undefined
      : { pod, direction, policies: policies.map(({ key }) => key).sort() };
  }
}

function namespaceLabels(name: string, labels: Labels | null | undefined): ReadonlyMap<string, string> {
  return new Map([...Object.entries(labels ?? {}), [NAME_LABEL, name]]);
}

function keyOf({ metadata }: { readonly metadata: NetworkPolicy["metadata"] }): string {
  return `${metadata.namespace ?? "default"}/${metadata.name}`;
}
