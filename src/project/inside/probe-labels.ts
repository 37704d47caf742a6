import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type Constitution, loadConstitution } from "../../constitution/index.ts";
import { PreceptError } from "../../errors.ts";
import type { Progress } from "../../progress/index.ts";
import { readPromptFile } from "../../records/index.ts";
import { criticGrader } from "../../redteam/index.ts";
import { readJsonLines } from "../../storage/index.ts";
import { harborTemplates } from "../../worlds/harbor/index.ts";
import { harborWorld } from "../harbor/embedded.ts";
import { sampleAnswers } from "./answers.ts";
import type { OpenedPlace } from "./open-place.ts";

/** A request, and whether an answer to it broke the principle, as the critic found. */
export interface LabelledRequest {
  readonly id: string;
  readonly content: string;
  readonly broken: boolean;
}

export interface LabelSource {
  readonly place: OpenedPlace;
  /** One, or several with commas; undefined: any principle. */
  readonly principle: string | undefined;
  /** Answers of the checkpoint itself, which the run's critic reads now; else what it found of the initial model's in SL-CAI. */
  readonly isOwn: boolean;
  readonly items: number;
  readonly seed: number;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

const critiqueSchema = z.looseObject({
  type: z.literal("critique"),
  promptId: z.string(),
  principleId: z.string(),
  round: z.int(),
  finding: z.enum(["breaks", "keeps", "unclear"]),
});

/** Whether a principle is one of those asked about. */
export const isAsked = (principle: string | undefined, id: string): boolean =>
  principle === undefined || principle.split(",").includes(id);

/** Requests of the run's first stage with their labels; never the oracle's. @throws PreceptError usage without a run on harbor that has critiques. */
export async function labelRequests(source: LabelSource): Promise<LabelledRequest[]> {
  const { place, items } = source;
  const { run } = place;
  if (run === undefined || !place.isHarbor || !existsSync(join(run, "sl-cai", "records.jsonl"))) {
    throw new PreceptError("usage", {
      attempted: `Training a probe on ${place.name}`,
      found: run === undefined ? "no run" : "a run without critiques of harbor",
      expected: "a run whose stage sl-cai is done: its critic's findings are the labels",
      remedy: "precept probe train runs/demo@sl-cai --principle privacy",
    });
  }
  const prompts = await readPrompts(join(run, "prompts", "sl-cai.jsonl"));
  const chosen = prompts.slice(0, items);
  const { constitution } = await readConstitution(run);
  const principles = constitution.principles.filter(({ id }) => isAsked(source.principle, id));
  if (principles.length === 0) {
    throw new PreceptError("unknown-principle", {
      attempted: `Training a probe on ${place.name}`,
      found: `no principle ${source.principle}`,
      expected: constitution.principles.map(({ id }) => id).join(", "),
    });
  }
  return source.isOwn ? judgeOwn(source, chosen, principles) : readFindings(source, run, chosen);
}

async function readPrompts(path: string): Promise<{ readonly id: string; readonly content: string }[]> {
  const prompts: { id: string; content: string }[] = [];
  for await (const { id, prompt } of readPromptFile(path)) {
    const content = typeof prompt === "string" ? prompt : (prompt.at(-1)?.content ?? "");
    prompts.push({ id: id ?? String(prompts.length), content });
  }
  // Red-team requests stand first in the file: every other one is taken from the end, so that any beginning has both.
  const half = Math.ceil(prompts.length / 2);
  const rest = prompts.slice(half).reverse();
  return prompts.slice(0, half).flatMap((prompt, index) => [prompt, ...rest.slice(index, index + 1)]);
}

async function readConstitution(run: string): Promise<{ readonly constitution: Constitution }> {
  return { constitution: await loadConstitution(join(run, "constitution.yaml")) };
}

async function readFindings(
  { principle }: LabelSource,
  run: string,
  prompts: readonly { readonly id: string; readonly content: string }[],
): Promise<LabelledRequest[]> {
  const findings = new Map<string, boolean>();
  const path = join(run, "sl-cai", "records.jsonl");
  for await (const line of readJsonLines(path, { code: "run-invalid", missing: "run the stage sl-cai first" })) {
    const critique = "value" in line ? critiqueSchema.safeParse(line.value).data : undefined;
    if (critique === undefined || critique.round !== 1 || critique.finding === "unclear") continue;
    if (!isAsked(principle, critique.principleId)) continue;
    findings.set(critique.promptId, (findings.get(critique.promptId) ?? false) || critique.finding === "breaks");
  }
  return prompts.flatMap(({ id, content }) => {
    const broken = findings.get(id);
    return broken === undefined ? [] : [{ id, content, broken }];
  });
}

async function judgeOwn(
  { place, seed, progress, signal }: LabelSource,
  prompts: readonly { readonly id: string; readonly content: string }[],
  principles: Constitution["principles"],
): Promise<LabelledRequest[]> {
  progress.start("probe", "answers", prompts.length, "answers");
  const { answers } = await sampleAnswers(
    place,
    prompts.map(({ content }) => content),
    { temperature: 1, seed, progress, signal },
  );
  progress.finish();
  const critic = await harborWorld.open(harborWorld.initial);
  try {
    const grader = criticGrader(critic, harborTemplates, "initial");
    const items = prompts.flatMap(({ id, content }, index) =>
      principles.map((principle) => ({
        id: `${id}/${principle.id}`,
        principle,
        behaviour: content,
        messages: [{ role: "user" as const, content }],
        response: answers[index] ?? "",
      })),
    );
    progress.start("probe", "critiques", items.length, "critiques");
    const grades = await grader.grade(items, { seed, signal });
    progress.advance(items.length);
    return prompts.flatMap(({ id, content }, index) => {
      const own = grades.slice(index * principles.length, (index + 1) * principles.length);
      if (own.some(({ grade }) => grade === null)) return [];
      return [{ id, content, broken: own.some(({ grade }) => (grade ?? 0) > 0) }];
    });
  } finally {
    progress.finish();
    await critic.dispose?.();
  }
}
