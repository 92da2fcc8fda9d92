import type { WorkloadKind } from "../model/kubernetes.ts";
import type { OptionalRights, Right, RunRights } from "../model/right.ts";
import type { Endpoint, Flow } from "../model/scenario.ts";

export interface RightsOptions {
  /** `--stand-ins`: targets by labels that no pod carries become servers of our own. */
  readonly standIns: boolean;
  /** `--control-namespace`; what is needed in one that nobody named is `controlRights`. */
  readonly controlNamespace?: string | undefined;
  /** Where the canaries are to be, as far as that is known before the cluster is seen. */
  readonly canaryNamespace?: string | undefined;
  /** `--report-configmap`. */
  readonly reportConfigMap?: { readonly namespace: string; readonly name: string } | undefined;
}

interface Grant {
  readonly verbs: readonly Right["verb"][];
  readonly group: string;
  readonly resource: string;
  readonly purpose: string;
}

const OWNERS = "owners of the stand-ins: no controller adopts these, and all goes even after a crash";

/** Wherever stand-ins are made. */
const STAND_INS: readonly Grant[] = [
  {
    verbs: ["create", "list", "delete"],
    group: "",
    resource: "pods",
    purpose: "stand-ins are created, awaited and removed",
  },
  {
    verbs: ["create", "get"],
    group: "",
    resource: "pods/exec",
    // https://github.com/kubernetes/kubernetes/pull/134577
    purpose: "probes run in the stand-ins (a WebSocket is a get; Kubernetes 1.35 asks for create, too)",
  },
  { verbs: ["create", "list", "delete"], group: "apps", resource: "deployments", purpose: OWNERS },
  { verbs: ["create", "list", "delete"], group: "batch", resource: "jobs", purpose: OWNERS },
  {
    verbs: ["list"],
    group: "",
    resource: "services",
    purpose: "no Service may send production traffic to a stand-in",
  },
];

const POLICIES: Grant = {
  verbs: ["list"],
  group: "networking.k8s.io",
  resource: "networkpolicies",
  purpose: "what the policies say",
};

const CANARY_POLICY: Grant = {
  verbs: ["create", "list", "delete"],
  group: "networking.k8s.io",
  resource: "networkpolicies",
  purpose: "the enforcement canary: a policy that selects only two pods of our own on each node",
};

/** Wherever flows begin or end at pods. */
const ENDS: readonly Grant[] = [
  { verbs: ["list"], group: "", resource: "pods", purpose: "the pods that flows are about" },
  POLICIES,
];

const SERVICES: readonly Grant[] = [
  { verbs: ["list"], group: "", resource: "services", purpose: "the Services that flows lead to" },
  {
    verbs: ["list"],
    group: "discovery.k8s.io",
    resource: "endpointslices",
    purpose: "what is behind the Services that flows lead to",
  },
];

const WORKLOADS: Readonly<Record<WorkloadKind, readonly [group: string, resource: string]>> = {
  Deployment: ["apps", "deployments"],
  StatefulSet: ["apps", "statefulsets"],
  DaemonSet: ["apps", "daemonsets"],
  ReplicaSet: ["apps", "replicasets"],
  ReplicationController: ["", "replicationcontrollers"],
  Job: ["batch", "jobs"],
  CronJob: ["batch", "cronjobs"],
};

const NODES: OptionalRights = {
  loss: "predictions that hang on a node's addresses are undetermined, and a node's state is no evidence",
  choices: [
    [{ verb: "list", group: "", resource: "nodes", purposes: ["the addresses and the state of the nodes"] }],
  ],
};

const TIER_GROUP = "policy.networking.k8s.io";

/** Policies around NetworkPolicy; few clusters have them. */
const TIERS: OptionalRights = {
  loss: "predictions are undetermined, since policies of the Admin and Baseline tiers may decide",
  group: TIER_GROUP,
  choices: [
    ["adminnetworkpolicies", "baselineadminnetworkpolicies", "clusternetworkpolicies"].map((resource) => ({
      verb: "list",
      group: TIER_GROUP,
      resource,
      purposes: ["what the policies of the Admin and Baseline tiers say"],
    })),
  ],
};

const LABELS = "the namespace's labels, and the user ids that OpenShift gives to it";

const DNS = [...ENDS, ...SERVICES].map((grant): Grant => ({ ...grant, purpose: "the cluster's DNS" }));
/** The second one: OpenShift. */
const DNS_NAMESPACES = ["kube-system", "openshift-dns"];

/**
 * What a run of these flows asks of the API server. `required`: without it nothing could be probed, judged or removed.
 * What the printed Roles grant and what is checked before a run both come from here.
 */
export function rightsOf(flows: readonly Flow[], options: RightsOptions): RunRights {
  const required = new RightSet();
  const inspected = new Set<string>();
  for (const flow of flows) {
    if (isProbed(flow)) required.add(flow.from.namespace, STAND_INS);
    for (const end of [flow.from, flow.to]) {
      const namespace = namespaceOf(end);
      if (namespace === undefined) continue;
      inspected.add(namespace);
      required.add(namespace, grantsFor(end));
    }
    const { to } = flow;
    if (to.kind === "labels" && (to.standIn || options.standIns) && isProbed(flow)) {
      required.add(to.namespace, STAND_INS);
    }
  }
  const { controlNamespace, reportConfigMap } = options;
  return {
    required: [
      ...required.rights(),
      ...(reportConfigMap === undefined ? [] : [createReport(reportConfigMap)]),
    ],
    optional: [
      ...(inspected.size === 0 ? [] : [labels(inspected)]),
      ...(flows.some(({ to }) => to.kind === "dns" || to.kind === "host") ? [dns()] : []),
      ...(controlNamespace === undefined ? [] : [controls(controlNamespace)]),
      ...(options.canaryNamespace === undefined ? [] : [canary(options.canaryNamespace)]),
      ...(reportConfigMap === undefined ? [] : [replaceReport(reportConfigMap)]),
      TIERS,
      NODES,
    ],
  };
}

/** What controls need in a namespace: stand-ins that nothing should filter. */
export function controlRights(namespace: string): readonly Right[] {
  const set = new RightSet().add(namespace, STAND_INS).add(namespace, [POLICIES]);
  return [...set.rights(), labelsRight(namespace)];
}

/** What the canaries need in a namespace: stand-ins, and a policy that selects only them. */
export function canaryRights(namespace: string): readonly Right[] {
  const set = new RightSet().add(namespace, STAND_INS).add(namespace, [CANARY_POLICY]);
  return [...set.rights(), labelsRight(namespace)];
}

/** `create pods/exec in namespace shop`, `list jobs.batch in namespace shop`, `get namespaces/shop`, `list nodes` */
export function rightText(right: Right): string {
  return `${right.verb} ${resourceText(right)}${placeText(right)}`;
}

/** As `rightText`, what has verb and namespace in common said once. */
export function rightsText(rights: readonly Right[]): string {
  const byPlace = new Map<string, Right[]>();
  for (const right of rights) {
    const key = `${right.verb} ${placeText(right)}`;
    byPlace.set(key, [...(byPlace.get(key) ?? []), right]);
  }
  return [...byPlace.values()]
    .flatMap((alike) => {
      const [first] = alike;
      if (first === undefined) return [];
      return [`${first.verb} ${alike.map(resourceText).join(", ")}${placeText(first)}`];
    })
    .join("; ");
}

/** As kubectl names it. */
function resourceText({ group, resource, name }: Right): string {
  return `${resource}${group === "" ? "" : `.${group}`}${name === undefined ? "" : `/${name}`}`;
}

function placeText({ resource, namespace }: Right): string {
  return namespace === undefined || resource === "namespaces" ? "" : ` in namespace ${namespace}`;
}

/** Which right it is, whatever it is for. */
export function rightKey({ verb, group, resource, namespace, name }: Omit<Right, "purposes">): string {
  return JSON.stringify([namespace, group, resource, name, verb]);
}

type PodEndpoint = Extract<Endpoint, { readonly namespace: string }>;

/** As the plan has it: the other flows are inconclusive or skipped, and nothing is made for them. */
function isProbed(flow: Flow): flow is Flow & { readonly from: PodEndpoint } {
  return (
    flow.observe &&
    flow.protocol !== "SCTP" &&
    flow.to.kind !== "cidr" &&
    namespaceOf(flow.from) !== undefined
  );
}

function namespaceOf(endpoint: Endpoint): string | undefined {
  return "namespace" in endpoint ? endpoint.namespace : undefined;
}

function grantsFor(endpoint: Endpoint): readonly Grant[] {
  switch (endpoint.kind) {
    case "labels":
    case "pod":
      return ENDS;
    case "workload": {
      const [group, resource] = WORKLOADS[endpoint.workload.kind];
      return [
        ...ENDS,
        { verbs: ["list"], group, resource, purpose: "the workloads that the scenario names" },
      ];
    }
    case "service":
      return [...ENDS, ...SERVICES];
    case "ip":
    case "host":
    case "cidr":
    case "dns":
      return [];
    default: {
      const never: never = endpoint;
      throw new Error(`unhandled endpoint ${String(never)}`);
    }
  }
}

function canary(namespace: string): OptionalRights {
  return {
    loss: "it is not proven that the network enforces policies at all, so the run is not green",
    choices: [canaryRights(namespace)],
  };
}

type ReportPlace = NonNullable<RightsOptions["reportConfigMap"]>;

function reportRight(verb: "create" | "patch", { namespace }: ReportPlace): Right {
  return { verb, group: "", resource: "configmaps", namespace, purposes: ["the report as a ConfigMap"] };
}

/** Not bound to a name: the API server does not know it before. */
function createReport(place: ReportPlace): Right {
  return reportRight("create", place);
}

function replaceReport(place: ReportPlace): OptionalRights {
  const { namespace, name } = place;
  return {
    loss: `the report is lost where ConfigMap ${namespace}/${name} is there already, and the run is then undecided`,
    choices: [[{ ...reportRight("patch", place), name }]],
  };
}

function labelsRight(namespace: string): Right {
  return {
    verb: "get",
    group: "",
    resource: "namespaces",
    namespace,
    name: namespace,
    purposes: [LABELS],
  };
}

function labels(namespaces: Iterable<string>): OptionalRights {
  return {
    loss: "where policies select namespaces by more than their name, predictions are undetermined",
    choices: [[...namespaces].sort().map(labelsRight)],
  };
}

function dns(): OptionalRights {
  return {
    loss: "flows to DNS and to host names are not predicted, and a blocked DNS is not proven",
    choices: DNS_NAMESPACES.map((namespace) => [
      ...new RightSet().add(namespace, DNS).rights(),
      labelsRight(namespace),
    ]),
  };
}

function controls(namespace: string): OptionalRights {
  return {
    loss: `blocks that only a control in namespace ${namespace} would prove stay inconclusive`,
    choices: [controlRights(namespace)],
  };
}

/** Each right once, with all its purposes; sorted, so that what is made of it never changes its order. */
class RightSet {
  readonly #rights = new Map<string, Right>();

  add(namespace: string, grants: readonly Grant[]): this {
    for (const { verbs, group, resource, purpose } of grants) {
      for (const verb of verbs) {
        const right = { verb, group, resource, namespace };
        const key = rightKey(right);
        const purposes = new Set([...(this.#rights.get(key)?.purposes ?? []), purpose]);
        this.#rights.set(key, { ...right, purposes: [...purposes] });
      }
    }
    return this;
  }

  rights(): readonly Right[] {
    return [...this.#rights].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, right]) => right);
  }
}
