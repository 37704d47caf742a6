// A warm Vitest in a process of its own: runs one test file of a tree at a time, as its parent asks. Its parent may kill it
// with all that it started (it leads a process group), because a mutant may never end.
import { join } from "node:path";
import { createVitest, type TestCase, type TestModule } from "vitest/node";
import type { Asked, TestResult } from "./messages.ts";
import { timedTests } from "./rooms.ts";

const [root = "."] = process.argv.slice(2);
let failure: string | undefined;
let isWhole = false;
const failWhole = (what: string): void => {
  if (failure !== undefined) return;
  failure = what;
  isWhole = true;
};
const vitest = await createVitest(
  "test",
  {
    root,
    watch: false,
    maxWorkers: 1,
    testNamePattern: new RegExp(`^(?!.*(?:${timedTests.source}))`),
    reporters: [
      {
        onTestCaseResult: (test: TestCase) => {
          if (failure !== undefined || test.result().state !== "failed") return;
          failure = test.fullName;
          // Not awaited: it waits for the run, and the run for this reporter.
          void vitest.cancelCurrentRun("test-failure");
        },
        onTestModuleEnd: (module: TestModule) => {
          if (module.state() === "failed") failWhole("the file as a whole");
        },
      },
    ],
  },
  { cacheDir: join(root, ".vite") },
);
await vitest.standalone();

process.on("message", async ({ test, changed }: Asked) => {
  failure = undefined;
  isWhole = false;
  for (const file of changed) vitest.invalidateFile(join(root, file));
  const start = performance.now();
  const specification = vitest.getRootProject().createSpecification(join(root, test));
  const { unhandledErrors } = await vitest.runTestSpecifications([specification]);
  if (unhandledErrors.length > 0) failWhole("an unhandled error");
  const result: TestResult = { durationMs: performance.now() - start };
  process.send?.(failure === undefined ? result : { ...result, failure, isWhole });
});
process.on("disconnect", () => process.kill(-process.pid, "SIGKILL"));
process.send?.("ready");
