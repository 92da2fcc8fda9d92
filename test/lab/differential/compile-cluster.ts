import type { Enforcement } from "../../../src/lab/model.ts";
import { RuleCompiler } from "../../../src/lab/rules/rule-compiler.ts";
import type { RandomCluster } from "./random-cluster.ts";

export function compilerFor(cluster: RandomCluster, enforcement: Enforcement): RuleCompiler {
  const compiler = new RuleCompiler();
  compiler.setEnforcement(enforcement);
  add(compiler, cluster);
  return compiler;
}

/** As a cluster in which everything of the one is replaced by everything of the other. */
export function replaceCluster(compiler: RuleCompiler, from: RandomCluster, to: RandomCluster): void {
  for (const { metadata } of from.pods) {
    compiler.removePod(metadata.namespace ?? "", metadata.name);
  }
  for (const { metadata } of from.policies) {
    compiler.removePolicy(metadata.namespace ?? "", metadata.name);
  }
  for (const { metadata } of from.services) {
    compiler.removeService(metadata.namespace ?? "", metadata.name);
  }
  for (const { metadata } of from.endpointSlices) {
    compiler.removeEndpointSlice(metadata.namespace ?? "", metadata.name);
  }
  for (const { metadata } of from.nodes) {
    compiler.removeNode(metadata.name);
  }
  for (const { metadata } of from.namespaces) {
    compiler.removeNamespace(metadata.name);
  }
  add(compiler, to);
}

function add(compiler: RuleCompiler, cluster: RandomCluster): void {
  for (const namespace of cluster.namespaces) {
    compiler.setNamespace(namespace);
  }
  for (const node of cluster.nodes) {
    compiler.setNode(node);
  }
  for (const pod of cluster.pods) {
    compiler.setPod(pod);
  }
  for (const policy of cluster.policies) {
    compiler.setPolicy(policy);
  }
  for (const service of cluster.services) {
    compiler.setService(service);
  }
  for (const slice of cluster.endpointSlices) {
    compiler.setEndpointSlice(slice);
  }
}
