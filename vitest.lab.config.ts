import { defineConfig } from "vitest/config";

// The lab: network namespaces and nftables of this machine's kernel; one file after another, since they share it.
export default defineConfig({
  test: {
    include: ["test/lab/**/*.kernel.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
