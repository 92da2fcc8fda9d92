import type { Labels } from "../model/kubernetes.ts";
import type { Snapshot, SnapshotResource, Unread } from "../model/snapshot.ts";
import { labelValue, meetsRequirement, type Requirement } from "../selectors/label-selector.ts";

/** Whether something matches; `unknown`: it depends on what could not be read. */
export type Match = "yes" | "no" | "unknown";

/** What is known of a namespace's labels. */
export interface NamespaceLabels {
  readonly labels: Labels;
  /** Why there may be more labels than these; undefined: these are all. */
  readonly unread: string | undefined;
}

/** The label that the API server keeps on every namespace, whose value is its name (S14). */
const NAME_LABEL = "kubernetes.io/metadata.name";

/** Why a resource of this namespace could not be read; undefined: it was read. */
export function unreadReason(
  unread: readonly Unread[],
  resource: SnapshotResource,
  namespace: string,
): string | undefined {
  const reasons = unread
    .filter((entry) => entry.resource === resource)
    .filter((entry) =>
      entry.namespace === undefined
        ? !entry.readNamespaces?.includes(namespace)
        : entry.namespace === namespace,
    )
    .map((entry) => entry.reason);
  return reasons.sort()[0];
}

/**
 * Looks up namespaces' labels. A namespace that nobody declares, as manifests often leave it, exists all the same and
 * carries its name's label (S14).
 */
export function createNamespaceLabels(
  world: Pick<Snapshot, "namespaces" | "unread">,
): (namespace: string) => NamespaceLabels {
  const declared = new Map(world.namespaces.map(({ metadata }) => [metadata.name, metadata.labels ?? {}]));
  const known = new Map<string, NamespaceLabels>();
  return (namespace) => {
    let labels = known.get(namespace);
    if (labels === undefined) {
      labels = {
        labels: { ...declared.get(namespace), [NAME_LABEL]: namespace },
        unread: unreadReason(world.unread, "namespaces", namespace),
      };
      known.set(namespace, labels);
    }
    return labels;
  };
}

/** Whether a namespace meets all requirements; a label that is not known may or may not be there. */
export function matchNamespace(
  requirements: readonly Requirement[],
  { labels, unread }: NamespaceLabels,
): Match {
  let match: Match = "yes";
  for (const requirement of requirements) {
    const unknown = unread !== undefined && labelValue(labels, requirement.key) === undefined;
    if (unknown && requirement.operator !== "never") {
      match = "unknown";
    } else if (!meetsRequirement(requirement, labels)) {
      return "no";
    }
  }
  return match;
}
