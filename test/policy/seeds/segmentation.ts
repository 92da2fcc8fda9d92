import { policy } from "../build.ts";

/** A microsegmentation guide: default deny, DNS, two tiers, monitoring and restricted egress. */
export const segmentation = [
  policy("production/default-deny-all", { podSelector: {}, policyTypes: ["Ingress", "Egress"] }),
  policy("production/allow-dns", {
    podSelector: {},
    policyTypes: ["Egress"],
    egress: [
      {
        to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } } }],
        ports: [
          { protocol: "UDP", port: 53 },
          { protocol: "TCP", port: 53 },
        ],
      },
    ],
  }),
  policy("production/backend-allow-frontend", {
    podSelector: { matchLabels: { app: "backend" } },
    policyTypes: ["Ingress"],
    ingress: [
      {
        from: [{ podSelector: { matchLabels: { app: "frontend" } } }],
        ports: [{ protocol: "TCP", port: 8080 }],
      },
    ],
  }),
  policy("production/database-allow-backend", {
    podSelector: { matchLabels: { app: "database" } },
    policyTypes: ["Ingress"],
    ingress: [
      {
        from: [{ podSelector: { matchLabels: { app: "backend" } } }],
        ports: [{ protocol: "TCP", port: 5432 }],
      },
    ],
  }),
  policy("production/allow-monitoring-scrape", {
    podSelector: {},
    policyTypes: ["Ingress"],
    ingress: [
      {
        from: [{ namespaceSelector: { matchLabels: { purpose: "monitoring" } } }],
        ports: [{ protocol: "TCP", port: 9090 }],
      },
    ],
  }),
  policy("production/restrict-egress", {
    podSelector: { matchLabels: { app: "backend" } },
    policyTypes: ["Egress"],
    egress: [
      {
        to: [{ podSelector: { matchLabels: { app: "database" } } }],
        ports: [{ protocol: "TCP", port: 5432 }],
      },
      { to: [{ ipBlock: { cidr: "203.0.113.0/24" } }], ports: [{ protocol: "TCP", port: 443 }] },
      {
        to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } } }],
        ports: [{ protocol: "UDP", port: 53 }],
      },
    ],
  }),
];

/** The same guide's policy against server-side request forgery; beside the others it opens all other addresses. */
export const blockMetadata = policy("production/block-metadata", {
  podSelector: {},
  policyTypes: ["Egress"],
  egress: [
    { to: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["169.254.169.254/32", "100.100.100.200/32"] } }] },
  ],
});
