import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readShots, shotsIn, versionWithoutShots, withShots } from "./shots.ts";
import type { Benchmark, Question } from "./types.ts";

const questions: readonly Question[] = [
  {
    ask: "generate",
    maxTokens: 5,
    messages: [
      { role: "system", content: "s" },
      { role: "user", content: "q" },
    ],
  },
  { ask: "score", prompt: "Q:", continuations: [" a"] },
];

const benchmark: Benchmark = {
  ...{ id: "b", version: "2-a", files: [], get: "", metrics: {}, temperature: 0 },
  about: { title: "", citation: "", source: "", licence: "", size: 1, verified: "real rows" },
  async *load() {
    yield { id: "1", groups: {}, questions: () => questions, score: () => ({}) };
  },
};

test("examples stand behind a system prompt and before the question, and the version says so", async () => {
  const folder = mkdtempSync(join(tmpdir(), "precept-shots-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "shots.jsonl");
  writeFileSync(file, '{"prompt":"1+1","response":"2"}\n{"question":"2+2","answer":"4"}\n');
  const shown = withShots(benchmark, await readShots(file));
  const [task] = await Array.fromAsync(shown.load([]));
  const [asked, scored] = task?.questions({ canScore: true }) ?? [];
  expect(asked?.ask === "generate" ? asked.messages.map(({ content }) => content) : []).toEqual([
    ...["s", "1+1", "2", "2+2", "4", "q"],
  ]);
  expect(scored).toMatchObject({ prompt: "1+1 2\n\n2+2 4\n\nQ:" });
  expect([shotsIn(shown.version), shotsIn("2-a"), versionWithoutShots(shown.version)]).toEqual([2, 0, "2-a"]);
  expect(withShots(benchmark, []).version).toBe("2-a");
  const other = withShots(benchmark, [
    { prompt: "1+1", response: "3" },
    { prompt: "2+2", response: "4" },
  ]);
  expect(other.version).not.toBe(shown.version);
});
