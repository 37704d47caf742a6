import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { checkpointNames, estimatesByPrinciple, type Summary } from "../../evaluation/index.ts";
import { checkpointLabel, deletionCommand, readSummary, splitName } from "../../report/index.ts";
import { wilson } from "../../statistics/index.ts";
import { tryJson } from "../../storage/index.ts";
import type { Chains } from "../chains/chains.ts";
import type { OpenRun } from "../run/open-run.ts";
import type { Interval } from "../source.ts";
import type { PrincipleLine, PrinciplePage } from "../source-rooms.ts";
import { Counts } from "./counts.ts";
import { readExamples } from "./examples.ts";

const constitutionSchema = z.looseObject({
  principles: z.array(
    z.looseObject({
      id: z.string(),
      text: z.string(),
      weight: z.number().default(1),
      tags: z.array(z.string()).default([]),
      source: z.string().optional(),
    }),
  ),
});
type Principle = z.infer<typeof constitutionSchema>["principles"][number];

/** Stages whose records say something of principles. */
const stages = ["sl-cai", "ai-feedback"];

/** How many principles there is something to say of. */
export function countPrinciples(run: OpenRun): number {
  const hasRecords = stages.some((stage) => run.listFile(stage) !== undefined);
  return hasRecords || readSound(run.folder) !== undefined ? readAll(run.folder).length : 0;
}

export async function listPrinciples(run: OpenRun): Promise<PrincipleLine[]> {
  const counts = await countsOf(run);
  return readAll(run.folder).map(({ id, text }) => ({ id, text, revisions: counts.of("revision", id) }));
}

/** Everything that the run says of one principle; undefined where its constitution has none of this id. */
export async function readPrinciple(run: OpenRun, chains: Chains, id: string): Promise<PrinciplePage | undefined> {
  const all = readAll(run.folder);
  const index = all.findIndex((one) => one.id === id);
  const principle = all[index];
  if (principle === undefined) return undefined;
  const counts = await countsOf(run);
  const critiques = counts.of("critique", id);
  const others = all.filter((one) => one.id !== id);
  const summary = readSound(run.folder);
  return {
    id,
    position: index + 1,
    of: all.length,
    text: principle.text,
    weight: principle.weight,
    tags: principle.tags,
    origin: principle.source ?? null,
    critiques:
      critiques === 0 ? null : { n: critiques, breaches: intervalOf(wilson(counts.of("breaks", id), critiques)) },
    revisions: { n: counts.of("revision", id), usable: counts.of("usable", id) },
    rows: { n: counts.of("row", id), shapedLast: counts.of("shaped last", id) },
    quarrels: others
      .map((other) => ({
        principle: other.id,
        undoes: counts.of("undoes", id, other.id),
        undoneBy: counts.of("undoes", other.id, id),
      }))
      .filter(({ undoes, undoneBy }) => undoes + undoneBy > 0)
      .sort((a, b) => b.undoes + b.undoneBy - a.undoes - a.undoneBy),
    putBack: { chains: counts.of("side", id), lastWord: counts.of("last word", id) },
    examples: readExamples(chains, id),
    broken: summary === undefined ? [] : ratesOf(summary, id),
    judged: judgementOf(counts, id, others),
    deletion: deletionCommand(id, run.run.manifest) ?? null,
  };
}

function judgementOf(counts: Counts, id: string, others: readonly Principle[]): PrinciplePage["judged"] {
  const n = counts.of("asked", id);
  if (n === 0) return null;
  const conflicts = others.flatMap((other) => {
    const key = ["opposed", ...[id, other.id].sort()];
    const pairs = counts.of(...key);
    return pairs === 0 ? [] : [{ principle: other.id, pairs, example: counts.exampleOf(...key) ?? "" }];
  });
  return {
    n,
    sure: counts.of("sure", id),
    sided: counts.of("sided", id),
    conflicts: conflicts.sort((a, b) => b.pairs - a.pairs),
  };
}

/** Rates of breaking it, of the requests that were not trained on before all others. */
function ratesOf({ checkpoints }: Summary, id: string): PrinciplePage["broken"] {
  const splits = new Set(checkpointNames.flatMap((name) => Object.keys(checkpoints[name] ?? {})));
  return [...splits]
    .sort((a, b) => Number(b === "heldOut") - Number(a === "heldOut"))
    .map((split) => ({
      label: splitName(split).label,
      rates: checkpointNames.flatMap((checkpoint) => {
        const rate = estimatesByPrinciple(checkpoints[checkpoint]?.[split]).get(id);
        return rate === undefined ? [] : [{ checkpoint, label: checkpointLabel(checkpoint), rate: intervalOf(rate) }];
      }),
    }))
    .filter(({ rates }) => rates.length > 0);
}

function intervalOf({ estimate, low, high, n }: Interval): Interval {
  return { estimate, low, high, n };
}

async function countsOf(run: OpenRun): Promise<Counts> {
  for (const stage of stages) await run.listFile(stage)?.index.wait(true);
  return new Counts(run);
}

/** None where the run keeps no constitution that can be read: the overview says so. */
function readAll(folder: string): readonly Principle[] {
  try {
    const read = tryJson(readFileSync(join(folder, "constitution.json"), "utf8"));
    return constitutionSchema.safeParse(read).data?.principles ?? [];
  } catch {
    return [];
  }
}

/** The overview says where the summary is damaged. */
function readSound(folder: string): Summary | undefined {
  try {
    return readSummary(folder);
  } catch {
    return undefined;
  }
}
