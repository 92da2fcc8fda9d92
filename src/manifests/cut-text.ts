/** A part of a big text that can be read by itself: whole documents, or some items of a list. */
export interface BigPiece {
  /** Bytes of the text, `end` not included. */
  readonly start: number;
  readonly end: number;
  /** What has to stand before and behind, so that items of a list are a list again. */
  readonly head: string;
  readonly tail: string;
  /** Where the first byte stands in the whole text. Columns count bytes there. */
  readonly line: number;
  readonly column: number;
}

/** Large enough that no time is lost between pieces, small enough to be read again for a position. */
const PIECE_BYTES = 4 * 1024 * 1024;

const NEWLINE = 10;
const SPACE = 32;
const QUOTE = 34;
const COMMA = 44;
const DASH = 45;
const OPEN_LIST = 91;
const BACKSLASH = 92;
const CLOSE_LIST = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

/**
 * Cuts a text where `splitDocuments` would: YAML before lines that begin with "---", a stream of JSON values between
 * them, and a JSON value that is a list, as `kubectl get -o json` writes it, between its items. What can't be cut stays
 * one piece, however big.
 */
export function cutText(bytes: Uint8Array, pieceBytes = PIECE_BYTES): readonly BigPiece[] {
  const isMarked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  let first = isMarked ? 3 : 0;
  const begin = first;
  while (isSpace(bytes[first])) first += 1;
  const cuts =
    bytes[first] === OPEN_OBJECT ? jsonCuts(bytes, first, pieceBytes) : yamlCuts(bytes, pieceBytes);
  return numbered(bytes, begin, cuts);
}

interface Cut {
  readonly start: number;
  readonly end: number;
  readonly head: string;
  readonly tail: string;
}

function yamlCuts(bytes: Uint8Array, pieceBytes: number): readonly Cut[] {
  const cuts: Cut[] = [];
  let start = 0;
  for (let at = bytes.indexOf(NEWLINE, pieceBytes); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) {
    if (bytes[at + 1] !== DASH || bytes[at + 2] !== DASH || bytes[at + 3] !== DASH) continue;
    cuts.push({ start, end: at + 1, head: "", tail: "" });
    start = at + 1;
    at += pieceBytes;
  }
  return [...cuts, { start, end: bytes.length, head: "", tail: "" }];
}

/** A value of the stream: where it stands, and where the items of its list begin and end. */
interface JsonExtent {
  readonly start: number;
  readonly end: number;
  readonly items: readonly { readonly start: number; readonly end: number }[];
  readonly listStart: number;
  readonly listEnd: number;
}

function jsonCuts(bytes: Uint8Array, first: number, pieceBytes: number): readonly Cut[] {
  const cuts: Cut[] = [];
  let start = first;
  let at = first;
  let end = first;
  const close = (stop: number): void => {
    if (stop > start) cuts.push({ start, end: stop, head: "", tail: "" });
    start = stop;
  };
  while (at < bytes.length) {
    const value = jsonExtent(bytes, at, pieceBytes);
    // No JSON, or no object: the reader says what is wrong with the rest.
    if (value === undefined) break;
    if (value.items.length > 1) {
      close(value.start);
      const head = textOf(bytes, value.start, value.listStart);
      const tail = textOf(bytes, value.listEnd, value.end);
      cuts.push(...value.items.map((item) => ({ ...item, head, tail })));
      start = value.end;
    } else if (value.end - start >= pieceBytes) {
      close(value.end);
    }
    end = value.end;
    at = end;
    while (isSpace(bytes[at])) at += 1;
  }
  close(at < bytes.length ? bytes.length : end);
  return cuts;
}

/** Goes over one JSON object, without reading it; undefined where there is none, or where it has no end. */
function jsonExtent(bytes: Uint8Array, start: number, pieceBytes: number): JsonExtent | undefined {
  if (bytes[start] !== OPEN_OBJECT) return undefined;
  const items: { start: number; end: number }[] = [];
  let listStart = -1;
  let listEnd = -1;
  let itemsStart = -1;
  let depth = 0;
  let keyStart = 0;
  for (let at = start; at < bytes.length; at++) {
    switch (bytes[at]) {
      case QUOTE: {
        const end = stringEnd(bytes, at);
        if (end < 0) return undefined;
        if (depth === 1) keyStart = at;
        at = end;
        break;
      }
      case OPEN_OBJECT:
        depth += 1;
        break;
      case OPEN_LIST:
        depth += 1;
        if (depth === 2 && listStart < 0 && isItems(bytes, keyStart)) {
          listStart = at + 1;
          itemsStart = listStart;
        }
        break;
      case COMMA:
        if (depth === 2 && itemsStart >= 0 && at - itemsStart >= pieceBytes) {
          items.push({ start: itemsStart, end: at });
          itemsStart = at + 1;
        }
        break;
      case CLOSE_LIST:
        depth -= 1;
        if (depth === 1 && itemsStart >= 0) {
          items.push({ start: itemsStart, end: at });
          itemsStart = -1;
          listEnd = at;
        }
        break;
      case CLOSE_OBJECT:
        depth -= 1;
        if (depth === 0) return { start, end: at + 1, items, listStart, listEnd };
        break;
    }
  }
  return undefined;
}

function stringEnd(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    if (bytes[at] === BACKSLASH) at += 1;
    else if (bytes[at] === QUOTE) return at;
  }
  return -1;
}

function isItems(bytes: Uint8Array, keyStart: number): boolean {
  return textOf(bytes, keyStart, keyStart + 7) === '"items"';
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return new TextDecoder().decode(bytes.subarray(start, end));
}

function isSpace(byte: number | undefined): boolean {
  return byte === SPACE || byte === NEWLINE || byte === 13 || byte === 9;
}

/** Counts the lines between the pieces. */
function numbered(bytes: Uint8Array, begin: number, cuts: readonly Cut[]): readonly BigPiece[] {
  let line = 1;
  let lineStart = begin;
  return cuts.map((cut) => {
    for (
      let at = bytes.indexOf(NEWLINE, lineStart);
      at >= 0 && at < cut.start;
      at = bytes.indexOf(NEWLINE, at + 1)
    ) {
      line += 1;
      lineStart = at + 1;
    }
    return {
      ...cut,
      start: Math.max(cut.start, begin),
      line,
      column: Math.max(cut.start, begin) - lineStart + 1,
    };
  });
}
