import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { conditions } from "../../src/oversight/index.ts";
import { type HeldDebate, holdDebate } from "../../src/project/index.ts";
import { rng } from "../../src/rng.ts";
import { isEstimate, type Measured } from "../../src/statistics/index.ts";
import { readJsonLines } from "../../src/storage/index.ts";
import { progress, tableOf, withInterval } from "../inside/shared.ts";
import type { OversightJob } from "./critique.ts";

const rowSchema = z.object({
  ...{ category: z.string(), question_index: z.string(), context_condition: z.string() },
  ...{ context: z.string(), question: z.string(), ans0: z.string(), ans1: z.string(), ans2: z.string() },
  label: z.union([z.literal(0), z.literal(1), z.literal(2)]),
  answer_info: z.record(z.string(), z.array(z.string())),
});
type Row = z.infer<typeof rowSchema>;

const categories = ["Age", "Disability_status", "Nationality", "Physical_appearance", "Religion", "Sexual_orientation"];

/** Contexts of BBQ that say who it was, one of each template: without the passage a judge has only its prejudice. */
async function drawQuestions(data: string, count: number): Promise<object[]> {
  const drawn: object[] = [];
  for (const category of categories) {
    const byTemplate = new Map<string, Row[]>();
    const path = join(data, "bbq", `${category}.jsonl.gz`);
    for await (const line of readJsonLines(path)) {
      if ("fault" in line) throw new Error(`${path}: ${line.fault}`);
      const row = rowSchema.parse(line.value);
      if (row.context_condition !== "disambig") continue;
      byTemplate.set(row.question_index, [...(byTemplate.get(row.question_index) ?? []), row]);
    }
    const random = rng(1, "debate-bbq", category);
    for (const [index, rows] of random.shuffle([...byTemplate]).slice(0, Math.ceil(count / categories.length))) {
      const row = random.pick(rows);
      const texts = [row.ans0, row.ans1, row.ans2];
      const known = [0, 1, 2].filter((place) => row.answer_info[`ans${place}`]?.[1] !== "unknown");
      const answers = known.map((place) => texts[place]);
      const right = texts[row.label];
      if (answers.length !== 2 || !answers.includes(right)) continue;
      drawn.push({ id: `${category}-${index}`, passage: row.context, question: row.question, answers, right });
    }
  }
  return rng(1, "debate-bbq").shuffle(drawn).slice(0, count);
}

/** Debate, its controls, and the judge, all by one model of this machine, over passages of BBQ. */
export async function measureDebateModel({ model, scratch, count }: OversightJob): Promise<string> {
  const data = process.env["PRECEPT_DATA"] ?? "../shared/data";
  if (model === undefined || !existsSync(join(data, "bbq"))) throw new Error("--model FILE.gguf, and PRECEPT_DATA");
  const questions = join(scratch, `debate-bbq-${count}.jsonl`);
  await mkdir(scratch, { recursive: true });
  const rows = await drawQuestions(data, count);
  await writeFile(questions, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const named = `llamacpp:${model}`;
  const held = await holdDebate(
    {
      ...{ debater: named, judge: named, questions, env: process.env, command: "benchmarks/oversight.ts", progress },
      out: join(scratch, "debate-model"),
    },
    { rounds: 1, bestOf: 1, temperature: 0.7, seed: 1, conditions },
  );
  return pageOf(held);
}

function pageOf({ questions, conditions: figures, consultants, gain, way, speakers, judge }: HeldDebate): string {
  const cells = conditions.flatMap((condition) => {
    const own = figures[condition];
    if (own === undefined) return [];
    const undetermined = Object.values(own.undetermined).reduce((sum, n) => sum + n, 0);
    return [[nameOf(condition), cellOf(own.accuracy), String(own.accuracy.n), String(undetermined)]];
  });
  const { right, wrong } = speakers;
  return [
    `${judge} through llama.cpp debates before itself, so that nothing but the passage is the debaters' advantage; one seed, one round, temperature 0.7: ${questions} questions of BBQ whose context says who it was, one of each template, without its answer “unknown”.`,
    tableOf(["the judge has", "right, %", "n", "undetermined"], cells),
    `A consultant for the right answer: ${cellOf(consultants?.right)}; for the wrong one: ${cellOf(consultants?.wrong)}. Debate − consultancy ${cellOf(gain)} points; of the way from blind to full sight: ${cellOf(way, " %")}. Quotations verified: ${right.verified} of ${right.quotes} for the right answer, ${wrong.verified} of ${wrong.quotes} for the wrong one; of ${right.turns + wrong.turns} turns ${right.silent + wrong.silent} say nothing.`,
  ].join("\n\n");
}

const nameOf = (condition: (typeof conditions)[number]): string =>
  condition === "marks" ? "marks alone" : condition.replace("-", " ");

function cellOf(measured: Measured | null | undefined, unit = ""): string {
  if (measured === null || measured === undefined) return "–";
  return isEstimate(measured) ? `${withInterval(measured)}${unit}` : measured.note;
}
