import type { NetworkPolicy } from "./kubernetes.ts";

/**
 * Which pods the enforcement canary's policy selects: its own, by this label, and nobody else's. Constant, since a
 * value per run would make new identities in network plugins.
 */
export const CANARY_LABEL = "netverdict.dev/canary";

/** What a canary's server listens on, by what its policy says of a connection between two canaries. */
export const CANARY_PORTS = { allowed: 8080, deniedByIngress: 8081, deniedByEgress: 8082 } as const;

/** Each direction denies one of the ports that the other allows, so that each is seen to be enforced by itself. */
export const CANARY_POLICY: NonNullable<NetworkPolicy["spec"]> = {
  podSelector: { matchLabels: { [CANARY_LABEL]: "true" } },
  policyTypes: ["Ingress", "Egress"],
  ingress: [{ ports: [tcp(CANARY_PORTS.allowed), tcp(CANARY_PORTS.deniedByEgress)] }],
  egress: [{ ports: [tcp(CANARY_PORTS.allowed), tcp(CANARY_PORTS.deniedByIngress)] }],
};

function tcp(port: number): { readonly port: number; readonly protocol: "TCP" } {
  return { port, protocol: "TCP" };
}

/** `auto`: where it may be made; `require`: no run without it; `off`: the user's own choice. */
export const CANARY_MODES = ["auto", "require", "off"] as const;
export type CanaryMode = (typeof CANARY_MODES)[number];

/** Where the source of a flow runs in view of its target. */
export const PLACEMENTS = ["any", "same-node", "cross-node", "both"] as const;
export type Placement = (typeof PLACEMENTS)[number];
