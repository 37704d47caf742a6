/**
 * Has the models write revisions and appends them to OUTPUT as lines of JSON, without what the filter says of them.
 * Usage: node benchmarks/filters/gather.ts OUTPUT [SET …]   (models: npm run models -- smollm2-135m-instruct qwen2.5-coder-1.5b-instruct)
 * What OUTPUT holds is not asked again: begin with gunzip -c benchmarks/filters/outputs.jsonl.gz > OUTPUT.
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { critiqueRevisionChains, type FeedbackContext, textOf } from "../../src/feedback/index.ts";
import type { LanguageModel } from "../../src/language-model.ts";
import { LocalModel } from "../../src/models/local/local.ts";
import { openModel } from "../../src/models/open.ts";
import { committedCheckpoint, shippedGovernance } from "../../src/project/harbor/inputs.ts";
import type { PromptItem } from "../../src/records/index.ts";
import { hash32 } from "../../src/rng.ts";
import { harborPrompts } from "../../src/worlds/harbor/index.ts";
import { modelsFolder } from "../models/fetch.ts";
import { fetchedModels } from "../models/table.ts";
import { inputOf, type WeakOutput } from "./outputs.ts";
import { constitutionOf, type OutputSet, outputSets, ownPrompts } from "./sets.ts";

/** Prompts asked together. */
const GROUP = { harbor: 20, other: 1 } as const;
const sampling = { temperature: 0.7, topP: 0.95 };

const opened = new Map<string, Promise<LanguageModel>>();

/** A set's model, loaded once. */
function open({ model }: OutputSet): Promise<LanguageModel> {
  const found = opened.get(model) ?? load(model);
  opened.set(model, found);
  return found;
}

async function load(model: string): Promise<LanguageModel> {
  if (model === "harbor") return LocalModel.load(committedCheckpoint);
  return openModel(`llamacpp:${join(modelsFolder(), model, fetchedModels[model]?.file ?? "")}`);
}

function promptsOf({ model, name, prompts }: OutputSet): PromptItem[] {
  if (model !== "harbor") return ownPrompts(name, prompts);
  const counts = { redTeam: prompts, helpful: 0 };
  return [
    ...harborPrompts(11, { "sl-cai": counts, "ai-feedback": counts, "rl-cai": counts }, shippedGovernance())["sl-cai"],
  ];
}

/** The revisions of one group of prompts. */
async function ask(set: OutputSet, prompts: readonly PromptItem[], context: FeedbackContext): Promise<WeakOutput[]> {
  const records = await critiqueRevisionChains(prompts, context, {
    ...set.chain,
    sampling,
    critiqueSampling: sampling,
  });
  const byId = new Map(records.map((record) => [record.id, record]));
  return records.flatMap((record): WeakOutput[] => {
    if (record.type !== "revision") return [];
    const before = byId.get(record.parents[0] ?? "");
    const critique = records.find(
      ({ type, promptId, ...rest }) =>
        type === "critique" &&
        promptId === record.promptId &&
        "round" in rest &&
        rest.round === record.round &&
        rest.principleId === record.principleId,
    );
    if (before === undefined || before.type === "critique") return [];
    return [
      {
        id: `${set.name}/${record.promptId}/${record.round}`,
        set: set.name,
        messages: prompts.find(({ id }) => id === record.promptId)?.messages ?? [],
        principleId: record.principleId,
        response: textOf(before),
        responseFinishReason: before.finishReason,
        critique:
          critique?.type === "critique" ? { text: critique.critique, finishReason: critique.finishReason } : null,
        revision: record.revision,
        finishReason: record.finishReason,
      },
    ];
  });
}

/** One more revision from what an output was written from. */
async function drawAgain(set: OutputSet, first: WeakOutput, sample: number, model: LanguageModel): Promise<WeakOutput> {
  const { prompt, stop, maxTokens } = set.templates.revision(await inputOf(first, set));
  const id = `${first.id}/${sample}`;
  const requests = [{ id, prompt, seed: hash32(id) % 2 ** 31 }];
  for await (const answer of model.generate(requests, { ...sampling, stop, maxTokens })) {
    return { ...first, id, revision: answer.text.trim(), finishReason: answer.finishReason };
  }
  throw new Error(`${id}: no answer`);
}

const [output, ...names] = process.argv.slice(2);
if (output === undefined) {
  console.error("usage: node benchmarks/filters/gather.ts OUTPUT [SET …]");
  process.exit(2);
}
const kept: WeakOutput[] = !existsSync(output)
  ? []
  : readFileSync(output, "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as WeakOutput);
const keep = (outputs: readonly WeakOutput[]): void => {
  kept.push(...outputs);
  appendFileSync(output, outputs.map((line) => `${JSON.stringify(line)}\n`).join(""));
};
for (const set of outputSets) {
  if (names.length > 0 && !names.includes(set.name)) continue;
  const wanted = promptsOf(set);
  if (wanted.length === 0) continue;
  const model = await open(set);
  const context = {
    model,
    modelName: set.model,
    constitution: await constitutionOf(set),
    templates: set.templates,
    seed: 1,
    stage: set.name,
  };
  const group = GROUP[set.model === "harbor" ? "harbor" : "other"];
  for (let start = 0; start < wanted.length; start += group) {
    const prompts = wanted.slice(start, start + group);
    const ofPrompt = (id: string): WeakOutput[] => kept.filter((line) => line.id.startsWith(`${set.name}/${id}/`));
    const missing = prompts.filter(({ id }) => ofPrompt(id).length === 0);
    if (missing.length > 0) keep(await ask(set, missing, context));
    for (const first of prompts.flatMap(({ id }) => ofPrompt(id).slice(0, 1))) {
      for (let sample = 2; sample <= set.samples; sample++) {
        if (kept.some(({ id }) => id === `${first.id}/${sample}`)) continue;
        keep([await drawAgain(set, first, sample, model)]);
      }
    }
    console.error(`${set.name}: ${Math.min(start + group, wanted.length)} of ${wanted.length} prompts`);
  }
}
process.exit(0);
