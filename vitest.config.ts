import { configDefaults, defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "viewer/src/**/*.test.ts", "test/**/*.test.ts"],
    exclude: [...configDefaults.exclude, "**/*.slow.test.ts"],
    testTimeout: 60_000,
    // Modules are loaded once a worker, not once a file.
    isolate: false,
    maxWorkers: 2,
    reporters: process.env["CI"] === undefined ? ["default"] : [["default", { summary: false }]],
  },
});
