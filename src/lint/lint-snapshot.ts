import type { Snapshot } from "../model/snapshot.ts";
import { apiFindings } from "./api-findings.ts";
import type { Check } from "./check.ts";
import { checkAdminPolicies } from "./checks/admin.ts";
import { checkBlocks } from "./checks/blocks.ts";
import { checkDirections } from "./checks/directions.ts";
import { checkDns } from "./checks/dns.ts";
import { checkExcepts } from "./checks/excepts.ts";
import { checkPeers } from "./checks/peers.ts";
import { checkPorts } from "./checks/ports.ts";
import { checkRedundancy } from "./checks/redundancy.ts";
import { checkSelectors } from "./checks/selectors.ts";
import type { Draft } from "./finding.ts";
import { type ApiServerVersion, NEWEST } from "./kubernetes-version.ts";
import { LintWorld } from "./lint-world.ts";
import { suppress } from "./suppression.ts";

const CHECKS: readonly Check[] = [
  checkDirections,
  checkPeers,
  checkSelectors,
  checkPorts,
  checkBlocks,
  checkExcepts,
  checkDns,
  checkRedundancy,
  checkAdminPolicies,
];

export interface LintOptions {
  /** The API server that the objects are meant for; the newest unless it is said otherwise. */
  readonly version?: ApiServerVersion;
  /** No object is missing from the snapshot for a mistake; else nothing is said of what the manifests lack. */
  readonly complete?: boolean;
}

/**
 * What the API server would refuse of the objects of a snapshot, and what of the rest is rarely meant. Policies that it
 * would refuse are not looked at further. What policies suppress by annotation is left out.
 */
export function lintSnapshot(snapshot: Snapshot, options: LintOptions = {}): readonly Draft[] {
  const { version = NEWEST, complete = true } = options;
  const { drafts, accepted, acceptedAdmin } = apiFindings(snapshot, version);
  const rest = { ...snapshot, networkPolicies: accepted, adminPolicies: acceptedAdmin };
  const world = new LintWorld(rest, accepted, complete);
  return suppress([...drafts, ...CHECKS.flatMap((check) => [...check(world)])], snapshot);
}
