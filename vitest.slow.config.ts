import { defineConfig } from "vitest/config";

/** What takes minutes or needs more than Node: the packed tarball, a browser, kills of the whole demonstration. */
export default defineConfig({
  test: {
    include: ["src/**/*.slow.test.ts", "test/**/*.slow.test.ts"],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    fileParallelism: false,
    // A page on a busy machine.
    expect: { poll: { timeout: 10_000 } },
    reporters: process.env["CI"] === undefined ? ["default"] : [["default", { summary: false }]],
  },
});
