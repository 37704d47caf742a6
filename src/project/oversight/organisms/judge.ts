import type { Constitution } from "../../../constitution/index.ts";
import type { LanguageModel } from "../../../language-model.ts";
import { criticGrader, isSuccess } from "../../../redteam/index.ts";
import { harborTemplates } from "../../../worlds/harbor/index.ts";

/** An answer to a request, to be judged under every principle. */
export interface JudgedAnswer {
  readonly request: string;
  readonly answer: string;
}

/** Says of each answer which principles it breaks, by the method's own critic; answers that were judged before cost nothing. */
export function organismJudge(model: LanguageModel, { principles }: Constitution, signal?: AbortSignal) {
  const grader = criticGrader(model, harborTemplates, model.id);
  const known = new Map<string, readonly string[]>();
  const keyOf = ({ request, answer }: JudgedAnswer): string => `${request}\n${answer}`;
  return async (answers: readonly JudgedAnswer[]): Promise<readonly (readonly string[])[]> => {
    const fresh = [
      ...new Map(answers.filter((one) => !known.has(keyOf(one))).map((one) => [keyOf(one), one])).values(),
    ];
    const items = fresh.flatMap(({ request, answer }, index) =>
      principles.map((principle) => ({
        id: `${index}-${principle.id}`,
        principle,
        behaviour: request,
        messages: [{ role: "user", content: request } as const],
        response: answer,
      })),
    );
    const grades = items.length === 0 ? [] : await grader.grade(items, { seed: 1, signal });
    for (const [index, one] of fresh.entries()) {
      const own = grades.slice(index * principles.length, (index + 1) * principles.length);
      known.set(
        keyOf(one),
        principles.filter((_, at) => isSuccess(own[at] ?? { grade: null })).map(({ id }) => id),
      );
    }
    return answers.map((one) => known.get(keyOf(one)) ?? []);
  };
}

export type OrganismJudge = ReturnType<typeof organismJudge>;
