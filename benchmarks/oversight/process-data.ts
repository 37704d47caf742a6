import { generateAll } from "../../src/feedback/index.ts";
import type { LanguageModel } from "../../src/language-model.ts";
import { LocalModel } from "../../src/models/local/index.ts";
import { labelByLikelihood } from "../../src/oversight/index.ts";
import { sampleTraces } from "../../src/project/index.ts";
import type { SftExample, SteppedExample } from "../../src/training/index.ts";
import { splitSteps } from "../../src/training/index.ts";
import {
  type CritiqueCase,
  drawCritiqueCases,
  gradeTrace,
  harborStepForm,
  harborTemplates,
} from "../../src/worlds/harbor/index.ts";

type Wording = "known" | "far";

const inputOf = ({ id, request, response }: CritiqueCase, text: string) => ({
  ...{ id, response },
  messages: [{ role: "user" as const, content: request }],
  principle: { id: "rule", text, weight: 1, tags: [] },
});

export const promptOf = (one: CritiqueCase, text = one.rule): string =>
  String(harborTemplates.critique(inputOf(one, text)).prompt);

export async function withModel<T>(folder: string, body: (model: LanguageModel) => Promise<T>): Promise<T> {
  const model = await LocalModel.load(folder);
  try {
    return await body(model);
  } finally {
    await model.dispose();
  }
}

const asking = (model: LanguageModel, seed: number) => ({ model, modelName: model.id, stage: "process", seed });

/** Greedy critiques, in steps. */
export async function criticise(
  model: LanguageModel,
  cases: readonly CritiqueCase[],
  text: (one: CritiqueCase) => string,
) {
  const asks = cases.map((one) => ({
    ...{ id: one.id, seed: 1 },
    rendered: { ...harborTemplates.critique(inputOf(one, text(one))), maxTokens: 40 },
  }));
  const answers = await generateAll(asking(model, 1), asks, { temperature: 0, topP: 1 });
  return answers.map((answer) => splitSteps(answer.text, harborStepForm));
}

/** The teacher's critiques in words of pre-training, each ended: from these the policy learns to end. */
export async function demonstrations(teacher: LanguageModel, seed: number, count: number): Promise<SftExample[]> {
  const cases = drawCritiqueCases(seed, count, "known");
  const steps = await criticise(teacher, cases, ({ rule }) => rule);
  return cases.map((one, index) => ({
    ...{ id: one.id, prompt: promptOf(one) },
    completion: (steps[index] ?? []).join(harborStepForm.separator),
  }));
}

export interface LabelledTraces {
  readonly examples: readonly SteppedExample[];
  /** Labels that the truth shares, and labels. */
  readonly steps: readonly [number, number];
  readonly outcomes: readonly [number, number];
}

/** The policy's own critiques at temperature 1 of rules in far words, labelled by the teacher, who reads the rules in plain ones. */
export async function labelTraces(
  policy: LanguageModel,
  teacher: LanguageModel,
  cases: readonly CritiqueCase[],
  seed: number,
): Promise<LabelledTraces> {
  const traces = await sampleTraces(
    cases.map((one) => inputOf(one, one.rule)),
    harborStepForm,
    asking(policy, seed),
  );
  const byId = new Map(cases.map((one) => [one.id, one]));
  const own = traces.flatMap(({ id }) => byId.get(id) ?? []);
  const shown = traces.map((trace, index) => ({ ...trace, shown: promptOf(own[index]!, own[index]!.plain) }));
  const labels = await labelByLikelihood(shown, harborStepForm, asking(teacher, seed));
  const verdicts = await criticise(teacher, own, ({ plain }) => plain);
  const counts = { steps: [0, 0] as [number, number], outcomes: [0, 0] as [number, number] };
  const examples = traces.map((trace, index): SteppedExample => {
    const outcome = Number(trace.steps.at(-1) === verdicts[index]?.at(-1));
    const truth = gradeTrace(own[index]!, trace.steps);
    for (const [place, label] of (labels[index] ?? []).entries()) {
      if (label === null) continue;
      counts.steps[1] += 1;
      if (Boolean(label) === truth?.steps[place]) counts.steps[0] += 1;
    }
    counts.outcomes[1] += 1;
    if (Boolean(outcome) === truth?.isVerdictRight) counts.outcomes[0] += 1;
    return { ...trace, labels: labels[index], outcome };
  });
  return { examples, ...counts };
}

/** By case: whether the verdict is right, and whether the trace is. */
export type TraceFigures = readonly { readonly isRight: boolean; readonly isTraceRight: boolean }[];

/** Among right verdicts: whether the trace is wrong. */
export const errorsOf = (figures: TraceFigures): boolean[] =>
  figures.flatMap(({ isRight, isTraceRight }) => (isRight ? [!isTraceRight] : []));

/** Against the truth, greedily, on cases that no arm saw. */
export async function measurePolicy(
  policy: LanguageModel,
  wording: Wording,
  seed: number,
  count: number,
): Promise<TraceFigures> {
  const cases = drawCritiqueCases(seed, count, wording);
  const steps = await criticise(policy, cases, ({ rule }) => rule);
  return cases.map((one, index) => {
    const grade = gradeTrace(one, steps[index] ?? []);
    return { isRight: grade?.isVerdictRight === true, isTraceRight: grade?.isTraceRight === true };
  });
}
