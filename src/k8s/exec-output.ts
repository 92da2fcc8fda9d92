import { StringDecoder } from "node:string_decoder";

/** Bytes kept of each stream where the caller names no limit. */
export const DEFAULT_MAX_OUTPUT_BYTES = 1024 * 1024;

/** A stream that is this many times longer than what is kept of it never ends: the command is given up. */
export const RUNAWAY_FACTOR = 8;

/** What a command has printed so far. Memory stays bounded whatever arrives. */
export class ExecOutput {
  readonly #maxBytes: number;
  readonly #streams: Readonly<Record<"stdout" | "stderr", CappedText>>;
  #received = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#streams = { stdout: new CappedText(maxBytes), stderr: new CappedText(maxBytes) };
  }

  add(stream: "stdout" | "stderr", bytes: Buffer): void {
    this.#received += bytes.length;
    this.#streams[stream].add(bytes);
  }

  /** So much has come that it will not end. */
  get runaway(): boolean {
    return this.#received > this.#maxBytes * RUNAWAY_FACTOR;
  }

  get overflow(): boolean {
    return this.#streams.stdout.overflow || this.#streams.stderr.overflow;
  }

  texts(): { readonly stdout: string; readonly stderr: string } {
    return { stdout: this.#streams.stdout.text(), stderr: this.#streams.stderr.text() };
  }
}

/** The first bytes of a stream as UTF-8; a character may be split between two frames. */
class CappedText {
  readonly #decoder = new StringDecoder("utf8");
  readonly #parts: string[] = [];
  #left: number;
  overflow = false;

  constructor(maxBytes: number) {
    this.#left = maxBytes;
  }

  add(bytes: Buffer): void {
    if (bytes.length > this.#left) this.overflow = true;
    if (this.#left === 0) return;
    const kept = bytes.subarray(0, this.#left);
    this.#left -= kept.length;
    this.#parts.push(this.#decoder.write(kept));
  }

  text(): string {
    // A character that the limit cut in two is dropped; one that the command itself left unfinished is shown (U+FFFD).
    return this.#parts.join("") + (this.overflow ? "" : this.#decoder.end());
  }
}
