import type { Service } from "../model/kubernetes.ts";
import type { Check, PlannedStandIn, StandInRole } from "../model/plan.ts";
import type { StandInTemplate } from "../model/resolved.ts";
import type { EndpointPort } from "../model/scenario.ts";
import { STAND_IN_LABEL } from "../model/stand-in.ts";
import { matchesSelector } from "../selectors/label-selector.ts";
import { mergePorts, templateKey } from "./template.ts";

interface Draft {
  readonly id: string;
  template: StandInTemplate;
  role: StandInRole;
  serves: readonly EndpointPort[];
  readonly node: string | undefined;
  /** Made when first asked for; forgotten when the draft changes. */
  finished?: PlannedStandIn | undefined;
}

const ROLE_RANK: readonly StandInRole[] = ["canary", "control", "source", "target"];

/** A plan in the making: the same labels in the same namespace are one stand-in, whatever it is needed for. */
export class PlanDraft {
  readonly #services: readonly Service[];
  readonly #standIns = new Map<string, Draft>();
  readonly #byId = new Map<string, Draft>();
  readonly #checks: Check[] = [];

  /** `services` are asked whether they would send production traffic to a stand-in. */
  constructor(services: readonly Service[]) {
    this.#services = services;
  }

  get checks(): readonly Check[] {
    return this.#checks;
  }

  get standIns(): readonly PlannedStandIn[] {
    return [...this.#standIns.values()].map((draft) => this.#finish(draft));
  }

  /**
   * The stand-in for a template; `twin` asks for a second one beside the first (a flow between pods that carry the
   * same labels), `node` for one on that node. Returns its id.
   */
  standIn(
    template: StandInTemplate,
    role: StandInRole,
    options: {
      readonly serves?: readonly EndpointPort[];
      readonly twin?: boolean;
      readonly node?: string;
    } = {},
  ): string {
    const key = `${templateKey(template)} ${options.twin === true} ${options.node ?? ""}`;
    const known = this.#standIns.get(key);
    const serves = options.serves ?? [];
    if (known === undefined) {
      const id = `${this.#standIns.size + 1}`;
      const draft = { id, template, role, serves, node: options.node };
      this.#standIns.set(key, draft);
      this.#byId.set(id, draft);
      return id;
    }
    const ports = mergePorts(known.template.ports, template.ports);
    const served = mergePorts(known.serves, serves);
    if (ports !== known.template.ports || served !== known.serves) {
      known.finished = undefined;
      known.template = { ...known.template, ports };
      known.serves = served;
    }
    if (ROLE_RANK.indexOf(role) > ROLE_RANK.indexOf(known.role)) {
      known.finished = undefined;
      known.role = role;
    }
    return known.id;
  }

  find(id: string): PlannedStandIn {
    const draft = this.#byId.get(id);
    if (draft === undefined) throw new Error(`no stand-in ${id}`);
    return this.#finish(draft);
  }

  /** Adds a check; one that is not a flow's is left out where the same connection is tried already. */
  check(check: Omit<Check, "id">): void {
    const same = (other: Check): boolean =>
      other.source === check.source && other.listener === check.listener && other.kind === check.kind;
    if (check.purpose !== "flow" && this.#checks.some(same)) return;
    this.#checks.push({ id: `c${this.#checks.length + 1}`, ...check });
  }

  #finish(draft: Draft): PlannedStandIn {
    if (draft.finished !== undefined) return draft.finished;
    const refused = this.#refusal(draft.template);
    draft.finished = {
      id: draft.id,
      template: draft.template,
      role: draft.role,
      serves: draft.serves,
      ...(draft.node === undefined ? {} : { node: draft.node }),
      ...(refused === undefined ? {} : { refused }),
    };
    return draft.finished;
  }

  /** A Service that lists pods that are not Ready would send production traffic to the stand-in. */
  #refusal(template: StandInTemplate): string | undefined {
    const labels = { ...template.labels, [STAND_IN_LABEL]: "true" };
    const service = this.#services.find((candidate) => {
      const selector = candidate.spec?.selector ?? {};
      return (
        candidate.spec?.publishNotReadyAddresses === true &&
        (candidate.metadata.namespace ?? "default") === template.namespace &&
        Object.keys(selector).length > 0 &&
        matchesSelector({ matchLabels: selector }, labels)
      );
    });
    return service === undefined
      ? undefined
      : `Service ${template.namespace}/${service.metadata.name} publishes pods that are not Ready (publishNotReadyAddresses) and would send production traffic to a stand-in with these labels`;
  }
}
