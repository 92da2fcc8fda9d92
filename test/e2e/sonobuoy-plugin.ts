import { readFileSync } from "node:fs";
import { parse } from "yaml";

interface Container {
  readonly name: string;
  readonly [field: string]: unknown;
}

interface Plugin {
  readonly "sonobuoy-config": { readonly "plugin-name": string };
  readonly "config-map": Readonly<Record<string, string>>;
  readonly spec: Container;
  readonly podSpec: { readonly containers: readonly Container[]; readonly [field: string]: unknown };
}

const RESULTS = "/tmp/sonobuoy/results";

/** Sonobuoy's worker: it waits for the file `done`, and carries off the file that this one names. */
const WORKER = `until [ -e ${RESULTS}/done ]; do sleep 1; done; cat "$(cat ${RESULTS}/done)"`;

/** A pod as Sonobuoy makes one of a plugin, and what that mounts. */
export function pluginObjects(path: string, namespace: string, image: string): readonly object[] {
  const plugin = parse(readFileSync(path, "utf8")) as Plugin;
  const name = plugin["sonobuoy-config"]["plugin-name"];
  // https://github.com/vmware-tanzu/sonobuoy/blob/v0.57.3/pkg/client/gen.go#L164
  const volume = `sonobuoy-${name}-vol`;
  const withConfig = (container: Container): Container => ({
    ...container,
    volumeMounts: [
      ...((container.volumeMounts as readonly object[] | undefined) ?? []),
      { name: volume, mountPath: "/tmp/sonobuoy/config" },
    ],
  });
  const worker = {
    name: "sonobuoy-worker",
    image: "busybox:1.35",
    command: ["sh", "-c", WORKER],
    volumeMounts: [{ name: "results", mountPath: RESULTS }],
  };
  const configMap = `plugin-${name}-cm`;
  return [
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: configMap, namespace },
      data: plugin["config-map"],
    },
    // https://github.com/vmware-tanzu/sonobuoy/blob/v0.57.3/pkg/plugin/driver/job/job.go#L84
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: `sonobuoy-${name}-job`, namespace },
      spec: {
        ...plugin.podSpec,
        containers: [
          ...plugin.podSpec.containers.map(withConfig),
          { ...withConfig(plugin.spec), image },
          worker,
        ],
        volumes: [
          { name: "results", emptyDir: {} },
          { name: volume, configMap: { name: configMap } },
        ],
      },
    },
  ];
}
