import type { ProfileName } from "../model/profile.ts";
import type { ResolvedFlow, StandInTemplate } from "../model/resolved.ts";

/** Label keys that make a plugin stop enforcing for the pod that has them, with who says so. */
const TRAPS: Partial<Readonly<Record<ProfileName, Readonly<Record<string, string>>>>> = {
  cilium: { host: "https://github.com/cilium/cilium/issues/48027" },
};

/** S22: labels of stand-ins that switch enforcement off for them, one warning for each stand-in. */
export function labelTraps(flows: readonly ResolvedFlow[], profile: ProfileName): readonly string[] {
  const traps = Object.entries(TRAPS[profile] ?? {});
  const warnings = flows
    .flatMap(templatesOf)
    .flatMap(({ display, labels }) =>
      traps
        .filter(([key]) => Object.hasOwn(labels, key))
        .map(
          ([key, source]) =>
            `the stand-in for ${display} carries the label ${key}, with which ${profile} may enforce nothing for it (S22, ${source})`,
        ),
    );
  return [...new Set(warnings)];
}

function templatesOf({ source, targets }: ResolvedFlow): readonly StandInTemplate[] {
  return [
    ...(source.kind === "stand-in" ? [source.template] : []),
    ...targets.flatMap((target) => (target.kind === "stand-in" ? [target.template] : [])),
  ];
}
