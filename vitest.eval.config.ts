import { defineConfig } from "vitest/config";

/** `vitest run --config vitest.eval.config.ts`: evaluations as tests. A file that throws or holds no test is red. */
export default defineConfig({
  resolve: {
    alias: [{ find: /^precept\/(.+)$/, replacement: new URL("./src/$1/index.ts", import.meta.url).pathname }],
  },
  test: { include: ["examples/**/*.eval.ts"], passWithNoTests: false },
});
