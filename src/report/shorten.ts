import { displayCells } from "../source/display-text.ts";
import { columnsOf } from "./printer.ts";

/** The text in at most `room` columns: what has to go goes from its middle. */
export function shortenMiddle(text: string, room: number, cut: string): string {
  if (columnsOf(text) <= room) return text;
  const left = room - cut.length;
  if (left < 2) return take(text, Math.max(room, 0), "start");
  const head = take(text, Math.ceil(left / 2), "start");
  return head + cut + take(text, left - columnsOf(head), "end");
}

const ARROW = " -> ";

/**
 * A flow's identifier in at most `room` columns. Both ends are shortened by themselves, the longer one first, so that
 * the arrow stays, and of the target the port.
 */
export function shortenFlow(id: string, room: number, cut: string): string {
  if (columnsOf(id) <= room) return id;
  const arrow = id.indexOf(ARROW);
  const both = room - ARROW.length;
  if (arrow === -1 || both < 2 * MIN_END) return shortenMiddle(id, room, cut);
  const from = id.slice(0, arrow);
  const { name, port } = splitPort(id.slice(arrow + ARROW.length));
  const names = both - columnsOf(port);
  if (names < 2 * MIN_END) return shortenMiddle(id, room, cut);
  const half = Math.floor(names / 2);
  const forFrom = Math.min(columnsOf(from), Math.max(half, names - columnsOf(name)));
  return `${shortenEnd(from, forFrom, cut)}${ARROW}${shortenEnd(name, names - forFrom, cut)}${port}`;
}

/** `sta…/backend`, `backend`, `back…`: the name says more than its namespace. */
function shortenEnd(end: string, room: number, cut: string): string {
  const slash = end.lastIndexOf("/");
  if (columnsOf(end) <= room || slash === -1) return shortenMiddle(end, room, cut);
  const name = end.slice(slash + 1);
  const left = room - columnsOf(name) - cut.length - 1;
  if (left >= 0) return `${take(end, left, "start")}${cut}/${name}`;
  return columnsOf(name) <= room ? name : take(name, room - cut.length, "start") + cut;
}

/** Below this many columns an end says nothing any more. */
const MIN_END = 6;

/** The last colon begins the port, with the protocol or the path behind it; an overlong path is no port. */
function splitPort(target: string): { name: string; port: string } {
  const colon = target.search(/:[^:]*$/);
  return colon === -1 || target.length - colon > 24
    ? { name: target, port: "" }
    : { name: target.slice(0, colon), port: target.slice(colon) };
}

function take(text: string, room: number, side: "start" | "end"): string {
  const cells = displayCells(text);
  if (side === "end") cells.reverse();
  const taken: string[] = [];
  let used = 0;
  for (const cell of cells) {
    if (used + cell.width > room) break;
    used += cell.width;
    taken.push(cell.text);
  }
  if (side === "end") taken.reverse();
  return taken.join("");
}
