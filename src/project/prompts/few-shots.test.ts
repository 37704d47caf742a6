import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Message } from "../../language-model.ts";
import { loadedConfig } from "../config/config.ts";
import { templatesOf } from "../method.ts";
import { readFewShots } from "./few-shots.ts";

const critique = { prompt: "hi", response: "GO", principle: "Be calm.", critique: "Loud.", revision: "Hello." };
const comparison = { prompt: "why?", responses: ["a", "b"], principle: "Be calm.", better: "A" };
const conversation: Message[] = [
  { role: "user", content: "hi" },
  { role: "assistant", content: "hello" },
  { role: "user", content: "how?" },
];

/** What a file of few-shots gives, in a project of this format. */
function read(file: unknown, format: "chat" | "paper" = "chat") {
  const folder = mkdtempSync(join(tmpdir(), "precept-few-shots-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "few-shots.yaml"), typeof file === "string" ? file : JSON.stringify(file, null, 2));
  const config = { constitution: "c.yaml", models: { initial: "ollama:m" }, prompts: { redTeam: "r.txt" }, format };
  return readFewShots(loadedConfig({ ...config, fewShots: "few-shots.yaml" }, join(folder, "precept.config.yaml")));
}

const refusal = (file: unknown): Promise<string> => read(file).then(() => "read", String);

describe("a file of few-shots", () => {
  test("is read as YAML or JSON, with a prompt or a conversation, and rendered in both formats", async () => {
    const { prompt: _, ...whole } = critique;
    const file = {
      critiques: [critique, { ...whole, messages: conversation, critiqueRequest: "What is loud?" }],
      comparisons: [comparison, { ...comparison, thought: "(B) is calmer.", better: "B" }],
    };
    const { fewShots } = await read(file);
    expect(fewShots?.critiques[1]).toMatchObject({
      messages: conversation,
      principle: { text: "Be calm.", critiqueRequest: "What is loud?" },
    });
    expect(fewShots?.comparisons.map(({ better }) => better)).toEqual([0, 1]);
    for (const format of ["chat", "paper"] as const) {
      const loaded = loadedConfig(
        { constitution: "c", models: { initial: "ollama:m" }, prompts: { redTeam: "r" }, format },
        "/x/precept.config.yaml",
      );
      const templates = templatesOf(loaded, await read(file, format));
      expect(templates.version).toMatch(/\+[0-9a-f]{8}$/);
      const input = {
        messages: conversation,
        response: "",
        principle: { id: "p", text: "t", weight: 1, tags: [] },
      };
      expect(JSON.stringify(templates.critique(input).prompt)).toContain("What is loud?");
    }
    const yaml =
      "critiques:\n  - { prompt: hi, response: GO, principle: Be calm., critique: Loud., revision: Hello. }\n";
    expect((await read(yaml)).fewShots?.critiques).toHaveLength(1);
  });

  test("is as the documentation shows it", async () => {
    const document = readFileSync(new URL("../../../docs/real-models.md", import.meta.url), "utf8");
    const shown = /^ {4}critiques:\n(?: {4}.*\n)+/m.exec(document)?.[0].replace(/^ {4}/gm, "") ?? "";
    const { fewShots } = await read(shown);
    expect([fewShots?.critiques.length, fewShots?.comparisons[0]?.better]).toEqual([1, 1]);
  });

  test("is refused with line and place", async () => {
    expect(await refusal({ critiques: [{ ...critique, revison: "Hi." }] })).toMatch(
      /line 9, critiques\[0\]\.revison: unknown setting; did you mean revision\?/,
    );
    expect(await refusal({ comparisons: [{ ...comparison, better: "C" }] })).toContain(
      'comparisons[0].better: "C", expected one of A, B',
    );
    expect(await refusal({ critiques: [{ ...critique, revision: " " }] })).toContain("critiques[0].revision");
    expect(await refusal({ critiques: [{ ...critique, messages: conversation }] })).toContain(
      "critiques[0]: one of prompt and messages",
    );
    expect(await refusal({ critiques: [{ ...critique, messages: [], prompt: undefined }] })).toContain("messages");
    expect(await refusal({ comparisons: [comparison, comparison] })).toContain("(A) in all of them");
    expect(await refusal({})).toContain("few-shots.yaml: no few-shots");
    expect(await refusal("critiques: [")).toMatch(/config-invalid|Flow sequence/);
  });

  test("is missing, or a folder for a chat model", async () => {
    const of = (fewShots: string, format: "chat" | "paper") =>
      readFewShots(
        loadedConfig(
          { constitution: "c", models: { initial: "ollama:m" }, prompts: { redTeam: "r" }, format, fewShots },
          join(tmpdir(), "precept.config.yaml"),
        ),
      ).then(() => "read", String);
    expect(await of("no-such.yaml", "chat")).toContain("no such file or folder");
    expect(await of(".", "chat")).toContain('format: "paper"');
    expect(await of(".", "paper")).toContain("none of the paper's files");
  });
});
