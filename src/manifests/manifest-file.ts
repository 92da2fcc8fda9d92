import type { SourceRange } from "../source/position.ts";
import { createTextFile, rangeBetween, type TextFile } from "../source/text-file.ts";
import type { RawDocument, Span } from "./raw-document.ts";
import { splitDocuments } from "./split-documents.ts";
import type { RecentTrees } from "./yaml-document.ts";

/** A text that manifests were read from. */
export interface ManifestText {
  /** As the user gave it, or `<stdin>`. */
  readonly path: string;
  readonly text: string;
}

/** A file. Lines are counted only when a position is asked for. */
export class ManifestFile {
  readonly #content: ManifestText;
  #lines: TextFile | undefined;

  constructor(content: ManifestText) {
    const text = content.text.startsWith("\uFEFF") ? content.text.slice(1) : content.text;
    this.#content = { path: content.path, text };
  }

  /** Read anew at each call: what is left of a document after it was decoded is only where its fields stand. */
  documents(recent: RecentTrees): readonly RawDocument[] {
    return splitDocuments(this.#content.text, recent);
  }

  range(span: Span): SourceRange {
    this.#lines ??= createTextFile(this.#content.path, this.#content.text);
    return rangeBetween(this.#lines, span.start, span.end);
  }

  textOf(span: Span): string {
    return this.#content.text.slice(span.start, span.end);
  }
}
