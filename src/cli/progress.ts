import { displayCells, escapeControls } from "../source/display-text.ts";

/** What a run says of its way, on stderr. */
export interface Progress {
  /** A step begins. */
  step(name: string): void;
  /** How far the step is; shown on terminals only. */
  update(text: string): void;
  /** The step is done: what came of it, such as `stand-ins: 9 running`. */
  done(text: string): void;
  /** Stays to be read. */
  warn(text: string): void;
  /** Leaves the terminal clean. May be called more than once; after it only warnings are written. */
  close(): void;
}

export interface ProgressOptions {
  readonly stream: { write(text: string): unknown };
  readonly isTty: boolean;
  /** In a CI system's log a moving line is noise, even if it claims to be a terminal. */
  readonly ci: boolean;
  /** Nothing at all; warnings are in the report, too. */
  readonly quiet?: boolean;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** Columns of the terminal. */
  readonly width: number;
}

/** One moving line on a terminal, in a log one line for each finished step, or nothing. */
export function createProgress(options: ProgressOptions): Progress {
  if (options.quiet === true) return SILENT;
  return options.isTty && !options.ci ? new MovingLine(options) : new LogLines(options);
}

const SILENT: Progress = { step() {}, update() {}, done() {}, warn() {}, close() {} };

class LogLines implements Progress {
  readonly #options: ProgressOptions;
  #began: number | undefined;
  #topic = "";
  #closed = false;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  /** A step in several parts (`stand-ins: creating 9`, `stand-ins: creating 2`) takes its time from the first. */
  step(name: string): void {
    const topic = name.split(":")[0] ?? name;
    if (this.#began === undefined || topic !== this.#topic) this.#began = this.#options.now();
    this.#topic = topic;
  }

  update(): void {}

  done(text: string): void {
    if (this.#closed) return;
    const took = this.#began === undefined ? "" : ` in ${seconds(this.#options.now() - this.#began)}`;
    this.#began = undefined;
    this.#options.stream.write(`${escapeControls(text)}${took}\n`);
  }

  warn(text: string): void {
    this.#options.stream.write(warning(text));
  }

  close(): void {
    this.#closed = true;
  }
}

/** To the beginning of the line, and erase it (ECMA-48 EL). */
const ERASE = "\r\x1b[2K";
/** Faster than this nobody reads, and a slow terminal would hold up the run. */
const REDRAW_MS = 50;

class MovingLine implements Progress {
  readonly #options: ProgressOptions;
  #text = "";
  #drawnAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  step(name: string): void {
    this.#show(name);
  }

  update(text: string): void {
    if (this.#options.now() - this.#drawnAt >= REDRAW_MS) this.#show(text);
  }

  done(text: string): void {
    this.#show(text);
  }

  warn(text: string): void {
    this.#options.stream.write(`${this.#text === "" ? "" : ERASE}${warning(text)}`);
    if (this.#text !== "") this.#options.stream.write(this.#text);
  }

  close(): void {
    this.#closed = true;
    if (this.#text !== "") this.#options.stream.write(ERASE);
    this.#text = "";
  }

  #show(text: string): void {
    const line = fitted(text, this.#options.width);
    if (this.#closed || line === this.#text) return;
    this.#text = line;
    this.#drawnAt = this.#options.now();
    this.#options.stream.write(ERASE + line);
  }
}

function warning(text: string): string {
  return `warning: ${escapeControls(text)}\n`;
}

/** One column less than the terminal has: a full line wraps, and only its last row would be erased. */
function fitted(text: string, width: number): string {
  let room = Math.max(1, width - 1);
  let line = "";
  for (const cell of displayCells(text)) {
    room -= cell.width;
    if (room < 0) break;
    line += cell.text;
  }
  return line;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
