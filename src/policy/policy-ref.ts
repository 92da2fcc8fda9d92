import type { PolicyRef } from "../model/prediction.ts";
import type { Locate } from "../model/snapshot.ts";
import type { CompiledPolicy } from "./compiled-policy.ts";
import { type FieldPath, formatPath } from "./field-path.ts";

/** Names a policy or, with a path, a part of it. */
export type RefOf = (policy: CompiledPolicy, path?: FieldPath) => PolicyRef;

export function createPolicyRefs(locate: Locate): RefOf {
  const known = new WeakMap<CompiledPolicy, Map<string, PolicyRef>>();
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
  { namespace, name }: CompiledPolicy,
  path: FieldPath,
  text: string,
  locate: Locate,
): PolicyRef {
  const object = { kind: "NetworkPolicy", namespace, name } as const;
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
