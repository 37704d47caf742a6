import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { gateCases } from "../benchmarks/oversight/gate-cases.ts";
import { preceptHere } from "../src/cli/in-process.test-support.ts";
import { temporaryFolder } from "./cli.ts";

test.each(gateCases)("a scaling policy: $name", async ({ craft, code, says }) => {
  const folder = temporaryFolder();
  const [run, policy] = [join(folder, "run"), join(folder, "scaling-policy.yaml")];
  mkdirSync(run);
  const gate = () => preceptHere(["gate", policy, run]);
  await craft({ run, policy, gate });
  const { code: found, stdout, stderr } = await gate();
  expect([found, `${stdout}${stderr}`]).toEqual([code, expect.stringMatching(says)]);
});
