import type { Right } from "../../model/right.ts";
import { type Fields, fieldsOf, textOf } from "./fields.ts";

/** A right that the lab's user does not have, for tests; the purposes do not matter. */
export type DeniedRight = Omit<Right, "purposes" | "verb"> & { readonly verb: string };

/** The one user of a lab. */
export const LAB_USER = { username: "netverdict-lab", groups: ["system:masters", "system:authenticated"] };

const EVERYTHING = { verbs: ["*"], apiGroups: ["*"], resources: ["*"] };

/** The answer to a question that is posted to a path; undefined: nothing is asked there. */
export function review(path: string, asked: Fields, denied: readonly DeniedRight[]): unknown {
  const spec = fieldsOf(asked.spec);
  switch (path) {
    case "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews":
      return { ...asked, metadata: {}, status: accessStatus(fieldsOf(spec.resourceAttributes), denied) };
    case "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews":
      // Rules can only grant: with denials the list would say too much, so it says that it is not all.
      return {
        ...asked,
        metadata: {},
        status: {
          resourceRules: denied.length === 0 ? [EVERYTHING] : [],
          nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
          incomplete: denied.length > 0,
        },
      };
    case "/apis/authentication.k8s.io/v1/selfsubjectreviews":
      return { ...asked, metadata: {}, status: { userInfo: LAB_USER } };
    default:
      return undefined;
  }
}

function accessStatus(asked: Fields, denied: readonly DeniedRight[]): object {
  const subresource = textOf(asked.subresource);
  const resource = `${textOf(asked.resource)}${subresource === "" ? "" : `/${subresource}`}`;
  const right = {
    verb: textOf(asked.verb),
    group: textOf(asked.group),
    resource,
    namespace: textOf(asked.namespace),
    name: textOf(asked.name),
  };
  return isDenied(right, denied)
    ? { allowed: false }
    : { allowed: true, reason: "the lab allows everything" };
}

interface AskedRight {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** A denial without a namespace or a name holds for all of them. */
export function isDenied(asked: AskedRight, denied: readonly DeniedRight[]): boolean {
  return denied.some(
    ({ verb, group, resource, namespace, name }) =>
      verb === asked.verb &&
      group === asked.group &&
      resource === asked.resource &&
      (namespace === undefined || namespace === asked.namespace) &&
      (name === undefined || name === asked.name),
  );
}
