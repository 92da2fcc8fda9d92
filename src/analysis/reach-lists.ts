import type { PortAnswers } from "./answer-table.ts";
import { answersText } from "./answers-text.ts";
import type { Matrix } from "./matrix.ts";

/** Groups that reach the same groups on the same ports. */
export interface Reach extends PortAnswers {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** All connections in few lines: groups that reach the same stand together, so do those that they reach on the same ports. */
export function reachLists({
  groups,
  connections,
}: Pick<Matrix, "groups" | "connections">): readonly Reach[] {
  const bySource = Map.groupBy(connections, ({ from }) => from);
  const lines = groups.map(({ id, pods }) => {
    const byAnswers = Map.groupBy(bySource.get(id) ?? [], answersText);
    const buckets = [...byAnswers].map(([text, list]) => ({
      text,
      answers: list[0] as PortAnswers,
      to: list.map(({ to }) => to),
    }));
    // A single pod is no target of its own: it is put where most are, so that it does not stand alone for that.
    const largest = buckets.reduce<(typeof buckets)[number] | undefined>(
      (most, bucket) => (bucket.to.length > (most?.to.length ?? 1) ? bucket : most),
      undefined,
    );
    if (pods === 1 && largest !== undefined) largest.to.push(id);
    for (const { to } of buckets) to.sort((a, b) => a - b);
    return {
      id,
      buckets,
      key: buckets
        .map(({ text, to }) => `${text}>${to.join()}`)
        .sort()
        .join("|"),
    };
  });
  const alike = Map.groupBy(
    lines.filter(({ buckets }) => buckets.length > 0),
    ({ key }) => key,
  );
  return [...alike.values()].flatMap((sources) =>
    (sources[0]?.buckets ?? []).map(({ answers, to }) => ({
      from: sources.map(({ id }) => id),
      to:
        sources.length === 1 && to.length > 1 && isSingle(groups, sources[0]?.id)
          ? without(to, sources[0]?.id)
          : to,
      allow: answers.allow,
      undetermined: answers.undetermined,
    })),
  );
}

function isSingle(groups: Matrix["groups"], id: number | undefined): boolean {
  return groups.find((group) => group.id === id)?.pods === 1;
}

function without(ids: readonly number[], id: number | undefined): readonly number[] {
  return ids.filter((other) => other !== id);
}
