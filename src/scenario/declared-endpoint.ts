import type { Endpoint, EndpointPort } from "../model/scenario.ts";
import { nearest } from "../source/nearest.ts";
import type { SourceRange } from "../source/position.ts";
import { type AddressFault, cidrFault, hostFault, ipFault } from "./addresses.ts";
import { readPorts } from "./endpoint-ports.ts";
import {
  asBoolean,
  asInteger,
  asMapping,
  asText,
  type FieldRules,
  type Fields,
  readFields,
} from "./fields.ts";
import { readLabels } from "./label-map.ts";
import { checkObjectName, readNamespace, readObjectName } from "./object-names.ts";
import { didYouMean, type Problems } from "./problems.ts";
import { anyOf, POD_WORDS, WORKLOAD_WORDS } from "./words.ts";
import type { YamlEntry, YamlMapping, YamlNode } from "./yaml-node.ts";

type Kind = Exclude<Endpoint["kind"], "dns">;
type Option = "namespace" | "ports" | "standIn" | "hypothetical" | "replicas";

/** The keys that say what an endpoint is, and the other keys that mean something for it. */
export const ENDPOINT_OPTIONS: Readonly<Record<Kind, readonly Option[]>> = {
  labels: ["namespace", "ports", "standIn", "hypothetical", "replicas"],
  workload: ["namespace", "ports", "replicas"],
  pod: ["namespace", "ports"],
  service: ["namespace", "replicas"],
  ip: ["ports"],
  host: ["ports"],
  cidr: ["ports"],
};
const KINDS = Object.keys(ENDPOINT_OPTIONS) as Kind[];

const RULES: FieldRules = {
  keys: [...KINDS, "namespace", "ports", "standIn", "hypothetical", "replicas"],
  advice: {
    deployment: "write workload: deployment/NAME",
    statefulset: "write workload: statefulset/NAME",
    daemonset: "write workload: daemonset/NAME",
    job: "write workload: job/NAME",
    podSelector: "write labels: {key: value}",
    matchLabels: "write labels: {key: value}",
    selector: "write labels: {key: value}",
    port: "write ports: [8080]",
    url: "write host: NAME, and the port in the flow",
  },
};

/** What is left of an entry of `endpoints` once its kind is known. */
interface Draft {
  readonly name: string;
  readonly range: SourceRange;
  readonly namespace: string;
  readonly fields: Fields;
  readonly problems: Problems;
}

/** Reads one entry of `endpoints`. Undefined: it has mistakes, which were reported. */
export function readEndpoint(
  entry: YamlEntry,
  defaultNamespace: string,
  problems: Problems,
): Endpoint | undefined {
  const before = problems.errors;
  const { key: name, keyRange: range } = entry;
  const what = `the endpoint "${name}"`;
  const hint = `write ${name}: {labels: {app: ${name}}}, or another of ${KINDS.slice(1).join(", ")}`;
  if (entry.value.kind === "scalar" && entry.value.value === null) {
    return problems.error(range, `${what} says nothing`, { hint });
  }
  const mapping = asMapping(entry.value, what, problems, hint);
  if (mapping === undefined) return undefined;

  const fields = readFields(mapping, "an endpoint", RULES, problems);
  const kind = onlyKind(mapping, fields, entry, problems);
  if (kind === undefined) return undefined;
  refuseOptions(kind, fields, problems);
  const namespaceNode = fields.get("namespace")?.value;
  const namespace = namespaceNode && readNamespace(namespaceNode, problems);
  const value = fields.get(kind)?.value;
  if (value === undefined) return undefined;

  const draft: Draft = { name, range, namespace: namespace ?? defaultNamespace, fields, problems };
  const endpoint = READERS[kind](value, draft);
  return problems.errors > before ? undefined : endpoint;
}

function onlyKind(
  mapping: YamlMapping,
  fields: Fields,
  entry: YamlEntry,
  problems: Problems,
): Kind | undefined {
  const kinds = KINDS.filter((kind) => fields.has(kind));
  const inOrder = mapping.entries.filter(({ key }) => kinds.some((kind) => kind === key));
  const [first, second] = inOrder;
  if (first !== undefined && second !== undefined) {
    return problems.error(
      second.keyRange,
      `the endpoint "${entry.key}" has both "${first.key}" and "${second.key}"`,
      {
        hint: "an endpoint is one thing; make two of it",
      },
    );
  }
  // An unknown key has been reported already and is probably the kind, misspelt.
  const misspelt = mapping.entries.some(({ key }) => !fields.has(key));
  if (kinds[0] === undefined && !misspelt) {
    problems.error(entry.keyRange, `the endpoint "${entry.key}" does not say what it is`, {
      hint: `add ${anyOf(KINDS)}`,
    });
  }
  return kinds[0];
}

function refuseOptions(kind: Kind, fields: Fields, problems: Problems): void {
  const allowed: readonly string[] = [kind, ...ENDPOINT_OPTIONS[kind]];
  for (const [key, entry] of fields) {
    if (allowed.includes(key)) continue;
    problems.error(entry.keyRange, `"${key}" does not go with "${kind}"`, {
      hint: `with "${kind}" there can be ${anyOf(ENDPOINT_OPTIONS[kind])}`,
    });
  }
}

const READERS: Readonly<Record<Kind, (value: YamlNode, draft: Draft) => Endpoint | undefined>> = {
  labels(value, draft) {
    const labels = readLabels(value, draft.problems);
    const flags = { standIn: flag(draft, "standIn"), hypothetical: flag(draft, "hypothetical") };
    const rest = { ...namespaced(draft), ports: ports(draft), ...replicas(draft) };
    return labels && { kind: "labels", ...rest, labels, ...flags };
  },
  workload(value, draft) {
    const workload = readWorkload(value, draft.problems);
    const rest = { ...namespaced(draft), ports: ports(draft), ...replicas(draft) };
    return workload && { kind: "workload", ...rest, workload };
  },
  pod(value, draft) {
    const pod = readObjectName(value, "pod", draft.problems);
    const rest = { ...namespaced(draft), ports: ports(draft) };
    return pod === undefined ? undefined : { kind: "pod", ...rest, pod };
  },
  service(value, draft) {
    const service = readObjectName(value, "service", draft.problems);
    const rest = { ...namespaced(draft), ...replicas(draft) };
    return service === undefined ? undefined : { kind: "service", ...rest, service };
  },
  ip(value, draft) {
    const ip = readAddress(value, "ip", ipFault, draft.problems);
    const rest = { ...named(draft), ports: ports(draft) };
    return ip === undefined ? undefined : { kind: "ip", ...rest, ip };
  },
  host(value, draft) {
    const host = readAddress(value, "host", hostFault, draft.problems);
    const rest = { ...named(draft), ports: ports(draft) };
    return host === undefined ? undefined : { kind: "host", ...rest, host };
  },
  cidr(value, draft) {
    const cidr = readAddress(value, "cidr", cidrFault, draft.problems);
    const rest = { ...named(draft), ports: ports(draft) };
    return cidr === undefined ? undefined : { kind: "cidr", ...rest, cidr };
  },
};

function named({ name, range }: Draft) {
  return { name, range };
}

function namespaced(draft: Draft) {
  return { ...named(draft), namespace: draft.namespace };
}

function ports({ fields, problems }: Draft): readonly EndpointPort[] {
  const node = fields.get("ports")?.value;
  return (node && readPorts(node, problems)) ?? [];
}

function replicas({ fields, problems }: Draft): { readonly replicas?: number } {
  const node = fields.get("replicas")?.value;
  const count = node && asInteger(node, '"replicas"', { min: 1 }, problems);
  return count === undefined ? {} : { replicas: count };
}

function flag({ fields, problems }: Draft, key: "standIn" | "hypothetical"): boolean {
  const node = fields.get(key)?.value;
  return (node && asBoolean(node, `"${key}"`, problems)) ?? false;
}

function readWorkload(node: YamlNode, problems: Problems) {
  const text = asText(node, '"workload"', problems);
  if (text === undefined) return undefined;
  const [word, name, extra] = text.split("/");
  if (word === undefined || name === undefined || extra !== undefined) {
    return problems.error(node.range, `"workload" must be KIND/NAME, not "${text.text}"`, {
      hint:
        extra === undefined
          ? `write deployment/${text.text}`
          : "the namespace is a key of its own: namespace",
    });
  }
  const kind = WORKLOAD_WORDS.get(word.text);
  if (kind === undefined) {
    const isPod = POD_WORDS.some((podWord) => podWord === word.text);
    const known = `the kinds are ${anyOf([...WORKLOAD_WORDS.keys()])}`;
    return problems.error(word.range, `unknown kind of workload "${word.text}"`, {
      hint: isPod ? `write pod: ${name.text}` : didYouMean(nearest(word.text, WORKLOAD_WORDS.keys()), known),
    });
  }
  const checked = checkObjectName(name, "workload", problems);
  return checked === undefined ? undefined : { kind, name: checked };
}

function readAddress(
  node: YamlNode,
  key: "ip" | "host" | "cidr",
  faultOf: (text: string) => AddressFault | undefined,
  problems: Problems,
): string | undefined {
  const text = asText(node, `"${key}"`, problems)?.text;
  const fault = text === undefined ? undefined : faultOf(text);
  if (fault === undefined) return text;
  return problems.error(node.range, fault.message, { hint: fault.hint });
}
