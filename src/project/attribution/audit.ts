import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { orderBy, type SuspicionName, suspectLabels, suspicionNames } from "../../attribution/index.ts";
import { PreceptError } from "../../errors.ts";
import { keepAudit } from "../../inside/index.ts";
import { omitUndefined } from "../../omit-undefined.ts";
import type { Progress } from "../../progress/index.ts";
import { rng } from "../../rng.ts";
import { readRun, type StoredRun } from "../../runs/index.ts";
import type { LabelledPair } from "../../stages/index.ts";
import { type Estimate, wilson } from "../../statistics/index.ts";
import type { PreferenceModelJob } from "../../training/index.ts";
import { encodePairs, LocalTrainer } from "../../training/local/index.ts";
import { loadCheckpoint } from "../../transformer/index.ts";
import { preferenceRecipeOf } from "./preference-recipe.ts";
import { trainedPairs } from "./trained-pairs.ts";

export interface AuditLabelsOptions {
  /** Labels that are shown. Default 10. */
  readonly top?: number | undefined;
  /** By which the list is ordered. Default "left-out". */
  readonly by?: SuspicionName | undefined;
  /** Turns this share of the labels round first, trains a preference model on them, and counts how many are found. */
  readonly plant?: number | undefined;
  readonly seed?: number | undefined;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/** A label with what speaks against it. */
export interface SuspectLabel {
  readonly id: string;
  readonly rank: number;
  readonly request: string;
  readonly responses: readonly [string, string];
  /** P(first is better). */
  readonly label: number;
  readonly principles: readonly string[];
  readonly suspicion: Readonly<Record<SuspicionName, { readonly value: number; readonly rank: number }>>;
  readonly isPlanted: boolean;
}

export interface AuditedLabels {
  readonly run: string;
  readonly comparisons: number;
  readonly by: SuspicionName;
  readonly suspects: readonly SuspectLabel[];
  /** With planted flips: which share of them stands in the first tenth of each list; chance is a tenth. */
  readonly planted?:
    | {
        readonly count: number;
        /** Labels beyond 25 and 75 %, among which flips were planted. */
        readonly decided: number;
        readonly recall: Readonly<Record<SuspicionName, Estimate>>;
      }
    | undefined;
}

/**
 * The AI labels that a run's preference model was trained on, the most suspicious first.
 * @throws PreceptError usage for no run; input-invalid without labels; checkpoint-missing without a preference model; interrupted.
 */
export async function auditLabels(folder: string, options: AuditLabelsOptions): Promise<AuditedLabels> {
  const { top = 10, by = "left-out", plant, seed = 1, progress, signal } = options;
  const run = readRun(folder.replace(/@.*$/, ""));
  const { pairs } = preferenceRecipeOf(run);
  const labelled = await trainedPairs(run, pairs, { attempted: `Auditing the labels of ${run.name}`, fewest: 10 });
  const flipped = plantFlips(labelled, plant ?? 0, seed);
  const examples = labelled.map(({ example }, i) =>
    flipped.has(i) ? { ...example, label: 1 - example.label } : example,
  );
  const place = plant === undefined ? modelOf(run) : await trainPlanted(run, examples, seed, { progress, signal });
  const checkpoint = await loadCheckpoint(place.checkpoint);
  place.clear();
  const { lossWeights } = preferenceRecipeOf(run).job;
  const { tokenizer, config } = checkpoint;
  const audited = encodePairs(examples, tokenizer, config.contextLength, { ...omitUndefined({ lossWeights }) });
  progress.start("attribution", "gradients of comparisons", 3 * audited.length, "comparisons");
  const onComparisons = (n: number): void => progress.advance(n);
  const found = await suspectLabels(checkpoint, audited, { seed, signal, onComparisons });
  progress.finish();
  const ranks = new Map(
    suspicionNames.map((name) => {
      const places = new Uint32Array(audited.length);
      for (const [rank, i] of orderBy(found[name], false).entries()) places[i] = rank + 1;
      return [name, places] as const;
    }),
  );
  const suspicionOf = (i: number): SuspectLabel["suspicion"] =>
    Object.fromEntries(
      suspicionNames.map((name) => [name, { value: found[name][i] ?? 0, rank: ranks.get(name)?.[i] ?? 0 }]),
    ) as SuspectLabel["suspicion"];
  const suspects = orderBy(found[by], false)
    .slice(0, Math.max(top, KEPT))
    .flatMap((i): SuspectLabel[] => {
      const [pair, example] = [labelled[i], examples[i]];
      if (pair === undefined || example === undefined) return [];
      const suspicion = suspicionOf(i);
      const { id, responses, label, prompt } = example;
      const request = typeof prompt === "string" ? prompt : (prompt.at(-1)?.content ?? "");
      const principles = [...new Set(pair.record.evidence.map(({ principleId }) => principleId))];
      const isPlanted = flipped.has(i);
      return [{ id, rank: suspicion[by].rank, request, responses, label, principles, suspicion, isPlanted }];
    });
  const first = Math.ceil(audited.length / 10);
  const recallOf = (name: SuspicionName): Estimate =>
    wilson([...flipped].filter((i) => (ranks.get(name)?.[i] ?? 0) <= first).length, flipped.size);
  const recall = () => Object.fromEntries(suspicionNames.map((name) => [name, recallOf(name)]));
  const planted =
    flipped.size === 0
      ? undefined
      : {
          count: flipped.size,
          decided: labelled.filter(isDecided).length,
          recall: recall() as Readonly<Record<SuspicionName, Estimate>>,
        };
  const audit = { run: run.name, comparisons: audited.length, by, suspects, planted };
  keepAudit(run.folder, plant === undefined ? "own" : "planted", audit);
  return { ...audit, suspects: suspects.slice(0, top) };
}

/** Suspects that are kept in the run, however few are asked for. */
const KEPT = 50;

/**
 * Places of the labels to be turned round: of those that decide something, so that turning them is an error, and at most half of
 * these, so that there are true ones to be told from them.
 */
export function plantFlips(labelled: readonly LabelledPair[], share: number, seed: number): ReadonlySet<number> {
  const decided = labelled.flatMap((pair, i) => (isDecided(pair) ? [i] : []));
  const drawn = rng(seed, "attribution", "planted flips").shuffle(decided);
  return new Set(drawn.slice(0, Math.min(Math.round(share * labelled.length), Math.floor(decided.length / 2))));
}

const isDecided = ({ example }: LabelledPair): boolean => Math.abs(example.label - 0.5) > 0.25;

interface Place {
  readonly checkpoint: string;
  clear(): void;
}

function modelOf(run: StoredRun): Place {
  const checkpoint = join(run.folder, "preference-model", "checkpoint");
  if (existsSync(checkpoint)) return { checkpoint, clear: () => undefined };
  throw new PreceptError("checkpoint-missing", {
    attempted: `Auditing the labels of ${run.name}`,
    found: "no preference-model/checkpoint",
    expected: "a run whose stage preference-model is closed",
    remedy: `precept preference-model ${run.folder}`,
  });
}

/** A preference model that learned the planted flips, as the run's own learned its labels. */
async function trainPlanted(
  run: StoredRun,
  comparisons: PreferenceModelJob["comparisons"],
  seed: number,
  { progress, signal }: Pick<AuditLabelsOptions, "progress" | "signal">,
): Promise<Place> {
  const output = join(run.folder, "attribution", `planted-${seed}`);
  const job: PreferenceModelJob = { ...preferenceRecipeOf(run).job, comparisons, output, signal };
  let last = 0;
  const steps = new LocalTrainer().train(job);
  for (;;) {
    const next = await steps.next();
    if (next.done === true)
      return { checkpoint: next.value.checkpoint, clear: () => rmSync(output, { recursive: true, force: true }) };
    if (last === 0) progress.start("attribution", "a preference model with planted flips", next.value.steps, "steps");
    progress.advance(next.value.step - last);
    last = next.value.step;
  }
}
