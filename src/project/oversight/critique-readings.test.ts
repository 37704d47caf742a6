import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createConstitution } from "../../constitution/index.ts";
import { chatTemplates } from "../../feedback/index.ts";
import { scriptedModel } from "../../models/index.ts";
import { checksInTurns } from "../../oversight/index.ts";
import { silentProgress } from "../../progress/index.ts";
import { readItems } from "./critique-readings.ts";

test("what one critic read is not taken for another's of the same name, and not asked twice of the same", async () => {
  const folder = mkdtempSync(join(tmpdir(), "precept-readings-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const constitution = createConstitution({ name: "one", principles: [{ id: "tone", text: "Do not insult." }] });
  const model = scriptedModel({ generate: () => "Finding: keeps" });
  const templates = chatTemplates();
  const context = {
    ...{ model, modelName: "demo@rl-cai", constitution, templates, checks: checksInTurns(templates, 64) },
    ...{ seed: 1, stage: "critique" },
  };
  const [principle] = constitution.principles;
  const items = [
    { id: "1", messages: [{ role: "user" as const, content: "Hi" }], response: "Hello.", principle: principle! },
  ];
  const job = { context, levels: 2, folder, name: "answers", batch: 4, progress: silentProgress };
  await readItems(items, { ...job, criticHash: "before" });
  await readItems(items, { ...job, criticHash: "before" });
  expect(model.calls).toHaveLength(2);
  await readItems(items, { ...job, criticHash: "after" });
  expect(model.calls).toHaveLength(4);
});
