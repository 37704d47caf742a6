import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { PreceptError } from "../errors.ts";
import type { RewardFunction } from "../training/index.ts";
import { preferenceScores } from "../training/local/index.ts";
import { checkpointHash } from "../transformer/index.ts";

export interface OpenReward {
  readonly reward: RewardFunction;
  /** A hash of the preference model, or of the module's text. */
  readonly rewardName: string;
  dispose(): Promise<void>;
}

/**
 * A reward by its place: a folder is a preference model's checkpoint, a file a module whose function `reward` takes rollouts and
 * returns (a promise of) one number each. @throws PreceptError checkpoint-missing, checkpoint-invalid or input-invalid.
 */
export async function openReward(place: string): Promise<OpenReward> {
  const attempted = `Opening the reward ${place}`;
  if (!existsSync(place)) {
    throw new PreceptError("checkpoint-missing", {
      attempted,
      found: "no such file or folder",
      expected: "a preference model's folder, or a module that exports a function named reward",
      remedy: "check the path",
    });
  }
  if (statSync(place).isDirectory()) {
    const model = await preferenceScores(place);
    return {
      reward: (rollouts) => model.score(rollouts),
      rewardName: await checkpointHash(place),
      dispose: () => model.dispose(),
    };
  }
  let module: object;
  try {
    module = (await import(pathToFileURL(resolve(place)).href)) as object;
  } catch (cause) {
    const found = `a module that cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new PreceptError("input-invalid", { attempted, found, expected: "a JavaScript or TypeScript module", cause });
  }
  const { reward } = module as { readonly reward?: unknown | undefined };
  if (typeof reward !== "function") {
    const named = Object.keys(module);
    throw new PreceptError("input-invalid", {
      attempted,
      found: named.length === 0 ? "a module that exports nothing" : `a module that exports ${named.join(", ")}`,
      expected: "a function named reward: (rollouts) => one number each",
    });
  }
  return {
    reward: async (rollouts) => {
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
    },
    rewardName: createHash("sha256")
      .update(await readFile(place))
      .digest("hex"),
    dispose: async () => undefined,
  };
}

function checkNumbers(scores: unknown, place: string): readonly number[] {
  if (Array.isArray(scores) && scores.every((score) => typeof score === "number")) return scores;
  throw new PreceptError("input-invalid", {
    attempted: `Scoring rollouts by ${place}`,
    found: Array.isArray(scores) ? "a list with something other than numbers" : typeof scores,
    expected: "a list of numbers, one a rollout",
  });
}
