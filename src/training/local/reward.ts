import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { PreceptError } from "../../errors.ts";
import { checkpointHash } from "../../transformer/index.ts";
import { cutBy, isConcluded, prefixesOf, productOfSteps, splitSteps } from "../steps.ts";
import type { CheckpointReward, MixedReward, ProcessReward, Reward, Rollout, ScoredRollout } from "../trainer.ts";
import { preferenceScores } from "./preference-scorer.ts";
import { readMixture, readProcessReward } from "./reward-files.ts";
import { scoreByUrl } from "./url-reward.ts";

/** A reward that is ready to score. */
export interface OpenReward {
  /** Every rollout with its score and its reward, in the order given. @throws PreceptError shape-mismatch, not-finite, input-invalid, model-failed. */
  score(rollouts: readonly Rollout[], signal?: AbortSignal): Promise<readonly ScoredRollout[]>;
  /** Tokens that a preference model has read so far; 0 for any other reward. */
  readonly tokensRead: number;
  dispose(): Promise<void>;
}

type Score = (rollouts: readonly Rollout[], signal?: AbortSignal) => Promise<readonly number[]>;

/** The reward that a person names by one word: an address, a preference model's folder or a module. @throws PreceptError checkpoint-missing. */
export function rewardAt(place: string): Reward {
  return findReward(place, []);
}

/** @param within Files of mixtures that name it, one within the other. */
function findReward(place: string, within: readonly string[]): Reward {
  if (/^https?:\/\//.test(place)) return { url: place };
  if (existsSync(place) && !statSync(place).isDirectory())
    return place.endsWith(".json") ? readMixture(place, within, findReward) : { module: place };
  if (existsSync(place)) return readProcessReward(place) ?? { checkpoint: place };
  throw new PreceptError("checkpoint-missing", {
    attempted: `Opening the reward ${place}`,
    found: "no such file or folder",
    expected:
      "a preference model's or process reward's folder, a module that exports a function named reward, JSON with a mixture, or the URL of a server that scores",
    remedy: "check the path",
  });
}

/** Opens a reward; dispose of it when done. @throws PreceptError checkpoint-missing, checkpoint-invalid or input-invalid. */
export async function openReward(reward: Reward): Promise<OpenReward> {
  if ("checkpoint" in reward) return openCheckpoint(reward);
  if ("process" in reward) return openProcess(reward);
  if ("mixture" in reward) return openMixture(reward);
  const score = "module" in reward ? await scoreByModule(reward.module) : scoreByUrl(reward);
  return {
    score: (rollouts, signal) => withScores(rollouts, score, signal),
    tokensRead: 0,
    dispose: async () => undefined,
  };
}

/** What makes a reward the same one for a job that continues: hashes of its checkpoint or of the module's text. */
export async function rewardIdentity(reward: Reward): Promise<unknown> {
  if ("process" in reward) return { ...reward, process: await checkpointHash(reward.process) };
  if ("mixture" in reward) {
    const parts = reward.mixture.map(async ({ reward: part, weight }) => [await rewardIdentity(part), weight]);
    return { mixture: await Promise.all(parts) };
  }
  if ("checkpoint" in reward) return { ...reward, checkpoint: await checkpointHash(reward.checkpoint) };
  if ("url" in reward) return { url: reward.url };
  return {
    module: createHash("sha256")
      .update(await readFile(reward.module))
      .digest("hex"),
  };
}

async function openCheckpoint({ checkpoint, meanScore = 0, responsePrefix }: CheckpointReward): Promise<OpenReward> {
  const model = await preferenceScores(checkpoint);
  const asTrained = ({ prompt, response }: Rollout) => ({
    prompt,
    response: responsePrefix === undefined ? response : responsePrefix + response.trim(),
  });
  const score = (rollouts: readonly Rollout[]): Promise<number[]> => model.score(rollouts.map(asTrained));
  return {
    score: async (rollouts) =>
      (await withScores(rollouts, score)).map((rollout) => ({ ...rollout, reward: rollout.score - meanScore })),
    get tokensRead() {
      return model.tokensRead;
    },
    dispose: () => model.dispose(),
  };
}

/** All steps of all rollouts are read in one call. */
async function openProcess({ process: folder, steps: form }: ProcessReward): Promise<OpenReward> {
  const model = await preferenceScores(folder);
  const score = async (rollouts: readonly Rollout[]): Promise<number[]> => {
    // Fewer steps are fewer factors: without its conclusion a response would be worth more.
    const prefixes = rollouts.map((rollout) =>
      isConcluded(rollout, form) ? prefixesOf(splitSteps(rollout.response, form), form) : [],
    );
    const items = rollouts.flatMap(({ prompt }, index) =>
      (prefixes[index] ?? []).map((response) => ({ prompt, response })),
    );
    const logits = await model.score(items);
    const lengths = prefixes.map(({ length }) => length);
    return cutBy(logits, lengths).map(productOfSteps);
  };
  return {
    score: (rollouts) => withScores(rollouts, score),
    get tokensRead() {
      return model.tokensRead;
    },
    dispose: () => model.dispose(),
  };
}

/** Sum of weight · reward; the score that is recorded is the sum too. */
async function openMixture({ mixture }: MixedReward): Promise<OpenReward> {
  const parts: { readonly open: OpenReward; readonly weight: number }[] = [];
  const dispose = async (): Promise<void> => {
    for (const { open } of parts) await open.dispose();
  };
  try {
    for (const { reward, weight } of mixture) parts.push({ open: await openReward(reward), weight });
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    score: (rollouts, signal) =>
      withScores(
        rollouts,
        async () => {
          const sums = rollouts.map(() => 0);
          for (const { weight, open } of parts)
            for (const [index, { reward }] of (await open.score(rollouts, signal)).entries())
              sums[index] = (sums[index] ?? 0) + weight * reward;
          return sums;
        },
        signal,
      ),
    get tokensRead() {
      return parts.reduce((sum, { open }) => sum + open.tokensRead, 0);
    },
    dispose,
  };
}

async function scoreByModule(place: string): Promise<Score> {
  const attempted = `Opening the reward ${place}`;
  let module: object;
  try {
    module = (await import(pathToFileURL(resolve(place)).href)) as object;
  } catch (cause) {
    const found = `a module that cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new PreceptError("input-invalid", { attempted, found, expected: "a JavaScript or TypeScript module", cause });
  }
  const { reward } = module as { readonly reward?: unknown };
  if (typeof reward !== "function") {
    const named = Object.keys(module);
    throw new PreceptError("input-invalid", {
      attempted,
      found: named.length === 0 ? "a module that exports nothing" : `a module that exports ${named.join(", ")}`,
      expected: "a function named reward: (rollouts) => one number each",
    });
  }
  return async (rollouts) => {
    try {
      return checkNumbers(await reward(rollouts), place);
    } catch (cause) {
      if (cause instanceof PreceptError) throw cause;
      throw new PreceptError("model-failed", {
        attempted: `Scoring rollouts by ${place}`,
        found: `an error of its own: ${cause instanceof Error ? cause.message : String(cause)}`,
        remedy: "mend it and give the same command again: training continues from its last saved state",
        cause,
      });
    }
  };
}

/** @throws PreceptError input-invalid for anything but a list of numbers. */
export function checkNumbers(scores: unknown, place: string): readonly number[] {
  if (Array.isArray(scores) && scores.every((score) => typeof score === "number")) return scores;
  throw new PreceptError("input-invalid", {
    attempted: `Scoring rollouts by ${place}`,
    found: Array.isArray(scores) ? "a list with something other than numbers" : typeof scores,
    expected: "a list of numbers, one for each rollout",
  });
}

/** @throws PreceptError shape-mismatch or not-finite for anything but one finite number for each rollout. */
async function withScores(
  rollouts: readonly Rollout[],
  score: Score,
  signal?: AbortSignal,
): Promise<readonly ScoredRollout[]> {
  const scores = await score(rollouts, signal);
  const bad = scores.findIndex((value) => !Number.isFinite(value));
  if (scores.length === rollouts.length && bad === -1) {
    return rollouts.map((rollout, i) => ({ ...rollout, score: scores[i] ?? 0, reward: scores[i] ?? 0 }));
  }
  throw new PreceptError(bad === -1 ? "shape-mismatch" : "not-finite", {
    attempted: "Scoring rollouts",
    found: bad === -1 ? `${scores.length} scores` : `the score ${scores[bad]} of rollout ${rollouts[bad]?.id ?? bad}`,
    expected: `${rollouts.length} finite scores`,
    remedy: "check the reward; a preference model may need a lower learning rate",
  });
}
