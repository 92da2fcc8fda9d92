import type { ServerResponse } from "node:http";
import type { LabObject, LabStore, ResourceType, StoreEvent } from "../model.ts";
import type { ObjectFilter } from "./selectors.ts";
import { expired, type Status } from "./status-error.ts";

/** Changes that a watch can start from; a watch that asks for older ones must list again. */
const MAX_HISTORY = 10_000;
/** A client that does not read is let go, as by the real one. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024;
const BOOKMARK_INTERVAL_MS = 60_000;
/** Real watches end after half an hour to an hour. */
const DEFAULT_TIMEOUT_MS = 45 * 60_000;

type EventType = "ADDED" | "MODIFIED" | "DELETED";

export interface WatchOptions {
  readonly type: ResourceType;
  readonly namespace: string | undefined;
  readonly filter: ObjectFilter | undefined;
  /** `""` and `0`: from the present objects on. */
  readonly resourceVersion: string;
  readonly bookmarks: boolean;
  /** Present objects first, then a bookmark that says that they were all (`sendInitialEvents`). */
  readonly initialEvents: boolean;
  readonly timeoutSeconds: number | undefined;
  /** Writes an object the way that the client asked for. */
  readonly encode: (object: LabObject) => unknown;
  /** An object with nothing but a version, in the same way. */
  readonly encodeBookmark: (
    resourceVersion: string,
    annotations: Readonly<Record<string, string>>,
  ) => unknown;
}

interface Change {
  readonly version: number;
  readonly event: StoreEvent;
}

/** The newest changes of the store, and everybody who watches them. */
export class WatchHub {
  readonly #store: LabStore;
  readonly #history: Change[] = [];
  readonly #watchers = new Set<(change: Change) => void>();
  readonly #endings = new Set<() => void>();
  readonly #stop: () => void;
  /** Versions up to here are no longer, or never were, in the history. */
  #forgotten: number;

  constructor(store: LabStore) {
    this.#store = store;
    this.#forgotten = Number(store.resourceVersion);
    this.#stop = store.subscribe((event) => this.#remember(event));
  }

  /** Watches that are open. */
  get open(): number {
    return this.#endings.size;
  }

  close(): void {
    this.#stop();
    for (const end of [...this.#endings]) end();
  }

  #remember(event: StoreEvent): void {
    const change = { version: Number(event.object.metadata.resourceVersion), event };
    this.#history.push(change);
    if (this.#history.length > MAX_HISTORY * 1.1) {
      const gone = this.#history.splice(0, this.#history.length - MAX_HISTORY);
      this.#forgotten = gone.at(-1)?.version ?? this.#forgotten;
    }
    for (const notify of this.#watchers) notify(change);
  }

  /** Streams changes until the client goes, the time is over or the hub is closed. */
  watch(response: ServerResponse, options: WatchOptions): void {
    const { type, namespace, filter, encode } = options;
    const send = (kind: string, object: unknown) => {
      response.write(`${JSON.stringify({ type: kind, object })}\n`);
      if (response.writableLength > MAX_UNREAD_BYTES) response.destroy();
    };
    response.writeHead(200, { "content-type": "application/json", "cache-control": "no-cache, private" });
    response.flushHeaders();

    const fromNow = options.resourceVersion === "" || options.resourceVersion === "0";
    const from = fromNow ? Number(this.#store.resourceVersion) : Number(options.resourceVersion);
    if (!fromNow && !options.initialEvents && from < this.#forgotten) {
      send("ERROR", tooOld(from, this.#forgotten));
      response.end();
      return;
    }
    if (fromNow || options.initialEvents) {
      for (const object of this.#store.list(type.resource, namespace)) {
        if (filter?.(object) !== false) send("ADDED", encode(object));
      }
    }
    const bookmark = (annotations: Readonly<Record<string, string>> = {}) =>
      send("BOOKMARK", options.encodeBookmark(this.#store.resourceVersion, annotations));
    if (options.initialEvents) bookmark({ "k8s.io/initial-events-end": "true" });

    const notify = ({ event }: Change) => {
      const { object, previous, resource } = event;
      if (resource !== type || (namespace !== undefined && object.metadata.namespace !== namespace)) return;
      const kind = eventType(event.type, filter, object, previous);
      if (kind !== undefined) send(kind, encode(object));
    };
    if (!fromNow && !options.initialEvents) {
      for (const change of this.#history) if (change.version > from) notify(change);
    }
    this.#watchers.add(notify);

    const timer = setTimeout(() => end(true), (options.timeoutSeconds ?? DEFAULT_TIMEOUT_MS / 1000) * 1000);
    const bookmarks = options.bookmarks ? setInterval(bookmark, BOOKMARK_INTERVAL_MS) : undefined;
    const end = (inTime: boolean) => {
      if (!this.#endings.delete(close)) return;
      this.#watchers.delete(notify);
      clearTimeout(timer);
      clearInterval(bookmarks);
      if (inTime && options.bookmarks) bookmark();
      response.end();
    };
    const close = () => end(false);
    this.#endings.add(close);
    response.on("close", close);
  }
}

/** For a watcher that sees only what its filter lets through, an object comes and goes with its labels. */
function eventType(
  type: EventType,
  filter: ObjectFilter | undefined,
  object: LabObject,
  previous: LabObject | undefined,
): EventType | undefined {
  if (filter === undefined) return type;
  const [now, before] = [filter(object), previous !== undefined && filter(previous)];
  if (type === "DELETED") return before ? "DELETED" : undefined;
  if (now) return before ? type : "ADDED";
  return before ? "DELETED" : undefined;
}

function tooOld(wanted: number, oldest: number): Status {
  return expired(`too old resource version: ${wanted} (${oldest})`).status;
}
