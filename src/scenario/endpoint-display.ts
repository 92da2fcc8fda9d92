import type { Endpoint } from "../model/scenario.ts";

/** An endpoint for people: `shop/frontend`, `shop/deploy/api`, and without a namespace `dns`, `metadata`, `example.com`. */
export function displayEndpoint(endpoint: Endpoint): string {
  switch (endpoint.kind) {
    case "labels":
      return `${endpoint.namespace}/${endpoint.name}`;
    case "workload":
    case "pod":
    case "service":
      // A reference in place may name its namespace already: NAMESPACE/KIND/NAME.
      return endpoint.name.split("/").length === 3 ? endpoint.name : `${endpoint.namespace}/${endpoint.name}`;
    case "ip":
    case "host":
    case "cidr":
    case "dns":
      return endpoint.name;
    default: {
      const never: never = endpoint;
      throw new Error(`unhandled endpoint ${String(never)}`);
    }
  }
}

/**
 * Equal for endpoints that stand for the same thing, whatever they are called: flows between them are the same flow.
 * How many pods are probed and which ports are declared makes no difference.
 */
export function endpointIdentity(endpoint: Endpoint): string {
  return JSON.stringify([endpoint.kind, ...identifyingParts(endpoint)]);
}

function identifyingParts(endpoint: Endpoint): readonly unknown[] {
  switch (endpoint.kind) {
    case "labels": {
      const labels = Object.entries(endpoint.labels).sort(([a], [b]) => (a < b ? -1 : 1));
      return [endpoint.namespace, labels, endpoint.standIn];
    }
    case "workload":
      return [endpoint.namespace, endpoint.workload.kind, endpoint.workload.name];
    case "pod":
      return [endpoint.namespace, endpoint.pod];
    case "service":
      return [endpoint.namespace, endpoint.service];
    case "ip":
      return [endpoint.ip.toLowerCase()];
    case "host":
      return [endpoint.host.toLowerCase()];
    case "cidr":
      return [endpoint.cidr.toLowerCase()];
    case "dns":
      return [];
    default: {
      const never: never = endpoint;
      throw new Error(`unhandled endpoint ${String(never)}`);
    }
  }
}
