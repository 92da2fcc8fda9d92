import { describe, expect, it } from "vitest";
import { parseManifests } from "../../src/manifests/parse-manifests.ts";
import { formatStart } from "../../src/source/position.ts";

const POLICY = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: deny-all
  namespace: shop
spec:
  podSelector: {}
`;
const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      containers: [{name: api, image: api}]
`;

function parse(text: string, path = "shop.yaml") {
  return parseManifests([{ path, text }]);
}

/** `file:line:column: message | hint` of each finding. */
function findings(...texts: readonly string[]): string[] {
  const { diagnostics } = parseManifests(texts.map((text, index) => ({ path: `${index}.yaml`, text })));
  return diagnostics.map(({ range, message, hint }) => {
    const where = range === undefined ? "" : `${formatStart(range)}: `;
    return `${where}${message}${hint === undefined ? "" : ` | ${hint}`}`;
  });
}

describe("parsing manifests", () => {
  it("reads each kind into its place of the snapshot", () => {
    const kinds = [
      POLICY,
      DEPLOYMENT,
      "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: a}}\n",
      "apiVersion: v1\nkind: Service\nmetadata: {name: api, namespace: shop}\nspec: {selector: {app: api}, ports: [{port: 80}]}\n",
      "apiVersion: v1\nkind: Node\nmetadata: {name: node1}\nstatus: {addresses: [{type: InternalIP, address: 10.0.0.1}]}\n",
      "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: api-1, namespace: shop}\naddressType: IPv4\nendpoints: [{addresses: [10.0.0.2]}]\n",
      "apiVersion: v1\nkind: Pod\nmetadata: {name: one, namespace: shop}\nspec: {containers: [{name: c}]}\nstatus: {podIP: 10.0.0.3}\n",
    ];
    const { snapshot, diagnostics } = parse(kinds.join("---\n"));
    expect(diagnostics).toEqual([]);
    expect(snapshot.origin).toBe("manifests");
    expect(snapshot.networkPolicies.map(({ metadata }) => metadata.name)).toEqual(["deny-all"]);
    expect(snapshot.services.map(({ metadata }) => metadata.name)).toEqual(["api"]);
    expect(snapshot.endpointSlices.map(({ metadata }) => metadata.name)).toEqual(["api-1"]);
    expect(snapshot.nodes.map(({ metadata }) => metadata.name)).toEqual(["node1"]);
    expect(snapshot.workloads.map(({ metadata }) => metadata.name)).toEqual(["api"]);
    expect(snapshot.pods.map(({ metadata }) => metadata.name)).toEqual(["one", "api"]);
    expect(snapshot.pods[0]?.status?.podIP).toBe("10.0.0.3");
    expect(snapshot.unread).toEqual([]);
  });

  it("skips documents that hold nothing", () => {
    const { snapshot, diagnostics } = parse(`# only\n---\n---\n# comments\n---  # and this\n${POLICY}---\n`);
    expect(diagnostics).toEqual([]);
    expect(snapshot.networkPolicies).toHaveLength(1);
  });

  it("takes lists apart, also lists of lists, and gives items of a PodList their kind", () => {
    const pod = '{"metadata":{"name":"one"},"spec":{"containers":[{"name":"c"}]}}';
    const lists = [
      `{"apiVersion":"v1","kind":"PodList","metadata":{"resourceVersion":"1"},"items":[${pod}]}`,
      `{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"a"}}]}]}`,
      '{"apiVersion":"v1","kind":"List","items":null}',
    ];
    const { snapshot, diagnostics } = parse(lists.join("\n"), "all.ndjson");
    expect(diagnostics).toEqual([]);
    expect(snapshot.pods).toMatchObject([
      { apiVersion: "v1", kind: "Pod", metadata: { name: "one", namespace: "default" } },
    ]);
    expect(snapshot.namespaces.map(({ metadata }) => metadata.name)).toEqual(["a", "default"]);
  });

  it("leaves out kinds that say nothing about traffic between pods", () => {
    const others = [
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nwhatever: true\n",
      "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: a}\n",
      "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a}\n",
      "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: a}\nspec: {template: {}}\n",
      "apiVersion: constructor/v1\nkind: __proto__\nmetadata: {name: a}\n",
    ];
    const { snapshot, diagnostics } = parse([...others, POLICY].join("---\n"));
    expect(diagnostics).toEqual([]);
    expect(snapshot.services).toEqual([]);
    expect(snapshot.foreignPolicies).toEqual([]);
  });

  it("counts the policies of kinds that it does not read", () => {
    const foreign = (apiVersion: string, kind: string) =>
      `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a}\n`;
    const { snapshot, diagnostics } = parse(
      [
        foreign("cilium.io/v2", "CiliumNetworkPolicy"),
        foreign("cilium.io/v2", "CiliumNetworkPolicy"),
        foreign("projectcalico.org/v3", "NetworkPolicy"),
        foreign("policy.networking.k8s.io/v1", "ClusterNetworkPolicy"),
        foreign("security.istio.io/v1", "AuthorizationPolicy"),
        foreign("cilium.io/v2", "CiliumNode"),
        POLICY,
      ].join("---\n"),
    );
    expect(diagnostics).toEqual([]);
    expect(snapshot.foreignPolicies).toEqual([
      { group: "cilium.io", kind: "CiliumNetworkPolicy", count: 2 },
      { group: "projectcalico.org", kind: "NetworkPolicy", count: 1 },
      { group: "policy.networking.k8s.io", kind: "ClusterNetworkPolicy", count: 1 },
      { group: "security.istio.io", kind: "AuthorizationPolicy", count: 1 },
    ]);
    expect(snapshot.networkPolicies).toHaveLength(1);
  });

  it("warns when nothing was read at all", () => {
    expect(findings("# nothing\n", "")).toEqual([
      "the manifests hold no object that a prediction can be made from | wanted are NetworkPolicies, Namespaces, Services, and Pods or workloads that make them",
    ]);
  });

  it("reads without the byte order mark and keeps columns right", () => {
    expect(findings(`\uFEFFkind: Pod\n`)).toEqual([
      "0.yaml:1:1: Object 'apiVersion' is missing | give only files with Kubernetes objects; build a Helm chart or a kustomization first",
    ]);
  });
});

describe("mistakes in manifests", () => {
  it("are reported all at once, over all files, in their order", () => {
    const first = `${POLICY}---\napiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: "80"}], selektor: {}}\n---\n${POLICY}`;
    const second = "kind: Pod\n---\na: b: c\n---\n- x\n";
    expect(findings(first, second)).toEqual([
      '0.yaml:12:23: spec.ports[0].port: must be an integer of 32 bits, not the string "80" | write 80 without quotes',
      '0.yaml:12:31: unknown field "spec.selektor" | did you mean "selector"?',
      "0.yaml:17:9: NetworkPolicy shop/deny-all is there twice | remove one of them, or give them different names",
      "1.yaml:1:1: Object 'apiVersion' is missing | give only files with Kubernetes objects; build a Helm chart or a kustomization first",
      "1.yaml:3:4: YAML: nested mappings are not allowed in compact mappings",
      "1.yaml:5:1: a Kubernetes object was expected, not a list",
    ]);
  });

  it("leave out only the object that they are about", () => {
    const { snapshot } = parse(
      `${POLICY}---\n${POLICY.replace("podSelector", "podselector").replace("deny-all", "other")}`,
    );
    expect(snapshot.networkPolicies.map(({ metadata }) => metadata.name)).toEqual(["deny-all"]);
  });

  it.each([
    ["podselector: {}", '7:3: unknown field "spec.podselector" | did you mean "podSelector"?'],
    [
      "podSelector: {matchLabels: {a: y}}",
      '7:34: spec.podSelector.matchLabels.a: must be a string, not the boolean true | quote it: "y"',
    ],
    [
      "podSelector: {matchLabels: {a: 1.5}}",
      '7:34: spec.podSelector.matchLabels.a: must be a string, not the number 1.5 | quote it: "1.5"',
    ],
    [
      "podSelector: {matchLabels: {app.kubernetes.io/name: on}}",
      '7:55: spec.podSelector.matchLabels[app.kubernetes.io/name]: must be a string, not the boolean true | quote it: "on"',
    ],
    [
      "podSelector: {matchLabels: {a: &v 5, b: *v}}",
      '7:37: spec.podSelector.matchLabels.a: must be a string, not the number 5 | quote it: "5"',
    ],
    ["podSelector: []", "7:16: spec.podSelector: must be an object, not a list"],
    ["ingress: {}", "7:12: spec.ingress: must be a list, not an object"],
    ["ingress: [{form: []}]", '7:14: unknown field "spec.ingress[0].form" | did you mean "from"?'],
    [
      "ingress: [{ports: [{port: 80.5}]}]",
      "7:29: spec.ingress[0].ports[0].port: must be a string or an integer of 32 bits, not the number 80.5",
    ],
    ["ingress: [{zzz: 1}]", '7:14: unknown field "spec.ingress[0].zzz"'],
  ])("say what is wrong, where, and what to do: %s", (spec, expected) => {
    expect(findings(POLICY.replace("podSelector: {}", spec))[0]).toBe(`0.yaml:${expected}`);
  });

  it.each([
    ["extensions/v1beta1", "NetworkPolicy", "networking.k8s.io/v1"],
    ["networking.k8s.io/v1beta1", "NetworkPolicy", "networking.k8s.io/v1"],
    ["apps/v1beta2", "Deployment", "apps/v1"],
    ["v1", "Deployment", "apps/v1"],
    ["batch/v1beta1", "CronJob", "batch/v1"],
    ["discovery.k8s.io/v1beta1", "EndpointSlice", "discovery.k8s.io/v1"],
  ])("name the right version for %s %s", (apiVersion, kind, right) => {
    expect(findings(`kind: ${kind}\nmetadata: {name: a}\napiVersion: ${apiVersion}\n`)).toEqual([
      `0.yaml:3:13: no matches for kind "${kind}" in version "${apiVersion}" | use apiVersion: ${right}`,
    ]);
  });

  it.each([
    ["networking.k8s.io/v1", "NetworkPolcy", ' | did you mean "NetworkPolicy"?'],
    ["networking.k8s.io/v1", "networkpolicy", ' | did you mean "NetworkPolicy"?'],
    ["v1", "Pods", ' | did you mean "Pod"?'],
    ["v1", "Gateway", ""],
  ])("never drop a misspelt kind: %s %s", (apiVersion, kind, hint) => {
    expect(findings(`apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a}\n`)).toEqual([
      `0.yaml:2:7: no matches for kind "${kind}" in version "${apiVersion}"${hint}`,
    ]);
  });

  it.each([
    ["apiVersion: v1\nkind: 5\n", "0.yaml:2:7: kind: must be a string, not the number 5"],
    ["apiVersion: [v1]\nkind: Pod\n", "0.yaml:1:13: apiVersion: must be a string, not a list"],
    [
      "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {}\n",
      "0.yaml:4:1: spec.containers: Required value",
    ],
    ["apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n", "0.yaml:1:1: spec: Required value"],
    [
      "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: ''}]}\n",
      "0.yaml:4:22: spec.containers[0].name: Required value",
    ],
    [
      "apiVersion: v1\nkind: Pod\nspec: {containers: []}\n",
      "0.yaml:1:1: metadata.name: Required value: name or generateName is required",
    ],
    ["hello\n", '0.yaml:1:1: a Kubernetes object was expected, not the string "hello"'],
    ["apiVersion: v1\nkind: List\nitems: [null]\n", "0.yaml:3:9: a Kubernetes object was expected, not null"],
  ])("in the head of an object: %j", (text, expected) => {
    expect(findings(text)[0]?.split(" | ")[0]).toBe(expected);
  });

  it("suggest to render what looks like a template", () => {
    expect(findings("{{- if .Values.policy }}\nkind: NetworkPolicy\n")[0]).toContain(
      "this looks like a template",
    );
  });

  it("name both places of an object that is there twice, in files of their own too", () => {
    const { diagnostics } = parseManifests([
      { path: "a.yaml", text: POLICY },
      { path: "b.yaml", text: `\n${POLICY}` },
    ]);
    expect(diagnostics).toMatchObject([
      {
        message: "NetworkPolicy shop/deny-all is there twice",
        range: { file: "b.yaml", start: { line: 5, column: 9 } },
        related: [{ message: "the first one", range: { file: "a.yaml", start: { line: 4, column: 9 } } }],
      },
    ]);
  });

  it("let the same name stand in another namespace or kind", () => {
    const other = POLICY.replace("namespace: shop", "namespace: other");
    const service = "apiVersion: v1\nkind: Service\nmetadata: {name: deny-all, namespace: shop}\n";
    expect(findings(POLICY, other, service)).toEqual([]);
  });
});
