import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { writeConfigMap } from "../../src/cli/deliver.ts";
import { readReports } from "../../src/cli/read-reports.ts";
import { connect } from "../../src/k8s/connect.ts";
import type { RunReport } from "../../src/model/report.ts";
import { fakeApiServer } from "../k8s/fake-api-server.ts";
import { kubeconfig } from "../k8s/test-connection.ts";
import { buildFlow, buildReport } from "../report/build-report.ts";

const folder = mkdtempSync(join(tmpdir(), "netverdict-deliver-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Written {
  readonly method: string;
  readonly path: string;
  readonly body: {
    readonly data: Readonly<Record<string, string | null>>;
    readonly binaryData: Readonly<Record<string, string | null>>;
  };
}

/** What an API server is asked for when a report is written; `taken`: there is a ConfigMap of that name. */
async function written(
  report: RunReport,
  taken = false,
): Promise<{ readonly requests: readonly Written[]; readonly problem: string | undefined }> {
  const server = await fakeApiServer({ certificate: "server" });
  const config = join(folder, "config");
  writeFileSync(config, kubeconfig(server.url));
  server.respond = ({ method, body }) =>
    taken && method === "POST"
      ? { status: 409, body: { kind: "Status", status: "Failure", reason: "AlreadyExists", code: 409 } }
      : { status: 200, body };
  const connection = await connect({ kubeconfig: config, env: {} });
  try {
    const { api } = connection;
    const problem = await writeConfigMap(report, { api, namespace: "netverdict", name: "x-report" });
    const requests = server.requests.map(({ method, path, body }) => ({
      method,
      path,
      body: JSON.parse(body),
    }));
    return { requests, problem };
  } finally {
    connection.close();
    await server.close();
  }
}

const SMALL = buildReport();
/** A few megabytes as JSON. */
const LARGE = buildReport({
  flows: Array.from({ length: 1000 }, (_, index) => buildFlow({ id: `shop/a -> shop/b-${index}:80/TCP` })),
});

/** As merge reads it. */
async function readBack(body: object): Promise<RunReport | undefined> {
  const file = join(folder, "configmap.json");
  writeFileSync(file, JSON.stringify({ ...body, kind: "ConfigMap", metadata: { name: "x-report" } }));
  const { reports, problems } = await readReports([file], process.stdin);
  expect(problems).toEqual([]);
  return reports[0]?.report;
}

describe("a report in a ConfigMap", () => {
  it("is written as it is where it fits", async () => {
    const { requests, problem } = await written(SMALL);
    expect(problem).toBeUndefined();
    expect(requests).toHaveLength(1);
    expect(Object.keys(requests[0]?.body.data ?? {}).sort()).toEqual(["exit-code", "report.json"]);
    expect(requests[0]?.body.binaryData).toEqual({});
    expect(await readBack(requests[0]?.body ?? {})).toEqual(SMALL);
  });

  it("is compressed where it does not, and the same when it is read", async () => {
    const { requests, problem } = await written(LARGE);
    expect(problem).toBeUndefined();
    expect(Object.keys(requests[0]?.body.data ?? {})).toEqual(["exit-code"]);
    expect((await readBack(requests[0]?.body ?? {}))?.flows).toEqual(LARGE.flows);
  });

  it.each([
    ["small", SMALL, "binaryData", "report.json.gz"],
    ["large", LARGE, "data", "report.json"],
  ] as const)("takes the place of an earlier one: %s", async (_, report, part, gone) => {
    const { requests } = await written(report, true);
    expect(requests.map(({ method }) => method)).toEqual(["POST", "PATCH"]);
    expect(requests[1]?.path).toBe("/api/v1/namespaces/netverdict/configmaps/x-report");
    // In a merge patch null takes away; in an object that is created it would be an empty text.
    expect(requests[1]?.body[part][gone]).toBeNull();
    expect(Object.values(requests[0]?.body[part] ?? {})).not.toContain(null);
  });
});
