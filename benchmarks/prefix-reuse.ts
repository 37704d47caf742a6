/**
 * What the llama.cpp adapter saves by keeping what a sequence has read, beside reading every text anew, in turns within one run; both must
 * come to the same probabilities. Usage: node benchmarks/prefix-reuse.ts [FILE.gguf] [--prompts 12] [--write]
 * Without FILE: SmolLM2-135M (npm run models -- smollm2-135m-instruct). node-llama-cpp comes by `npm --prefix benchmarks install`, or
 * is looked for in the current folder. --write puts the table into docs/real-models.md.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { Template } from "@huggingface/jinja";
import { loadConstitution } from "../src/constitution/load.ts";
import { chatTemplates } from "../src/feedback/index.ts";
import type { Prompt } from "../src/language-model.ts";
import { loadLibrary, type Sequence } from "../src/models/local/llamacpp-library.ts";
import { keepPrefix, logprobsFrom, SequencePool, sharedLength, weighOptions } from "../src/models/local/sequences.ts";
import { shots } from "./filters/few-shots.ts";
import { readOutputs } from "./filters/measure.ts";
import { modelsFolder } from "./models/fetch.ts";
import { fetchedModels } from "./models/table.ts";

const document = new URL("../docs/real-models.md", import.meta.url);
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { prompts: { type: "string", default: "12" }, write: { type: "boolean", default: false } },
});
const smol = "smollm2-135m-instruct";
const file = positionals[0] ?? join(modelsFolder(), smol, fetchedModels[smol]?.file ?? "");

const { getLlama } = await loadLibrary(`Measuring ${basename(file)}`);
const llama = await getLlama({ gpu: false, build: "never", logLevel: "error", maxThreads: 1 });
const model = await llama.loadModel({ modelPath: file });
const context = await model.createContext({ contextSize: 2048, sequences: 5 });
const anew = context.getSequence();
const pool = new SequencePool(Array.from({ length: 4 }, () => context.getSequence()));

function encode(prompt: Prompt, after = ""): number[] {
  const template = model.fileInfo.metadata.tokenizer?.["chat_template"];
  if (typeof prompt === "string" || typeof template !== "string") throw new Error(`${file}: no chat template`);
  const messages = prompt.map((message) => ({ ...message }));
  return [...model.tokenize(new Template(template).render({ messages, add_generation_prompt: true }) + after, true)];
}

/** The method's own texts: a comparison and a critique of each output, three few-shots before both, and all under one principle. */
const templates = chatTemplates({ fewShots: { ...shots, comparisons: [] } });
const principle = (await loadConstitution("claude-2023")).principles[0];
if (principle === undefined) throw new Error("a constitution without principles");
const outputs = readOutputs().filter(({ set }) => set === "smol-chat" || set === "smol-chat-shots");
const inputs = outputs.slice(0, Number(values.prompts)).map(({ messages, response, revision }) => {
  const { prompt, options } = templates.comparison({ messages, responses: [response, revision], principle });
  const head = encode(prompt);
  const whole = options.map((option) => encode(prompt, option));
  const from = Math.min(...whole.map((tokens) => sharedLength(tokens, head)));
  return { head, whole, from, critique: encode(templates.critique({ messages, response, principle }).prompt) };
});

/** Milliseconds that each way took, in all. */
interface Times {
  before: number;
  after: number;
}
async function timed<T>(times: Times, way: keyof Times, body: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await body();
  times[way] += performance.now() - start;
  return result;
}

async function chooseAnew(whole: readonly (readonly number[])[], from: number): Promise<number[]> {
  const sums: number[] = [];
  for (const tokens of whole) {
    await anew.clearHistory();
    sums.push((await logprobsFrom(anew, tokens, from)).reduce((sum, value) => sum + value, 0));
  }
  return sums;
}

async function firstTokens(sequence: Sequence, text: readonly number[], count: number): Promise<number[]> {
  const tokens: number[] = [];
  for await (const token of sequence.evaluate(text, { temperature: 0, seed: 1 })) {
    if (tokens.push(token) >= count) break;
  }
  return tokens;
}

const NEW_TOKENS = 16;
const choices: Times = { before: 0, after: 0 };
const texts: Times = { before: 0, after: 0 };
let [furthest, same] = [0, 0];
for (const { head, whole, from, critique } of inputs) {
  const before = await timed(choices, "before", () => chooseAnew(whole, from));
  const after = await timed(choices, "after", () => pool.use(head, (sequence) => weighOptions(sequence, whole, from)));
  furthest = Math.max(furthest, ...before.map((sum, index) => Math.abs(Math.exp(sum) - Math.exp(after[index] ?? 0))));
  const written = await timed(texts, "before", async () => {
    await anew.clearHistory();
    return firstTokens(anew, critique, NEW_TOKENS);
  });
  const again = await timed(texts, "after", () =>
    pool.use(critique, async (sequence) => firstTokens(sequence, await keepPrefix(sequence, critique), NEW_TOKENS)),
  );
  if (sharedLength(written, again) === written.length && written.length === again.length) same++;
}
await context.dispose();
await model.dispose();

const n = inputs.length;
const mean = (lengths: readonly number[]): number => Math.round(lengths.reduce((sum, value) => sum + value, 0) / n);
const row = (name: string, tokens: number, { before, after }: Times, agreement: string): string =>
  `| ${name} | ${tokens} | ${(before / n).toFixed(0)} | ${(after / n).toFixed(0)} | ${(before / after).toFixed(2)} | ${agreement} |`;
const table = [
  "| requests | tokens of a prompt | anew, ms | kept, ms | ratio | agreement |",
  "| --- | --- | --- | --- | --- | --- |",
  row(
    `${n} choices between two letters`,
    mean(inputs.map(({ head }) => head.length)),
    choices,
    `probabilities within ${furthest.toExponential(1)}`,
  ),
  row(
    `${n} critiques, their first ${NEW_TOKENS} tokens`,
    mean(inputs.map(({ critique }) => critique.length)),
    texts,
    `${same} of ${n} texts the same, token for token`,
  ),
].join("\n");
console.log(table);
if (values.write) {
  const [begin, end] = ["<!-- begin prefix-reuse -->", "<!-- end prefix-reuse -->"];
  const text = readFileSync(document, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < 0) throw new Error("docs/real-models.md has no section prefix-reuse");
  writeFileSync(document, `${text.slice(0, from)}${begin}\n${table}\n${text.slice(to)}`);
}
process.exit(0);
