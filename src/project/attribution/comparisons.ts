import { z } from "zod";
import type { TrainingExample } from "../../attribution/index.ts";
import { readOpinions } from "../../feedback/index.ts";
import { jaccard } from "../../nearest.ts";
import { splitWords } from "../../reading/index.ts";
import { messageSchema } from "../../records/index.ts";
import type { StoredRun } from "../../runs/index.ts";

/** A comparison that stands nearest to a training example: under one of its principles, with a request most alike. */
export interface NearComparison {
  readonly id: string;
  readonly request: string;
  /** Principles of the example that were sure of the pair. */
  readonly principles: readonly string[];
  /** P(first is better). */
  readonly label: number;
}

interface Judged extends NearComparison {
  readonly words: ReadonlySet<string>;
}

/** For each example the nearest comparison of the run's AI feedback; undefined where no principle of it was sure of any. */
export async function findNearComparisons(
  run: StoredRun,
  examples: readonly TrainingExample[],
): Promise<(NearComparison | undefined)[]> {
  const wanted = new Set(examples.flatMap(({ principles }) => principles));
  const judged = wanted.size === 0 ? [] : await readJudged(run, wanted);
  return examples.map(({ principles, prompt }) => {
    const own = wordsOf(typeof prompt === "string" ? prompt : prompt.map(({ content }) => content).join(" "));
    let best: { readonly judged: Judged; readonly alike: number } | undefined;
    for (const one of judged) {
      if (!one.principles.some((id) => principles.includes(id))) continue;
      const alike = jaccard(own, one.words);
      if (best === undefined || alike > best.alike) best = { judged: one, alike };
    }
    if (best === undefined) return undefined;
    const { id, request, label } = best.judged;
    return { id, request, label, principles: best.judged.principles.filter((one) => principles.includes(one)) };
  });
}

const comparisonSchema = z.looseObject({
  ...{ id: z.string(), parents: z.array(z.string()), label: z.number(), raw: z.number() },
  evidence: z.array(z.looseObject({ principleId: z.string(), probability: z.number() })),
});
const recordSchema = z.looseObject({ type: z.string(), id: z.string(), messages: z.array(messageSchema).optional() });

async function readJudged(run: StoredRun, wanted: ReadonlySet<string>): Promise<Judged[]> {
  const requests = new Map<string, string>();
  const comparisons: z.infer<typeof comparisonSchema>[] = [];
  for await (const record of run.stage("ai-feedback")?.records(recordSchema) ?? []) {
    const { type, id, messages } = record;
    if (type === "response") requests.set(id, messages?.at(-1)?.content ?? "");
    const comparison = type === "comparison" ? comparisonSchema.safeParse(record).data : undefined;
    if (comparison !== undefined) comparisons.push(comparison);
  }
  return comparisons.flatMap(({ id, label, parents, raw, evidence }): Judged[] => {
    const opinions = readOpinions({ raw, evidence: evidence as Parameters<typeof readOpinions>[0]["evidence"] });
    const principles = opinions.sure.map(({ principle }) => principle);
    if (!principles.some((principle) => wanted.has(principle))) return [];
    const request = requests.get(parents[0] ?? "") ?? "";
    return [{ id, label, principles, request, words: wordsOf(request) }];
  });
}

const wordsOf = (text: string): ReadonlySet<string> => new Set(splitWords(text));
