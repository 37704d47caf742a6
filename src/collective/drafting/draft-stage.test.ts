import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { scriptedModel } from "../../models/index.ts";
import { silentProgress } from "../../progress/index.ts";
import { Run } from "../../runs/index.ts";
import { draftStatements } from "./draft-stage.ts";

const folder = mkdtempSync(join(tmpdir(), "precept-draft-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const statements = Array.from({ length: 6 }, (_, index) => ({ id: `s${index}`, text: "The AI should not lie." }));

async function draft(model: ReturnType<typeof scriptedModel>) {
  const run = await Run.open(folder, {
    kind: "collective",
    manifest: { of: "a town", seed: 1, config: {}, inputs: {} },
    command: "test",
  });
  try {
    return await draftStatements({
      ...{ run, statements, model, drafter: "scripted", asksRequests: false, batch: 2 },
      ...{ progress: silentProgress, signal: new AbortController().signal },
    });
  } finally {
    await run.close();
  }
}

test("a run that broke off goes on where it was, and asks nothing twice", async () => {
  const speaking = (failsAt: number) => {
    let asked = 0;
    return scriptedModel({
      generate: () => {
        asked += 1;
        if (asked === failsAt) throw new Error("the power went");
        return "Choose the response that lies least.";
      },
      choose: () => [0.9, 0.1],
    });
  };
  await expect(draft(speaking(4))).rejects.toThrow("the power went");
  const rest = speaking(0);
  const records = await draft(rest);
  expect(records.map(({ id }) => id)).toEqual(statements.map(({ id }) => `draft-statements/${id}`));
  // Two of six were kept: four principles, and two questions about each.
  expect(rest.calls).toHaveLength(12);
  const none = speaking(0);
  expect(await draft(none)).toEqual(records);
  expect(none.calls).toHaveLength(0);
});
