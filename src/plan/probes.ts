import type { Probe } from "../model/observation.ts";
import type { Check, StandIn } from "../model/plan.ts";

/** A probe, or why there is none. */
export type PlannedProbe = { readonly probe: Probe } | { readonly notRun: string };

/** The probe of a check, now that its stand-ins exist. */
export function probeOf(check: Check, standIns: ReadonlyMap<string, StandIn>): PlannedProbe {
  if (check.impossible !== undefined) return { notRun: check.impossible };
  const source = standIns.get(check.source);
  if (source === undefined) return { notRun: "the source's stand-in was not created" };
  if (source.problem !== undefined) return { notRun: source.problem };
  let host: string | undefined;
  switch (check.to.kind) {
    case "stand-in": {
      const target = standIns.get(check.to.standIn);
      if (target === undefined) return { notRun: "the target's stand-in was not created" };
      if (target.problem !== undefined) return { notRun: target.problem };
      host = target.end.ips?.[0];
      if (host === undefined) return { notRun: "the target's stand-in has no address" };
      break;
    }
    case "address":
    case "service":
      host = check.to.address;
      break;
    case "host":
      host = check.to.host;
      break;
    case "dns":
      host = undefined;
      break;
    default: {
      const never: never = check.to;
      throw new Error(`unhandled target ${String(never)}`);
    }
  }
  return {
    probe: {
      id: check.id,
      source: source.pod,
      kind: check.kind,
      host,
      port: check.port,
      timeoutMs: check.timeoutMs,
      ...(check.path === undefined ? {} : { path: check.path }),
      ...(check.send === undefined ? {} : { send: check.send }),
      ...(check.answers === undefined ? {} : { answers: check.answers }),
    },
  };
}
