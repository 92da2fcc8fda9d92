import type { PodEnd } from "../model/traffic.ts";

/** A pod that does not exist, to ask what one like it could do; its address is not known. */
export function hypotheticalPod(namespace: string, display: string): PodEnd {
  return {
    kind: "pod",
    // No pod's key: names hold no spaces.
    key: `hypothetical ${display}`,
    display,
    namespace,
    labels: {},
    spec: { containers: [] },
    ips: undefined,
  };
}

/** A name for a namespace that is none of these: policies can know nothing of it but by what all namespaces have. */
export function newNamespaceName(taken: Iterable<string>): string {
  const names = new Set(taken);
  let name = "new-namespace";
  for (let count = 2; names.has(name); count++) name = `new-namespace-${count}`;
  return name;
}
