import { defineConfig } from "vitest/config";

// A real cluster: one file after another, since they share it.
export default defineConfig({
  test: {
    include: ["test/e2e/**/*.test.ts"],
    exclude: ["test/e2e/faults.test.ts"], // vitest.faults.config.ts
    testTimeout: 180_000,
    hookTimeout: 180_000,
    fileParallelism: false,
  },
});
