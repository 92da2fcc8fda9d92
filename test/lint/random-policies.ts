/** A deterministic stream of numbers from 0 to 1 (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const KEYS = ["app", "tier", "kubernetes.io/metadata.name", "a b", "-x", "x/", "/y", "a/b/c", "A", ""];
const VALUES = ["web", "", "db", "a b", "-", "x_", "ä", "a".repeat(64), 'q"q', "b\u2028c", "\u0007", "<x>"];
const OPERATORS = ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "in", ""];
const PORTS = [80, 0, 65535, 65536, -1, "http", "80", "a--b", "-a", "UPPER", "x".repeat(16), "", "a_b"];
const PROTOCOLS = ["TCP", "UDP", "SCTP", "tcp", "ICMP", ""];
const CIDRS = [
  ["10.0.0.0/8", "0.0.0.0/0", "::/0", "192.168.0.0/16", "2001:db8::/32", "10.1.0.0/16"],
  ["10.0.0.5/8", "10.0.0.0", "x", "", "10.0.0.0/33", "010.0.0.0/8", "::ffff:10.0.0.0/104"],
  ["2001:DB8::/64", "2001:db8::1/64", "2001:db8:0:0::/64"],
].flat();
const TYPES = ["Ingress", "Egress", "ingress", ""];

/**
 * NetworkPolicies as JSON texts, most of them with several mistakes. Two labels of one map never are wrong together:
 * the API server says in no fixed order what is.
 */
export function randomPolicies(seed: number, count: number): readonly string[] {
  const random = randomNumbers(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T;
  const maybe = <T>(chance: number, make: () => T): T | undefined => (random() < chance ? make() : undefined);
  const some = <T>(limit: number, make: () => T): T[] => Array.from({ length: below(limit + 1) }, make);

  const selector = () => ({
    matchLabels: maybe(0.5, () => ({ [pick(KEYS)]: pick(VALUES) })),
    matchExpressions: maybe(0.3, () =>
      some(2, () => ({
        key: pick(KEYS),
        operator: pick(OPERATORS),
        values: maybe(0.6, () => some(2, () => pick(VALUES))),
      })),
    ),
  });
  const peer = () => ({
    podSelector: maybe(0.5, selector),
    namespaceSelector: maybe(0.3, selector),
    ipBlock: maybe(0.3, () => ({ cidr: pick(CIDRS), except: maybe(0.5, () => some(2, () => pick(CIDRS))) })),
  });
  const port = () => ({
    protocol: maybe(0.6, () => pick(PROTOCOLS)),
    port: maybe(0.8, () => pick(PORTS)),
    endPort: maybe(0.3, () => pick([0, 79, 80, 90, 65536])),
  });
  const rules = (peers: "from" | "to") =>
    some(2, () => ({ [peers]: maybe(0.8, () => some(3, peer)), ports: maybe(0.7, () => some(2, port)) }));
  return Array.from({ length: count }, (_, index) =>
    JSON.stringify({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: random() < 0.05 ? "Bad_Name" : `random-${index}` },
      spec: {
        podSelector: maybe(0.8, selector),
        policyTypes: maybe(0.5, () => some(3, () => pick(TYPES))),
        ingress: maybe(0.6, () => rules("from")),
        egress: maybe(0.6, () => rules("to")),
      },
    }),
  );
}
