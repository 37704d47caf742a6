import { PreceptError } from "../errors.ts";
import { type FeedbackRecord, respondAndCritique, type Sampling } from "../feedback/index.ts";
import { samplesOf } from "../guard/heads/index.ts";
import { withModel } from "../language-model.ts";
import type { PromptItem, PromptKind, PromptSource } from "../records/index.ts";
import { rng } from "../rng.ts";
import { batchesOf, collect, finishBatches, type RecordLog } from "../runs/index.ts";
import type { DataStageContext, ModelRole } from "./context.ts";
import { feedbackContext } from "./feedback-context.ts";
import type { Meter } from "./meter.ts";

/** Prompts whose sampled answers say what a prompt leads to. */
export interface SampledPrompts {
  readonly prompts: PromptSource;
  /** Answers. */
  readonly initial: ModelRole;
  /** Criticises the answers. Default: the initial model. */
  readonly critic?: ModelRole | undefined;
  readonly sampling: Sampling;
  readonly critiqueSampling: Sampling;
  /** Answers to a prompt: a label is a share of them. */
  readonly samples: number;
  /** Prompts whose answers are one batch. */
  readonly batch: number;
}

/**
 * Answers prompts and criticises the answers. For each attack there is a harmless prompt, else a head would learn that all that is
 * asked is an attack: of more attacks as many are drawn as there are harmless prompts.
 * @throws PreceptError input-invalid without a harmless prompt.
 */
export async function samplePrompts(
  context: DataStageContext,
  { prompts, initial, critic, sampling, critiqueSampling, samples, batch }: SampledPrompts,
  log: RecordLog<FeedbackRecord>,
  meter: Meter,
): Promise<FeedbackRecord[]> {
  const listOf = (kind: PromptKind): Promise<PromptItem[]> => Array.fromAsync(prompts.items(kind));
  const harmless = await listOf("helpful");
  if (harmless.length === 0) throw noTwins(prompts.sizes["red-team"]);
  const attacks = rng(context.seed, "guard-model", "attacks")
    .shuffle(await listOf("red-team"))
    .slice(0, harmless.length);
  const asked = [...attacks, ...harmless];
  context.progress.start("guard-model", `${samples} answers each, and their critiques`, asked.length, "prompts");
  await withModel(initial.open, (open) =>
    withModel((critic ?? initial).open, (openCritic) =>
      finishBatches(
        log,
        batchesOf("prompts", asked, batch),
        (items) => context.progress.advance(items),
        async (items, onShare) => {
          const calls = { calls: 2, onShare };
          const answering = feedbackContext(
            context,
            "guard-model",
            { name: initial.name, model: await open() },
            meter,
            calls,
          );
          const own = items.flatMap((prompt) => samplesOf(prompt, samples));
          const options = { sampling, critiqueSampling };
          if (critic === undefined || critic.key === initial.key) return respondAndCritique(own, answering, options);
          const other = { ...answering, model: await openCritic(), modelName: critic.name };
          return respondAndCritique(own, answering, options, other);
        },
        initial.concurrency ?? context.concurrency,
      ),
    ),
  );
  const made = await collect(log);
  await log.close();
  return made;
}

function noTwins(attacks: number): PreceptError {
  return new PreceptError("input-invalid", {
    attempted: "Training a guard model of the input",
    found: `${attacks} attacks and no harmless prompt`,
    expected:
      "at least as many harmless prompts as attacks, of the same make: what must not be blocked is learned from them",
    remedy: "name harmless prompts in the configuration: prompts: { helpful: FILE }",
  });
}
