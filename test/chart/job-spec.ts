import type { KubernetesObject } from "./helm.ts";

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly unknown[];
  readonly securityContext: unknown;
  readonly resources: unknown;
}

export interface JobSpec {
  readonly template: {
    readonly metadata: { readonly labels: Readonly<Record<string, string>> };
    readonly spec: {
      readonly serviceAccountName: string;
      readonly containers: readonly Container[];
      readonly volumes: readonly { readonly name: string; readonly configMap: { readonly name: string } }[];
    };
  };
}

export function jobSpecOf(job: KubernetesObject): JobSpec {
  return (job as unknown as { readonly spec: JobSpec }).spec;
}
