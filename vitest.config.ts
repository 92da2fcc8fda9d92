import { defineConfig } from "vitest/config";

// Unit tests need neither network nor cluster; the end-to-end suite has a configuration of its own.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/e2e/**", "test/cli/**", "node_modules/**"],
    testTimeout: 20_000,
  },
});
