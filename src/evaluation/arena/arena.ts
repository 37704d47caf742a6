import type { Message } from "../../language-model.ts";
import {
  attempt,
  type BradleyTerry,
  bradleyTerry,
  type Comparative,
  type Estimate,
  type Game,
  notEnough,
  type Rating,
  verdictOf,
} from "../../statistics/index.ts";
import { flipRate, type JudgeIdentity, type JudgeOptions, type PairItem, type PairVerdict } from "../judges/index.ts";

/** A subject with its answer to every prompt, by prompt id; a prompt without one is left out for the pairs it is in. */
export interface SubjectAnswers {
  readonly name: string;
  readonly answers: ReadonlyMap<string, string>;
}

export interface ArenaPrompt {
  readonly id: string;
  readonly messages: readonly Message[];
}

/** Wins, ties and losses of one subject against another. */
export interface ArenaPair {
  readonly first: string;
  readonly second: string;
  readonly wins: number;
  readonly ties: number;
  readonly losses: number;
  /** Pairs without a verdict. */
  readonly undetermined: number;
  /** Lead of the first, Elo. */
  readonly lead: Estimate;
  readonly verdict: Comparative;
}

export interface ArenaResult {
  /** "helpfulness" or "harmlessness": never one number for both. */
  readonly aim: string;
  readonly judge: JudgeIdentity & { readonly hash: string };
  readonly prompts: number;
  /** Strongest first; the mean of all subjects is 0. Only differences mean anything. */
  readonly ratings: readonly Rating[];
  readonly pairs: readonly ArenaPair[];
  /** How often the judge's verdict turned with the order; those count as ties. */
  readonly flips: Estimate | null;
  readonly undetermined: number;
  /** Why ratings needed a drawn game between every two subjects; absent: they did not. */
  readonly prior?: string | undefined;
}

export interface ArenaOptions extends JudgeOptions {
  /** Games that go to the judge at once; default 32. */
  readonly batch?: number | undefined;
}

/**
 * Every two subjects on every prompt, both orders, then Bradley–Terry over prompts as clusters, on the Elo scale (Bai et al.
 * 2022 §4.3). Where somebody won every game no rating fits best: one drawn game between every two is added, and said.
 * @throws PreceptError not-enough-evidence for fewer than two subjects or no verdict at all; what the judge throws.
 */
export async function arena(
  aim: string,
  subjects: readonly SubjectAnswers[],
  prompts: readonly ArenaPrompt[],
  judge: MatchJudge,
  options: ArenaOptions,
): Promise<ArenaResult> {
  const attempted = `Rating ${aim}`;
  if (subjects.length < 2) throw notEnough(attempted, `${subjects.length} subjects`, "two subjects or more");
  if (prompts.length === 0) throw notEnough(attempted, "no prompts", "one prompt or more");
  const matches = prompts.flatMap((prompt) => matchesOn(prompt, subjects));
  const verdicts: PairVerdict[] = [];
  const size = options.batch ?? 32;
  for (let start = 0; start < matches.length; start += size) {
    verdicts.push(...(await judge.compare(matches.slice(start, start + size), options)));
  }
  const games = matches.flatMap(({ first, second, prompt }, i): Game[] => {
    const verdict = verdicts[i];
    return verdict?.outcome === "judged" ? [{ first, second, score: verdict.score, cluster: prompt }] : [];
  });
  if (!verdicts.some((verdict) => verdict.outcome === "judged" && !verdict.isSameText))
    throw notEnough(attempted, `no verdict on ${matches.length} pairs`, "a judge that compares");
  const { fit, prior } = rate(games);
  const tally = pairsOf(subjects, matches, verdicts, fit);
  const { name, version, model, prompt, hash } = judge;
  return {
    aim,
    judge: { name, version, model, prompt, hash },
    prompts: prompts.length,
    ratings: [...fit.ratings].sort((a, b) => b.elo - a.elo),
    pairs: tally,
    flips: flipRate(verdicts) ?? null,
    undetermined: verdicts.filter(({ outcome }) => outcome === "undetermined").length,
    prior,
  };
}

/** The answers of two subjects to one prompt. */
export interface Match extends PairItem {
  readonly first: string;
  readonly second: string;
  readonly prompt: string;
}

/** A `PairJudge`, or one that remembers who played. */
export interface MatchJudge extends JudgeIdentity {
  readonly hash: string;
  compare(matches: readonly Match[], options: JudgeOptions): Promise<readonly PairVerdict[]>;
}

function matchesOn({ id, messages }: ArenaPrompt, subjects: readonly SubjectAnswers[]): Match[] {
  return subjects.flatMap((first, i) =>
    subjects.slice(i + 1).flatMap((second): Match[] => {
      const [a, b] = [first.answers.get(id), second.answers.get(id)];
      if (a === undefined || b === undefined) return [];
      const names = { first: first.name, second: second.name };
      return [{ ...names, id: `${id}/${first.name}/${second.name}`, prompt: id, messages, responses: [a, b] }];
    }),
  );
}

function rate(games: readonly Game[]): { readonly fit: BradleyTerry; readonly prior?: string | undefined } {
  const plain = attempt(() => bradleyTerry(games));
  if (plain.outcome === "estimated") return { fit: plain.value };
  // The clustered covariance knows nothing of the added games and would be too narrow.
  return { fit: bradleyTerry(games, { prior: 1, clustered: false }), prior: plain.reason };
}

function pairsOf(
  subjects: readonly SubjectAnswers[],
  matches: readonly Match[],
  verdicts: readonly PairVerdict[],
  fit: BradleyTerry,
): ArenaPair[] {
  const rated = new Set(fit.ratings.map(({ player }) => player));
  return subjects.flatMap(({ name: first }, i) =>
    subjects.slice(i + 1).flatMap(({ name: second }): ArenaPair[] => {
      if (!rated.has(first) || !rated.has(second)) return [];
      const own = verdicts.filter((_, k) => matches[k]?.first === first && matches[k]?.second === second);
      const count = (score: number): number =>
        own.filter((verdict) => verdict.outcome === "judged" && verdict.score === score).length;
      const { estimate, low, high, n } = fit.difference(first, second);
      const lead = { estimate, low, high, n };
      return [
        {
          first,
          second,
          wins: count(1),
          ties: count(0.5),
          losses: count(0),
          undetermined: own.filter(({ outcome }) => outcome === "undetermined").length,
          lead,
          verdict: verdictOf(lead, true),
        },
      ];
    }),
  );
}

/** Ratings and pairs as tables, with the judge's instruction, which is part of the metric. */
export function arenaMarkdown({
  aim,
  judge,
  prompts,
  ratings,
  pairs,
  flips,
  undetermined,
  prior,
}: ArenaResult): string {
  const elo = (value: number): string => `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(value).toFixed(0)}`;
  const flipped =
    flips === null
      ? ""
      : `; the verdict turned with the order in ${(100 * flips.estimate).toFixed(1)} % [${(100 * flips.low).toFixed(1)}, ${(100 * flips.high).toFixed(1)}] of n = ${flips.n}, counted as ties`;
  return [
    `## ${aim[0]?.toUpperCase()}${aim.slice(1)}`,
    "",
    `${prompts} prompts, every pair in both orders${flipped}${undetermined === 0 ? "" : `; ${undetermined} without a verdict`}.`,
    "",
    "| subject | Elo | 95 % | games |",
    "| --- | --- | --- | --- |",
    ...ratings.map(
      ({ player, elo: value, low, high, games }) =>
        `| ${player} | ${elo(value)} | ${elo(low)} to ${elo(high)} | ${games} |`,
    ),
    "",
    "| first | second | won | tied | lost | lead, Elo | 95 % | first is |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ...pairs.map(
      ({ first, second, wins, ties, losses, lead, verdict }) =>
        `| ${first} | ${second} | ${wins} | ${ties} | ${losses} | ${elo(lead.estimate)} | ${elo(lead.low)} to ${elo(lead.high)} | ${verdict} |`,
    ),
    "",
    ...(prior === undefined
      ? []
      : [
          `No finite rating fits best (${prior}): one drawn game between every two subjects was added, so leads are too small rather than too large.`,
          "",
        ]),
    `Judge: ${judge.model ?? "rule"}, ${judge.name} ${judge.version}, ${judge.hash.slice(0, 19)}…`,
    `Instruction: ${judge.prompt.replaceAll("\n", " ")}`,
    "",
  ].join("\n");
}
