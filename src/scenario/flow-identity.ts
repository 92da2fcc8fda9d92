import type { Flow, Scenario } from "../model/scenario.ts";
import { displayEndpoint, endpointIdentity } from "./endpoint-display.ts";
import type { Problems } from "./problems.ts";

type Unnamed = Omit<Flow, "id">;

/**
 * `shop/frontend -> shop/database:5432/TCP`; for HTTP `shop/frontend -> http://shop/backend:8080/healthz`; for every port
 * of a Service `shop/frontend -> shop/db-service:*`.
 */
export function flowId(flow: Unnamed): string {
  return `${displayEndpoint(flow.from)} -> ${displayTarget(flow)}`;
}

function displayTarget({ to, port, protocol, application }: Unnamed): string {
  const name = displayEndpoint(to);
  if (port === undefined) return `${name}:*`;
  return application.kind === "http"
    ? `http://${name}:${port}${application.path}`
    : `${name}:${port}/${protocol}`;
}

/** Reports flows that a scenario has twice, and flows that can't both be true. */
export function checkForRepeats(flows: readonly Flow[], problems: Problems): void {
  const seen = new Map<string, Flow>();
  for (const flow of flows) {
    const key = question(flow);
    const first = seen.get(key);
    if (first === undefined) {
      seen.set(key, flow);
    } else if (first.expect === flow.expect) {
      problems.error(flow.range, `duplicate flow: ${flow.id}`, {
        related: [{ message: "the first one is here", range: first.range }],
      });
    } else {
      const words = { allow: "succeed", deny: "fail" };
      problems.error(flow.range, `contradictory flows: ${flow.id} should ${words[flow.expect]} here`, {
        hint: "keep the one that is meant",
        related: [{ message: `and should ${words[first.expect]} here`, range: first.range }],
      });
    }
  }
}

/** What a flow asks of the network, without the expected answer. */
function question({ from, to, port, protocol, application, send }: Flow): string {
  return JSON.stringify([
    endpointIdentity(from),
    endpointIdentity(to),
    port ?? "*",
    port === undefined ? "" : protocol,
    application,
    send ?? "",
  ]);
}

/**
 * Makes ids unique in the run: one that several scenarios hold gets the scenario's name, one that a scenario holds
 * several times (to send different bytes, say) gets a number.
 */
export function withUniqueIds(scenarios: readonly Scenario[]): readonly Scenario[] {
  const holders = new Map<string, Set<string>>();
  for (const { name, flows } of scenarios) {
    for (const { id } of flows) holders.set(id, (holders.get(id) ?? new Set()).add(name));
  }
  return scenarios.map((scenario) => {
    const counts = new Map<string, number>();
    const flows = scenario.flows.map((flow) => {
      const count = (counts.get(flow.id) ?? 0) + 1;
      counts.set(flow.id, count);
      const number = count === 1 ? "" : ` #${count}`;
      const owner = (holders.get(flow.id)?.size ?? 0) > 1 ? ` (${scenario.name})` : "";
      return { ...flow, id: `${flow.id}${number}${owner}` };
    });
    return { ...scenario, flows };
  });
}
