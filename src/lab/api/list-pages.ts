import type { LabObject } from "../model.ts";
import { badRequest, expired } from "./status-error.ts";

/** The rest of a list that was cut by `limit`, as it was when its first page was read. */
interface Rest {
  readonly objects: readonly LabObject[];
  readonly from: number;
  readonly resourceVersion: string;
}

/** Lists under way; the oldest goes first, as in a real cluster after its compaction. */
const MAX_KEPT = 64;

export interface Page {
  readonly objects: readonly LabObject[];
  readonly resourceVersion: string;
  /** Absent: the last page. */
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

/** Cuts lists in pages that all show the same moment. Objects are immutable, so a list costs only its references. */
export class ListPages {
  readonly #kept = new Map<string, Rest>();
  #next = 1;

  first(objects: readonly LabObject[], resourceVersion: string, query: URLSearchParams): Page {
    return this.#page({ objects, from: 0, resourceVersion }, limitOf(query));
  }

  /** 410 where the token is not, or no longer, known. */
  further(token: string, query: URLSearchParams): Page {
    const rest = this.#kept.get(token);
    if (rest === undefined) {
      throw expired(
        "The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.",
      );
    }
    return this.#page(rest, limitOf(query));
  }

  #page(rest: Rest, limit: number): Page {
    const { objects, from, resourceVersion } = rest;
    const to = limit === 0 ? objects.length : Math.min(from + limit, objects.length);
    const page = from === 0 && to === objects.length ? objects : objects.slice(from, to);
    if (to === objects.length) return { objects: page, resourceVersion };
    return {
      objects: page,
      resourceVersion,
      continue: this.#keep({ ...rest, from: to }),
      remainingItemCount: objects.length - to,
    };
  }

  #keep(rest: Rest): string {
    const token = Buffer.from(JSON.stringify({ v: "lab", rest: this.#next++ })).toString("base64url");
    this.#kept.set(token, rest);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return token;
  }
}

/** 0: no limit. */
function limitOf(query: URLSearchParams): number {
  const text = query.get("limit") || "0";
  if (!/^[0-9]{1,9}$/.test(text)) throw badRequest(`limit: Invalid value: ${text}: must be a number`);
  return Number(text);
}
