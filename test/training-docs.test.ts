import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { trainRoutes } from "../src/cli/routes/train.ts";
import { readComparisons, readPrompts, readSftExamples } from "../src/training/data/formats.ts";

const text = readFileSync(new URL("../docs/training.md", import.meta.url), "utf8");
const blocks = [...text.matchAll(/```(\S+)[^\n]*\n([\s\S]*?)```/g)].map(([, language = "", body = ""]) => ({
  language,
  body,
}));
const of = (language: string): string[] =>
  blocks.filter((block) => block.language === language).map(({ body }) => body);

describe("docs/training.md", () => {
  test("shows rows that are read as it says", async () => {
    const folder = mkdtempSync(join(tmpdir(), "precept-docs-"));
    const files = of("jsonl").map((body, i) => {
      const path = join(folder, `${i}.jsonl`);
      writeFileSync(path, body);
      return path;
    });
    const [demonstrations = "", comparisons = "", prompts = ""] = files;
    expect((await readSftExamples(demonstrations)).map(({ completion, weight = 1 }) => [completion, weight])).toEqual([
      ["Hello!", 1],
      ["Hello!", 2],
      ["Hello!", 1],
      ["Hello!", 1],
      ["Learned whole, from the first word on.", 1],
    ]);
    const pairs = await readComparisons(comparisons);
    expect(pairs.map(({ responses, label }) => [...responses, label])).toEqual([
      ["Hello!", "No.", 0.9],
      ["No.", "Hello!", 0.1],
      ["Hello!", "No.", 1],
      ["Hello!", "No.", 1],
    ]);
    for (const { prompt } of pairs.slice(2)) expect(prompt).toEqual([{ role: "user", content: "Hi" }]);
    expect((await readPrompts(prompts)).map(({ id }) => id)).toEqual(["greeting", "2.jsonl:2"]);
    rmSync(folder, { recursive: true });
  });

  test("names commands and flags that there are", () => {
    const commands = of("sh").flatMap((body) => body.split("\n").filter((line) => line.includes("precept train")));
    expect(commands.length).toBeGreaterThanOrEqual(6);
    const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    for (const line of commands) {
      const [, name = "", rest = ""] = /precept train (\S+)(.*)/.exec(line) ?? [];
      const target = trainRoutes.getRoutingTargetForInput(name);
      expect(target, name).toBeDefined();
      const flags = target !== undefined && "parameters" in target ? Object.keys(target.parameters.flags ?? {}) : [];
      for (const [, flag = ""] of rest.matchAll(/--([a-z-]+)/g)) expect(flags.map(kebab), line).toContain(flag);
    }
    for (const [, name = ""] of text.matchAll(/^\| `train ([a-z-]+)`/gm))
      expect(trainRoutes.getRoutingTargetForInput(name), name).toBeDefined();
  });
});
