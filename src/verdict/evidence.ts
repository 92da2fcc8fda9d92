import type { ObservationKind } from "../model/observation.ts";
import {
  type Evidence,
  LISTENER_PROOFS,
  type ListenerProofGrade,
  SOURCE_PROOFS,
  type SourceProofGrade,
} from "../model/report.ts";

/** Grades that show a process which accepts on that very port, as `refused` needs it. */
const LISTENS: readonly ListenerProofGrade[] = ["peer", "kubelet", "self"];
/** Grades that are good enough for silence. */
const AT_LEAST_READY: readonly ListenerProofGrade[] = [...LISTENS, "ready"];

/** The better of two listener proofs. */
export function isBetterListener(a: ListenerProofGrade, b: ListenerProofGrade): boolean {
  return LISTENER_PROOFS.indexOf(a) < LISTENER_PROOFS.indexOf(b);
}

/** The better of two source proofs. */
export function isBetterSource(a: SourceProofGrade, b: SourceProofGrade): boolean {
  return SOURCE_PROOFS.indexOf(a) < SOURCE_PROOFS.indexOf(b);
}

/**
 * Whether a closed observation proves a block. Silence is no proof by itself: a full accept queue, a dead node and a
 * source without network are silent too. `listenerWaived`: the flow said `unreachableIsFine`.
 */
export function isProven(
  kind: ObservationKind,
  evidence: Evidence,
  options: { readonly listenerWaived?: boolean } = {},
): boolean {
  const listener = options.listenerWaived === true || acceptable(kind).includes(evidence.listener.grade);
  return listener && sourceProven(kind, evidence);
}

function acceptable(kind: ObservationKind): readonly ListenerProofGrade[] {
  return kind === "refused" ? LISTENS : AT_LEAST_READY;
}

/** A refusal is a packet that came back: the source's network works. */
function sourceProven(kind: ObservationKind, evidence: Evidence): boolean {
  return kind === "refused" || evidence.source.grade !== "none";
}

/** Which proof is missing, and how to give it. */
export function missingProof(kind: ObservationKind, evidence: Evidence): { reason: string; advice: string } {
  const reasons: string[] = [];
  const advice: string[] = [];
  if (!acceptable(kind).includes(evidence.listener.grade)) {
    if (kind === "refused") {
      reasons.push(
        `the packet came back: the port is closed, or the network rejects; no proof that anything listens there (${evidence.listener.detail})`,
      );
    } else {
      reasons.push(
        `nothing answered, and there is no proof that anything listens there (${evidence.listener.detail})`,
      );
    }
    advice.push(
      "add a flow that is meant to reach the same port, give the target a readinessProbe on it, or use a stand-in (standIn: true)",
    );
  }
  if (!sourceProven(kind, evidence)) {
    reasons.push(`no proof that the source's own network works (${evidence.source.detail})`);
    advice.push(
      "add a flow that this source is meant to have (its DNS, say), or name a namespace without policies by --control-namespace",
    );
  }
  return { reason: reasons.join("; "), advice: advice.join("; ") };
}
