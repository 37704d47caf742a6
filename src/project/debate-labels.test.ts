import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { feedbackRecordSchema } from "../feedback/index.ts";
import { promptText, scriptedModel } from "../models/scripted.ts";
import { silentProgress } from "../progress/index.ts";
import { loadRecords } from "../records/index.ts";
import { explainRecord } from "../report/index.ts";
import { loadedConfig } from "./config/config.ts";
import { runProject } from "./run-project.ts";

const places = ["inn", "mill", "dock", "forge"];
const hidden = places.map((place, i) => `<passage>Lamp ${i} stands in the ${place}.</passage> Where is lamp ${i}?`);

/** Says what the passage says in half of its answers; as a debater it quotes the sentence that its answer would need. */
const policy = () =>
  scriptedModel({
    id: "policy",
    generate({ prompt, seed }) {
      const text = promptText(prompt);
      const claim = /the right answer is [AB]: "(.+?)"/.exec(text)?.[1];
      const number = /[Ll]amp (\d)/.exec(text)?.[1];
      if (claim !== undefined) return `<quote>Lamp ${number} stands in the ${claim}.</quote>`;
      return seed % 2 === 0 ? (/in the (\w+)\./.exec(text)?.[1] ?? "") : "cellar";
    },
  });

/** Believes the side whose quotation is verified; a passage it was shown by mistake would make it say so. */
const judge = () =>
  scriptedModel({
    id: "judge",
    choose({ prompt }) {
      const text = promptText(prompt);
      if (text.includes("<passage>")) throw new Error("the judge saw the passage");
      const side = /speaker for ([AB]):\s*<verified>/.exec(text)?.[1];
      return side === "A" ? [0.9, 0.1] : side === "B" ? [0.2, 0.8] : [0.5, 0.5];
    },
  });

function runWith(prompts: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), "precept-debate-labels-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "constitution.yaml"), "principles:\n  - id: honest\n    text: Say what is so.\n");
  writeFileSync(join(folder, "red.jsonl"), prompts.map((prompt) => JSON.stringify({ prompt })).join("\n"));
  const loaded = loadedConfig(
    {
      ...{ constitution: "constitution.yaml", prompts: { redTeam: "red.jsonl" }, rounds: 0, format: "chat" },
      ...{ labels: "debate", models: { initial: policy(), feedback: judge() } },
    },
    join(folder, "precept.config.ts"),
  );
  const signal = new AbortController().signal;
  return runProject({ loaded, command: "test", progress: silentProgress, env: {}, cache: false, signal });
}

test("pairs are labelled by a debate about a passage that the judge does not see", async () => {
  const { folder, summary } = await runWith(hidden);
  const records = await loadRecords(join(folder, "ai-feedback", "records.jsonl"), feedbackRecordSchema);
  const comparisons = records.flatMap((record) => (record.type === "comparison" ? [record] : []));
  expect(comparisons.length).toBeGreaterThan(0);
  for (const { responses, label, raw, labelledBy, evidence, usage } of comparisons) {
    // 0.9 as given and 0.8 with the letters swapped, for the answer that the passage has.
    expect(label).toBeCloseTo(responses[0] === "cellar" ? 0.15 : 0.85, 12);
    expect([raw, labelledBy, evidence]).toEqual([label, "debate", []]);
    expect(usage.promptTokens).toBeGreaterThan(0);
  }
  expect(summary.aiFeedback.counts.comparisons).toBe(comparisons.length);
  const why = await explainRecord(folder, comparisons[0]?.id ?? "");
  expect(why.lines.map(({ text }) => text)).toContain("a debate about what the judge could not see");
  expect(readFileSync(join(folder, "report.html"), "utf8")).toContain("</html>");
});

test("prompts that hide nothing are refused, and how many, before any model is asked for a comparison", async () => {
  await expect(runWith([...hidden, "Where is lamp 9?"])).rejects.toMatchObject({
    code: "usage",
    message: expect.stringContaining("1 of 5 prompts without a passage that the judge does not see"),
  });
});
