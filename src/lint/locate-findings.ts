import type { SourceRange } from "../source/position.ts";
import { type FieldPath, formatFieldPath } from "./field-error.ts";
import { type Draft, type Finding, type ObjectRef, objectText } from "./finding.ts";

/** Where a field of an object stands; what is around it where it does not exist. */
export type RangeOf = (object: ObjectRef, path: FieldPath, part: "key" | "value") => SourceRange | undefined;

/**
 * Gives findings their places in the files. Draft by draft of the same object, since places of one document are found
 * faster together.
 */
export function locateFindings(drafts: readonly Draft[], rangeOf: RangeOf): readonly Finding[] {
  const byObject = Map.groupBy(drafts, ({ object }) => objectText(object));
  return [...byObject.values()].flatMap((group) => group.flatMap((draft) => locate(draft, rangeOf)));
}

function locate(draft: Draft, rangeOf: RangeOf): Finding[] {
  const { object, at, part, related } = draft;
  const range = rangeOf(object, at, part);
  if (range === undefined) throw new Error(`${objectText(object)} is in no file`);
  const places = (related ?? []).flatMap((place) => {
    const found = rangeOf(place.object, place.at, place.part ?? "key");
    return found === undefined ? [] : [{ message: place.message, range: found }];
  });
  return [{ ...unlocated(draft), range, ...(places.length === 0 ? {} : { related: places }) }];
}

/** The findings of a cluster, by object; within one in the order in which they were found. */
export function findingsWithoutPlaces(drafts: readonly Draft[]): readonly Finding[] {
  const findings = drafts.map((draft) => {
    const related = (draft.related ?? []).map(({ object, at, message }) => ({
      message: `${objectText(object)} ${formatFieldPath(at)}: ${message}`,
    }));
    return { ...unlocated(draft), ...(related.length === 0 ? {} : { related }) };
  });
  return findings.sort((a, b) => (a.object < b.object ? -1 : a.object > b.object ? 1 : 0));
}

function unlocated({ id, severity, object, path, type, message, text, hint }: Draft): Finding {
  return {
    id,
    severity,
    object: objectText(object),
    path: formatFieldPath(path),
    type,
    message,
    text,
    ...(hint === undefined ? {} : { hint }),
  };
}
