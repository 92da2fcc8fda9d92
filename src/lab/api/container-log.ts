/** A line of a container's output. */
export interface LogLine {
  readonly time: Date;
  /** Without its line end. */
  readonly text: string;
}

/** What a container has written, and the way to hear what it goes on to write. */
export interface LogSource {
  readonly lines: readonly LogLine[];
  /** Calls with each further line, and with undefined at the end; returns the way to stop it. */
  follow(listener: (line: LogLine | undefined) => void): () => void;
}

/** Older lines go, as by the kubelet's rotation. */
const MAX_LINES = 10_000;

/** The output of one container, kept in memory; both streams go into one log, as on a node. */
export class ContainerLog implements LogSource {
  readonly #lines: LogLine[] = [];
  readonly #listeners = new Set<(line: LogLine | undefined) => void>();
  readonly #now: () => Date;
  #partial = "";
  #ended = false;

  constructor(now: () => Date = () => new Date()) {
    this.#now = now;
  }

  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  append(chunk: Buffer | string): void {
    const parts = (this.#partial + chunk.toString("utf8")).split("\n");
    this.#partial = parts.pop() ?? "";
    for (const text of parts) this.#add(text);
  }

  /** The container has ended: nothing more will come. */
  end(): void {
    if (this.#ended) return;
    if (this.#partial !== "") this.#add(this.#partial);
    this.#partial = "";
    this.#ended = true;
    for (const listener of this.#listeners) listener(undefined);
    this.#listeners.clear();
  }

  follow(listener: (line: LogLine | undefined) => void): () => void {
    if (this.#ended) listener(undefined);
    else this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #add(text: string): void {
    const line = { time: this.#now(), text };
    this.#lines.push(line);
    if (this.#lines.length > MAX_LINES) this.#lines.shift();
    for (const listener of this.#listeners) listener(line);
  }
}
