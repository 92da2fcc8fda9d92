import type { Labels } from "../model/kubernetes.ts";
import type { Direction } from "../model/prediction.ts";
import type { TrafficEnd, TrafficProtocol } from "../model/traffic.ts";

/** Labels that controllers put on pods: they name one roll-out or one pod. */
const MADE_BY_CONTROLLERS: ReadonlySet<string> = new Set([
  "pod-template-hash",
  "pod-template-generation",
  "controller-revision-hash",
  "controller-uid",
  "batch.kubernetes.io/controller-uid",
  "batch.kubernetes.io/job-name",
  "job-name",
  "statefulset.kubernetes.io/pod-name",
  "apps.kubernetes.io/pod-index",
]);

const USUAL = [
  "app",
  "app.kubernetes.io/name",
  "app.kubernetes.io/component",
  "k8s-app",
  "tier",
  "component",
  "role",
];
const MAX_LABELS = 3;

/** Labels that people gave, and that stay when a workload is rolled out again. */
export function stableLabels(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !MADE_BY_CONTROLLERS.has(key)));
}

/** The labels that people would select a pod by. */
export function tellingLabels(labels: Labels): Labels {
  const stable = Object.entries(stableLabels(labels));
  const usual = stable.filter(([key]) => USUAL.includes(key));
  return Object.fromEntries((usual.length > 0 ? usual : stable).slice(0, MAX_LABELS));
}

/** A rule that would allow the connection, as YAML; undefined where no rule can name the other end. */
export function ruleProposal(
  direction: Direction,
  subjectNamespace: string,
  other: TrafficEnd,
  port: number,
  protocol: TrafficProtocol,
): string | undefined {
  const peer = peerOf(other, subjectNamespace);
  if (peer === undefined || protocol === "ICMP") return undefined;
  const field = direction === "ingress" ? "from" : "to";
  return `- ${field}: [${peer}]\n  ports: [{protocol: ${protocol}, port: ${port}}]`;
}

function peerOf(other: TrafficEnd, subjectNamespace: string): string | undefined {
  switch (other.kind) {
    case "cidr":
      return `{ipBlock: {cidr: ${other.cidr}}}`;
    case "unknown-address":
      return undefined;
    case "pod": {
      if (other.spec.hostNetwork === true) return undefined;
      const pods = `podSelector: {${matchLabels(tellingLabels(other.labels))}}`;
      return other.namespace === subjectNamespace
        ? `{${pods}}`
        : `{namespaceSelector: {${matchLabels({ "kubernetes.io/metadata.name": other.namespace })}}, ${pods}}`;
    }
    default: {
      const never: never = other;
      throw new Error(`unhandled end ${String(never)}`);
    }
  }
}

function matchLabels(labels: Labels): string {
  const entries = Object.entries(labels).map(([key, value]) => `${key}: ${scalar(value)}`);
  return entries.length === 0 ? "" : `matchLabels: {${entries.join(", ")}}`;
}

/** Label values that YAML would read as something else than text are quoted. */
function scalar(value: string): string {
  const isText = /^[A-Za-z][A-Za-z0-9._-]*$/.test(value);
  const isWord = /^(?:y|n|yes|no|on|off|true|false|null)$/i.test(value);
  return isText && !isWord ? value : JSON.stringify(value);
}
