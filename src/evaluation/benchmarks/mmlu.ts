import { basename } from "node:path";
import { z } from "zod";
import { macroMean } from "../benchmark/macro.ts";
import { mostProbable, probabilitiesOf } from "../benchmark/multiple-choice.ts";
import { readRows } from "../benchmark/rows.ts";
import type { Benchmark, Found, Task } from "../benchmark/types.ts";

const letters = ["A", "B", "C", "D"] as const;
const rowSchema = z.object({
  question: z.string().min(1),
  A: z.string(),
  B: z.string(),
  C: z.string(),
  D: z.string(),
  answer: z.enum(letters),
});
type Row = z.infer<typeof rowSchema>;
/** The published CSV files have no first line with names. */
const columns = ["question", "A", "B", "C", "D", "answer"];

function showQuestion(row: Row, answer: string): string {
  return `${row.question}\n${letters.map((letter) => `${letter}. ${row[letter]}`).join("\n")}\nAnswer:${answer}`;
}

/** abstract_algebra_test.csv → "abstract_algebra". */
function subjectOf(path: string): string {
  return basename(path).replace(/_(test|dev)\.csv(\.gz)?$/, "");
}

async function* load([tests = [], examples = []]: Found): AsyncGenerator<Task> {
  for (const path of tests) {
    const subject = subjectOf(path);
    const shots: string[] = [];
    for (const dev of examples.filter((file) => subjectOf(file) === subject)) {
      for await (const { value } of readRows(dev, rowSchema, { columns }))
        shots.push(showQuestion(value, ` ${value.answer}`));
    }
    const head = `Questions about ${subject.replaceAll("_", " ")} with four choices each, of which one is right.`;
    for await (const { value: row, number } of readRows(path, rowSchema, { columns })) {
      const content = [head, ...shots.slice(0, 5), showQuestion(row, "")].join("\n\n");
      yield {
        id: `${subject}-${String(number).padStart(5, "0")}`,
        groups: { subject },
        questions: () => [
          { ask: "choose", messages: [{ role: "user", content }], options: letters.map((letter) => ` ${letter}`) },
        ],
        score: ([reply]) => {
          const choice = mostProbable(probabilitiesOf(reply));
          return { accuracy: choice === undefined ? null : letters[choice] === row.answer };
        },
      };
    }
  }
}

export const mmlu: Benchmark = {
  id: "mmlu",
  version: "1",
  about: {
    title: "MMLU: 57 subjects, four choices, up to five examples",
    citation: "Hendrycks et al. 2021, arXiv 2009.03300",
    source: "https://github.com/hendrycks/test (data.tar), test/*_test.csv and dev/*_dev.csv",
    licence: "MIT",
    size: 14_042,
    verified: "not verified on real data",
  },
  files: [
    { names: ["mmlu/test/*_test.csv", "data/test/*_test.csv", "test/*_test.csv", "*_test.csv"], required: true },
    { names: ["mmlu/dev/*_dev.csv", "data/dev/*_dev.csv", "dev/*_dev.csv", "*_dev.csv"], required: false },
  ],
  get: "fetch https://people.eecs.berkeley.edu/~hendrycks/data.tar, unpack it, then --data data",
  metrics: {
    accuracy: { kind: "rate", better: "higher", about: "questions answered rightly, over all questions (micro)" },
  },
  temperature: 0,
  load,
  derive: (rows) => ({
    accuracyMacro: macroMean(rows, "subject", ({ values: { accuracy } }) =>
      typeof accuracy === "boolean" ? Number(accuracy) : undefined,
    ),
  }),
};
