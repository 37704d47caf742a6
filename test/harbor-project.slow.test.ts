import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hashText } from "../src/storage/index.ts";
import { precept, temporaryFolder } from "./cli.ts";

/** sha256 of every record and weight of the stages that learn or label, by path. */
function bytesOf(run: string): Record<string, string> {
  const files = readdirSync(run, { recursive: true, encoding: "utf8" })
    .filter((name) => /^(sl-cai|ai-feedback|preference-model|rl-cai).*(records\.jsonl|model\.safetensors)$/.test(name))
    .sort();
  return Object.fromEntries(files.map((name) => [name, hashText(readFileSync(join(run, name), "latin1"))]));
}

test("init --template harbor, then run: the demonstration's records and weights, in a project of one's own", async () => {
  const folder = temporaryFolder();
  const init = await precept(["init", "--template", "harbor", "--preset", "smoke", join(folder, "mine")]);
  expect(init.stdout).toContain("precept run");
  const config = join(folder, "mine", "precept.config.ts");
  const run = await precept(["run", "--config", config]);
  expect(run.stdout).toContain("Violations");
  expect(run.stdout).toContain("report.html");
  await precept(["demo", "--preset", "smoke", "--out", join(folder, "demo")]);
  const bytes = bytesOf(join(folder, "demo"));
  expect(Object.keys(bytes)).toHaveLength(8);
  expect(bytesOf(join(folder, "mine", "runs", "mine"))).toEqual(bytes);

  const planned = await precept(["plan", "--config", config]);
  expect(planned).toMatchObject({ code: 0, stdout: expect.stringContaining("Nothing has been spent") });
});
