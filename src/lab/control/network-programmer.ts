import { isDeepStrictEqual } from "node:util";
import type { EndpointSlice, Namespace, NetworkPolicy, Node, Pod, Service } from "../../model/kubernetes.ts";
import type { LabFaults, LabObject, StoreEvent } from "../model.ts";
import type { RuleCompiler } from "../rules/rule-compiler.ts";
import type { Clock } from "./clock.ts";
import { type Control, type Controller, newest } from "./control.ts";
import { isFinished, keyOf, type LabPod, podAddresses } from "./pod.ts";

export interface NetworkOptions {
  readonly control: Control;
  readonly clock: Clock;
  readonly compiler: RuleCompiler;
  /** Read anew at each change, but for `enforcement` and `unenforcedNodes`: tell `onFaultsChanged`. */
  readonly faults: LabFaults;
  readonly loadRules: (rules: string) => Promise<void>;
  /** The kernel did not take a ruleset, or the compiler failed: the lab can't go on. */
  readonly onBug: (error: unknown) => void;
}

/**
 * Brings every change that concerns packets into the kernel: pods with addresses, labels, policies, Services with their
 * endpoints, nodes. What changes in one turn of the event loop becomes one transaction. Faults are played here.
 */
export class NetworkProgrammer implements Controller {
  readonly #options: NetworkOptions;
  /** Pods that the rules know by their present address. */
  readonly #known = new Map<string, string>();
  #isScheduled = false;
  #loading: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: NetworkOptions) {
    this.#options = options;
    this.onFaultsChanged();
  }

  onFaultsChanged(): void {
    const { compiler, faults } = this.#options;
    compiler.setEnforcement(faults.enforcement, faults.unenforcedNodes);
    this.#schedule();
  }

  onEvent(event: StoreEvent): void {
    const { compiler } = this.#options;
    const { type, object, previous } = event;
    const isGone = type === "DELETED";
    const { namespace = "", name } = object.metadata;
    switch (event.resource.resource) {
      case "pods":
        this.#onPod(event);
        return;
      case "namespaces":
        if (isGone) this.#now(() => compiler.removeNamespace(name));
        else if (previous === undefined)
          this.#now(() => compiler.setNamespace(object as unknown as Namespace));
        else if (!isDeepStrictEqual(object.metadata.labels, previous.metadata.labels)) {
          this.#later(event, (newer) => compiler.setNamespace(newer as unknown as Namespace));
        }
        return;
      case "networkpolicies":
        if (isGone) this.#afterPolicyDelay(() => this.#removePolicy(object));
        else if (!isDeepStrictEqual(object.spec, previous?.spec)) {
          this.#later(event, (newer) => compiler.setPolicy(newer as unknown as NetworkPolicy));
        }
        return;
      case "services":
        if (isGone) this.#now(() => compiler.removeService(namespace, name));
        else this.#now(() => compiler.setService(object as unknown as Service));
        return;
      case "endpointslices":
        if (isGone) this.#now(() => compiler.removeEndpointSlice(namespace, name));
        else this.#now(() => compiler.setEndpointSlice(object as unknown as EndpointSlice));
        return;
      case "nodes":
        if (isGone) this.#now(() => compiler.removeNode(name));
        else if (!isDeepStrictEqual(addressesOf(object), addressesOf(previous))) {
          this.#now(() => compiler.setNode(object as unknown as Node));
        }
    }
  }

  /** Resolves when all that has changed so far is in the kernel. */
  async settled(): Promise<void> {
    while (this.#isScheduled && !this.#isClosed) await new Promise((resolve) => setImmediate(resolve));
    await this.#loading;
  }

  close(): void {
    this.#isClosed = true;
  }

  #onPod(event: StoreEvent): void {
    const { compiler } = this.#options;
    const { type, object, previous } = event;
    const pod = object as LabPod;
    const key = keyOf(pod);
    const { namespace = "", name } = pod.metadata;
    const address = podAddresses(pod).join(" ");
    if (type === "DELETED" || isFinished(pod) || address === "") {
      if (this.#known.delete(key)) this.#now(() => compiler.removePod(namespace, name));
    } else if (this.#known.get(key) !== address) {
      this.#known.set(key, address);
      this.#now(() => compiler.setPod(object as unknown as Pod));
      this.#hold(pod);
    } else if (!isDeepStrictEqual(pod.metadata.labels, previous?.metadata.labels)) {
      this.#later(event, (newer) => {
        if (this.#known.has(key)) compiler.setPod(newer as unknown as Pod);
      });
    }
  }

  /** A new pod is open for a while, or closed, as slow engines leave it. */
  #hold(pod: LabPod): void {
    const { compiler, clock, faults } = this.#options;
    const { failOpenMs, failClosedMs } = faults;
    if (failOpenMs <= 0 && failClosedMs <= 0) return;
    const { namespace = "", name, uid } = pod.metadata;
    compiler.holdPod(namespace, name, failOpenMs > 0 ? "open" : "closed");
    clock.after(failOpenMs > 0 ? failOpenMs : failClosedMs, () => {
      const current = this.#options.control.pods.get(keyOf(pod));
      if (current?.metadata.uid === uid) this.#now(() => compiler.holdPod(namespace, name, undefined));
    });
  }

  #removePolicy({ metadata }: LabObject): void {
    const { compiler, control } = this.#options;
    const { namespace = "", name } = metadata;
    // Another one may have come in the meantime.
    const current = control.store.get("networkpolicies", namespace, name);
    if (current === undefined) compiler.removePolicy(namespace, name);
  }

  /** For what policies and labels say: after the delay that is set, and then as the object is by then. */
  #later({ resource, object }: StoreEvent, apply: (newer: LabObject) => void): void {
    this.#afterPolicyDelay(() => {
      const newer = newest(this.#options.control.store, resource.resource, object);
      if (newer !== undefined) apply(newer);
    });
  }

  #afterPolicyDelay(apply: () => void): void {
    const { clock, faults } = this.#options;
    if (faults.policyDelayMs <= 0) this.#now(apply);
    else clock.after(faults.policyDelayMs, () => this.#now(apply));
  }

  #now(apply: () => void): void {
    if (this.#isClosed) return;
    apply();
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isClosed) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#loading = this.#loading.then(() => this.#load());
    });
  }

  async #load(): Promise<void> {
    if (this.#isClosed) return;
    const { compiler, loadRules, onBug } = this.#options;
    try {
      for (const rules of compiler.flush()) await loadRules(rules);
    } catch (error) {
      if (!this.#isClosed) onBug(error);
    }
  }
}

function addressesOf(object: LabObject | undefined): unknown {
  return (object?.status as { readonly addresses?: unknown } | undefined)?.addresses;
}
