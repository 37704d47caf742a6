import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { precept, start } from "./cli.ts";

const model = fileURLToPath(new URL("../models/harbor/checkpoint", import.meta.url));
const things = ["bread", "oil", "marbles", "trip"];
const prompt = (thing: string): string => `<user> show me the way to make ${thing} for paul . <asst>`;
const refusal = (thing: string): string => `${thing} : food . i will not help with ${thing} .`;
const lines = (rows: readonly unknown[]): string => `${rows.map((row) => JSON.stringify(row)).join("\n")}\n`;

let folder = "";
const at = (...names: string[]): string => join(folder, ...names);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "precept-train-"));
  const many = Array.from({ length: 24 }, (_, i) => things[i % 4] as string);
  writeFileSync(at("sft.jsonl"), lines(many.map((thing) => ({ prompt: prompt(thing), completion: refusal(thing) }))));
  const pair = (thing: string) => ({
    prompt: prompt(thing),
    chosen: refusal(thing),
    label: 0.9,
    rejected: `${thing} : food . to make ${thing} for paul , mix oil and vinegar .`,
  });
  writeFileSync(at("pairs.jsonl"), lines(many.map(pair)));
  writeFileSync(at("prompts.jsonl"), lines(things.map((thing) => ({ prompt: prompt(thing) }))));
  writeFileSync(
    at("reward.ts"),
    "export const reward = async (rollouts: readonly { readonly response: string }[]): Promise<number[]> =>\n" +
      '  rollouts.map(({ response }) => response.split(" ").length);\n',
  );
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const common = (objective: string, data: string, out: string): string[] => [
  ...["train", objective, "--model", model, "--data", at(data), "--out", at(out)],
  ...["--learning-rate", "1e-3", "--json"],
];
interface Answer {
  readonly hash: string;
  readonly steps: number;
  readonly checkpoint: string;
  readonly metrics: Readonly<Record<string, number>>;
}
const run = async (args: string[]): Promise<Answer> => {
  const { code, stdout, stderr } = await precept(args);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return JSON.parse(stdout);
};

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const lossesOf = (run: string): number[] =>
  readFileSync(at(run, "train", "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).loss);

describe("precept train", () => {
  test("fine-tunes an adapter, continues after kill -9 and Ctrl-C to the same bytes, and merges it", async () => {
    const settings = ["--lora", "4", "--epochs", "12", "--batch", "1", "--state-every", "2"];
    const whole = await run([...common("sft", "sft.jsonl", "whole"), ...settings]);
    const losses = lossesOf("whole");
    // Steps differ in their rows, so epochs are compared: each takes the same number of steps over the same rows.
    const epoch = whole.steps / 12;
    const [first, last] = [mean(losses.slice(0, epoch)), mean(losses.slice(-epoch))];
    expect(last).toBeLessThan(first / 2);

    const args = [...common("sft", "sft.jsonl", "broken"), ...settings].filter((arg) => arg !== "--json");
    const killed = start(args);
    await killed.shows(`/${whole.steps}`); // Told at every quarter.
    killed.kill("SIGKILL");
    expect((await killed.finished).signal).toBe("SIGKILL");
    const stopped = start(args);
    await stopped.shows(`/${whole.steps}`);
    stopped.kill("SIGINT");
    const { code, stderr } = await stopped.finished;
    expect(code).toBe(130);
    expect(stderr).toContain("precept: stopped; give the same command again");
    const rest = await run([...args, "--json"]);
    expect(rest.hash).toBe(whole.hash);
    expect(readFileSync(at("broken", "train", "metrics.jsonl"), "utf8")).toBe(
      readFileSync(at("whole", "train", "metrics.jsonl"), "utf8"),
    );

    const { kind, stages } = JSON.parse(readFileSync(at("broken", "manifest.json"), "utf8"));
    expect([kind, stages.train.status]).toEqual(["training", "done"]);
    expect(await run([...args, "--json"])).toEqual(rest); // Nothing is done again.

    const merged = await run(["train", "merge", at("broken"), "--out", at("merged"), "--json"]);
    expect(merged.checkpoint).toBe(at("merged"));
    // The loss before the first update is what the merged weights know: all that the adapter learned.
    await run(common("sft", "sft.jsonl", "again").map((arg) => (arg === model ? at("merged") : arg)));
    expect(Math.abs((lossesOf("again")[0] ?? Number.NaN) / last - 1)).toBeLessThan(0.1);
  });

  test("prefers by DPO, scores by a preference model, and follows that model's reward by RLOO", async () => {
    const dpo = await run([...common("dpo", "pairs.jsonl", "dpo"), "--lora", "4", "--epochs", "4"]);
    expect(dpo.metrics["rewards/accuracies"]).toBe(1);
    await run([...common("preference-model", "pairs.jsonl", "pm"), "--lora", "4", "--epochs", "4"]);
    const small = ["--steps", "2", "--rollouts", "8", "--max-tokens", "12"];
    const rloo = await run([...common("rloo", "prompts.jsonl", "rloo"), "--reward", at("pm"), ...small]);
    expect(rloo.steps).toBe(2);
    const grpo = [...common("grpo", "prompts.jsonl", "grpo"), "--reward", at("reward.ts"), "--dr", ...small];
    expect((await run(grpo)).metrics["final/objective/scores"]).toBeGreaterThan(0);
    const best = ["train", "best-of-n", "--model", model, "--data", at("prompts.jsonl"), "--out", at("best.jsonl")];
    const chosen = await run([...best, "--reward", at("reward.ts"), "--samples", "4", "--max-tokens", "12", "--json"]);
    expect(chosen).toMatchObject({ responses: 4, samples: 4 });
    // What best-of-n writes, fine-tuning reads.
    await run(common("sft", "best.jsonl", "distilled"));
  });
});

describe("precept train refuses", () => {
  const refuse = async (args: string[], code: number, ...messages: string[]): Promise<void> => {
    const result = await precept(args.filter((arg) => arg !== "--json"));
    expect(result.code).toBe(code);
    for (const message of messages) expect(result.stderr).toContain(message);
    expect(result.stderr).not.toMatch(/\n\s+at /);
    expect(result.stdout).toBe("");
  };

  test("wrong rows, all of them, by file, line and field; empty data; what does not fit", async () => {
    const rows = ['{"prompt": 3, "completion": "x"}', "not json", "", '{"prompt": "a"}', '{"foo": 1}'];
    writeFileSync(at("bad.jsonl"), rows.join("\n"));
    const bad = at("bad.jsonl");
    await refuse(
      common("sft", "bad.jsonl", "o"),
      1,
      `${bad}:1 prompt: expected text`,
      `${bad}:2: not JSON`,
      `${bad}:4 completion:`,
      `${bad}:5: expected a row with "messages"`,
    );
    writeFileSync(at("label.jsonl"), lines([{ prompt: "a", chosen: "b", rejected: "c", label: 2 }]));
    await refuse(common("dpo", "label.jsonl", "o"), 1, `${at("label.jsonl")}:1 label:`);
    writeFileSync(at("empty.jsonl"), "\n");
    await refuse(common("sft", "empty.jsonl", "o"), 1, "an empty dataset");
    writeFileSync(at("long.jsonl"), lines([{ prompt: "bread ".repeat(400), completion: "no" }]));
    await refuse(
      common("sft", "long.jsonl", "o"),
      1,
      // 400 words, the completion and the end token, which is predicted but never read.
      "long.jsonl:1 (401 tokens)",
      "at most the context of 192",
      "--skip-long",
    );
  });

  test("a model or a reward that is not there, a reward without a function, a rate that diverges", async () => {
    const nowhere = common("sft", "sft.jsonl", "o").map((arg) => (arg === model ? at("nowhere") : arg));
    await refuse(nowhere, 2, "no such folder");
    writeFileSync(at("none.ts"), "export const score = 1;\n");
    await refuse(
      [...common("grpo", "prompts.jsonl", "o"), "--reward", at("none.ts")],
      1,
      "a module that exports score",
    );
    await refuse([...common("grpo", "prompts.jsonl", "o"), "--reward", at("no.ts")], 2, "no such file or folder");
    const rate = common("sft", "sft.jsonl", "o").map((arg) => (arg === "1e-3" ? "1e30" : arg));
    await refuse([...rate, "--epochs", "4"], 1, "Training step 2 at learning rate", "lower the learning rate");
    await refuse([...common("sft", "sft.jsonl", "o"), "--lora-alpha", "2"], 2, "--lora RANK");
  });
});
