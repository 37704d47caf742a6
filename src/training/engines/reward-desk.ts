import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PreceptError } from "../../errors.ts";
import { parseJson } from "../../storage/index.ts";
import { loadCheckpointTokenizer } from "../../transformer/index.ts";
import { encodePrompt } from "../local/encoding.ts";
import { type OpenReward, openReward } from "../local/reward.ts";
import { samplesPerPrompt } from "../local/rollout-objectives.ts";
import { rolloutOf } from "../local/rollouts.ts";
import type { Rollout, RolloutPrompt, TrainingListener } from "../trainer.ts";
import type { RewardRequest, RolloutsEvent } from "./events.ts";
import type { Outline } from "./plan-models.ts";
import type { RoundJob } from "./plan-rounds.ts";
import { drawnSchema } from "./round-schema.ts";

/** Reads the responses that an engine draws: tells them, and answers for a reward that lives in this process. */
export class RewardDesk {
  readonly #job: RoundJob;
  readonly #folder: string;
  readonly #onRollouts: TrainingListener["onRollouts"];
  readonly #tokenizer: Outline["tokenizer"];
  #reward: Promise<OpenReward> | undefined;

  private constructor(job: RoundJob, onRollouts: TrainingListener["onRollouts"], tokenizer: Outline["tokenizer"]) {
    this.#job = job;
    this.#folder = job.output;
    this.#onRollouts = onRollouts;
    this.#tokenizer = tokenizer;
  }

  static async open(job: RoundJob, { onRollouts }: TrainingListener): Promise<RewardDesk> {
    return new RewardDesk(job, onRollouts, await loadCheckpointTokenizer(job.initial));
  }

  /** The line that the engine waits for. @throws PreceptError what the reward throws. */
  async answer({ step, file }: RewardRequest): Promise<string> {
    this.#reward ??= openReward(this.#job.reward);
    const reward = await this.#reward;
    const before = reward.tokensRead;
    const scored = await reward.score(this.#read(step, file), this.#job.signal);
    const [scores, rewards] = [scored.map(({ score }) => score), scored.map((one) => one.reward)];
    return JSON.stringify({ step, scores, rewards, tokens: reward.tokensRead - before });
  }

  async tell({ step, file, scores, rewards }: RolloutsEvent): Promise<void> {
    if (this.#onRollouts === undefined) return;
    const scored = this.#read(step, file).map((rollout, i) => ({
      ...rollout,
      score: scores[i] ?? 0,
      reward: rewards[i] ?? 0,
    }));
    await this.#onRollouts(step, scored);
  }

  async dispose(): Promise<void> {
    await (await this.#reward)?.dispose();
  }

  #read(step: number, file: string): Rollout[] {
    const path = join(this.#folder, file);
    const samples = samplesPerPrompt(this.#job);
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    return lines.map((line, place) => {
      const { row, tokens, ended, logprobs } = parseJson(line, drawnSchema, (found, cause) =>
        describe(path, found, cause),
      );
      const prompt = this.#job.prompts[row] as RolloutPrompt;
      const before = encodePrompt(this.#tokenizer, prompt.prompt);
      const id = `${step}/${Math.floor(place / samples)}/${place % samples}/${prompt.id}`;
      const sample = { id, prompt, tokens: [...before, ...tokens], responseStart: before.length, isEnded: ended };
      return rolloutOf(this.#tokenizer, sample, logprobs);
    });
  }
}

const describe = (path: string, found: string, cause: unknown): PreceptError =>
  new PreceptError("run-invalid", {
    attempted: `Reading ${path}`,
    found,
    expected: "a response of contract 1 a line",
    remedy: "use one version of precept on both sides",
    cause,
  });
