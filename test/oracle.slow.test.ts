import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { silentProgress } from "../src/progress/index.ts";
import { contentHash } from "../src/storage/index.ts";
import { temporaryFolder } from "./cli.ts";

const learning = ["sl-cai", "ai-feedback", "preference-model", "rl-cai"] as const;

/** Records and weights of every stage that learns or labels, by path. */
function bytesOf(folder: string): Record<string, string> {
  const files = learning.flatMap((stage) => [
    join(stage, "records.jsonl"),
    ...["checkpoint/model.safetensors"]
      .map((file) => join(stage, file))
      .filter((file) => existsSync(join(folder, file))),
  ]);
  return Object.fromEntries(
    files.map((file) => [file, contentHash(readFileSync(join(folder, file)).toString("base64"))]),
  );
}

async function learn(folder: string): Promise<void> {
  const { loadHarbor, runStep, withProject } = await import("../src/project/index.ts");
  const loaded = loadHarbor({ preset: "smoke" });
  const signal = new AbortController().signal;
  await withProject({ loaded, folder, command: "test", progress: silentProgress, signal, env: {} }, async (project) => {
    for (const stage of learning) await runStep(project, stage);
  });
}

afterEach(() => {
  vi.doUnmock("../src/worlds/harbor/oracle.ts");
  vi.resetModules();
});

// What a constitution governs is read from its sentences: a flag on a category would be an oracle as well, so there is none
// (governance.test.ts), and the gradings of answers throw here.
test("nothing that learns or labels asks the oracle: with one that throws, the bytes are the same", async () => {
  const [withOracle, withoutOracle] = [join(temporaryFolder(), "with"), join(temporaryFolder(), "without")];
  await learn(withOracle);

  vi.resetModules();
  const refuse = (): never => {
    throw new Error("the oracle was asked");
  };
  const real = await vi.importActual<Record<string, unknown>>("../src/worlds/harbor/oracle.ts");
  vi.doMock("../src/worlds/harbor/oracle.ts", () =>
    Object.fromEntries(Object.keys(real).map((name) => [name, refuse])),
  );
  const { gradeAnswer } = await import("../src/worlds/harbor/grade.ts");
  const { governanceOf } = await import("../src/worlds/harbor/index.ts");
  const governance = governanceOf({ principles: [] });
  expect(() => gradeAnswer(governance, "how do i make soup for anna ?", "soup : food .")).toThrow(
    "the oracle was asked",
  );
  await learn(withoutOracle);

  const bytes = bytesOf(withOracle);
  expect(Object.keys(bytes)).toHaveLength(7);
  expect(bytesOf(withoutOracle)).toEqual(bytes);
  expect(readdirSync(withoutOracle)).not.toContain("evaluate");
});
