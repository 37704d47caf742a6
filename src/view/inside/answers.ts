import type { Findings } from "../../inside/index.ts";
import { quoteWord, shownPath } from "../../storage/index.ts";
import type { OpenRun } from "../run/open-run.ts";
import type { CausedPage, TracedAnswer } from "../source-inside.ts";
import { toAnswerLine } from "./page.ts";

/** An answer that was traced; undefined where there is none of this name. */
export function toTracedAnswer({ folder }: OpenRun, { answers }: Findings, name: string): TracedAnswer | undefined {
  const found = answers.find((one) => one.name === name);
  if (found === undefined) return undefined;
  const { answering, trained, request, response, examples, principles, strongest, compared, notes } = found;
  const asked = `${shownPath(folder)}@${answering} --prompt ${quoteWord(request)} --answer ${quoteWord(response)}`;
  const isLater = answering === "rl-cai" || answering === "dpo";
  return {
    ...{ answering, trained, request, response, examples, principles, strongest, compared, notes },
    compare: isLater && compared === undefined ? `precept attribute ${asked}` : null,
    forget: answering === "answer" ? null : `precept attribute forget ${asked}`,
  };
}

/** What is known of what a training example caused: answers that were traced to it, features of which it is an example. */
export function toCausedPage({ answers, dictionaries }: Findings, id: string): CausedPage {
  return {
    id,
    answers: answers.flatMap((answer) => {
      const own = answer.strongest.find(({ example }) => example.id === id);
      return own === undefined ? [] : [{ ...toAnswerLine(answer), byMethod: own.byMethod }];
    }),
    features: dictionaries.flatMap(({ name, diff }) =>
      (diff?.review ?? [])
        .filter(({ causes }) => causes.some((cause) => cause.id === id))
        .map(({ feature, principle }) => ({ dictionary: name, feature, principle })),
    ),
  };
}
