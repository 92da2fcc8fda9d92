/** Manifests of one thing in question each, and the findings about it: `id path`, with `!` and the severity where it is not a warning. */
export interface MeaningCase {
  readonly name: string;
  readonly text: string;
  readonly findings: readonly string[];
}

const policy = (spec: string, name = "p", namespace = "shop", more = ""): string =>
  `---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: ${name}, namespace: ${namespace}${more}}\nspec: {${spec}}\n`;
const ingress = (rules: string, name?: string): string =>
  policy(`podSelector: {}, policyTypes: [Ingress], ingress: [${rules}]`, name);
const egress = (rules: string, name?: string): string =>
  policy(`podSelector: {}, policyTypes: [Egress], egress: [${rules}]`, name);
const namespace = (name: string, labels = ""): string =>
  `---\napiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}, labels: {${labels}}}\n`;
const pod = (name: string, labels: string, ports = "", where = "shop", more = ""): string =>
  `---\napiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: ${where}, labels: {${labels}}}\nspec: {containers: [{name: c, image: i, ports: [${ports}]}]}\n${more}`;
const service = (name: string, selector: string, ports: string, more = ""): string =>
  `---\napiVersion: v1\nkind: Service\nmetadata: {name: ${name}, namespace: shop}\nspec: {selector: {${selector}}, ports: [${ports}]${more}}\n`;
const clusterPolicy = (name: string, spec: string): string =>
  `---\napiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {name: ${name}}\nspec: {subject: {namespaces: {}}, ${spec}}\n`;

const A = "{podSelector: {matchLabels: {app: a}}}";
const B = "{podSelector: {matchLabels: {app: b}}}";
const KUBE_SYSTEM = "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}";
const DNS = `{to: [${KUBE_SYSTEM}], ports: [{protocol: UDP, port: 53}, {port: 53}]}`;
const block = (cidr: string, except = ""): string =>
  `{ipBlock: {cidr: "${cidr}"${except === "" ? "" : `, except: [${except}]`}}}`;

const CASES: Readonly<Record<string, readonly (readonly [string, string, ...string[]])[]>> = {
  "inert-rules": [
    [
      "egress rules, Ingress only",
      policy(`podSelector: {}, policyTypes: [Ingress], egress: [{to: [${A}]}]`),
      "inert-rules spec.egress",
    ],
    [
      "ingress rules, Egress only",
      policy(`podSelector: {}, policyTypes: [Egress], ingress: [{}], egress: [{}]`),
      "inert-rules spec.ingress",
    ],
    ["both", policy("podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{}], egress: [{}]")],
    ["no rules of the other direction", policy("podSelector: {}, policyTypes: [Ingress], egress: []")],
  ],
  "implicit-ingress-isolation": [
    ["egress rules alone", policy("podSelector: {}, egress: [{}]"), "implicit-ingress-isolation spec.egress"],
    ["with ingress rules", policy("podSelector: {}, ingress: [{}], egress: [{}]")],
    ["with an empty ingress", policy("podSelector: {}, ingress: [], egress: [{}]")],
  ],
  "egress-not-isolated": [
    ["empty egress without types", policy("podSelector: {}, egress: []"), "egress-not-isolated spec.egress"],
    ["with types", policy("podSelector: {}, policyTypes: [Ingress, Egress], egress: []")],
  ],
  "duplicate-policy-type": [
    [
      "Ingress twice",
      policy("podSelector: {}, policyTypes: [Ingress, Ingress]"),
      "duplicate-policy-type spec.policyTypes[1]",
    ],
  ],
  "empty-peer-list": [
    ["from", ingress("{from: [], ports: [{port: 80}]}"), "empty-peer-list spec.ingress[0].from"],
    ["to", egress("{to: []}"), "empty-peer-list spec.egress[0].to"],
    ["left out", ingress("{ports: [{port: 80}]}")],
  ],
  "allows-nothing": [
    [
      "no rules",
      policy("podSelector: {}, policyTypes: [Ingress], ingress: []", "allow-web"),
      "allows-nothing spec.ingress",
    ],
    [
      "no list",
      policy("podSelector: {}, policyTypes: [Ingress]", "allow-web"),
      "allows-nothing metadata.name",
    ],
    ["a denying name", policy("podSelector: {}, policyTypes: [Ingress], ingress: []", "deny-web")],
    ["a name that only begins so", policy("podSelector: {}, policyTypes: [Ingress]", "disallow-web")],
  ],
  "empty-pod-selector-peer": [
    [
      "as it is mostly meant",
      ingress("{from: [{podSelector: {}}]}"),
      "empty-pod-selector-peer spec.ingress[0].from[0].podSelector !info",
    ],
    [
      "named for everyone",
      ingress("{from: [{podSelector: {}}]}", "allow-from-all"),
      "empty-pod-selector-peer spec.ingress[0].from[0].podSelector",
    ],
    [
      "named for the namespace",
      ingress("{from: [{podSelector: {}}]}", "allow-all-same-namespace"),
      "empty-pod-selector-peer spec.ingress[0].from[0].podSelector !info",
    ],
    [
      "for DNS",
      egress("{to: [{podSelector: {}}], ports: [{protocol: UDP, port: 53}, {port: 53}]}"),
      "empty-pod-selector-peer spec.egress[0].to[0].podSelector",
    ],
    ["with all namespaces", ingress("{from: [{podSelector: {}, namespaceSelector: {matchLabels: {a: b}}}]}")],
  ],
  "all-namespaces-peer": [
    [
      "alone",
      ingress("{from: [{namespaceSelector: {}}]}"),
      "all-namespaces-peer spec.ingress[0].from[0].namespaceSelector",
    ],
    [
      "with an empty podSelector",
      ingress("{from: [{namespaceSelector: {}, podSelector: {}}]}"),
      "all-namespaces-peer spec.ingress[0].from[0].namespaceSelector",
    ],
    ["with pods", ingress("{from: [{namespaceSelector: {}, podSelector: {matchLabels: {a: b}}}]}")],
    ["for DNS", egress("{to: [{namespaceSelector: {}}], ports: [{port: 53}, {port: 53, protocol: UDP}]}")],
  ],
  "or-looks-like-and": [
    [
      "namespace, then pod",
      ingress(`{from: [{namespaceSelector: {matchLabels: {a: b}}}, ${A}]}`),
      "or-looks-like-and spec.ingress[0].from[1].podSelector",
    ],
    [
      "pod, then namespace",
      ingress(`{from: [${A}, {namespaceSelector: {matchLabels: {a: b}}}]}`),
      "or-looks-like-and spec.ingress[0].from[1].namespaceSelector",
    ],
    [
      "with a third",
      ingress(`{from: [${block("10.0.0.0/8")}, {namespaceSelector: {matchLabels: {a: b}}}, ${A}]}`),
    ],
    [
      "the own namespace and another",
      ingress("{from: [{podSelector: {}}, {namespaceSelector: {matchLabels: {a: b}}}]}"),
      "empty-pod-selector-peer spec.ingress[0].from[0].podSelector !info",
    ],
    [
      "with a third behind",
      ingress(`{from: [{namespaceSelector: {matchLabels: {a: b}}}, ${A}, ${block("10.0.0.0/8")}]}`),
    ],
    [
      "AND",
      ingress("{from: [{namespaceSelector: {matchLabels: {a: b}}, podSelector: {matchLabels: {c: d}}}]}"),
    ],
  ],
  "redundant-policy": [
    [
      "a copy",
      ingress(`{from: [${A}]}`, "one") + ingress(`{from: [${A}]}`, "two"),
      "redundant-policy metadata.name two",
    ],
    ["closing twice", ingress("", "one") + ingress("", "two"), "redundant-policy metadata.name two"],
    [
      "closing, and opening for some",
      ingress("", "deny") +
        policy(
          `podSelector: {matchLabels: {x: z1}}, policyTypes: [Ingress], ingress: [{from: [${A}]}]`,
          "open",
        ),
    ],
    [
      "for fewer pods the same",
      ingress(`{from: [${A}]}`, "all") +
        policy(
          `podSelector: {matchLabels: {x: z1}}, policyTypes: [Ingress], ingress: [{from: [${A}]}]`,
          "some",
        ),
      "redundant-policy metadata.name some",
    ],
    [
      "for more pods the same",
      policy(
        `podSelector: {matchLabels: {x: z1}}, policyTypes: [Ingress], ingress: [{from: [${A}], ports: [{port: 1}]}]`,
        "some",
      ) + ingress(`{from: [${A}]}`, "all"),
      "redundant-policy metadata.name some",
    ],
    [
      "in another namespace",
      ingress(`{from: [${A}]}`) + policy(`podSelector: {}, ingress: [{from: [${A}]}]`, "p", "other"),
    ],
    [
      "isolates more",
      ingress(`{from: [${A}]}`, "one") +
        policy(`podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{from: [${A}]}]`, "two"),
      "redundant-rule spec.ingress[0] two",
    ],
  ],
  "redundant-rule": [
    ["a wider one before", ingress(`{}, {from: [${A}]}`), "redundant-rule spec.ingress[1]"],
    [
      "a wider one behind",
      ingress(`{from: [${A}], ports: [{port: 80}]}, {from: [${A}]}`),
      "redundant-rule spec.ingress[0]",
    ],
    ["the same twice", ingress(`{from: [${A}]}, {from: [${A}]}`), "redundant-rule spec.ingress[1]"],
    ["other ports", ingress(`{from: [${A}], ports: [{port: 80}]}, {from: [${A}], ports: [{port: 81}]}`)],
    ["other pods", ingress(`{from: [${A}]}, {from: [${B}]}`)],
    [
      "of another policy",
      ingress(`{from: [${A}]}`, "one") + ingress(`{from: [${A}], ports: [{port: 1}]}, {from: [${B}]}`, "two"),
      "redundant-rule spec.ingress[0] two",
    ],
    [
      "the other direction",
      policy(
        `podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{from: [${B}]}], egress: [{to: [${B}]}, ${DNS}]`,
      ),
    ],
    [
      "narrower by a label",
      ingress(
        "{from: [{podSelector: {matchLabels: {a: b, c: d}}}]}, {from: [{podSelector: {matchLabels: {a: b}}}]}",
      ),
      "redundant-rule spec.ingress[0]",
    ],
    [
      "narrower by an In list",
      ingress(
        "{from: [{podSelector: {matchExpressions: [{key: a, operator: In, values: [b]}]}}]}, {from: [{podSelector: {matchExpressions: [{key: a, operator: Exists}]}}]}",
      ),
      "redundant-rule spec.ingress[0]",
    ],
  ],
  "redundant-peer": [
    [
      "blocks",
      ingress(`{from: [${block("10.1.0.0/16")}, ${block("10.0.0.0/8")}]}`),
      "redundant-peer spec.ingress[0].from[0].ipBlock",
    ],
    [
      "blocks and an exception",
      ingress(`{from: [${block("10.1.0.0/16")}, ${block("10.0.0.0/8", "10.1.2.0/24")}]}`),
      "readmitted-except spec.ingress[0].from[1].ipBlock.except[0]",
    ],
    [
      "selectors",
      ingress(`{from: [${A}, {podSelector: {matchLabels: {app: a, x: z1}}}]}`),
      "redundant-peer spec.ingress[0].from[1]",
    ],
    [
      "the own namespace among others",
      namespace("shop", "team: x") +
        ingress(`{from: [{namespaceSelector: {matchLabels: {team: x}}}, {podSelector: {}}]}`),
      "empty-pod-selector-peer spec.ingress[0].from[1].podSelector !info",
      "redundant-peer spec.ingress[0].from[1]",
    ],
    [
      "the own namespace, whose labels are not known",
      ingress(
        "{from: [{namespaceSelector: {matchExpressions: [{key: team, operator: NotIn, values: [x]}]}}, {podSelector: {}}]}",
      ),
      "empty-pod-selector-peer spec.ingress[0].from[1].podSelector !info",
    ],
  ],
  "redundant-port": [
    [
      "in a range",
      ingress("{ports: [{port: 80}, {port: 1, endPort: 100}]}"),
      "redundant-port spec.ingress[0].ports[0]",
    ],
    [
      "all of a protocol",
      ingress("{ports: [{protocol: TCP}, {port: http}]}"),
      "redundant-port spec.ingress[0].ports[1]",
    ],
    ["another protocol", ingress("{ports: [{port: 80}, {port: 80, protocol: UDP}]}")],
    [
      "the default protocol",
      ingress("{ports: [{port: 80}, {port: 80, protocol: TCP}]}"),
      "redundant-port spec.ingress[0].ports[1]",
    ],
  ],
  "redundant-except": [
    [
      "in another",
      ingress(`{from: [${block("10.0.0.0/8", "10.1.2.0/24, 10.1.0.0/16")}]}`),
      "redundant-except spec.ingress[0].from[0].ipBlock.except[0]",
    ],
    [
      "twice",
      ingress(`{from: [${block("10.0.0.0/8", "10.1.0.0/16, 10.1.0.0/16")}]}`),
      "redundant-except spec.ingress[0].from[0].ipBlock.except[1]",
    ],
    ["apart", ingress(`{from: [${block("10.0.0.0/8", "10.1.0.0/16, 10.2.0.0/16")}]}`)],
  ],
  "readmitted-except": [
    [
      "by another policy",
      egress(`{to: [${block("0.0.0.0/0", "169.254.169.254/32")}]}`, "one") +
        policy(
          `podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: [{to: [${block("0.0.0.0/0")}], ports: [{port: 443}]}]`,
          "two",
        ),
      "readmitted-except spec.egress[0].to[0].ipBlock.except[0] one",
    ],
    [
      "by a policy for other pods",
      policy(
        `podSelector: {matchLabels: {app: a}}, policyTypes: [Egress], egress: [{to: [${block("0.0.0.0/0", "169.254.169.254/32")}]}]`,
        "one",
      ) +
        policy(
          `podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: [{to: [${block("0.0.0.0/0")}]}]`,
          "two",
        ),
    ],
    [
      "by a policy whose pods overlap in the manifests",
      pod("x", "app: a, tier: web") +
        policy(
          `podSelector: {matchLabels: {app: a}}, policyTypes: [Egress], egress: [{to: [${block("0.0.0.0/0", "169.254.169.254/32")}]}]`,
          "one",
        ) +
        policy(
          `podSelector: {matchLabels: {tier: web}}, policyTypes: [Egress], egress: [{to: [${block("0.0.0.0/0")}]}]`,
          "two",
        ),
      "readmitted-except spec.egress[0].to[0].ipBlock.except[0] one",
    ],
    [
      "by a policy with the same exception",
      egress(`{to: [${block("0.0.0.0/0", "169.254.169.254/32")}]}`, "one") +
        policy(
          `podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: [{to: [${block("0.0.0.0/0", "169.254.0.0/16")}], ports: [{port: 443}]}]`,
          "two",
        ),
      "redundant-policy metadata.name two",
    ],
    [
      "on other ports",
      egress(
        `{to: [${block("0.0.0.0/0", "169.254.169.254/32")}], ports: [{port: 443}]}, {to: [${block("0.0.0.0/0")}], ports: [{port: 80}]}, ${DNS}`,
      ),
    ],
    [
      "only in part",
      egress(
        `{to: [${block("0.0.0.0/0", "10.0.0.0/8")}]}, {to: [${block("10.1.0.0/16")}], ports: [{port: 5432}]}`,
      ),
    ],
    [
      "for DNS",
      egress(
        `{to: [${block("0.0.0.0/0", "169.254.169.254/32")}]}, {ports: [{port: 53}, {port: 53, protocol: UDP}]}`,
      ),
    ],
    [
      "by everyone",
      ingress(`{from: [${block("0.0.0.0/0", "192.0.2.0/24")}]}, {ports: [{port: 80}]}`),
      "readmitted-except spec.ingress[0].from[0].ipBlock.except[0]",
    ],
  ],
  "pointless-end-port": [
    [
      "the same",
      ingress("{ports: [{port: 80, endPort: 80}]}"),
      "pointless-end-port spec.ingress[0].ports[0].endPort",
    ],
    ["above", ingress("{ports: [{port: 80, endPort: 81}]}")],
  ],
  "named-port-to-addresses": [
    [
      "egress",
      egress(`{to: [${block("192.0.2.0/24")}], ports: [{port: https}]}`),
      "named-port-to-addresses spec.egress[0].ports[0].port",
    ],
    ["ingress", ingress(`{from: [${block("192.0.2.0/24")}], ports: [{port: https}]}`)],
    ["pods too", egress(`{to: [${block("192.0.2.0/24")}, ${A}], ports: [{port: https}]}, ${DNS}`)],
  ],
  "impossible-selector": [
    [
      "two values",
      policy("podSelector: {matchLabels: {a: b}, matchExpressions: [{key: a, operator: In, values: [c]}]}"),
      "impossible-selector spec.podSelector.matchExpressions[0]",
    ],
    [
      "there and not there",
      ingress(
        "{from: [{podSelector: {matchLabels: {a: b}, matchExpressions: [{key: a, operator: DoesNotExist}]}}]}",
      ),
      "impossible-selector spec.ingress[0].from[0].podSelector.matchExpressions[0]",
    ],
    [
      "in and not in",
      policy(
        "podSelector: {matchExpressions: [{key: a, operator: In, values: [b]}, {key: a, operator: NotIn, values: [b, c]}]}",
      ),
      "impossible-selector spec.podSelector.matchExpressions[1]",
    ],
    [
      "some of the values",
      policy(
        "podSelector: {matchExpressions: [{key: a, operator: In, values: [b, c]}, {key: a, operator: NotIn, values: [b]}]}",
      ),
    ],
  ],
  "subject-selects-nothing": [
    [
      "a slip",
      pod("x", "app: postgresql") + policy("podSelector: {matchLabels: {app: postgres}}"),
      "subject-selects-nothing spec.podSelector.matchLabels.app",
    ],
    ["no pods there", pod("x", "app: a", "", "other") + policy("podSelector: {matchLabels: {app: b}}")],
    ["found", pod("x", "app: a") + policy("podSelector: {matchLabels: {app: a}}")],
    [
      "each label on another pod",
      pod("x", "a: b") + pod("z", "c: d") + policy("podSelector: {matchLabels: {a: b, c: d}}"),
      "subject-selects-nothing spec.podSelector",
    ],
    [
      "the labels of a workload",
      `---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: w, namespace: shop, labels: {app: a}}\nspec: {selector: {matchLabels: {x: z1}}, template: {metadata: {labels: {x: z1}}, spec: {containers: [{name: c}]}}}\n${policy("podSelector: {matchLabels: {app: a}}")}`,
      "subject-selects-nothing spec.podSelector.matchLabels.app",
    ],
  ],
  "peer-selects-nothing": [
    [
      "a slip",
      pod("x", "tier: backend") + ingress("{from: [{podSelector: {matchLabels: {tier: back-end}}}]}"),
      "peer-selects-nothing spec.ingress[0].from[0].podSelector.matchLabels.tier",
    ],
    [
      "in another namespace",
      pod("x", "app: z") + pod("z", "app: a", "", "other") + ingress(`{from: [${A}]}`),
      "peer-selects-nothing spec.ingress[0].from[0].podSelector.matchLabels.app",
    ],
    [
      "a namespace without pods",
      namespace("other") +
        namespace("shop") +
        pod("x", "app: z") +
        ingress(
          "{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: other}}, podSelector: {matchLabels: {app: a}}}]}",
        ),
    ],
    [
      "a namespace with pods",
      namespace("other") +
        namespace("shop") +
        pod("x", "app: z") +
        pod("z", "app: b", "", "other") +
        ingress(
          "{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: other}}, podSelector: {matchLabels: {app: a}}}]}",
        ),
      "peer-selects-nothing spec.ingress[0].from[0].podSelector.matchLabels.app",
    ],
    [
      "NotIn, and all have it",
      pod("x", "app: z") +
        ingress("{from: [{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [z]}]}}]}"),
      "peer-selects-nothing spec.ingress[0].from[0].podSelector.matchExpressions[0]",
    ],
  ],
  "unknown-namespace-label": [
    [
      "another key",
      namespace("shop") +
        namespace("monitoring", "team: monitoring") +
        ingress("{from: [{namespaceSelector: {matchLabels: {purpose: monitoring}}}]}"),
      "unknown-namespace-label spec.ingress[0].from[0].namespaceSelector.matchLabels.purpose",
    ],
    [
      "name",
      ingress("{from: [{namespaceSelector: {matchLabels: {name: monitoring}}}]}"),
      "unknown-namespace-label spec.ingress[0].from[0].namespaceSelector.matchLabels.name",
    ],
    [
      "name, and namespaces have it",
      namespace("shop", "name: shop") + ingress("{from: [{namespaceSelector: {matchLabels: {name: shop}}}]}"),
    ],
    [
      "a namespace that is made elsewhere",
      namespace("shop") +
        ingress("{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}]}"),
    ],
    [
      "a slip of a name",
      namespace("shop") +
        namespace("monitoring") +
        ingress("{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitorng}}}]}"),
      "unknown-namespace-label spec.ingress[0].from[0].namespaceSelector.matchLabels.kubernetes.io/metadata.name",
    ],
    [
      "no namespace is declared",
      ingress("{from: [{namespaceSelector: {matchLabels: {purpose: monitoring}}}]}"),
    ],
  ],
  "undeclared-namespace": [
    [
      "another name",
      namespace("production") + policy("podSelector: {}", "p", "prod"),
      "undeclared-namespace metadata.namespace",
    ],
    ["default", namespace("production") + policy("podSelector: {}", "p", "default")],
    ["none is declared", policy("podSelector: {}", "p", "prod")],
    [
      "with pods in it",
      namespace("production") + pod("x", "app: a", "", "prod") + policy("podSelector: {}", "p", "prod"),
    ],
  ],
  "undeclared-port": [
    [
      "the Service's",
      pod("x", "app: a", "{containerPort: 8080, name: http}") +
        service("s", "app: a", "{port: 80, targetPort: http}") +
        ingress("{ports: [{port: 80}]}"),
      "undeclared-port spec.ingress[0].ports[0].port",
    ],
    [
      "no Service",
      pod("x", "app: a", "{containerPort: 8080}") + ingress("{ports: [{port: 8081}]}"),
      "undeclared-port spec.ingress[0].ports[0].port",
    ],
    [
      "of another protocol",
      pod("x", "app: a", "{containerPort: 53, protocol: UDP}") + ingress("{ports: [{port: 53}]}"),
      "undeclared-port spec.ingress[0].ports[0].port",
    ],
    ["pods that declare nothing", pod("x", "app: a") + ingress("{ports: [{port: 8081}]}")],
    [
      "a range with it",
      pod("x", "app: a", "{containerPort: 8080}") + ingress("{ports: [{port: 8000, endPort: 9000}]}"),
    ],
    [
      "a range without it",
      pod("x", "app: a", "{containerPort: 8080}") + ingress("{ports: [{port: 1, endPort: 10}]}"),
      "undeclared-port spec.ingress[0].ports[0].port",
    ],
    [
      "egress to pods",
      pod("x", "app: a", "{containerPort: 8080}") + egress(`{to: [${A}], ports: [{port: 80}]}, ${DNS}`),
      "undeclared-port spec.egress[0].ports[0].port",
    ],
    [
      "egress to addresses too",
      pod("x", "app: a", "{containerPort: 8080}") +
        egress(`{to: [${A}, ${block("192.0.2.0/24")}], ports: [{port: 80}]}, ${DNS}`),
    ],
    [
      "a Service on the same port",
      pod("x", "app: a") + service("s", "app: a", "{port: 8080}") + ingress("{ports: [{port: 8080}]}"),
    ],
    [
      "a Service on another port, and pods that declare nothing",
      pod("x", "app: a") +
        service("s", "app: a", "{port: 80, targetPort: 8080}") +
        ingress("{ports: [{port: 80}]}"),
      "undeclared-port spec.ingress[0].ports[0].port",
    ],
    [
      "a Service of other pods",
      pod("x", "app: a") +
        pod("z", "app: b") +
        service("s", "app: b", "{port: 80, targetPort: 8080}") +
        policy("podSelector: {matchLabels: {app: a}}, ingress: [{ports: [{port: 80}]}]"),
    ],
  ],
  "undeclared-port-name": [
    [
      "another name",
      pod("x", "app: a", "{containerPort: 80, name: web}") + ingress("{ports: [{port: http}]}"),
      "undeclared-port-name spec.ingress[0].ports[0].port",
    ],
    [
      "another protocol",
      pod("x", "app: a", "{containerPort: 53, name: dns, protocol: UDP}") + ingress("{ports: [{port: dns}]}"),
      "undeclared-port-name spec.ingress[0].ports[0].port",
    ],
    [
      "one of two pods has it",
      pod("x", "app: a", "{containerPort: 80, name: web}") +
        pod("z", "app: b") +
        ingress("{ports: [{port: web}]}"),
    ],
    [
      "the destination's, in egress",
      pod("x", "app: a", "{containerPort: 80, name: web}") +
        pod("z", "app: b", "{containerPort: 81, name: www}") +
        egress(`{to: [${B}], ports: [{port: web}]}, ${DNS}`),
      "undeclared-port-name spec.egress[0].ports[0].port",
    ],
  ],
  "egress-without-dns": [
    ["to pods", egress(`{to: [${A}]}`), "egress-without-dns spec.egress"],
    [
      "by TCP only",
      egress(`{to: [${A}]}, {to: [${KUBE_SYSTEM}], ports: [{port: 53}]}`),
      "egress-without-dns spec.egress",
    ],
    ["with DNS", egress(`{to: [${A}]}, ${DNS}`)],
    [
      "DNS by another policy for all",
      policy(`podSelector: {matchLabels: {x: z1}}, policyTypes: [Egress], egress: [{to: [${A}]}]`, "one") +
        egress(DNS, "two"),
    ],
    [
      "DNS by another policy for others",
      policy(`podSelector: {matchLabels: {x: z1}}, policyTypes: [Egress], egress: [{to: [${A}]}]`, "one") +
        policy(`podSelector: {matchLabels: {x: z}}, policyTypes: [Egress], egress: [${DNS}]`, "two"),
      "egress-without-dns spec.egress one",
    ],
    [
      "DNS for the pods that there are",
      pod("x", "x: z1, v: w") +
        policy(`podSelector: {matchLabels: {x: z1}}, policyTypes: [Egress], egress: [{to: [${B}]}]`, "one") +
        policy(`podSelector: {matchLabels: {v: w}}, policyTypes: [Egress], egress: [${DNS}]`, "two"),
      "peer-selects-nothing spec.egress[0].to[0].podSelector.matchLabels.app one",
    ],
    ["to addresses", egress(`{to: [${block("192.0.2.0/24")}]}`)],
    [
      "to the internet by port",
      egress(`{to: [${block("0.0.0.0/0")}], ports: [{port: 443}]}`),
      "egress-without-dns spec.egress",
    ],
    ["nothing at all", egress("")],
    ["everything", egress("{}")],
  ],
  "dns-without-tcp": [
    [
      "UDP",
      egress(`{to: [${KUBE_SYSTEM}], ports: [{protocol: UDP, port: 53}]}`),
      "dns-without-tcp spec.egress[0].ports[0].port",
    ],
    ["both", egress(DNS)],
    [
      "TCP in another policy",
      egress(`{to: [${KUBE_SYSTEM}], ports: [{protocol: UDP, port: 53}]}`, "one") +
        egress(`{to: [${KUBE_SYSTEM}], ports: [{port: 53}]}`, "two"),
    ],
    ["another port", egress(`{to: [${KUBE_SYSTEM}], ports: [{protocol: UDP, port: 123}]}, ${DNS}`)],
  ],
  "block-of-cluster-addresses": [
    [
      "the usual range",
      egress(`{to: [${block("10.244.1.0/24")}]}`),
      "block-of-cluster-addresses spec.egress[0].to[0].ipBlock.cidr",
    ],
    ["around the usual range", egress(`{to: [${block("10.0.0.0/8")}]}`)],
    [
      "a pod's address",
      pod("x", "app: a", "", "shop", "status: {podIP: 192.0.2.7}\n") +
        egress(`{to: [${block("192.0.2.0/24")}]}`),
      "block-of-cluster-addresses spec.egress[0].to[0].ipBlock.cidr",
    ],
    [
      "a pod's address, excepted",
      pod("x", "app: a", "", "shop", "status: {podIP: 192.0.2.7}\n") +
        egress(`{to: [${block("192.0.2.0/24", "192.0.2.7/32")}]}`),
    ],
    [
      "a Service's address",
      service("s", "app: a", "{port: 80}", ", clusterIP: 192.0.2.9") +
        egress(`{to: [${block("192.0.2.9/32")}]}`),
      "block-of-cluster-addresses spec.egress[0].to[0].ipBlock.cidr",
    ],
    [
      "a node's pods",
      `---\napiVersion: v1\nkind: Node\nmetadata: {name: n1}\nspec: {podCIDRs: [172.20.1.0/24]}\n${egress(`{to: [${block("172.20.0.0/16")}]}`)}`,
      "block-of-cluster-addresses spec.egress[0].to[0].ipBlock.cidr",
    ],
    ["everything", egress(`{to: [${block("0.0.0.0/0")}]}`)],
  ],
  "ipv6-forgotten": [
    [
      "a Service with IPv6",
      service("s", "app: a", "{port: 80}", ', clusterIP: 192.0.2.9, clusterIPs: [192.0.2.9, "fd00::9"]') +
        ingress(`{from: [${block("0.0.0.0/0")}]}`),
      "ipv6-forgotten spec.ingress[0].from[0].ipBlock.cidr",
    ],
    [
      "IPv6 in another policy",
      ingress(`{from: [${block("0.0.0.0/0")}]}`, "one") + egress(`{to: [${block("2001:db8::/32")}]}`, "two"),
      "ipv6-forgotten spec.ingress[0].from[0].ipBlock.cidr one",
    ],
    ["both", ingress(`{from: [${block("0.0.0.0/0")}, ${block("::/0")}]}`)],
    ["no IPv6 anywhere", ingress(`{from: [${block("0.0.0.0/0")}]}`)],
  ],
  "duplicate-priority": [
    [
      "same tier",
      clusterPolicy("one", "tier: Admin, priority: 5") + clusterPolicy("two", "tier: Admin, priority: 5"),
      "duplicate-priority spec.priority two",
    ],
    [
      "other tier",
      clusterPolicy("one", "tier: Admin, priority: 5") + clusterPolicy("two", "tier: Baseline, priority: 5"),
    ],
    [
      "other priority",
      clusterPolicy("one", "tier: Admin, priority: 5") + clusterPolicy("two", "tier: Admin, priority: 6"),
    ],
  ],
  "unreached-admin-rule": [
    [
      "below a wider one",
      clusterPolicy(
        "one",
        "tier: Admin, priority: 5, ingress: [{action: Deny, from: [{namespaces: {}}]}, {action: Accept, from: [{namespaces: {matchLabels: {a: b}}}]}]",
      ),
      "unreached-admin-rule spec.ingress[1]",
    ],
    [
      "above a wider one",
      clusterPolicy(
        "one",
        "tier: Admin, priority: 5, ingress: [{action: Accept, from: [{namespaces: {matchLabels: {a: b}}}]}, {action: Deny, from: [{namespaces: {}}]}]",
      ),
    ],
    [
      "networks and ports",
      clusterPolicy(
        "one",
        "tier: Admin, priority: 5, egress: [{action: Deny, to: [{networks: [10.0.0.0/8]}], protocols: [{tcp: {destinationPort: {range: {start: 1, end: 100}}}}]}, {action: Accept, to: [{networks: [10.1.0.0/16]}], protocols: [{tcp: {destinationPort: {number: 80}}}]}, {action: Accept, to: [{networks: [10.1.0.0/16]}], protocols: [{udp: {destinationPort: {number: 80}}}]}]",
      ),
      "unreached-admin-rule spec.egress[1]",
    ],
    [
      "ports before and behind a range",
      clusterPolicy(
        "one",
        "tier: Admin, priority: 5, ingress: [{action: Deny, from: [{namespaces: {}}], protocols: [{tcp: {destinationPort: {range: {start: 10, end: 20}}}}]}, {action: Accept, from: [{namespaces: {}}], protocols: [{tcp: {destinationPort: {number: 9}}}]}, {action: Accept, from: [{namespaces: {}}], protocols: [{tcp: {destinationPort: {number: 21}}}]}]",
      ),
    ],
  ],
  "unusable-selector": [
    [
      "an operator",
      clusterPolicy(
        "one",
        "tier: Admin, priority: 5, ingress: [{action: Deny, from: [{pods: {podSelector: {matchExpressions: [{key: a, operator: Gt, values: ['1']}]}}}]}]",
      ),
      "unusable-selector spec.ingress[0].from[0].pods.podSelector.matchExpressions[0].operator",
    ],
    [
      "a key of namespaces",
      clusterPolicy(
        "one",
        "tier: Admin, priority: 5, egress: [{action: Deny, to: [{namespaces: {matchLabels: {a b: c}}}]}]",
      ),
      "unusable-selector spec.egress[0].to[0].namespaces.matchLabels",
    ],
  ],
  "unknown-lint-id": [
    [
      "a slip",
      policy("podSelector: {}", "p", "shop", ", annotations: {netverdict.dev/lint-disable: dns-without-tpc}"),
      "unknown-lint-id metadata.annotations.netverdict.dev/lint-disable",
    ],
    [
      "suppressed",
      policy(
        "podSelector: {}, policyTypes: [Ingress], ingress: [{from: []}]",
        "p",
        "shop",
        ', annotations: {netverdict.dev/lint-disable: "empty-peer-list, dns-without-tcp"}',
      ),
    ],
  ],
  "ambiguous-port-name": [
    [
      "two containers",
      "---\napiVersion: v1\nkind: Pod\nmetadata: {name: x, namespace: shop}\nspec: {containers: [{name: c, ports: [{name: a, containerPort: 1}]}, {name: d, ports: [{name: a, containerPort: 2}]}]}\n",
      "ambiguous-port-name spec.containers[1].ports[0]",
    ],
  ],
};

export const MEANING_CASES: readonly MeaningCase[] = Object.entries(CASES).flatMap(([id, cases]) =>
  cases.map(([name, text, ...findings]) => ({ name: `${id}: ${name}`, text, findings })),
);
