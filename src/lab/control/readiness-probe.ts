import type { NetworkCheck } from "./node-prober.ts";
import type { Container, LabPod } from "./pod.ts";
import { containerPortNumber } from "./ports.ts";

/** How to find out whether a container is ready. */
export interface ReadinessCheck {
  readonly question:
    | NetworkCheck
    | { readonly kind: "exec"; readonly command: readonly string[] }
    /** There is nothing to ask: the answer is no. */
    | { readonly kind: "hopeless" };
  readonly periodMs: number;
  readonly timeoutMs: number;
  readonly successThreshold: number;
  readonly failureThreshold: number;
}

/**
 * The check of a container's readinessProbe; undefined: it is ready as soon as it runs. HTTPS and gRPC are asked for a
 * connection. `runsImage`: false where servers of the lab stand for the image, in which its own commands can't run.
 */
export function readinessCheck(
  pod: LabPod,
  container: Container,
  options: { readonly address: string; readonly runsImage: boolean },
): ReadinessCheck | undefined {
  const probe = container.readinessProbe;
  if (probe === undefined) return undefined;
  const question = questionOf(pod, container, options);
  if (question === undefined) return undefined;
  const { periodSeconds = 10, timeoutSeconds = 1, successThreshold = 1, failureThreshold = 3 } = probe;
  return {
    question,
    periodMs: periodSeconds * 1000,
    timeoutMs: timeoutSeconds * 1000,
    successThreshold,
    failureThreshold,
  };
}

function questionOf(
  pod: LabPod,
  { readinessProbe: probe }: Container,
  { address, runsImage }: { readonly address: string; readonly runsImage: boolean },
): ReadinessCheck["question"] | undefined {
  if (probe?.exec !== undefined) {
    return runsImage ? { kind: "exec", command: probe.exec.command ?? [] } : undefined;
  }
  const target = probe?.httpGet ?? probe?.tcpSocket ?? probe?.grpc;
  if (target === undefined) return undefined;
  const host = ("host" in target ? target.host : undefined) || address;
  const port = containerPortNumber(pod, target.port, "TCP");
  // A name that no port has: never ready, as with a kubelet.
  if (port === undefined) return { kind: "hopeless" };
  const { httpGet } = probe ?? {};
  if (httpGet === undefined || httpGet.scheme?.toUpperCase() === "HTTPS") {
    return { kind: "tcp", address: host, port };
  }
  const path = httpGet.path?.startsWith("/") === true ? httpGet.path : `/${httpGet.path ?? ""}`;
  return { kind: "http", url: `http://${host.includes(":") ? `[${host}]` : host}:${port}${path}` };
}
