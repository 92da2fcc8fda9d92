import { once } from "node:events";
import { parseArgs } from "node:util";
import { stringify } from "yaml";
import { generateCluster } from "./cluster.ts";

/**
 * Writes a made-up cluster to stdout, the same for the same arguments:
 * `node bench/generate-cluster.ts --pods 1000 --policies 100 --seed 1 --format yaml`.
 * `--format`: yaml, json (one List, as kubectl writes it) or ndjson. `--as workloads`: Deployments in place of pods.
 */
const { values } = parseArgs({
  options: {
    pods: { type: "string", default: "1000" },
    policies: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    format: { type: "string", default: "yaml" },
    as: { type: "string", default: "pods" },
  },
});

function* texts(): Generator<string> {
  const objects = generateCluster({
    pods: Number(values.pods),
    policies: Number(values.policies),
    seed: Number(values.seed),
    as: values.as === "workloads" ? "workloads" : "pods",
  });
  switch (values.format) {
    case "yaml":
      for (const object of objects) yield `---\n${stringify(object, { aliasDuplicateObjects: false })}`;
      return;
    case "ndjson":
      for (const object of objects) yield `${JSON.stringify(object)}\n`;
      return;
    case "json":
      yield '{\n    "apiVersion": "v1",\n    "kind": "List",\n    "items": [\n';
      for (const [index, object] of objects.entries()) {
        const text = JSON.stringify(object, null, 4).replaceAll("\n", "\n        ");
        yield `        ${text}${index < objects.length - 1 ? "," : ""}\n`;
      }
      yield "    ]\n}\n";
      return;
    default:
      throw new Error(`--format is yaml, json or ndjson, not ${values.format}`);
  }
}

for (const text of texts()) {
  if (!process.stdout.write(text)) await once(process.stdout, "drain");
}
