import { policy } from "../build.ts";

/** The example of the Kubernetes documentation as a vendor's guide retells it, with its `except` wider than its `cidr`. */
export const documentationExample = [
  policy("default/example-policy", {
    podSelector: { matchLabels: { role: "db" } },
    policyTypes: ["Ingress", "Egress"],
    ingress: [
      {
        from: [
          { ipBlock: { cidr: "128.12.0.0/24", except: ["128.12.46.0/16"] } },
          { namespaceSelector: { matchLabels: { project: "exampleproject" } } },
          { podSelector: { matchLabels: { role: "frontend" } } },
        ],
        ports: [{ protocol: "TCP", port: 6379 }],
      },
    ],
    egress: [{ to: [{ ipBlock: { cidr: "10.0.0.0/8" } }], ports: [{ protocol: "TCP", port: 5978 }] }],
  }),
];
