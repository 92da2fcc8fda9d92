import type { Readable, Writable } from "node:stream";

/** A kind that the lab's API serves. */
export interface ResourceType {
  /** API group; empty: the core group. */
  readonly group: string;
  readonly version: string;
  /** Plural, as in URLs; unique among the lab's kinds. */
  readonly resource: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
}

/** An object as the API holds it: raw JSON with the API's own field names; `metadata` is always complete. */
export interface LabObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: LabMetadata;
  readonly [field: string]: unknown;
}

export interface LabMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly {
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
    readonly uid: string;
    readonly controller?: boolean;
    readonly blockOwnerDeletion?: boolean;
  }[];
}

export interface StoreEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly resource: ResourceType;
  /** After the change; as it last was where it was deleted. */
  readonly object: LabObject;
  /** Before the change. */
  readonly previous?: LabObject;
}

/**
 * Every object of the lab, in memory: what the API server and the controllers share. Objects are immutable; a change
 * makes a new one with a new resourceVersion. Failures are thrown as `StatusError`s (src/lab/api/status-error.ts).
 */
export interface LabStore {
  /** `resource`: the plural. */
  get(resource: string, namespace: string | undefined, name: string): LabObject | undefined;
  /** In order of namespace and name. `namespace` undefined: of all. */
  list(resource: string, namespace?: string): readonly LabObject[];
  /** Fills in uid, resourceVersion, creationTimestamp; handles generateName. 409 where the name is taken. */
  create(resource: string, object: object): LabObject;
  /** `expectVersion`: 409 unless that is still the object's. An unchanged object keeps its version, without an event. */
  replace(resource: string, object: LabObject, options?: { readonly expectVersion?: string }): LabObject;
  /** Marks an object for deletion and, once it has no finalizers and is no pod that still runs, removes it. */
  delete(resource: string, namespace: string | undefined, name: string, options?: DeleteOptions): LabObject;
  /** Removes it at once, whatever holds it. */
  remove(resource: string, namespace: string | undefined, name: string): void;
  /** Called synchronously after each change, in order; returns the way to stop it. */
  subscribe(listener: (event: StoreEvent) => void): () => void;
  /** Of the newest change. */
  readonly resourceVersion: string;
}

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
}

/** A machine on the lab's network: a pod, a node, or a host outside. */
export interface SandboxSpec {
  /** Unique: `pod/shop/db-0`, `node/node-1`, `outside/203.0.113.10`. */
  readonly key: string;
  readonly hostname: string;
  /** All addresses, IPv4 and IPv6, without prefix length. */
  readonly addresses: readonly string[];
  /** Content of /etc/resolv.conf. */
  readonly resolvConf?: string;
  /** Further lines of /etc/hosts. */
  readonly hosts?: readonly string[];
}

/** A process in a sandbox. */
export interface LabProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Exit code; 128 + the signal's number where a signal ended it; 126 and 127 where it could not be started. */
  readonly exit: Promise<number>;
  kill(signal?: "SIGTERM" | "SIGKILL"): void;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly workingDirectory?: string;
}

/** The kernel's side of the lab: namespaces, addresses, processes, rules. All of it ends with the process that made it. */
export interface LabKernel {
  /** All of them in a few `ip -batch` calls. Rejects where one could not be made, with the tool's own words. */
  createSandboxes(specs: readonly SandboxSpec[]): Promise<void>;
  /** Ends their processes first. Unknown keys are no error. */
  removeSandboxes(keys: readonly string[]): Promise<void>;
  /** Runs a command with busybox's applets on the PATH. */
  start(key: string, command: readonly string[], options?: StartOptions): LabProcess;
  /** One `nft -f -` transaction in the router's namespace: all or nothing. */
  loadRules(rules: string): Promise<void>;
  /** Packets by the name of the counter (`nft -j list counters`). */
  readCounters(): Promise<ReadonlyMap<string, number>>;
  /** Settles when the kernel's side has ended, with the reason if that was not asked for. */
  readonly ended: Promise<Error | undefined>;
  close(): Promise<void>;
}

/** What happens to a packet that a policy denies. `off`: policies are not enforced. */
export type Enforcement = "reject" | "drop" | "reset" | "off";

/** What goes wrong on demand, for tests and demonstrations. */
export interface LabFaults {
  enforcement: Enforcement;
  /** Nodes whose policy engine is dead: nothing is enforced for their pods. */
  unenforcedNodes: readonly string[];
  /** From a policy's or label's change until it bites. */
  policyDelayMs: number;
  /** How long a new pod is open to everything. */
  failOpenMs: number;
  /** How long a new pod is closed to everything. */
  failClosedMs: number;
  exec: readonly ExecFault[];
  /** Answers to requests of the API, oldest first; each is used `times` times. */
  requests: readonly RequestFault[];
}

export interface ExecFault {
  readonly kind: "cut" | "silent" | "truncated" | "lost-status" | "refuse";
  /** For `refuse`: 403, 404, 429, 500, 502. */
  readonly status?: number;
  /** `namespace/pod`; absent: any. */
  readonly pod?: string;
  /** How many execs it hits; absent: all. */
  readonly times?: number;
  /** Bytes of output that get through before it strikes (cut, truncated). */
  readonly afterBytes?: number;
}

export interface RequestFault {
  readonly status: 429 | 500 | 502 | 503 | 504 | "reset" | "silent";
  /** `GET`, `POST` …; absent: any. */
  readonly method?: string;
  /** A plural, such as `pods`; absent: any. */
  readonly resource?: string;
  readonly times?: number;
  readonly retryAfterSeconds?: number;
}
