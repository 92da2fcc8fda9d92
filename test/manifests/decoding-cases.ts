/**
 * Manifests, and next to them in test/fixtures/manifests/decoding-answers.json what a real API server and kubectl made
 * of each (`npx node scripts/capture-decoding.ts`). One object a case, one thing in question.
 */
export interface DecodingCase {
  readonly name: string;
  readonly text: string;
}

const policy = (spec: string, metadata = "name: case"): string =>
  `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {${metadata}}\nspec:\n${spec.replace(/^/gm, "  ")}\n`;
const label = (value: string): string => policy(`podSelector: {matchLabels: {app: ${value}}}`);
const key = (text: string): string => policy(`podSelector: {matchLabels: {${text}: x}}`);
const port = (value: string): string => policy(`podSelector: {}\ningress: [{ports: [{port: ${value}}]}]`);
const pod = (spec: string, metadata = "name: case"): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {${metadata}}\nspec:\n${spec.replace(/^/gm, "  ")}\n`;
const container = (fields: string): string => pod(`containers: [{name: c, image: i, ${fields}}]`);
const service = (spec: string): string =>
  `apiVersion: v1\nkind: Service\nmetadata: {name: case}\nspec:\n${spec.replace(/^/gm, "  ")}\n`;

const LABEL_VALUES = [
  ["y", "Y", "yes", "Yes", "YES", "n", "N", "no", "No", "NO"],
  ["true", "True", "TRUE", "false", "False", "FALSE", "on", "On", "ON", "off", "Off", "OFF"],
  ["yEs", "tRUE", "oN", "nULL", "~", "null", "Null", "NULL", '""', "''", '"y"', "'on'"],
  ["1", "1.5", "0x1F", "0o17", "017", "08", "0b11", "1_000", "1e3", "+1", "-1", ".5", "5.", "1.2.3"],
  [".inf", ".nan", "0x", "0xZ", "_1", "1_", "190:20:30", "2001-12-14", "2001-12-14T21:59:43Z"],
  [
    "!!str 5",
    "!!str y",
    "!!int 5",
    '!!int "5"',
    '!!bool "yes"',
    "!!null x",
    "!!float 5",
    "!custom 5",
    "! y",
    '! "y"',
  ],
  ["!!binary YWJj", "99999999999999999999", "0xFFFFFFFFFFFFFFFF", "a#b", "a-b"],
].flat();

const KEYS = ["y", '"y"', "1", "1.5", "1e6", "0x10", "no", "~", "null", "[a]", "!!str 5", "2001-12-14"];

const PORTS = [
  ["80", "0x50", "8e1", "80.0", "80.5", "0o120", "0120", "0b1010000", "8_0", '"80"', "http", '"http"', "+80"],
  ["y", "null", "-1", "1e9", "99999999999", "[80]", "{a: 1}", "8.0e1", ".8e2", "0800"],
].flat();

export const DECODING_CASES: readonly DecodingCase[] = [
  ...LABEL_VALUES.map((value) => ({ name: `label value ${value}`, text: label(value) })),
  ...KEYS.map((text) => ({ name: `label key ${text}`, text: key(text) })),
  ...PORTS.map((value) => ({ name: `port ${value}`, text: port(value) })),

  { name: "null rule", text: policy("podSelector: {}\ningress: [null]") },
  { name: "null peer", text: policy("podSelector: {}\ningress: [{from: [null]}]") },
  { name: "null port entry", text: policy("podSelector: {}\ningress: [{ports: [null]}]") },
  { name: "null rules", text: policy("podSelector: {}\ningress: null\npolicyTypes: [Ingress]") },
  { name: "absent value of rules", text: policy("podSelector:\ningress:\n- from:\n  ports:") },
  { name: "null peer selector", text: policy("podSelector: {}\ningress: [{from: [{podSelector: null}]}]") },
  { name: "null requirement", text: policy("podSelector: {matchExpressions: [null]}") },
  {
    name: "null requirement value",
    text: policy("podSelector: {matchExpressions: [{key: a, operator: In, values: [null]}]}"),
  },
  { name: "null policy type", text: policy("podSelector: {}\npolicyTypes: [null]") },
  {
    name: "null except",
    text: policy("podSelector: {}\negress: [{to: [{ipBlock: {cidr: 10.0.0.0/8, except: [null]}}]}]"),
  },
  {
    name: "null protocol",
    text: policy("podSelector: {}\ningress: [{ports: [{protocol: null, port: 80}]}]"),
  },
  { name: "empty from", text: policy("podSelector: {}\ningress: [{from: []}]") },
  { name: "empty peer", text: policy("podSelector: {}\ningress: [{from: [{}]}]") },
  { name: "empty rule", text: policy("podSelector: {}\ningress: [{}]") },
  {
    name: "no spec",
    text: "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: case}\n",
  },
  {
    name: "null spec",
    text: "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: case}\nspec:\n",
  },

  { name: "field in lower case", text: policy("podselector: {}") },
  { name: "unknown field in a peer", text: policy("podSelector: {}\ningress: [{form: []}]") },
  { name: "unknown field of the object", text: `${policy("podSelector: {}")}extra: 1\n` },
  {
    name: "unknown field of a policy's metadata",
    text: policy("podSelector: {}", "name: case, label: {a: b}"),
  },
  { name: "status of a policy", text: `${policy("podSelector: {}")}status: {}\n` },
  { name: "list where an object belongs", text: policy("podSelector: []") },
  { name: "object where a list belongs", text: policy("podSelector: {}\ningress: {}") },
  { name: "string where an object belongs", text: policy('podSelector: ""') },
  { name: "number as a name", text: policy("podSelector: {}", "name: 5") },
  { name: "boolean as an annotation", text: policy("podSelector: {}", "name: case, annotations: {a: true}") },
  { name: "null annotation", text: policy("podSelector: {}", "name: case, annotations: {a: null}") },
  { name: "null labels", text: policy("podSelector: {}", "name: case, labels: null") },
  { name: "time of creation null", text: policy("podSelector: {}", "name: case, creationTimestamp: null") },
  { name: "time of creation no time", text: policy("podSelector: {}", "name: case, creationTimestamp: x") },
  {
    name: "time of creation a date",
    text: policy("podSelector: {}", "name: case, creationTimestamp: 2001-12-14"),
  },
  { name: "generation as text", text: policy("podSelector: {}", 'name: case, generation: "1"') },

  { name: "same key twice", text: policy("podSelector: {matchLabels: {a: b}}\npodSelector: {}") },
  { name: "same key twice in labels", text: policy("podSelector: {matchLabels: {a: b, a: c}}") },
  {
    name: "same key twice in JSON",
    text: '{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"name":"case"},"spec":{"podSelector":{},"podSelector":{}}}',
  },
  {
    name: "anchor and alias",
    text: policy("podSelector: &s {matchLabels: {a: b}}\ningress: [{from: [{podSelector: *s}]}]"),
  },
  { name: "anchor used again", text: policy("podSelector: {matchLabels: {a: &v x, b: *v, c: &v y, d: *v}}") },
  { name: "alias as a key", text: policy("podSelector: {matchLabels: {&k app: &v x, b: *k, *v : z}}") },
  { name: "alias without anchor", text: policy("podSelector: *s") },
  { name: "anchor that contains itself", text: policy("podSelector: &s {matchLabels: *s}") },
  {
    name: "merge",
    text: policy(
      "podSelector: {matchLabels: &l {a: b}}\ningress: [{from: [{podSelector: {matchLabels: {<<: *l, c: d}}}]}]",
    ),
  },
  { name: "merge then replace", text: policy("podSelector: {matchLabels: {<<: {a: b}, a: c}}") },
  { name: "replace then merge", text: policy("podSelector: {matchLabels: {a: c, <<: {a: b}}}") },
  { name: "merge of a list", text: policy("podSelector: {matchLabels: {<<: [{a: b}, {a: c, d: e}]}}") },
  { name: "merge of no map", text: policy("podSelector: {matchLabels: {<<: 5}}") },
  { name: "merge key in quotes", text: policy('podSelector: {matchLabels: {"<<": x}}') },
  { name: "block scalar", text: policy("podSelector:\n  matchLabels:\n    a: |-\n      y") },
  { name: "folded scalar", text: policy("podSelector:\n  matchLabels:\n    a: >-\n      true") },
  { name: "tab as indentation", text: "apiVersion: v1\nkind: Namespace\nmetadata:\n\tname: case\n" },
  { name: "compact nested mapping", text: policy("podSelector: a: b") },
  { name: "no space after a colon", text: policy("podSelector: {matchLabels:{a: b}}") },
  { name: "flow map without values", text: policy("podSelector: {matchLabels, matchExpressions}") },
  { name: "quoted key without a space", text: policy('podSelector: {"matchLabels":{"a":"b"}}') },
  { name: "trailing commas", text: policy("podSelector: {matchLabels: {a: b,},}\npolicyTypes: [Ingress,]") },
  { name: "closing bracket below the key", text: policy("podSelector: {\n}\npolicyTypes: [\n  Ingress\n]") },
  { name: "word that begins with a colon", text: policy("podSelector: {matchLabels: {a: :b}}") },
  { name: "word with a question mark", text: policy("podSelector: {matchLabels: {a: b?c}}") },
  { name: "tag that takes the comma", text: policy("podSelector: {}\npolicyTypes: [!Ingress, Egress]") },
  { name: "escaped slash", text: policy('podSelector: {matchLabels: {"a\\/b": c}}') },
  {
    name: "quotes that are not closed",
    text: policy('podSelector:\n  matchLabels:\n    a: "b\\"\npolicyTypes: [Ingress]'),
  },
  { name: "tab after a dash", text: policy("podSelector: {}\npolicyTypes:\n-\tIngress") },
  {
    name: "dot in an anchor",
    text: policy("podSelector: &a.b {}\ningress: [{from: [{podSelector: *a.b}]}]"),
  },
  { name: "line separator", text: policy('podSelector: {matchLabels: {a: "b\u2028c"}}') },
  { name: "carriage returns", text: policy("podSelector: {matchLabels: {a: b}}").replaceAll("\n", "\r\n") },
  { name: "byte order mark", text: `\uFEFF${policy("podSelector: {}")}` },
  { name: "control character", text: policy('podSelector: {matchLabels: {a: "b\u0007"}}') },
  { name: "explicit end of the document", text: `${policy("podSelector: {matchLabels: {a: b}}")}...\n` },

  { name: "container port as text", text: container('ports: [{containerPort: "80"}]') },
  { name: "container port in lower case", text: container("ports: [{containerport: 80}]") },
  { name: "container port with a fraction", text: container("ports: [{containerPort: 80.5}]") },
  {
    name: "quantities",
    text: container("resources: {limits: {cpu: 1, memory: 64Mi}, requests: {cpu: 0.5, memory: 1e6}}"),
  },
  { name: "quantity of no meaning", text: container("resources: {limits: {cpu: 1x}}") },
  { name: "quantity as a boolean", text: container("resources: {limits: {cpu: true}}") },
  { name: "environment value as a number", text: container("env: [{name: A, value: 5}]") },
  { name: "argument as a boolean", text: container("args: [a, yes]") },
  { name: "null argument", text: container("args: [a, null]") },
  { name: "hostNetwork as text", text: pod('hostNetwork: "true"\ncontainers: [{name: c, image: i}]') },
  { name: "hostNetwork yes", text: pod("hostNetwork: yes\ncontainers: [{name: c, image: i}]") },
  { name: "no containers", text: pod("nodeName: node1") },
  { name: "null container", text: pod("containers: [null]") },
  { name: "pod without a spec", text: "apiVersion: v1\nkind: Pod\nmetadata: {name: case}\n" },
  {
    name: "readiness probe by name",
    text: container(
      "readinessProbe: {httpGet: {port: http, path: /}}, ports: [{name: http, containerPort: 80}]",
    ),
  },
  { name: "generated pod name", text: pod("containers: [{name: c, image: i}]", "generateName: case-") },
  { name: "target port null", text: service("selector: {a: b}\nports: [{port: 80, targetPort: null}]") },
  { name: "target port as text", text: service('selector: {a: b}\nports: [{port: 80, targetPort: "8080"}]') },
  { name: "service port as text", text: service('selector: {a: b}\nports: [{port: "80"}]') },
  { name: "service without ports", text: service("selector: {a: b}") },
  { name: "service port without a number", text: service("selector: {a: b}\nports: [{name: http}]") },
  {
    name: "selector of a service as matchLabels",
    text: service("selector: {matchLabels: {a: b}}\nports: [{port: 80}]"),
  },

  { name: "no kind", text: "apiVersion: v1\nmetadata: {name: case}\n" },
  { name: "no apiVersion", text: "kind: Namespace\nmetadata: {name: case}\n" },
  {
    name: "old version of the API",
    text: policy("podSelector: {}").replace("networking.k8s.io/v1", "networking.k8s.io/v1beta1"),
  },
  {
    name: "extensions group",
    text: policy("podSelector: {}").replace("networking.k8s.io/v1", "extensions/v1beta1"),
  },
  { name: "misspelt kind", text: policy("podSelector: {}").replace("NetworkPolicy", "Networkpolicy") },
  { name: "list instead of an object", text: "- apiVersion: v1\n" },
  { name: "word instead of an object", text: "hello\n" },
  { name: "no name", text: policy("podSelector: {}", "labels: {}") },
];
