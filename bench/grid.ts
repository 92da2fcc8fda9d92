/** A grid of stand-ins: every pod asks every other one on TCP 80. */
export interface Grid {
  readonly namespaces: readonly string[];
  /** Manifests: namespaces, and policies that close some of the pods to everyone. */
  readonly manifests: string;
  readonly scenario: string;
  readonly flows: number;
  readonly denied: number;
}

/**
 * `perNamespace` pods in each of three namespaces; the pods whose number modulo `closedOf` is 0 accept nothing.
 * At most `maxFlows` flows, none of a pod to itself, spread evenly over sources and targets.
 */
export function grid(perNamespace: number, closedOf: number, maxFlows = Number.POSITIVE_INFINITY): Grid {
  const namespaces = ["netverdict-bench-x", "netverdict-bench-y", "netverdict-bench-z"];
  const pods = namespaces.flatMap((namespace) =>
    Array.from({ length: perNamespace }, (_, index) => ({
      namespace,
      index,
      name: `${namespace.slice(-1)}-${index}`,
    })),
  );
  const manifests = namespaces.map((namespace) => {
    const closed = pods.filter((pod) => pod.namespace === namespace && pod.index % closedOf === 0);
    const values = closed.map((pod) => `"${pod.name}"`).join(", ");
    return `apiVersion: v1
kind: Namespace
metadata: {name: ${namespace}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: ${namespace}}
spec:
  podSelector: {matchExpressions: [{key: pod, operator: In, values: [${values}]}]}
  policyTypes: [Ingress]
`;
  });
  const pairs = pods.flatMap((_, distance) =>
    distance === 0 ? [] : pods.map((from, at) => ({ from, to: pods[(at + distance) % pods.length] ?? from })),
  );
  const chosen = pairs.slice(0, maxFlows);
  const denied = chosen.filter(({ to }) => to.index % closedOf === 0).length;
  const endpoints = pods.map(
    (pod) =>
      `  ${pod.name}: {namespace: ${pod.namespace}, labels: {pod: "${pod.name}"}, standIn: true, ports: [80]}\n`,
  );
  const flows = chosen.map(
    ({ from, to }) =>
      `  - ${from.name} -> ${to.name}:80 should ${to.index % closedOf === 0 ? "fail" : "succeed"}\n`,
  );
  return {
    namespaces,
    manifests: manifests.join("---\n"),
    scenario: `apiVersion: netverdict.dev/v1alpha1
kind: Scenario
metadata: {name: grid}
endpoints:
${endpoints.join("")}flows:
${flows.join("")}`,
    flows: chosen.length,
    denied,
  };
}
