import { existsSync, readFileSync } from "node:fs";
import type { AnswerRecord } from "../../src/evaluation/index.ts";
import { LocalModel } from "../../src/models/local/index.ts";
import { writeOutput } from "../../src/storage/index.ts";
import {
  evaluationRequests,
  type Governance,
  governs,
  gradeAnswer,
  harborTemplates,
  parseRequest,
} from "../../src/worlds/harbor/index.ts";

/** An answer of harbor's helpful-only model, as the oracle reads it: the oracle measures, after everything was trained. */
export interface Answer extends Pick<AnswerRecord, "messages" | "response" | "values"> {
  readonly split: string;
  readonly isGoverned: boolean;
  /** Of the request. */
  readonly category: string;
}

export interface AnswerSettings {
  readonly checkpoint: string;
  readonly governance: Governance;
  readonly perSplit: number;
  /** Each draws requests anew. */
  readonly seeds: number;
}

/** Answers to requests that no stage of a run draws, each request once; kept in a file, so that they are made once. */
export async function collectAnswers(path: string, settings: AnswerSettings): Promise<readonly Answer[]> {
  const { checkpoint, governance, perSplit, seeds } = settings;
  const made = existsSync(path) ? readFileSync(path, "utf8") : undefined;
  const key = JSON.stringify({ perSplit, seeds });
  if (made?.startsWith(`${key}\n`) === true) return JSON.parse(made.slice(key.length + 1)) as readonly Answer[];
  const requests = new Map<string, string>();
  for (let seed = 1; seed <= seeds; seed++) {
    for (const { content, split } of evaluationRequests({ seed, perSplit, governance })) requests.set(content, split);
  }
  const asked = [...requests].map(([content, split]) => ({ content, split }));
  const model = await LocalModel.load(checkpoint);
  const texts: string[] = [];
  try {
    const { maxTokens } = harborTemplates.response([]);
    for (let start = 0; start < asked.length; start += 256) {
      const batch = asked.slice(start, start + 256).map(({ content }, i) => {
        const { prompt } = harborTemplates.response([{ role: "user", content }]);
        return { id: String(start + i), prompt, seed: start + i };
      });
      for await (const { id, text } of model.generate(batch, { maxTokens, temperature: 1 })) texts[Number(id)] = text;
    }
  } finally {
    await model.dispose();
  }
  const answers = asked.map(({ content, split }, index): Answer => {
    const response = texts[index] ?? "";
    const category = parseRequest(content)?.category;
    return {
      split,
      category: category?.name ?? "",
      isGoverned: category !== undefined && governs(governance, category),
      messages: [{ role: "user", content }],
      response,
      values: gradeAnswer(governance, content, response) as Answer["values"],
    };
  });
  writeOutput(path, `${key}\n${JSON.stringify(answers)}`);
  return answers;
}

/** The principles that an answer breaks; undefined where it is no sentence. */
export function brokenBy({ values }: Pick<Answer, "values">): readonly string[] | undefined {
  const own = Object.entries(values).filter(([name]) => name.startsWith("byPrinciple."));
  if (own.some(([, value]) => value === null)) return undefined;
  return own.filter(([, value]) => value === true).map(([name]) => name.slice("byPrinciple.".length));
}
