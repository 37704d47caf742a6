import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import type { Values } from "../benchmark/measures.ts";
import { readRows } from "../benchmark/rows.ts";
import type { Benchmark, Found, Task } from "../benchmark/types.ts";

const rowSchema = z.object({ question: z.string().min(1), answer: z.string().min(1) });

const numeral = /-?\$?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|-?\$?\.\d+/g;

/** "$1,200.00" → "1200": commas, currency and a trailing zero fraction are no difference. */
export function plainNumber(text: string): string {
  const digits = text
    .replace(/[$,]/g, "")
    .replace(/(\.\d*?)0+$/, "$1")
    .replace(/\.$/, "");
  const [whole = "", fraction] = digits.replace(/^(-?)\./, "$10.").split(".");
  const short = whole.replace(/^(-?)0+(?=\d)/, "$1");
  return fraction === undefined ? short : `${short}.${fraction}`;
}

/** The number after the last "####", as the training answers end; undefined where there is none. */
export function strictNumber(text: string): string | undefined {
  const after = text.lastIndexOf("####");
  if (after < 0) return undefined;
  const [found] = text.slice(after + 4).match(numeral) ?? [];
  return found === undefined ? undefined : plainNumber(found);
}

/** The last number of the text, whatever stands around it. */
export function flexibleNumber(text: string): string | undefined {
  const found = text.match(numeral)?.at(-1);
  return found === undefined ? undefined : plainNumber(found);
}

/** A number that was not said in the strict form is a wrong answer there; an empty or cut-off answer is undetermined. */
export function gsm8kValues(text: string, isWhole: boolean, target: string): Values {
  if (text.trim() === "") return { strict: null, flexible: null };
  const strict = strictNumber(text);
  if (strict === undefined && !isWhole) return { strict: null, flexible: null };
  return { strict: strict === target, flexible: flexibleNumber(text) === target };
}

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
            : { strict: null, flexible: null },
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
  version: "1",
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
    flexible: { kind: "rate", better: "higher", about: "the last number of the answer" },
  },
  temperature: 0,
  load,
};
