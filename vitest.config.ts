import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/fixtures/prepared-setup.ts"],
    // Every core: most tests wait for programs they have started.
    maxWorkers: "100%",
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Hermetic: no test sees the machine's git set-up, time zone or proxies.
    env: {
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      TZ: "UTC",
      LC_ALL: "C",
    },
  },
});
