import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { findBoxed, findNumbers } from "../../reading/index.ts";
import type { Values } from "../benchmark/measures.ts";
import { readRows } from "../benchmark/rows.ts";
import type { Benchmark, Found, Task } from "../benchmark/types.ts";

const rowSchema = z.object({ question: z.string().min(1), answer: z.string().min(1) });

/** The number after the last "####", as the training answers end; undefined where there is none. */
export function strictNumber(text: string): string | undefined {
  const after = text.lastIndexOf("####");
  return after < 0 ? undefined : findNumbers(text.slice(after + 4))[0];
}

/** What the answer gives as its result: after "####", else in \\boxed{…}, else the last number that it has. */
export function flexibleNumber(text: string): string | undefined {
  const boxed = findBoxed(text);
  return (
    strictNumber(text) ?? (boxed === undefined ? undefined : findNumbers(boxed).at(-1)) ?? findNumbers(text).at(-1)
  );
}

/**
 * lm-evaluation-harness's filter "strict-match" to the letter (gsm8k.yaml): the first "#### " with the characters -0123456789.,
 * after it, commas, dollar signs and a final period left out, equal to the target as it is written.
 */
export function matchesHarness(text: string, target: string): boolean {
  const found = /#### (-?[0-9.,]+)/.exec(text)?.[1];
  return found?.replaceAll(",", "").replace(/\.$/, "") === target;
}

/**
 * An answer without "####" is wrong in the strict form. One that is empty, was cut off, or holds nothing that can be read as a
 * number is undetermined.
 */
export function gsm8kValues(text: string, isWhole: boolean, target: string): Values {
  const strict = strictNumber(text);
  const isSaid = text.includes("####");
  if (text.trim() === "" || (!isSaid && !isWhole)) return noValues;
  const flexible = flexibleNumber(text);
  return {
    strict: isSaid && strict === undefined ? null : strict === target,
    flexible: flexible === undefined ? null : flexible === target,
    harnessStrict: matchesHarness(text, target),
  };
}

const noValues: Values = { strict: null, flexible: null, harnessStrict: null };

async function* load(files: Found): AsyncGenerator<Task> {
  for (const path of files.flat()) {
    for await (const { value, number, where } of readRows(path, rowSchema)) {
      const target = strictNumber(value.answer);
      if (target === undefined) throw noTarget(where);
      yield {
        id: String(number).padStart(5, "0"),
        groups: {},
        questions: () => [
          {
            ask: "generate",
            maxTokens: 512,
            messages: [
              {
                role: "user",
                content: `${value.question}\n\nThink step by step. End with a line "#### " and the number alone.`,
              },
            ],
          },
        ],
        score: ([reply]) =>
          reply?.ask === "generate" && reply.missing === undefined
            ? gsm8kValues(reply.text, reply.finishReason === "stop", target)
            : noValues,
      };
    }
  }
}

function noTarget(where: string): PreceptError {
  return new PreceptError("input-invalid", {
    attempted: `Reading ${where}`,
    found: "in column answer: no number after ####",
    expected: 'an answer that ends "#### NUMBER"',
    remedy: "give the file as its authors publish it",
  });
}

export const gsm8k: Benchmark = {
  id: "gsm8k",
  version: "2",
  about: {
    title: "GSM8K: grade-school mathematics, exact match",
    citation: "Cobbe et al. 2021, arXiv 2110.14168",
    source: "https://github.com/openai/grade-school-math, grade_school_math/data/test.jsonl",
    licence: "MIT",
    size: 1319,
    verified: "real rows",
  },
  files: [
    {
      names: ["gsm8k/test.jsonl", "grade_school_math/data/test.jsonl", "test.jsonl", "main/test-*.parquet"],
      versions: [
        {
          sha256: "3730d312f6e3440559ace48831e51066acaca737f6eabec99bccb9e4b3c39d14",
          name: "openai/grade-school-math at 3101c7d",
        },
      ],
      required: true,
    },
  ],
  get: "git clone https://github.com/openai/grade-school-math, then --data grade-school-math",
  metrics: {
    strict: { kind: "rate", better: "higher", about: "the number after ####" },
    flexible: { kind: "rate", better: "higher", about: "the number after ####, else in \\boxed{}, else the last one" },
    harnessStrict: { kind: "rate", better: "higher", about: "lm-evaluation-harness's strict-match to the letter" },
  },
  temperature: 0,
  load,
};
