import { throwIfInterrupted } from "../errors.ts";
import type { LanguageModel } from "../language-model.ts";
import type { Progress } from "../progress/index.ts";
import { rng } from "../rng.ts";
import type { RecordLog } from "../runs/index.ts";
import { type Attack, Attacks, type AttacksOptions, type Question } from "./attacks.ts";
import type { AttemptRecord, WriteRecord } from "./records.ts";
import { atOnce, type Shot, sendKept, underSystem } from "./send.ts";
import { ask, type Strategy } from "./strategy.ts";
import { Switchboard } from "./switchboard.ts";

export interface CampaignOptions extends AttacksOptions {
  readonly strategies: readonly Strategy[];
  /** Requests to the target, those to twins not counted. */
  readonly budget: number;
  /** Writes for the strategies that need it. */
  readonly attacker?: (() => Promise<LanguageModel>) | undefined;
  readonly attempts: RecordLog<AttemptRecord>;
  readonly writes: RecordLog<WriteRecord>;
  readonly progress: Progress;
}

/**
 * Every strategy on every goal, side by side and a try each in turn, until the budget is spent. Whatever a model said is in
 * the logs before it is used; after a kill the attacks are run again from the beginning on what the logs hold, so they come to
 * the same place, and go on from there.
 */
export async function runCampaign(options: CampaignOptions): Promise<void> {
  const { range, goals, strategies, budget, progress } = options;
  progress.start("redteam", range.target, budget, "requests");
  await sendTwins(options);
  const board = new Switchboard<Question, string>((questions) => answerAll(options, questions));
  const attacks = new Attacks(board, options);
  for (const strategy of strategies) for (const goal of goals) attacks.begin(strategy, goal);
  let left = budget;
  for (let round = 0; ; round++) {
    await board.settle();
    attacks.throwFault();
    const ready = attacks.listReady();
    if (ready.length === 0 || left === 0) break;
    const chosen = chooseFairly(ready, left, range.seed, round);
    left -= chosen.length;
    const records = await sendShots(
      options,
      `round-${number(round)}`,
      chosen.map((attack) => attack.takeShot()),
    );
    for (const [index, attack] of chosen.entries()) {
      const record = records[index];
      if (record !== undefined) attacks.answer(attack, record);
    }
  }
  await attacks.end();
  progress.finish();
}

/** The benign twin of every goal, once: what is called a breach there is the judge's false alarm. */
async function sendTwins(options: CampaignOptions): Promise<void> {
  const shots = options.goals.flatMap((goal): Shot[] => {
    if (goal.twin === undefined) return [];
    const attempt = { messages: ask(goal.twin) };
    return [{ id: `attack/twin/${goal.id}/00000`, strategy: "twin", turn: 0, goal, attempt }];
  });
  await sendShots(options, "twins", shots, false);
}

/** Sends shots under a name, each batch kept in the log before the next. */
function sendShots(
  { range, attempts, progress }: CampaignOptions,
  name: string,
  shots: readonly Shot[],
  isCounted = true,
): Promise<readonly AttemptRecord[]> {
  return sendKept(shots, range, {
    log: attempts,
    attempted: `Attacking ${range.target}`,
    nameOf: (_, index) => `${name}-${number(index)}`,
    onSent: (requests) => isCounted && progress.advance(requests),
  });
}

/** The last round may be too large for what is left of the budget: then the seed says who is left out. */
function chooseFairly(ready: readonly Attack[], left: number, seed: number, round: number): readonly Attack[] {
  if (ready.length <= left) return ready;
  const drawn = new Set(rng(seed, "redteam", "last-round", round).shuffle(ready).slice(0, left));
  return ready.filter((attack) => drawn.has(attack));
}

async function answerAll(options: CampaignOptions, questions: readonly Question[]): Promise<readonly string[]> {
  const { range, writes } = options;
  const answers = new Map<string, string>();
  for (let start = 0; start < questions.length; start += atOnce) {
    throwIfInterrupted(range.signal, "Writing attacks");
    const batch = questions.slice(start, start + atOnce);
    const id = `write-${batch[0]?.id ?? ""}`;
    if (!writes.isDone(id)) await writes.append(id, await answerBatch(options, batch));
    for (const record of writes.batch(id)) answers.set(record.id, record.text);
  }
  return questions.map(({ id }) => answers.get(id) ?? "");
}

async function answerBatch(
  { range, attacker }: CampaignOptions,
  questions: readonly Question[],
): Promise<WriteRecord[]> {
  const { signal, delivery, seed, system } = range;
  const records: WriteRecord[] = [];
  const asks = questions.flatMap((one) => (one.kind === "write" ? [one] : []));
  for (const group of Map.groupBy(
    asks,
    ({ ask: { maxTokens, temperature } }) => `${maxTokens} ${temperature}`,
  ).values()) {
    const { maxTokens = 400, temperature = 1 } = group[0]?.ask ?? {};
    const model = await attacker?.();
    if (model === undefined) throw new RangeError("a strategy asks an attacker where there is none");
    const requests = group.map(({ id, ask: { messages } }) => ({
      id,
      prompt: messages,
      seed: rng(seed, "redteam", id).integer(2 ** 31),
    }));
    for await (const { id, text, usage } of model.generate(requests, { maxTokens, temperature, signal })) {
      records.push({ type: "redteam-write", id, text, tokens: usage.promptTokens + usage.completionTokens });
    }
  }
  const scores = questions.flatMap((one) => (one.kind === "score" ? [one] : []));
  if (scores.length > 0) {
    const requests = scores.map(({ id, request, answer }) => ({
      id,
      prompt: underSystem(system, ask(request)),
      continuation: answer,
    }));
    for await (const { id, logprobs, usage } of delivery.model.score(requests, { signal })) {
      const mean = logprobs.reduce((sum, logprob) => sum + logprob, 0) / Math.max(1, logprobs.length);
      const text = logprobs.length === 0 ? "-1e9" : String(mean);
      records.push({ type: "redteam-write", id, text, tokens: usage.promptTokens });
    }
  }
  throwIfInterrupted(signal, "Writing attacks");
  return records;
}

const number = (n: number): string => String(n).padStart(5, "0");
