import type { ProfileName } from "../model/profile.ts";
import type { AddressRange } from "./address-set.ts";
import type { PortAnswers } from "./answer-table.ts";
import type { PortSet } from "./port-set.ts";
import type { WorkloadName } from "./workload-of.ts";

/** Answers toward addresses outside of the cluster; what is not listed is denied on every port. */
export interface OutsideAnswers extends PortAnswers {
  readonly addresses: readonly AddressRange[];
}

/** What holds in both directions between a group and something that is no pod of the cluster. */
export interface BothWays<T> {
  /** From there into the group. */
  readonly ingress: T;
  /** From the group to there. */
  readonly egress: T;
}

/** Pods that act alike: toward each other, toward all other pods, outside, and toward new pods. */
export interface MatrixGroup {
  readonly id: number;
  /** Unique, for people: `shop/api`, `shop/{api, web}`, `dev/*, test/*`. */
  readonly name: string;
  readonly namespaces: readonly string[];
  /** The workloads whose pods, or some of them, are in the group, by name. */
  readonly workloads: readonly WorkloadName[];
  readonly pods: number;
  /** Pods that no NetworkPolicy isolates in the direction and no admin policy speaks of. */
  readonly unprotected: BothWays<number>;
  /** Absent: the group is told of only as the other end of those of the namespaces that were asked about. */
  readonly exposure?: Exposure;
}

/** What holds toward ends that are no pods of the cluster. */
export interface Exposure {
  readonly outside: BothWays<readonly OutsideAnswers[]>;
  /** A pod without labels in a namespace that does not exist yet. */
  readonly newNamespace: BothWays<PortAnswers>;
  /** A new pod without labels in the same namespace. */
  readonly newPod: BothWays<PortAnswers>;
}

/** The groups that were asked about, with what holds toward ends that are no pods. */
export function exposedGroups({ groups }: Pick<Matrix, "groups">): readonly (MatrixGroup & Exposure)[] {
  return groups.flatMap((group) => (group.exposure === undefined ? [] : [{ ...group, ...group.exposure }]));
}

/** From every pod of a group to every pod of a group, which may be the same one; denied ports are not told. */
export interface MatrixConnection extends PortAnswers {
  readonly from: number;
  readonly to: number;
}

/** Who reaches whom. */
export interface Matrix {
  readonly profile: ProfileName;
  /** What was asked about. */
  readonly ports: PortSet;
  /** Undefined: all; else only connections from or to pods of these are told. */
  readonly namespaces: readonly string[] | undefined;
  /** All pods of the cluster, and its policies. */
  readonly counts: {
    readonly pods: number;
    readonly namespaces: number;
    readonly networkPolicies: number;
    readonly adminPolicies: number;
  };
  readonly groups: readonly MatrixGroup[];
  /** By group of origin, then of target; where nothing is listed every port is denied. */
  readonly connections: readonly MatrixConnection[];
  /** Pods that no policy protects, by workload. */
  readonly unprotected: BothWays<readonly UnprotectedWorkload[]>;
  /** What limits the answers, such as policies that could not be read. */
  readonly notes: readonly string[];
}

export interface UnprotectedWorkload extends WorkloadName {
  readonly pods: number;
}
