import type { Direction } from "../../model/prediction.ts";
import { type Check, finding } from "../check.ts";
import type { Draft } from "../finding.ts";
import type { LintPolicy } from "../lint-world.ts";

const TYPE: Readonly<Record<Direction, string>> = { ingress: "Ingress", egress: "Egress" };
const OTHER: Readonly<Record<Direction, Direction>> = { ingress: "egress", egress: "ingress" };

/** What `policyTypes` makes of the rules (S3). */
export const checkDirections: Check = ({ policies }) => policies.flatMap(directionFindings);

function directionFindings(policy: LintPolicy): Draft[] {
  const { source, compiled, object } = policy;
  const types = source.spec?.policyTypes ?? [];
  const drafts: Draft[] = [];
  for (const direction of ["ingress", "egress"] as const) {
    const count = compiled.rules[direction].length;
    if (compiled.isolates[direction] || count === 0) continue;
    const written = types.join(", ");
    const alone = !compiled.rules[OTHER[direction]].length;
    drafts.push(
      finding("inert-rules", {
        object,
        path: ["spec", direction],
        message: `${count === 1 ? "this rule does" : `these ${count} rules do`} nothing: policyTypes has ${written} only`,
        hint: alone
          ? `write policyTypes: [${TYPE[direction]}]; as it is, the pods are closed for ${OTHER[direction]} and open for ${direction}`
          : `add ${TYPE[direction]} to policyTypes, or remove the rules`,
        related: [{ object, at: ["spec", "policyTypes"], message: `${TYPE[direction]} is missing here` }],
      }),
    );
  }
  if (types.length === 0 && compiled.isolates.egress && compiled.rules.ingress.length === 0) {
    if (!source.spec?.ingress) {
      drafts.push(
        finding("implicit-ingress-isolation", {
          object,
          path: ["spec", "egress"],
          message: "without policyTypes the policy is for ingress too, and nothing is let in",
          hint: "write policyTypes: [Egress]; or [Ingress, Egress] if nobody is to come in",
        }),
      );
    }
  }
  if (types.length === 0 && source.spec?.egress?.length === 0) {
    drafts.push(
      finding("egress-not-isolated", {
        object,
        path: ["spec", "egress"],
        message: "without policyTypes an empty egress isolates nobody: everything may go out",
        hint: "write policyTypes: [Ingress, Egress] to let nothing out",
      }),
    );
  }
  if (types.length === 2 && types[0] === types[1]) {
    const other = types[0] === "Ingress" ? "Egress" : "Ingress";
    drafts.push(
      finding("duplicate-policy-type", {
        object,
        path: ["spec", "policyTypes", 1],
        message: `${types[0]} stands here twice`,
        hint: `write ${other} if both directions are meant; else remove it`,
      }),
    );
  }
  drafts.push(...emptyAllowance(policy));
  return drafts;
}

const ALLOWING = /(?:^|[-.])(?:allow|permit|accept|open|enable)/;

function emptyAllowance({ source, compiled, object }: LintPolicy): Draft[] {
  const { ingress, egress } = compiled.rules;
  if (!ALLOWING.test(compiled.name) || ingress.length + egress.length > 0) return [];
  const direction = compiled.isolates.ingress ? "ingress" : "egress";
  return [
    finding("allows-nothing", {
      object,
      path: source.spec?.[direction] ? ["spec", direction] : ["metadata", "name"],
      message: `the policy is called ${compiled.name}, and no rule allows anything: its pods are only isolated`,
      hint: `write ${direction}: [{}] to allow everything; rename the policy if it is meant to deny`,
    }),
  ];
}
