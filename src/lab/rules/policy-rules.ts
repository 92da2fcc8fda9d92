import type { Enforcement } from "../model.ts";
import { FAMILIES, type Family } from "./address.ts";
import type { LabPod } from "./lab-pod.ts";
import { DIRECTIONS, type Direction, type LabPolicy, type PolicyRule, type RulePeers } from "./lab-policy.ts";
import { HEADER, ruleConditions } from "./rule-lines.ts";
import { deniedCounter, isolationChain, namedPortSet, peerSet, policyChain } from "./rule-names.ts";
import type { RulesetDraft } from "./ruleset.ts";

/** A pod that only gets, in one direction, what one of these policies admits. */
export interface IsolatedPod {
  readonly pod: LabPod;
  readonly direction: Direction;
  /** Keys, sorted. */
  readonly policies: readonly string[];
}

export interface PolicyWorld {
  readonly pods: readonly LabPod[];
  readonly policies: readonly LabPolicy[];
  readonly isolated: readonly IsolatedPod[];
  readonly enforcement: Enforcement;
  readonly labelsOf: (namespace: string) => ReadonlyMap<string, string>;
  /** Of a node; undefined where the node is not known. */
  readonly addressesOf: (node: string) => Readonly<Record<Family, readonly string[]>> | undefined;
}

/**
 * The address of an isolated pod leads to a chain that all pods with the same policies share: it tries those policies,
 * counts for the pod, and denies. Egress and ingress stand in two chains of the hook: acceptance ends the first one only.
 */
export function addPolicyRules(draft: RulesetDraft, world: PolicyWorld): void {
  addHooks(draft);
  addPolicyChains(draft, world);
  addIsolation(draft, world);
  addLocalEnds(draft, world);
  const refusal =
    world.enforcement === "reset" ? ["meta l4proto tcp reject with tcp reset", "reject"] : ["reject"];
  draft.chains.set("denied", { rules: world.enforcement === "drop" ? ["drop"] : refusal });
}

/** The field of the isolated pod's own address. */
const OWN_FIELD: Readonly<Record<Direction, string>> = { egress: "saddr", ingress: "daddr" };
const PRIORITY: Readonly<Record<Direction, number>> = { egress: 0, ingress: 10 };

function addHooks(draft: RulesetDraft): void {
  for (const direction of DIRECTIONS) {
    const own = OWN_FIELD[direction];
    const exempt = FAMILIES.flatMap((family) =>
      ["resident", "self"].map(
        (set) => `${HEADER[family]} saddr . ${HEADER[family]} daddr @${set}/${family} accept`,
      ),
    );
    draft.chains.set(`forward-${direction}`, {
      hook: `type filter hook forward priority ${PRIORITY[direction]}`,
      rules: [
        // Policies speak of connections: what belongs to one that was admitted passes, errors about it too (S9).
        "ct state established,related accept",
        ...(direction === "ingress" ? exempt : []),
        ...FAMILIES.map((family) => `${HEADER[family]} ${own} vmap @isolated-${direction}/${family}`),
      ],
    });
    for (const family of FAMILIES) {
      draft.addCollection("map", `isolated-${direction}/${family}`, `${family}_addr : verdict`);
      draft.addCollection("map", `denied-${direction}/${family}`, `${family}_addr : counter`);
    }
  }
}

function addPolicyChains(draft: RulesetDraft, { policies, pods, labelsOf }: PolicyWorld): void {
  for (const policy of policies) {
    for (const direction of DIRECTIONS) {
      const rules = policy.rules[direction];
      if (rules !== undefined) {
        draft.chains.set(policyChain(direction, policy.key), { rules: acceptRules(rules, direction) });
      }
      for (const rule of rules ?? []) {
        if (rule.peers !== "everyone" && rule.peers.selections.length > 0) {
          addPeerSets(draft, rule.peers, pods, labelsOf);
        }
        for (const port of rule.ports === "all" ? [] : rule.ports) {
          if (port.kind === "named") {
            addNamedPortSets(draft, port, pods);
          }
        }
      }
    }
  }
}

const knownRules = new WeakMap<readonly PolicyRule[], readonly string[]>();

/** They depend on the policy's text alone: pods come and go in the sets. */
function acceptRules(rules: readonly PolicyRule[], direction: Direction): readonly string[] {
  const known = knownRules.get(rules);
  if (known !== undefined) {
    return known;
  }
  const lines = rules.flatMap((rule, i) =>
    ruleConditions(rule, direction).map((condition) =>
      `${condition} accept comment "${direction}[${i}]"`.trim(),
    ),
  );
  knownRules.set(rules, lines);
  return lines;
}

function addPeerSets(
  draft: RulesetDraft,
  { selections, selectionsKey }: RulePeers,
  pods: readonly LabPod[],
  labelsOf: PolicyWorld["labelsOf"],
): void {
  if (draft.collections.has(peerSet(selectionsKey, "ipv4"))) {
    return;
  }
  for (const family of FAMILIES) {
    draft.addCollection("set", peerSet(selectionsKey, family), `${family}_addr`);
  }
  for (const pod of pods) {
    const namespace = labelsOf(pod.namespace);
    const isSelected = selections.some(
      ({ isNamespace, isPod }) => isNamespace(namespace) && isPod(pod.labels),
    );
    if (isSelected) {
      for (const family of FAMILIES) {
        for (const address of pod.addresses[family]) {
          draft.addElement(peerSet(selectionsKey, family), address);
        }
      }
    }
  }
}

function addNamedPortSets(
  draft: RulesetDraft,
  wanted: { readonly protocol: "TCP" | "UDP" | "SCTP"; readonly name: string },
  pods: readonly LabPod[],
): void {
  for (const family of FAMILIES) {
    const set = namedPortSet(wanted.protocol, wanted.name, family);
    if (!draft.collections.has(set)) {
      draft.addCollection("set", set, `${family}_addr . inet_service`);
      for (const pod of pods) {
        for (const { name, protocol, number } of pod.namedPorts) {
          if (name === wanted.name && protocol === wanted.protocol) {
            for (const address of pod.addresses[family]) {
              draft.addElement(set, `${address} . ${number}`);
            }
          }
        }
      }
    }
  }
}

function addIsolation(draft: RulesetDraft, { isolated }: PolicyWorld): void {
  const chainNames = new Map<string, string>();
  for (const { pod, direction, policies } of isolated) {
    const joined = policies.join(" ");
    const chain = chainNames.get(`${direction} ${joined}`) ?? isolationChain(direction, joined);
    if (!draft.chains.has(chain)) {
      chainNames.set(`${direction} ${joined}`, chain);
      const own = OWN_FIELD[direction];
      draft.chains.set(chain, {
        rules: [
          ...policies.map((policy) => `jump ${policyChain(direction, policy)}`),
          ...FAMILIES.map(
            (family) => `counter name ${HEADER[family]} ${own} map @denied-${direction}/${family}`,
          ),
          "goto denied",
        ],
      });
    }
    const counter = deniedCounter(direction, pod.key);
    draft.counters.add(counter);
    for (const family of FAMILIES) {
      for (const address of pod.addresses[family]) {
        draft.addElement(`isolated-${direction}/${family}`, address, `goto ${chain}`);
        draft.addElement(`denied-${direction}/${family}`, address, counter);
      }
    }
  }
}

/** The resident node's connections to its pods, and a pod's to itself through a Service, which come back masqueraded. */
function addLocalEnds(draft: RulesetDraft, { pods, addressesOf }: PolicyWorld): void {
  draft.chains.set("hairpin", {
    hook: "type nat hook postrouting priority 100",
    rules: FAMILIES.map(
      (family) => `${HEADER[family]} saddr . ${HEADER[family]} daddr @self/${family} masquerade`,
    ),
  });
  for (const family of FAMILIES) {
    for (const set of ["resident", "self"]) {
      draft.addCollection("set", `${set}/${family}`, `${family}_addr . ${family}_addr`);
    }
    for (const pod of pods) {
      for (const address of pod.addresses[family]) {
        draft.addElement(`self/${family}`, `${address} . ${address}`);
        for (const node of addressesOf(pod.node ?? "")?.[family] ?? []) {
          draft.addElement(`resident/${family}`, `${node} . ${address}`);
        }
      }
    }
  }
}
