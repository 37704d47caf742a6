import { type Ask, generateAll, requestSeed } from "../../feedback/index.ts";
import type { LanguageModel } from "../../language-model.ts";
import {
  type CriticContext,
  type CritiqueItem,
  type FoundCritique,
  figuresOf,
  type GoodAnswer,
  gainOf,
  type JudgedAnswer,
} from "../../oversight/index.ts";
import { rateOf } from "../../statistics/index.ts";
import { evaluationRequests, type Governance, harborTemplates } from "../../worlds/harbor/index.ts";
import { type ReadingJob, readItems } from "./critique-readings.ts";

export interface AnswersJob extends Omit<ReadingJob, "name"> {
  /** Whose answers they are. */
  readonly of: string;
  readonly answers: readonly GoodAnswer[];
  /** Whether an answer breaks a principle, where a world knows. */
  readonly truth?: ((text: string, request: string, answer: string) => boolean | undefined) | undefined;
}

/** Answers of a checkpoint of harbor to requests on which settings are chosen: of every split, half of them governed. */
export async function answersOnHarbor(
  model: LanguageModel,
  governance: Governance,
  { count, seed, signal }: { readonly count: number; readonly seed: number; readonly signal?: AbortSignal | undefined },
): Promise<GoodAnswer[]> {
  const all = evaluationRequests({ seed, perSplit: count, set: "development", governance });
  const drawn = Math.min(count, all.length);
  const requests = Array.from({ length: drawn }, (_, index) => all[Math.floor((index * all.length) / drawn)]!);
  const { maxTokens, stop } = harborTemplates.response([]);
  const asked = requests.map(({ id, content }) => ({
    id,
    seed: requestSeed({ seed, stage: "critique" }, { item: id, round: 0, sample: 0, role: "response" }),
    prompt: harborTemplates.response([{ role: "user", content }]).prompt,
  }));
  const texts = new Map<string, string>();
  for await (const { id, text } of model.generate(asked, { maxTokens, stop, temperature: 1, signal }))
    texts.set(id, text.trim());
  return requests.map(({ id, content }) => ({
    id,
    messages: [{ role: "user", content }],
    response: texts.get(id) ?? "",
  }));
}

/** Every answer under every principle at every level, and what each level's findings make of the answers when they are revised. */
export async function critiqueAnswers(job: AnswersJob): Promise<NonNullable<FoundCritique["answers"]>> {
  const { of, answers, context, levels, truth } = job;
  const { principles } = context.constitution;
  const items = answers.flatMap((answer) =>
    principles.map((principle) => ({ ...answer, id: `${answer.id}-${principle.id}`, answer, principle })),
  );
  const readings = await readItems(items, { ...job, name: "answers" });
  const judged = items.flatMap(({ principle, answer }, index): JudgedAnswer[] => {
    const isFlawed = truth?.(principle.text, requestOf(answer), answer.response);
    const findings = (readings[index] ?? []).map(({ finding }) => finding);
    return isFlawed === undefined ? [] : [{ principle: principle.id, isFlawed, findings }];
  });
  const isFlawed = (answer: GoodAnswer, response: string): boolean | undefined => {
    const verdicts = principles.map(({ text }) => truth?.(text, requestOf(answer), response));
    return verdicts.includes(undefined) ? undefined : verdicts.includes(true);
  };
  const every = Array.from({ length: levels }, (_, index) => index + 1);
  const revised: NonNullable<FoundCritique["answers"]>["revised"] = [];
  for (const level of every) {
    const tripped = answers.flatMap((answer) => {
      const at = items.findIndex(
        (item, index) => item.answer === answer && readings[index]?.[level - 1]?.finding === "breaks",
      );
      const item = items[at];
      return item === undefined ? [] : [{ ...item, critique: readings[at]?.[level - 1]?.critique ?? "" }];
    });
    const texts = await revise(tripped, level, context);
    const after = new Map(tripped.map(({ answer }, index) => [answer, texts[index] || answer.response]));
    const readRevised = (answer: GoodAnswer): string => after.get(answer) ?? answer.response;
    const [before, then] = [(answer: GoodAnswer): string => answer.response, readRevised].map((textOf) =>
      answers.map((answer) => isFlawed(answer, textOf(answer))),
    );
    revised.push({
      level,
      revised: tripped.length,
      ...(truth !== undefined && {
        before: rateOf(takeDetermined(before)),
        after: rateOf(takeDetermined(then)),
        unreadable: [answers.length - takeDetermined(before).length, answers.length - takeDetermined(then).length],
      }),
    });
  }
  return {
    of,
    n: answers.length,
    figures: truth === undefined ? [] : every.map((level) => figuresOf(judged, level)),
    gains: truth === undefined ? [] : every.slice(1).map((level) => gainOf(judged, level)),
    revised,
  };
}

const takeDetermined = (verdicts: readonly (boolean | undefined)[] = []): boolean[] =>
  verdicts.filter((verdict) => verdict !== undefined);

const requestOf = ({ messages }: GoodAnswer): string => messages.at(-1)?.content ?? "";

async function revise(
  items: readonly (CritiqueItem & { readonly critique: string })[],
  level: number,
  context: CriticContext,
): Promise<string[]> {
  const asks = items.map(
    (item): Ask => ({
      id: `${context.stage}/${item.id}/revision-${level}`,
      seed: requestSeed(context, { item: item.id, round: 1, sample: 0, role: "revision" }),
      rendered: context.templates.revision(item),
    }),
  );
  return (await generateAll(context, asks, { temperature: 0, topP: 1 })).map(({ text }) => text.trim());
}
