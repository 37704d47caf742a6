import { join } from "node:path";
import { type Critiqued, critiqueModel } from "../../src/project/index.ts";
import type { Estimate } from "../../src/statistics/index.ts";
import type { Wording } from "../../src/worlds/harbor/index.ts";
import { progress, tableOf, withInterval } from "../inside/shared.ts";
import { pretrainSmall } from "./small.ts";

export interface OversightJob {
  readonly run: string;
  /** A GGUF file, for what is measured of a real model. */
  readonly model?: string | undefined;
  readonly scratch: string;
  readonly count: number;
  readonly seeds: number;
  /** Seeds of the committed checkpoint, where a part takes both. */
  readonly committed: number;
}

type Figures = Critiqued["found"]["tamper"]["all"][number];

export const rate = (estimate: Estimate | undefined): string => (estimate === undefined ? "–" : withInterval(estimate));
export const points = ({ estimate, low, high }: Estimate): string =>
  [estimate, low, high].map((value) => (100 * value).toFixed(1)).join(" / ");

/** The tamper test of harbor's critics: by principle where the words are known, and level by level where they are not. */
export async function measureCritique({ scratch, count }: OversightJob): Promise<string> {
  const small = await pretrainSmall(scratch);
  const critics = [
    { name: "committed", target: "models/harbor/checkpoint", wording: "known" },
    { name: "committed", target: "models/harbor/checkpoint", wording: "heldOut" },
    { name: "committed", target: "models/harbor/checkpoint", wording: "far" },
    { name: "small", target: small, wording: "known" },
    { name: "small", target: small, wording: "far" },
  ] as const satisfies readonly { name: string; target: string; wording: Wording }[];
  const byPrinciple: string[][] = [];
  const byLevel: string[][] = [];
  const ownAnswers: string[][] = [];
  for (const { name, target, wording } of critics) {
    const { found } = await critiqueModel({
      ...{ target, critic: target, wording, levels: 2, count, maxTokens: 64, seed: 1, env: process.env, progress },
      out: join(scratch, `critique-${name}-${wording}`),
    });
    const { tamper, answers } = found;
    if (name === "committed" && wording === "known") byPrinciple.push(...principleRows(tamper.rows));
    for (const row of tamper.all) {
      const gain = tamper.gains.find(({ level }) => level === row.level);
      const kept = gain === undefined ? "" : gain.isKept ? "kept" : "not kept";
      byLevel.push([
        `${name}, ${wording}`,
        ...[String(row.level), rate(row.recall), rate(row.falseAlarms), rate(row.precision), String(row.unclear)],
        ...[gain?.recall === undefined ? "" : points(gain.recall), kept],
      ]);
    }
    if (wording !== "known") continue;
    for (const { level, revised, before, after } of answers?.revised ?? [])
      ownAnswers.push([name, String(level), String(revised), rate(before), rate(after), String(answers?.n ?? 0)]);
  }
  return [
    `Tamper test on harbor: ${count} good answers of each principle and the same with one breach put in by the world. Percent with 95 % intervals (Wilson).`,
    tableOf(["principle", "found, level 1", "false alarms, level 1", "n"], byPrinciple),
    "Level 2 checks each critique and puts it right; it is kept where the whole interval of the gain lies above 0 at no lower precision. “Known” are words of pre-training, “heldOut” and “far” are not; “small” is a pre-training of the same recipe that is a fifth as large.",
    tableOf(
      [
        "critic, words",
        "level",
        "found",
        "false alarms",
        "precision",
        "without a finding",
        "gain in found, points",
        "",
      ],
      byLevel,
    ),
    "The helpful-only checkpoints' own answers, revised once, under the first principle that was found broken:",
    tableOf(["critic and reviser", "level", "revised", "answers with a flaw, before", "after", "n"], ownAnswers),
  ].join("\n\n");
}

function principleRows(rows: readonly (Figures & { readonly principle: string })[]): string[][] {
  return rows
    .filter(({ level }) => level === 1)
    .map(({ principle, recall, falseAlarms }) => [
      principle,
      rate(recall),
      rate(falseAlarms),
      `${recall?.n ?? 0} + ${falseAlarms?.n ?? 0}`,
    ]);
}
