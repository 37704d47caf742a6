import { join } from "node:path";
import {
  type Condition,
  conditions,
  type HearingRecord,
  hearingRecordSchema,
  summariseHearings,
} from "../../src/oversight/index.ts";
import { harborFolder, holdDebate, trainDebater } from "../../src/project/index.ts";
import { loadRecords } from "../../src/records/index.ts";
import { isEstimate, type Measured } from "../../src/statistics/index.ts";
import { progress, tableOf, withInterval } from "../inside/shared.ts";
import type { OversightJob } from "./critique.ts";

/** Questions of each seed: three make more than 400. */
const perSeed = 140;
/** Of play against itself; its questions are drawn apart from those that are measured. */
const playing = { count: 300, rounds: 2, samples: 8, temperature: 1, seed: 11 } as const;

interface Setting {
  readonly name: string;
  readonly judge: string;
  readonly rounds: number;
  readonly bestOf: number;
  readonly isTrained?: true;
}

const settings: readonly Setting[] = [
  { name: "as it is, 1 round", judge: "small", rounds: 1, bestOf: 1 },
  { name: "as it is, 2 rounds", judge: "small", rounds: 2, bestOf: 1 },
  { name: "best of 4, 1 round", judge: "small", rounds: 1, bestOf: 4 },
  { name: "self-play, 1 round", judge: "small", rounds: 1, bestOf: 1, isTrained: true },
  { name: "self-play, 2 rounds", judge: "small", rounds: 2, bestOf: 1, isTrained: true },
  { name: "as it is, 1 round", judge: "helpful-only", rounds: 1, bestOf: 1 },
];

const shown: readonly Condition[] = ["blind", "consultancy", "debate", "full-sight", "marks"];

const cellOf = (measured: Measured | null | undefined): string => {
  if (measured === null || measured === undefined) return "–";
  return isEstimate(measured) ? withInterval(measured) : measured.note;
};

/** Debate and its controls on harbor: debaters as they are, the best of several turns, and trained by self-play. */
export async function measureDebate({ run, scratch, seeds }: OversightJob): Promise<string> {
  const common = { env: process.env, command: "benchmarks/oversight.ts", progress, out: join(scratch, "debate") };
  const trained = await trainDebater({ ...common, ...playing, debater: run, judge: "small" });
  const rows: string[][] = [];
  const bySeed: string[] = [];
  for (const { name, judge, rounds, bestOf, isTrained } of settings) {
    const records: HearingRecord[] = [];
    const gains: string[] = [];
    for (let seed = 1; seed <= seeds; seed++) {
      const held = await holdDebate(
        {
          ...{ ...common, count: perSeed, debater: isTrained === true ? trained.checkpoint : run },
          judge: judge === "small" ? judge : join(harborFolder, "checkpoint"),
        },
        { rounds, bestOf, temperature: 1, seed, conditions },
      );
      const own = await loadRecords(join(held.records, "hearings", "records.jsonl"), hearingRecordSchema);
      records.push(
        ...own.map((record) => ({ ...record, questionId: `${seed}/${record.questionId}`, id: `${seed}/${record.id}` })),
      );
      gains.push(held.gain?.estimate == null ? "–" : (100 * held.gain.estimate).toFixed(1));
    }
    const figures = summariseHearings(records, 1);
    rows.push([
      `${judge}; ${name}`,
      ...shown.map((condition) => cellOf(figures.conditions[condition]?.accuracy)),
      cellOf(figures.consultants?.right),
      cellOf(figures.consultants?.wrong),
      cellOf(figures.gain),
      cellOf(figures.way),
      String(figures.questions),
    ]);
    bySeed.push(`${judge}, ${name}: ${gains.join(", ")}`);
  }
  return [
    `Judge right, percent with 95 % intervals, on questions of harbor over ${seeds} seeds; debaters sample at temperature 1. Gain: debate − consultancy, points, question by question. Way: (debate − blind) / (full sight − blind), percent.`,
    tableOf(
      [
        ...["judge; debaters", "blind", "consultancy", "debate", "full sight", "marks alone"],
        ...["consultant for the right answer", "for the wrong one", "gain", "way", "n"],
      ],
      rows,
    ),
    `Gain by seed: ${bySeed.join("; ")}. Self-play taught ${trained.turns} turns over ${playing.count} questions.`,
  ].join("\n\n");
}
