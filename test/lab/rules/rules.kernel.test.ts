import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RuleCompiler } from "../../../src/lab/rules/rule-compiler.ts";
import { type Arena, startArena } from "../differential/arena.ts";
import { MACHINES } from "../differential/random-cluster.ts";
import { namespace, pod, policy } from "./build.ts";

const [first, second] = MACHINES.filter(({ role }) => role === "pod");
const OPTIONS = { timeoutMs: 3_000, atOnce: 8 };

let arena: Arena;

beforeAll(async () => {
  arena = await startArena();
}, 60_000);

afterAll(async () => {
  await arena.close();
});

function twoPods(): RuleCompiler {
  const compiler = new RuleCompiler();
  compiler.setEnforcement("reset");
  compiler.setNamespace(namespace("shop"));
  compiler.setPod(pod("shop/web", { ips: [first?.ipv4 ?? "", first?.ipv6 ?? ""] }));
  compiler.setPod(pod("shop/db", { ips: [second?.ipv4 ?? "", second?.ipv6 ?? ""] }));
  return compiler;
}

describe("rules in the kernel", () => {
  it("lead a pod back to itself through a Service, over both families and protocols", async () => {
    const compiler = twoPods();
    for (const protocol of ["TCP", "UDP"] as const) {
      const name = protocol.toLowerCase();
      compiler.setService({
        metadata: { namespace: "shop", name },
        spec: { clusterIPs: ["10.96.0.7", "fd00:96::7"], ports: [{ port: 9000, protocol }] },
      });
      for (const [addressType, address] of [
        ["IPv4", first?.ipv4 ?? ""],
        ["IPv6", first?.ipv6 ?? ""],
      ] as const) {
        compiler.setEndpointSlice({
          metadata: {
            namespace: "shop",
            name: `${name}-${addressType}`,
            labels: { "kubernetes.io/service-name": name },
          },
          addressType,
          endpoints: [{ addresses: [address] }],
          ports: [{ protocol, port: 80 }],
        });
      }
    }
    compiler.setPolicy(policy("shop/closed", { podSelector: {}, policyTypes: ["Ingress"] }));
    await arena.load(compiler.flush());
    const outcomes = await arena.probe(
      first?.key ?? "",
      [
        ["TCP", "10.96.0.7", 9000],
        ["TCP", "fd00:96::7", 9000],
        ["UDP", "10.96.0.7", 9000],
        ["UDP", "fd00:96::7", 9000],
      ],
      OPTIONS,
    );
    expect(outcomes).toEqual(Array.from({ length: 4 }, () => `open ${first?.key}`));
  });

  it("count a denied connection under a name that tells whose policies denied it", async () => {
    const compiler = twoPods();
    compiler.setPolicy(policy("shop/closed", { podSelector: { matchLabels: { app: "db" } } }));
    await arena.load(compiler.flush());
    const probe = () => arena.probe(first?.key ?? "", [["TCP", second?.ipv6 ?? "", 80]], OPTIONS);
    expect(await probe()).toEqual(["refused"]);
    const counted = [...(await arena.readCounters())].filter(([, packets]) => packets > 0);
    expect(counted.map(([name, packets]) => [compiler.explainCounter(name), packets])).toEqual([
      [{ namespace: "shop", pod: "db", direction: "ingress", policies: ["shop/closed"] }, 1],
    ]);
    compiler.removePolicy("shop", "closed");
    await arena.load(compiler.flush());
    expect(await probe()).toEqual([`open ${second?.key}`]);
  });

  it("load without privileges over the machine, however many there are", async () => {
    const compiler = twoPods();
    for (let i = 0; i < 250; i += 1) {
      const key = `shop/${"long-name-".repeat(8)}${i}`;
      compiler.setPod(
        pod(key, {
          ips: [`10.1.${i >> 8}.${i & 255}`, `fd01::${i.toString(16)}`],
          labels: { app: `a${i % 40}` },
        }),
      );
      compiler.setPolicy(
        policy(key, {
          podSelector: { matchLabels: { app: `a${i % 40}` } },
          ingress: [
            {
              from: [
                { podSelector: { matchLabels: { app: `a${i % 17}` } } },
                { ipBlock: { cidr: "10.0.0.0/8", except: ["10.3.0.0/16", "10.5.0.0/16"] } },
              ],
              ports: [
                { port: i + 1 },
                { port: 9000, endPort: 9100 },
                { port: "http" },
                { port: 53, protocol: "UDP" },
              ],
            },
          ],
        }),
      );
    }
    const transactions = compiler.flush();
    expect(transactions.length).toBeGreaterThan(3);
    await arena.load(transactions);
    expect((await arena.readCounters()).size).toBe(250);
  });
});
