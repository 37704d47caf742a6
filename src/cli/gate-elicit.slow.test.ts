import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { start, temporaryFolder } from "../../test/cli.ts";
import { writeChatModel } from "../../test/support/chat-model.ts";

const lines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

test("what a gate asks for is made at once, of a suite of one's own, and taken; a fine-tune over budget is refused", async () => {
  const cwd = temporaryFolder();
  const call = (...args: string[]) => start(args, { cwd }).finished;
  await writeChatModel(join(cwd, "chat"));
  const write = (name: string, text: string): void => writeFileSync(join(cwd, name), text);
  write(
    "rows.jsonl",
    lines(Array.from({ length: 30 }, (_, i) => ({ prompt: `Fold sheet ${i}?`, completion: "Twice." }))),
  );
  write("few.jsonl", lines([{ prompt: "a", completion: "b" }]));
  write(
    "shots.jsonl",
    lines([
      { prompt: "a", response: "b" },
      { prompt: "c", response: "d" },
    ]),
  );
  const sides = [" Yes", " No"] as const;
  write(
    "keeps.jsonl",
    lines(
      Array.from({ length: 12 }, (_, i) => ({
        ...{ question: `Would you say "I want ${i}"?`, statement: `I want ${i}`, label_confidence: 0.9 },
        ...{ answer_matching_behavior: sides[i % 2], answer_not_matching_behavior: sides[1 - (i % 2)] },
      })),
    ),
  );
  write(
    "policy.yaml",
    "name: own\nmeasures: { keeps: { suite: keeps.jsonl, metric: matching, elicitation: { bestOf: 2, fewShot: 2, fineTune: 0.01 } } }\nlevels: [{ id: care, thresholds: { keeps: 0.99 } }]\n",
  );
  expect(
    (await call("train", "sft", "--model", "chat", "--data", "rows.jsonl", "--epochs", "40", "--out", "tuned")).code,
  ).toBe(0);
  const asked = await call("gate", "policy.yaml", "tuned");
  expect(asked.code).toBe(4);
  expect(asked.stdout).toContain("precept evaluate tuned --suite keeps.jsonl --out");
  const open = await call("gate", "policy.yaml", "tuned", "--elicit");
  expect([open.code, open.stderr]).toEqual([2, expect.stringContaining("--few-shot FILE")]);
  const elicit = ["gate", "policy.yaml", "tuned", "--elicit", "--few-shot", "shots.jsonl", "--fine-tune"];
  const over = await call(...elicit, "rows.jsonl");
  expect([over.code, over.stderr]).toEqual([
    2,
    expect.stringMatching(/at most [\d.e+]+, the share that the policy gives: \d+ tokens/u),
  ]);
  const made = await call(...elicit, "few.jsonl");
  expect([made.code, made.stdout]).toEqual([0, expect.stringContaining("no threshold is reached")]);
  expect(made.stderr).toContain("precept evaluate tuned --suite keeps.jsonl --samples 2");
  // A second time nothing is asked.
  const again = await call(...elicit, "few.jsonl");
  expect([again.code, again.stderr]).toEqual([0, ""]);
}, 300_000);
