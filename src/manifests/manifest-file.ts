import type { SourceRange } from "../source/position.ts";
import { createTextFile, rangeBetween, type TextFile } from "../source/text-file.ts";
import { BigText } from "./big-text.ts";
import type { RawDocument, Span } from "./raw-document.ts";
import { splitDocuments } from "./split-documents.ts";
import type { RecentTrees } from "./yaml-document.ts";

/** A text that manifests were read from. */
export interface ManifestText {
  /** As the user gave it, or `<stdin>`. */
  readonly path: string;
  /** Empty where it is too big for a string. */
  readonly text: string;
  /** Then this is the text, in UTF-8. */
  readonly bytes?: Uint8Array;
}

/** A file. Lines are counted only when a position is asked for. */
export class ManifestFile {
  readonly #content: ManifestText;
  readonly #big: BigText | undefined;
  #lines: TextFile | undefined;

  constructor(content: ManifestText) {
    this.#big = content.bytes === undefined ? undefined : new BigText(content.path, content.bytes);
    const text = content.text.startsWith("\uFEFF") ? content.text.slice(1) : content.text;
    this.#content = { path: content.path, text };
  }

  /** Read anew at each call: what is left of a document after it was decoded is only where its fields stand. */
  documents(recent: RecentTrees): readonly RawDocument[] {
    return [...this.eachDocument(recent)];
  }

  /** The same one after the other, so that those of a big text need not be held together. */
  eachDocument(recent: RecentTrees): Iterable<RawDocument> {
    return this.#big?.documents(recent) ?? splitDocuments(this.#content.text, recent);
  }

  range(span: Span): SourceRange {
    if (this.#big !== undefined) return this.#big.range(span);
    this.#lines ??= createTextFile(this.#content.path, this.#content.text);
    return rangeBetween(this.#lines, span.start, span.end);
  }

  textOf(span: Span): string {
    if (this.#big !== undefined) return this.#big.textOf(span);
    return this.#content.text.slice(span.start, span.end);
  }
}
