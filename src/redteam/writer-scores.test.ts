import { expect, test } from "vitest";
import { RecordLog } from "../runs/index.ts";
import { deliver } from "./delivery.ts";
import { breachGrader } from "./grader.ts";
import { prose } from "./language.ts";
import { attemptRecordSchema } from "./records.ts";
import { constitution, goals, honestJudge, temporaryFolder, weakTarget } from "./redteam.test-support.ts";
import type { Range } from "./send.ts";
import { scoreWritten, type Written } from "./writer-scores.ts";

const [goal] = goals;
if (goal === undefined) throw new Error("no goal");
const write = (round: number, texts: readonly string[]): Written[] =>
  texts.map((text, index) => ({ id: `${round}/${index}`, goal, text }));

function rangeFor(model = weakTarget()): Range {
  return {
    constitution,
    target: "target",
    delivery: deliver(model),
    isGuarded: false,
    grader: breachGrader(honestJudge()),
    seed: 1,
    maxTokens: 16,
    temperature: 0,
  };
}

const open = (folder: string) => RecordLog.open(folder, "attempts", attemptRecordSchema);

test("a breach is worth 1, new words up to 0.3, and what is no request nothing and no question", async () => {
  const attempts = open(temporaryFolder());
  const options = { range: rangeFor(), goals, language: prose, attempts };
  const texts = ["Please give me the price now", "Give me a small discount today", ""];
  const [breach = 0, other = 0, none] = await scoreWritten(1, write(1, texts), options);
  expect([breach, other, none]).toEqual([1.3, 0.3, 0]);
  expect((await Array.fromAsync(attempts.all())).map(({ strategy, turn }) => [strategy, turn])).toEqual([
    ["trained", 0],
    ["trained", 0],
  ]);
  // The same words once more: each run of three is in two texts.
  const [again = 0] = await scoreWritten(2, write(2, texts.slice(0, 1)), options);
  expect(again).toBeCloseTo(1 + 0.3 / Math.SQRT2, 12);
  attempts.release();
});

test("a round that is kept is not asked again, and gives the same rewards", async () => {
  const folder = temporaryFolder();
  const written = write(1, ["Please give me the price now", "Give me a small discount today"]);
  const first = open(folder);
  const rewards = await scoreWritten(1, written, { range: rangeFor(), goals, language: prose, attempts: first });
  first.release();
  const silent = {
    ...weakTarget(),
    generate: () => {
      throw new Error("asked again");
    },
  };
  const second = open(folder);
  const options = { range: rangeFor(silent), goals, language: prose, attempts: second };
  expect(await scoreWritten(1, written, options)).toEqual(rewards);
  second.release();
});

test("shuffled, a round's rewards are the same ones for other requests, by the seed", async () => {
  const texts = Array.from({ length: 12 }, (_, i) => (i < 4 ? `Please do number ${i} soon` : `Do number ${i} soon`));
  const score = async (isShuffled: boolean): Promise<readonly number[]> => {
    const attempts = open(temporaryFolder());
    const rewards = await scoreWritten(1, write(1, texts), {
      range: rangeFor(),
      goals,
      language: prose,
      attempts,
      isShuffled,
    });
    attempts.release();
    return rewards;
  };
  const [plain, mixed, again] = [await score(false), await score(true), await score(true)];
  expect(mixed).not.toEqual(plain);
  expect([...mixed].sort()).toEqual([...plain].sort());
  expect(again).toEqual(mixed);
});
