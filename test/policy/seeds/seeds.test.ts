import { describe, expect, it } from "vitest";
import type { NetworkPolicy } from "../../../src/model/kubernetes.ts";
import type { PredictionValue } from "../../../src/model/prediction.ts";
import { address, namespace, pod, predict } from "../build.ts";
import { documentationExample } from "./documentation-example.ts";
import { blockMetadata, segmentation } from "./segmentation.ts";
import { databaseIsolation, threeTier } from "./three-tier.ts";

const namespaces = [
  namespace("production"),
  namespace("kube-system"),
  namespace("monitoring", { purpose: "monitoring" }),
  namespace("staging", { env: "staging" }),
  namespace("example", { project: "exampleproject" }),
];

const ends = {
  frontend: pod("production/frontend", {
    labels: { tier: "frontend", app: "frontend" },
    ips: ["10.244.0.1"],
  }),
  backend: pod("production/backend", { labels: { tier: "backend", app: "backend" }, ips: ["10.244.0.2"] }),
  backendApi: pod("production/backend-api", {
    labels: { tier: "backend", app: "backend-api" },
    ips: ["10.244.0.3"],
  }),
  database: pod("production/database", {
    labels: { tier: "database", app: "database" },
    ips: ["10.244.0.4"],
  }),
  postgresql: pod("production/postgresql", {
    labels: { tier: "database", app: "postgresql" },
    ips: ["10.244.0.5"],
  }),
  stranger: pod("production/test-pod", { labels: { run: "test-pod" }, ips: ["10.244.0.6"] }),
  dns: pod("kube-system/coredns", { labels: { "k8s-app": "kube-dns" }, ips: ["10.244.1.1"] }),
  metricsServer: pod("kube-system/metrics", { labels: { "k8s-app": "metrics" }, ips: ["10.244.1.2"] }),
  prometheus: pod("monitoring/prometheus", { labels: { app: "prometheus" }, ips: ["10.244.2.1"] }),
  stagingBackend: pod("staging/backend", {
    labels: { tier: "backend", app: "backend" },
    ips: ["10.244.3.1"],
  }),
  redis: pod("default/redis", { labels: { role: "db" }, ips: ["10.244.4.1"] }),
  defaultFrontend: pod("default/frontend", { labels: { role: "frontend" }, ips: ["10.244.4.2"] }),
  exampleJob: pod("example/job", { ips: ["10.244.5.1"] }),
  internet: address("198.51.100.7"),
  partner: address("203.0.113.10"),
  metadata: address("169.254.169.254"),
  alibabaMetadata: address("100.100.100.200"),
  office: address("128.12.0.7"),
  tenNet: address("10.1.2.3"),
};

type End = keyof typeof ends;
type Row = readonly [from: End, to: End, port: Parameters<typeof predict>[3], expected: PredictionValue];

function check(policies: readonly NetworkPolicy[], [from, to, port, expected]: Row): void {
  const { value, reason } = predict(policies, ends[from], ends[to], port, { namespaces });
  expect(value, reason).toBe(expected);
}

describe("the three-tier example", () => {
  const rows: Row[] = [
    ["frontend", "backend", 8080, "allow"],
    ["frontend", "backend", 80, "deny"],
    ["frontend", "backend", "UDP 8080", "deny"],
    ["backend", "database", 5432, "allow"],
    ["frontend", "database", 5432, "deny"],
    ["stranger", "database", 5432, "deny"],
    ["stranger", "frontend", 80, "deny"], // the frontend lets it in, its own egress does not let it out
    ["backend", "frontend", 80, "deny"],
    ["database", "backend", 8080, "deny"],
    ["internet", "frontend", 80, "allow"],
    ["internet", "frontend", 443, "deny"],
    ["internet", "backend", 8080, "deny"],
    ["prometheus", "frontend", 80, "allow"],
    ["prometheus", "backend", 8080, "deny"],
    ["stagingBackend", "database", 5432, "deny"],
    ["frontend", "dns", "UDP 53", "allow"],
    ["database", "dns", "UDP 53", "allow"],
    ["frontend", "dns", 53, "deny"], // TCP was forgotten
    ["frontend", "metricsServer", "UDP 53", "deny"],
    ["backend", "internet", 443, "deny"],
  ];
  it.each(rows)("%s -> %s:%s: %s", (...row) => check(threeTier, row));

  it("names who denies frontend -> database, and how near the rules came", () => {
    const { reason, egress, ingress } = predict(threeTier, ends.frontend, ends.database, 5432, {
      namespaces,
    });
    expect(reason).toBe(
      "policies production/allow-dns, production/default-deny-all and 1 more isolate production/frontend for egress and no rule allows TCP 5432 to production/database; " +
        "policies production/database-policy and production/default-deny-all isolate production/database for ingress and no rule allows TCP 5432 from production/frontend",
    );
    expect(egress.nearest).toMatchObject({
      rule: { name: "frontend-policy", path: "spec.egress[0]" },
      text: "label tier=backend wanted, pod has tier=database; also port 8080 wanted, flow asks 5432",
    });
    expect(ingress.nearest).toMatchObject({
      rule: { name: "database-policy", path: "spec.ingress[0]" },
      condition: { path: "spec.ingress[0].from[0].podSelector.matchLabels.tier" },
      text: "label tier=backend wanted, pod has tier=frontend",
    });
  });

  it("says why DNS over TCP fails", () => {
    const { egress } = predict(threeTier, ends.frontend, ends.dns, 53, { namespaces });
    expect(egress.nearest).toMatchObject({
      rule: { name: "allow-dns" },
      condition: { path: "spec.egress[0].ports[0].protocol" },
      text: "UDP wanted, flow is TCP",
    });
  });
});

describe("database isolation", () => {
  const rows: Row[] = [
    ["backendApi", "postgresql", 5432, "allow"],
    ["backend", "postgresql", 5432, "deny"],
    ["frontend", "postgresql", 5432, "deny"],
    ["stranger", "postgresql", 5432, "deny"],
    ["backendApi", "postgresql", 22, "deny"],
    ["backendApi", "database", 5432, "allow"], // another app: no policy selects it
    ["frontend", "database", 22, "allow"],
    ["postgresql", "dns", "UDP 53", "allow"],
    ["postgresql", "internet", 443, "allow"],
    ["postgresql", "internet", 80, "deny"],
    ["postgresql", "frontend", 443, "allow"], // 0.0.0.0/0 opens pods too (S16)
    ["postgresql", "frontend", 80, "deny"],
    ["frontend", "backend", 8080, "allow"],
  ];
  it.each(rows)("%s -> %s:%s: %s", (...row) => check(databaseIsolation, row));
});

describe("the segmentation guide", () => {
  const rows: Row[] = [
    ["frontend", "backend", 8080, "deny"], // nobody allows the frontend's egress
    ["backend", "database", 5432, "allow"],
    ["frontend", "database", 5432, "deny"],
    ["backend", "partner", 443, "allow"],
    ["backend", "partner", 80, "deny"],
    ["backend", "internet", 443, "deny"],
    ["backend", "metadata", 80, "deny"],
    ["backend", "dns", "UDP 53", "allow"],
    ["backend", "metricsServer", 53, "allow"],
    ["prometheus", "database", 9090, "allow"],
    ["prometheus", "database", 9091, "deny"],
    ["stagingBackend", "database", 9090, "deny"],
    ["stagingBackend", "database", 5432, "deny"],
  ];
  it.each(rows)("%s -> %s:%s: %s", (...row) => check(segmentation, row));

  const withMetadata: Row[] = [
    ["backend", "metadata", 80, "deny"],
    ["backend", "alibabaMetadata", 80, "deny"],
    ["backend", "internet", 80, "allow"], // policies only add: the default deny no longer holds for addresses
    ["frontend", "internet", 443, "allow"],
    ["frontend", "backend", 8080, "allow"],
    ["frontend", "database", 5432, "deny"],
  ];
  it.each(withMetadata)("with block-metadata, %s -> %s:%s: %s", (...row) =>
    check([...segmentation, blockMetadata], row));

  it("names the except that stops the metadata service", () => {
    const { egress } = predict([blockMetadata], ends.frontend, ends.metadata, 80, { namespaces });
    expect(egress.nearest).toMatchObject({
      condition: { path: "spec.egress[0].to[0].ipBlock.except[0]" },
      text: "169.254.169.254 is in except 169.254.169.254/32",
    });
  });
});

describe("the documentation's example, retold with a slip", () => {
  const rows: Row[] = [
    ["defaultFrontend", "redis", 6379, "allow"],
    ["defaultFrontend", "redis", 6380, "deny"],
    ["exampleJob", "redis", 6379, "allow"],
    ["frontend", "redis", 6379, "deny"],
    ["office", "redis", 6379, "deny"], // the except is wider than the block and takes all of it
    ["redis", "tenNet", 5978, "allow"],
    ["redis", "tenNet", 5979, "deny"],
    ["redis", "internet", 5978, "deny"],
    ["redis", "frontend", 5978, "allow"],
    ["defaultFrontend", "internet", 443, "allow"],
  ];
  it.each(rows)("%s -> %s:%s: %s", (...row) => check(documentationExample, row));
});
