import { defineConfig } from "vitest/config";

// Unit tests need neither network nor cluster; the suites of the command line, the lab and the cluster have their own.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/e2e/**", "test/cli/**", "test/lab/**/*.kernel.test.ts", "node_modules/**"],
    testTimeout: 20_000,
  },
});
