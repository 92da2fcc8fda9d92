import {
  type Direction,
  type DirectionTrace,
  type PolicyRef,
  type Prediction,
  policyName,
} from "../model/prediction.ts";
import type { DiffCause } from "./diff.ts";
import type { PolicyChanges } from "./policy-changes.ts";

/** The policies that make a connection open or close, from what each side says of it. */
export function causesOf(
  before: Prediction,
  after: Prediction,
  changes: PolicyChanges,
): readonly DiffCause[] {
  const isOpened = rank(after) > rank(before);
  return (["egress", "ingress"] as const).flatMap((direction) => {
    const [was, is] = [before[direction], after[direction]];
    const moves = isOpened ? rank(is) > rank(was) : rank(is) < rank(was);
    return moves ? causesAt(direction, was, is, isOpened, changes) : [];
  });
}

function rank({ value }: { readonly value: Prediction["value"] }): number {
  return value === "allow" ? 2 : value === "undetermined" ? 1 : 0;
}

function causesAt(
  direction: Direction,
  was: DirectionTrace,
  is: DirectionTrace,
  isOpened: boolean,
  changes: PolicyChanges,
): readonly DiffCause[] {
  const now = isOpened
    ? present(is.allowedBy)
    : [...present(is.deniedBy), ...without(is.isolatedBy, was.isolatedBy)];
  const then = isOpened
    ? [...present(was.deniedBy), ...without(was.isolatedBy, is.isolatedBy)]
    : present(was.allowedBy);
  const found = [...now, ...then].flatMap((policy): readonly DiffCause[] => {
    const status = changes.statusOf(policy);
    if (status === "same") return [];
    const rule = policy.path === undefined ? policyName(policy) : `${policy.path} of ${policyName(policy)}`;
    const now = !isOpened && status === "changed" ? missText(is) : "";
    return [{ direction, policy: changes.latest(policy), status, text: `${status} ${rule}${now}` }];
  });
  const distinct = [
    ...new Map(found.map((cause) => [policyName(cause.policy as PolicyRef), cause])).values(),
  ];
  if (distinct.length > 0) return distinct;
  // A policy that isolated before and after may itself be what changed.
  const changed = [...was.isolatedBy, ...is.isolatedBy].filter(
    (policy) => changes.statusOf(policy) !== "same",
  );
  const [first] = changed;
  if (first !== undefined) {
    const status = changes.statusOf(first);
    return [{ direction, policy: changes.latest(first), status, text: `${status} ${policyName(first)}` }];
  }
  return [
    { direction, text: `labels, ports or addresses changed at ${is.subject ?? was.subject ?? "an end"}` },
  ];
}

/** What a rule that was changed now misses by. */
function missText({ nearest }: DirectionTrace): string {
  return nearest === undefined ? "" : `: now ${nearest.text}`;
}

function present(ref: PolicyRef | undefined): readonly PolicyRef[] {
  return ref === undefined ? [] : [ref];
}

function without(refs: readonly PolicyRef[], others: readonly PolicyRef[]): readonly PolicyRef[] {
  const names = new Set(others.map(policyName));
  return refs.filter((ref) => !names.has(policyName(ref)));
}
