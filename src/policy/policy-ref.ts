import type { AdminPolicyKind } from "../model/admin-policy.ts";
import type { PolicyRef } from "../model/prediction.ts";
import type { Locate } from "../model/snapshot.ts";
import { type FieldPath, formatPath } from "./field-path.ts";

/** A NetworkPolicy, or of the kind that it names. */
export interface PolicyObject {
  readonly kind?: AdminPolicyKind;
  readonly namespace?: string;
  readonly name: string;
}

/** Names a policy or, with a path, a part of it. The same object must be given for the same policy. */
export type RefOf = (policy: PolicyObject, path?: FieldPath) => PolicyRef;

export function createPolicyRefs(locate: Locate): RefOf {
  const known = new WeakMap<PolicyObject, Map<string, PolicyRef>>();
  return (policy, path = []) => {
    const refs = known.get(policy) ?? new Map<string, PolicyRef>();
    known.set(policy, refs);
    const text = formatPath(path);
    let ref = refs.get(text);
    if (ref === undefined) {
      ref = makeRef(policy, path, text, locate);
      refs.set(text, ref);
    }
    return ref;
  };
}

function makeRef(
  { kind, namespace, name }: PolicyObject,
  path: FieldPath,
  text: string,
  locate: Locate,
): PolicyRef {
  const object = {
    kind: kind ?? "NetworkPolicy",
    ...(namespace === undefined ? {} : { namespace }),
    name,
  } as const;
  // A field that is missing, such as a protocol left to its default, is shown where it would stand.
  let position = locate(object, path);
  for (let length = path.length - 1; position === undefined && length >= 0; length--) {
    position = locate(object, path.slice(0, length));
  }
  return {
    ...object,
    ...(text === "" ? {} : { path: text }),
    ...(position === undefined ? {} : { position }),
  };
}
