import { describe, expect, it } from "vitest";
import { backoffMs, MAX_RETRY_AFTER_MS, retryAfterMs, systemBackoff } from "../../src/k8s/backoff.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");

describe("retryAfterMs", () => {
  it.each([
    ["3", 3000],
    [" 1 ", 1000],
    ["0", 0],
    ["Thu, 01 Jan 2026 00:00:05 GMT", 5000],
    ["Wed, 31 Dec 2025 23:59:00 GMT", 0],
    ["86400", MAX_RETRY_AFTER_MS],
    ["Fri, 02 Jan 2026 00:00:00 GMT", MAX_RETRY_AFTER_MS],
    ["soon", undefined],
    [undefined, undefined],
  ])("reads %j as %j ms", (header, expected) => {
    expect(retryAfterMs(header, NOW)).toBe(expected);
  });
});

describe("backoffMs", () => {
  it("doubles with each failure and stays within the upper half of the step", () => {
    expect([1, 2, 3].map((failures) => backoffMs(failures, 100, () => 0))).toEqual([50, 100, 200]);
    expect([1, 2, 3].map((failures) => backoffMs(failures, 100, () => 1))).toEqual([100, 200, 400]);
  });

  it("never waits longer than an honoured Retry-After", () => {
    expect(backoffMs(30, 100, () => 1)).toBe(MAX_RETRY_AFTER_MS);
  });
});

describe("systemBackoff", () => {
  it("ends a wait with the signal's reason", async () => {
    const controller = new AbortController();
    const waiting = systemBackoff.sleep(60_000, controller.signal);
    controller.abort(new Error("stop"));
    await expect(waiting).rejects.toThrow("stop");
  });
});
