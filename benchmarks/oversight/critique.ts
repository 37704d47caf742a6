import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadConstitution } from "../../src/constitution/index.ts";
import { type Critiqued, critiqueModel } from "../../src/project/index.ts";
import { type Estimate, wilson } from "../../src/statistics/index.ts";
import { makeFolder } from "../../src/storage/index.ts";
import { governanceOf, tamperedAnswers, type Wording } from "../../src/worlds/harbor/index.ts";
import { progress, tableOf, withInterval } from "../inside/shared.ts";
import { pretrainSmall } from "./small.ts";

export interface OversightJob {
  readonly run: string;
  /** A GGUF file, for what is measured of a real model. */
  readonly model?: string | undefined;
  readonly scratch: string;
  readonly count: number;
  readonly seeds: number;
  /** Of the part "process": seeds of rules in far words, and arms beside the start. */
  readonly far: number;
  readonly arms: number;
}

type Found = Critiqued["found"];
type Figures = Found["tamper"]["all"][number];

export const rate = (estimate: Estimate | undefined): string => (estimate === undefined ? "–" : withInterval(estimate));
export const points = ({ estimate, low, high }: Estimate): string =>
  [estimate, low, high].map((value) => (100 * value).toFixed(1)).join(" / ");

/** The same rate of several seeds, whose answers are drawn apart. */
function pool(estimates: readonly (Estimate | undefined)[]): Estimate | undefined {
  const known = estimates.filter((estimate) => estimate !== undefined);
  const n = known.reduce((sum, estimate) => sum + estimate.n, 0);
  const hits = known.reduce((sum, estimate) => sum + Math.round(estimate.estimate * estimate.n), 0);
  return n === 0 ? undefined : wilson(hits, n);
}

const poolBy = (rows: readonly Figures[]) => ({
  recall: pool(rows.map(({ recall }) => recall)),
  falseAlarms: pool(rows.map(({ falseAlarms }) => falseAlarms)),
  precision: pool(rows.map(({ precision }) => precision)),
  unclear: rows.reduce((sum, { unclear }) => sum + unclear, 0),
});

/** The tamper test of harbor's critics: by principle where the words are known, and level by level where they are not. */
export async function measureCritique({ scratch, count, seeds }: OversightJob): Promise<string> {
  const small = await pretrainSmall(scratch);
  const committed = "models/harbor/checkpoint";
  const critics = [
    { name: "committed", target: committed, wording: "known" },
    { name: "committed", target: committed, wording: "heldOut" },
    { name: "committed", target: committed, wording: "far" },
    { name: "small", target: small, wording: "known" },
    { name: "small", target: small, wording: "far" },
  ] as const satisfies readonly { name: string; target: string; wording: Wording }[];
  const perSeed = Math.ceil(count / seeds);
  const every = Array.from({ length: seeds }, (_, index) => index + 1);
  const common = { levels: 2, count: perSeed, maxTokens: 64, env: process.env, progress };
  const byPrinciple: string[][] = [];
  const byLevel: string[][] = [];
  const ownAnswers: string[][] = [];
  for (const { name, target, wording } of critics) {
    const out = join(scratch, `critique-${name}-${wording}`);
    const all: Found[] = [];
    for (const seed of every)
      all.push((await critiqueModel({ ...common, target, critic: target, wording, seed, out })).found);
    if (name === "committed" && wording === "known") {
      byPrinciple.push(...principleRows(all));
      byPrinciple.push(await readUnderOthers(target, common, every, join(scratch, "critique-others")));
    }
    for (const level of [1, 2]) {
      const own = poolBy(all.flatMap(({ tamper }) => tamper.all.filter((row) => row.level === level)));
      const gains = all.flatMap(({ tamper }) => tamper.gains.filter((gain) => gain.level === level));
      byLevel.push([
        `${name}, ${wording}`,
        ...[String(level), rate(own.recall), rate(own.falseAlarms), rate(own.precision), String(own.unclear)],
        gains.map(({ recall }) => (recall === undefined ? "–" : points(recall))).join("; "),
        gains.length === 0 ? "" : `${gains.filter(({ isKept }) => isKept).length} of ${gains.length}`,
      ]);
      if (wording === "known") ownAnswers.push([name, String(level), ...ownRow(all, level)]);
    }
  }
  return [
    `Tamper test on harbor: good answers of each principle and the same with one breach put in by the world, ${seeds} seeds of ${perSeed} each. Percent with 95 % intervals (Wilson). The control reads every pair under the next principle, which neither answer breaks: whoever answers to the answer finds nothing there.`,
    tableOf(["principle", "found, level 1", "false alarms, level 1", "n"], byPrinciple),
    "Level 2 checks each critique and puts it right; it is kept where the whole interval of the gain lies above 0 at no lower precision. “known” are words of pre-training, “heldOut” and “far” are not; “small” is a pre-training of the same recipe that is a fifth as large.",
    tableOf(
      [
        "critic, words",
        ...["level", "found", "false alarms", "precision", "without a finding"],
        ...["gain in found, points, by seed", "seeds in which it is kept"],
      ],
      byLevel,
    ),
    "The helpful-only checkpoints' own answers to requests of every split, revised once, under the first principle that was found broken:",
    tableOf(
      [
        "critic and reviser",
        "level",
        "flaws found",
        "precision",
        "answers with a flaw, before",
        "after",
        "unreadable, before and after",
      ],
      ownAnswers,
    ),
  ].join("\n\n");
}

function principleRows(all: readonly Found[]): string[][] {
  const rows = all.flatMap(({ tamper }) => tamper.rows.filter(({ level }) => level === 1));
  return [...Map.groupBy(rows, ({ principle }) => principle)].map(([principle, own]) => {
    const { recall, falseAlarms } = poolBy(own);
    return [principle, rate(recall), rate(falseAlarms), `${recall?.n ?? 0} + ${falseAlarms?.n ?? 0}`];
  });
}

/** The control: the same pairs under a principle that neither answer breaks. */
async function readUnderOthers(
  target: string,
  common: Omit<Parameters<typeof critiqueModel>[0], "target" | "wording" | "seed">,
  seeds: readonly number[],
  folder: string,
): Promise<string[]> {
  const constitution = await loadConstitution("harbor");
  const ids = constitution.principles.map(({ id }) => id);
  makeFolder(folder);
  const rows: Figures[] = [];
  for (const seed of seeds) {
    const pairs = tamperedAnswers(governanceOf(constitution), seed, common.count).map(
      ({ principleId, request: prompt, clean, tampered }) => ({
        ...{ prompt, clean, tampered },
        principle: ids[(ids.indexOf(principleId) + 1) % ids.length],
      }),
    );
    const file = join(folder, `pairs-${seed}.jsonl`);
    writeFileSync(file, pairs.map((pair) => `${JSON.stringify(pair)}\n`).join(""));
    const job = {
      ...common,
      target,
      critic: target,
      constitution: "harbor",
      wording: "known",
      seed,
      pairs: file,
    } as const;
    const { found } = await critiqueModel({ ...job, out: folder });
    rows.push(...found.tamper.all.filter(({ level }) => level === 1));
  }
  const { recall, falseAlarms } = poolBy(rows);
  return ["control: the next principle", rate(recall), rate(falseAlarms), `${recall?.n ?? 0} + ${falseAlarms?.n ?? 0}`];
}

function ownRow(all: readonly Found[], level: number): string[] {
  const figures = poolBy(all.flatMap(({ answers }) => answers?.figures.filter((row) => row.level === level) ?? []));
  const revised = all.flatMap(({ answers }) => answers?.revised.filter((row) => row.level === level) ?? []);
  const unreadable = [0, 1].map((at) => revised.reduce((sum, row) => sum + (row.unreadable?.[at] ?? 0), 0));
  return [
    ...[rate(figures.recall), rate(figures.precision)],
    ...[rate(pool(revised.map(({ before }) => before))), rate(pool(revised.map(({ after }) => after)))],
    unreadable.join(" → "),
  ];
}
