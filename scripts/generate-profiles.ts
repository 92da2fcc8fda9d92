/**
 * Writes docs/profiles.md from the profiles themselves (src/policy/profiles.ts, src/policy/knob-info.ts).
 *
 *     npx node scripts/generate-profiles.ts
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type KnobName, PROFILE_NAMES, type ProfileName } from "../src/model/profile.ts";
import { KNOB_INFO } from "../src/policy/knob-info.ts";
import { SOURCED_PROFILES } from "../src/policy/profiles.ts";

const HEAD = `# Profiles

The API leaves points open, and network plugins differ beyond that. A prediction is \`allow\`, \`deny\` or \`undetermined\`, and a
*profile* says how each open point, a *knob*, is decided:

- \`upstream\` (the default): what the API's text or the upstream e2e suite requires is decided, what they leave open is open.
- \`portable\`: everything on which network plugins differ is open; what is decided holds everywhere.
- one for each of calico, cilium, antrea, kube-router, ovn-kubernetes, aws-vpc-cni, kube-network-policies: what is known of the
  plugin is decided, with its source; the rest is as \`upstream\` has it.

    netverdict predict SCENARIO --manifests DIR --profile cilium

A knob only matters where its values lead to different answers; the prediction is then \`undetermined\`, and names the rule and
the knob: \`deny if ipBlock rules do not match the addresses of pods, allow if … (S16)\`, \`knob: ipBlockPods\`.

\`run\` and \`probe\` recognise the network plugin by its DaemonSet, where DaemonSets may be read, and use its profile;
\`--profile\` overrides that. The report says which profile it was (\`settings.profile\`) and what it was recognised by
(\`settings.plugin\`). With several plugins that may enforce it is \`portable\`. A cluster with nothing but flannel gets a warning:
nothing there enforces policies.

Not knobs, since they do not change what a new connection meets once policies are in force: how long a new policy or pod takes
(S38), the port and selector of a Service with several backends (S40, each is judged), what a cloud's load balancer does to
addresses before a packet is in the cluster.
`;

/** The whole page. */
export function profilesPage(): string {
  const knobs = Object.keys(KNOB_INFO) as KnobName[];
  return `${HEAD}
This page is made by \`npx node scripts/generate-profiles.ts\`.

## Knobs

| knob | rule | about | values |
|---|---|---|---|
${knobs.map(knobRow).join("\n")}

## Settings

Open knobs show all their values.
${PROFILE_NAMES.map((name) => section(name, knobs)).join("")}`;
}

function knobRow(knob: KnobName): string {
  const { rule, about, if: meanings } = KNOB_INFO[knob];
  const values = Object.entries(meanings).map(([value, meaning]) => `\`${value}\`: ${meaning}`);
  return `| \`${knob}\` | ${rule} | ${about} | ${values.join("; ")} |`;
}

function section(name: ProfileName, knobs: readonly KnobName[]): string {
  const own = SOURCED_PROFILES[name];
  const upstream = SOURCED_PROFILES.upstream;
  const shown = knobs.filter((knob) => name === "upstream" || own[knob] !== upstream[knob]);
  const rest = name === "upstream" ? "" : "\nAll others as `upstream` has them.\n";
  const rows = shown.map(
    (knob) => `| \`${knob}\` | ${own[knob].values.join(" or ")} | ${own[knob].source} |`,
  );
  return `\n### ${name}\n\n| knob | value | source |\n|---|---|---|\n${rows.join("\n")}\n${rest}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL("../docs/profiles.md", import.meta.url), profilesPage());
}
