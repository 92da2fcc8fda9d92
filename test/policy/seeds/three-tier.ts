import { policy } from "../build.ts";

/** The complete three-tier example of a tutorial: default deny, DNS, and one policy per tier. */
export const threeTier = [
  policy("production/default-deny-all", { podSelector: {}, policyTypes: ["Ingress", "Egress"] }),
  policy("production/allow-dns", {
    podSelector: {},
    policyTypes: ["Egress"],
    egress: [
      {
        to: [
          {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
            podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
          },
        ],
        ports: [{ protocol: "UDP", port: 53 }],
      },
    ],
  }),
  policy("production/frontend-policy", {
    podSelector: { matchLabels: { tier: "frontend" } },
    policyTypes: ["Ingress", "Egress"],
    ingress: [{ from: [], ports: [{ protocol: "TCP", port: 80 }] }],
    egress: [
      {
        to: [{ podSelector: { matchLabels: { tier: "backend" } } }],
        ports: [{ protocol: "TCP", port: 8080 }],
      },
    ],
  }),
  policy("production/backend-policy", {
    podSelector: { matchLabels: { tier: "backend" } },
    policyTypes: ["Ingress", "Egress"],
    ingress: [
      {
        from: [{ podSelector: { matchLabels: { tier: "frontend" } } }],
        ports: [{ protocol: "TCP", port: 8080 }],
      },
    ],
    egress: [
      {
        to: [{ podSelector: { matchLabels: { tier: "database" } } }],
        ports: [{ protocol: "TCP", port: 5432 }],
      },
    ],
  }),
  policy("production/database-policy", {
    podSelector: { matchLabels: { tier: "database" } },
    policyTypes: ["Ingress"],
    ingress: [
      {
        from: [{ podSelector: { matchLabels: { tier: "backend" } } }],
        ports: [{ protocol: "TCP", port: 5432 }],
      },
    ],
  }),
];

/** The same tutorial's database isolation, step by step. */
export const databaseIsolation = [
  policy("production/database-deny-all", {
    podSelector: { matchLabels: { app: "postgresql", tier: "database" } },
    policyTypes: ["Ingress", "Egress"],
  }),
  policy("production/database-allow-backend", {
    podSelector: { matchLabels: { app: "postgresql", tier: "database" } },
    policyTypes: ["Ingress"],
    ingress: [
      {
        from: [{ podSelector: { matchLabels: { app: "backend-api", tier: "backend" } } }],
        ports: [{ protocol: "TCP", port: 5432 }],
      },
    ],
  }),
  policy("production/database-allow-egress", {
    podSelector: { matchLabels: { app: "postgresql", tier: "database" } },
    policyTypes: ["Egress"],
    egress: [
      {
        to: [
          {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
            podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
          },
        ],
        ports: [{ protocol: "UDP", port: 53 }],
      },
      { to: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports: [{ protocol: "TCP", port: 443 }] },
    ],
  }),
];
