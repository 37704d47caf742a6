import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../test/cli.ts";
import { createConstitution } from "../constitution/index.ts";
import { chatTemplates, critiqueRevisionChains, feedbackRecordSchema, findChainFaults } from "../feedback/index.ts";
import { promptText, scriptedModel } from "../models/index.ts";
import { loadedConfig } from "./config/config.ts";
import { groundsOf, withDocs } from "./grounds.ts";

const constitution = createConstitution({
  name: "Shop",
  principles: [{ id: "no-promises", text: "Choose the response that promises no refund that the handbook rules out." }],
});
const right = "Opened games are never taken back";

/** A critique that quotes the handbook, and a revision that says what it was shown. */
async function chain(quote: string, unfounded: "mark" | "pass-over", selection: "random" | "all" = "random") {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "handbook"));
  writeFileSync(join(folder, "handbook", "returns.md"), `# Returns\n\n${right}. All else is, within 30 days.\n`);
  const bare = loadedConfig(
    { constitution: "cai-paper", prompts: { redTeam: "p.jsonl" }, models: { initial: "openai:none" } },
    join(folder, "c.yaml"),
  );
  const loaded = withDocs(bare, join(folder, "handbook"));
  expect(loaded.config.grounds).toEqual({ docs: "handbook" });
  const model = scriptedModel({
    generate: ({ id }) => {
      if (id.includes("/critique-")) return `It promises what is ruled out.\n${quote}\nFinding: breaks`;
      return id.includes("/revision-")
        ? "I cannot promise a refund for an opened game."
        : "Yes, bring the opened game back!";
    },
  });
  const lines = {
    ...model,
    async *generate(...call: Parameters<typeof model.generate>) {
      // A scripted model joins words by spaces; a quotation has a line of its own.
      for await (const answer of model.generate(...call))
        yield { ...answer, text: answer.text.replace(/ (?=\[1\]|Finding)/g, "\n") };
    },
  };
  const records = await critiqueRevisionChains(
    [{ id: "p", kind: "red-team", messages: [{ role: "user", content: "May I return an opened game?" }] }],
    {
      model: lines,
      modelName: "m",
      constitution,
      templates: chatTemplates(),
      grounds: await groundsOf(loaded, constitution),
      seed: 1,
      stage: "s",
    },
    {
      rounds: 1,
      selection,
      critique: true,
      sampling: { temperature: 1, topP: 1 },
      critiqueSampling: { temperature: 0, topP: 1 },
      unfounded,
    },
  );
  for (const record of records) expect(feedbackRecordSchema.parse(record)).toEqual(record);
  const critique = records.find((record) => record.type === "critique");
  const shown = model.calls
    .map((call) => promptText(call.prompt))
    .filter((text) => text.includes("Passages of documents"));
  return { critique, shown, records, hasRevision: records.some(({ type }) => type === "revision") };
}

describe("a critique that may quote a handbook and the constitution", () => {
  test("is shown passages, and its quotation is found", async () => {
    const { critique, shown, hasRevision } = await chain(`[1] returns.md: "${right}"`, "pass-over");
    expect(critique?.grounds).toMatchObject({
      verdict: "founded",
      checks: [{ status: "verbatim", documentId: "returns.md" }],
    });
    expect(critique?.templateVersion).toMatch(/\+grounds-1-[0-9a-f]{16}-3$/);
    expect([hasRevision, shown[0]?.includes(right), shown[0]?.includes("promises no refund")]).toEqual([
      true,
      true,
      true,
    ]);
    const own = await chain('[1] constitution: "promises no refund that the handbook rules out"', "pass-over");
    expect(own.critique?.grounds).toMatchObject({ verdict: "founded", checks: [{ documentId: "constitution" }] });
  });

  test.each(["random", "all"] as const)(
    "that quotes what no document says is marked, or passed over: %s",
    async (selection) => {
      const quote = '[1] returns.md: "Opened games are always taken back"';
      const marked = await chain(quote, "mark", selection);
      expect([marked.critique?.grounds?.verdict, marked.hasRevision]).toEqual(["unfounded", true]);
      const passed = await chain(quote, "pass-over", selection);
      expect(passed.critique?.grounds).toMatchObject({ verdict: "unfounded", isPassedOver: true });
      expect([passed.hasRevision, findChainFaults(passed.records).breaching.size]).toEqual([false, 0]);
      expect(findChainFaults(marked.records).breaching.size).toBe(1);
    },
  );

  test("is not to be had on harbor", () => {
    expect(() =>
      withDocs(loadedConfig({ constitution: "harbor", world: { name: "harbor" } }, "c.yaml"), "handbook"),
    ).toThrow("on harbor");
  });

  test("that quotes nothing is read as ever", async () => {
    const { critique, hasRevision } = await chain("Nothing to quote.", "pass-over");
    expect([critique?.grounds, hasRevision]).toEqual([{ verdict: "none", checks: [] }, true]);
  });
});
