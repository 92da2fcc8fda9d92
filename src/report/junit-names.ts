import type { FlowReport } from "../model/report.ts";
import { xmlText } from "./xml.ts";

/** What `flow.id` shows of a case, so that a person finds the same text in every format. */
export interface CaseName {
  readonly classname: string;
  readonly name: string;
}

/**
 * `scenario.namespace->namespace` and `flow deny`. GitLab keeps only the first of two cases with the same names and shows
 * `classname` as the suite, so names are made unique; Jenkins cuts `classname` at its last dot, so there is only one.
 */
export class CaseNames {
  readonly #taken = new Set<string>();

  of(flow: FlowReport): CaseName {
    const [from = "", to = ""] = flow.id.split(" -> ");
    const classname = `${flow.scenario}.${placeOf(from, flow.from)}->${placeOf(to, flow.to)}`;
    return this.unique(classname, `${flow.id} ${flow.expected}`);
  }

  unique(classname: string, name: string): CaseName {
    const key = (text: string): string => xmlText(`${classname}\n${text}`);
    let candidate = name;
    for (let number = 2; this.#taken.has(key(candidate)); number++) candidate = `${name} #${number}`;
    this.#taken.add(key(candidate));
    return { classname, name: candidate };
  }
}

/** The namespace of an end of a flow's identifier; `dns`, and `outside` for addresses. */
function placeOf(end: string, endpoint: string): string {
  const text = end.replace(/^http:\/\//, "");
  const segments = endpoint.split("/");
  // A reference in place may name its namespace itself: NAMESPACE/KIND/NAME.
  if (segments.length === 3 && text.startsWith(endpoint)) return segments[0] ?? "";
  const namespace = text.slice(0, Math.max(0, text.indexOf(`/${endpoint}`)));
  if (namespace !== "") return namespace;
  return endpoint === "dns" ? "dns" : "outside";
}
