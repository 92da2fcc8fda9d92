import { defineConfig } from "vitest/config";

// The bundle as a user starts it, in processes of its own.
export default defineConfig({ test: { include: ["test/cli/**/*.test.ts"], testTimeout: 30_000 } });
