import { CLUSTER_FAULT_MUTANTS, HAZARD_MUTANTS } from "./e2e/fault-mutants.ts";
import type { FaultMutant } from "./fault-mutant.ts";
import { LAB_FAULT_MUTANTS } from "./lab/fault-mutants.ts";

/** A suite that plays faults, each in one case, whose title begins with the fault's name and a colon. */
export interface FaultSuite {
  /** Of docs/faults.md. */
  readonly section: string;
  readonly config: string;
  readonly file: string;
  readonly mutants: readonly FaultMutant[];
  /** For one case, with all that the suite does before and after. */
  readonly limitMs: number;
}

export const FAULT_SUITES: Readonly<Record<"lab" | "hazards" | "faults", FaultSuite>> = {
  lab: {
    section: "faults on the lab",
    config: "vitest.lab.config.ts",
    file: "test/lab/faults.kernel.test.ts",
    mutants: LAB_FAULT_MUTANTS,
    limitMs: 180_000,
  },
  hazards: {
    section: "hazards on a cluster",
    config: "vitest.e2e.config.ts",
    file: "test/e2e/hazards.test.ts",
    mutants: HAZARD_MUTANTS,
    limitMs: 600_000,
  },
  faults: {
    section: "faults on a cluster",
    config: "vitest.faults.config.ts",
    file: "test/e2e/faults.test.ts",
    mutants: CLUSTER_FAULT_MUTANTS,
    limitMs: 1_200_000,
  },
};
