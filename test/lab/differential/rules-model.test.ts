import { expect, it } from "vitest";
import { NftModel } from "../rules/nft-model.ts";
import { compilerFor } from "./compile-cluster.ts";
import { expected, type PredictedFlow, predictedFlows } from "./flows.ts";
import { randomCluster } from "./random-cluster.ts";

/** The kernel's side is test/lab/differential/packets.kernel.test.ts; this one has SCTP, and needs no kernel. */
const CLUSTERS = 25;

it("gives the same answers as the evaluator in every random cluster, by a model of nftables", () => {
  const tally = { allow: 0, deny: 0, either: 0, undetermined: 0 };
  for (let seed = 1; seed <= CLUSTERS; seed += 1) {
    const cluster = randomCluster(seed);
    const model = new NftModel();
    model.apply(compilerFor(cluster, "reset").compileAll());
    for (const flow of predictedFlows(cluster, ["TCP", "UDP", "SCTP"])) {
      const answer = expected(flow);
      tally[answer] += 1;
      if (answer === "allow" || answer === "deny") {
        const { from, protocol, address, port } = flow;
        const { verdict } = model.send({
          source: address.includes(":") ? from.ipv6 : from.ipv4,
          destination: address,
          protocol: protocol.toLowerCase() as "tcp" | "udp" | "sctp",
          port,
        });
        const seen = verdict === "accept" ? "allow" : "deny";
        if (seen !== answer) {
          expect.fail(`seed ${seed}: ${flow.text}: ${seen} by the rules, but ${reasonsOf(flow)}`);
        }
      }
    }
  }
  // The comparison is worth something only where both answers occur often and few are left out.
  expect(tally.allow).toBeGreaterThan(4_000);
  expect(tally.deny).toBeGreaterThan(4_000);
  expect(tally.undetermined).toBeLessThan(0.1 * (tally.allow + tally.deny));
});

function reasonsOf({ arrivals }: PredictedFlow): string {
  return arrivals.map(({ prediction }) => `${prediction.value}: ${prediction.reason}`).join("; ");
}
