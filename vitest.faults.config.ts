import { defineConfig } from "vitest/config";

// Kills and restarts what the test bed is made of: API server, kubelets, a node. Minutes long, and by hand.
export default defineConfig({
  test: {
    include: ["test/e2e/faults.test.ts"],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    fileParallelism: false,
  },
});
