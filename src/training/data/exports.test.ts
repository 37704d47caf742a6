import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { exportTargets, writeExport } from "../../records/index.ts";
import { readComparisons, readSftExamples } from "./formats.ts";

const lines = (...records: readonly object[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join("");

test.each(exportTargets)("what is exported for %s is trained with the same labels and sources", async (target) => {
  const folder = mkdtempSync(join(tmpdir(), "precept-exported-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const into = join(folder, "of.jsonl");
  mkdirSync(into);
  const [slCai, aiFeedback] = [join(into, "sl.records"), join(into, "ai.records")];
  const asked = (promptId: string) => ({
    type: "response",
    promptId,
    messages: [{ role: "user", content: `Why\u2028${promptId}?` }],
  });
  const comparison = (promptId: string, label: number, source: string) => {
    const [id, evidence] = [`ai-feedback/${promptId}`, [{ principleId: "kind" }]];
    return { type: "comparison", id, promptId, source, responses: ["one", "two"], label, raw: label, evidence };
  };
  const revised = {
    type: "sl-example",
    id: "sl-cai/p/x",
    principleId: "kind",
    promptId: "p",
    source: "revision",
    round: 1,
  };
  writeFileSync(slCai, lines({ ...revised, completion: "done" }, asked("p")));
  const compared = [comparison("p", 0.52, "harmlessness"), asked("p"), comparison("q", 0.1, "helpfulness"), asked("q")];
  writeFileSync(aiFeedback, lines(...compared));
  const { files } = await writeExport({ target, into, slCai, aiFeedback, clean: (text) => text });
  const [sft = "", preferences = ""] = files.filter((file) => !file.includes(".ids."));
  const prompt = (id: string) => [{ role: "user", content: `Why\u2028${id}?` }];
  expect(await readComparisons(join(into, preferences))).toEqual([
    { id: "ai-feedback/p", prompt: prompt("p"), responses: ["one", "two"], label: 0.52, source: "harmlessness" },
    { id: "ai-feedback/q", prompt: prompt("q"), responses: ["two", "one"], label: 0.9, source: "helpfulness" },
  ]);
  expect(await readSftExamples(join(into, sft))).toMatchObject([{ prompt: prompt("p"), completion: "done" }]);
});
