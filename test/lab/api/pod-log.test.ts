import https from "node:https";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ContainerLog } from "../../../src/lab/api/container-log.ts";
import { call, pod } from "./http-client.ts";
import { type TestLab, testLab } from "./test-lab.ts";

let lab: TestLab;
let log: ContainerLog;
const PATH = "/api/v1/namespaces/default/pods/web/log";

beforeAll(async () => {
  lab = await testLab();
  await call(lab, "POST", "/api/v1/namespaces/default/pods", { body: pod("web") });
  await call(lab, "POST", "/api/v1/namespaces/default/pods", { body: pod("late", { stays: "pending" }) });
  log = new ContainerLog(() => new Date("2026-01-01T00:00:00.5Z"));
  log.append("one\ntwo\nthr");
  log.append("ee\n");
  lab.logs.set("default/web/main", log);
});
afterAll(() => lab.close());

describe("pods/log", () => {
  it.each([
    ["", "one\ntwo\nthree\n"],
    ["tailLines=1", "three\n"],
    ["tailLines=0", ""],
    ["limitBytes=5", "one\nt"],
    ["tailLines=1&timestamps=true", "2026-01-01T00:00:00.500000000Z three\n"],
    ["sinceTime=2026-01-01T00:00:01Z", ""],
    ["container=main", "one\ntwo\nthree\n"],
  ])("with %j is %j", async (query, text) => {
    expect((await call(lab, "GET", `${PATH}?${query}`)).text).toBe(text);
  });

  it.each([
    ["/api/v1/namespaces/default/pods/none/log", 404, "not found"],
    [
      "/api/v1/namespaces/default/pods/late/log",
      400,
      'container "main" in pod "late" is waiting to start: ContainerCreating',
    ],
    [`${PATH}?container=x`, 400, "container x is not valid"],
    [`${PATH}?previous=true`, 400, "previous terminated container"],
    [`${PATH}?tailLines=x`, 400, "tailLines"],
  ])("of %s is refused with %i", async (path, code, message) => {
    const { status, body } = await call(lab, "GET", path);
    expect(status).toBe(code);
    expect(body.message).toContain(message);
  });

  it("follows until the container ends", async () => {
    const text = new Promise<string>((resolve) => {
      const headers = { authorization: `Bearer ${lab.server.token}` };
      https.get(
        `${lab.server.url}${PATH}?follow=true&tailLines=1`,
        { ca: lab.server.certificate, headers, agent: false },
        async (response) => {
          let all = "";
          for await (const chunk of response) {
            if (all === "") log.append("four\nfi");
            all += String(chunk);
            if (all.endsWith("four\n")) log.end();
          }
          resolve(all);
        },
      );
    });
    expect(await text).toBe("three\nfour\nfi\n");
  });
});
