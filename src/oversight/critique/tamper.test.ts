import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createConstitution } from "../../constitution/index.ts";
import { chatTemplates } from "../../feedback/index.ts";
import { promptText, scriptedModel } from "../../models/index.ts";
import { plantFlaws, readPairs, verifyFlaws } from "./tamper.ts";

const constitution = createConstitution({ name: "one", principles: [{ id: "tone", text: "Do not insult." }] });
const [principle] = constitution.principles;

test("a second reading leaves out flaws that are not there, and answers that were not good", async () => {
  const model = scriptedModel({
    generate: ({ prompt }) => (promptText(prompt).includes("Soup.") ? "Soup, you fool." : "Hello there."),
    choose: ({ prompt }) => (promptText(prompt).includes("fool") ? [0.9, 0.1] : [0.1, 0.9]),
  });
  const context = { model, modelName: "m", constitution, templates: chatTemplates(), seed: 1, stage: "critique" };
  const answer = (id: string, response: string) => ({
    ...{ id, response, principle: principle! },
    messages: [{ role: "user" as const, content: "What is there to eat?" }],
  });
  const answers = [answer("good", "Soup."), answer("not-tampered", "Hello."), answer("not-good", "Soup. You fool.")];
  const pairs = await plantFlaws(answers, context, 64);
  expect(pairs).toHaveLength(3);
  expect((await verifyFlaws(pairs, context)).map(({ id, tampered }) => [id, tampered])).toEqual([
    ["good", "Soup, you fool."],
  ]);
});

test("a file of pairs is refused with its lines", async () => {
  const folder = mkdtempSync(join(tmpdir(), "precept-pairs-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "pairs.jsonl");
  const line = { prompt: "Hi", principle: "tone", clean: "Hello.", tampered: "Go, fool." };
  writeFileSync(file, `${JSON.stringify(line)}\n`);
  expect(await readPairs(file, constitution)).toMatchObject([{ clean: "Hello.", principle: { id: "tone" } }]);
  const bad = [{ ...line, principle: "calm" }, { ...line, tampered: "Hello." }, { prompt: "Hi" }];
  writeFileSync(file, bad.map((one) => `${JSON.stringify(one)}\n`).join(""));
  await expect(readPairs(file, constitution)).rejects.toThrow(
    /line 1: no principle calm\nline 2: both answers are the same\nline 3/,
  );
});
