import { existsSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { PreceptError } from "../../errors.ts";
import { changePolicy, readHeadFile, writeHeadFile } from "../../guard/heads/index.ts";
import { openTokenClassifier, tokenizerHash } from "../../guard/local/index.ts";
import { omitUndefined } from "../../omit-undefined.ts";
import { loadRecords } from "../../records/index.ts";
import {
  canTrain,
  chooseThresholds,
  type GuardModelOptions,
  type GuardModelSummary,
  guardModel,
  guardModelOptions,
  guardModelStage,
  guardScoreSchema,
  type StageContext,
  type StageResult,
  type TunedThresholds,
} from "../../stages/index.ts";
import { readText, writeWhole } from "../../storage/index.ts";
import { loadCheckpointTokenizer } from "../../transformer/index.ts";
import { loadHarborRun } from "../harbor/load-harbor.ts";
import { withProject } from "../project.ts";
import type { ProjectOptions } from "../setting.ts";

export interface GuardModelRun extends Pick<ProjectOptions, "folder" | "command" | "progress" | "signal" | "env"> {
  /** A control, whose training labels are dealt out anew. */
  readonly shuffleLabels?: boolean | undefined;
  /** Default 20. */
  readonly minTexts?: number | undefined;
}

/** The guard model of a run on harbor, on its initial checkpoint. @throws PreceptError usage without critiques; as `guardModel`. */
export async function runGuardModel({
  shuffleLabels,
  minTexts,
  ...options
}: GuardModelRun): Promise<StageResult<GuardModelSummary>> {
  const chosen = await loadHarborRun(options.folder);
  return withProject({ ...options, ...chosen, redo: true }, async ({ run, context }) => {
    const records = join(run.stageFolder("sl-cai"), "records.jsonl");
    if (!canTrain(context) || !existsSync(records)) {
      throw new PreceptError("usage", {
        attempted: `Training a guard model from ${run.folder}`,
        found: existsSync(records) ? "a project whose models cannot be trained here" : "no critiques yet",
        expected: "a run whose stage sl-cai is done",
        remedy: `precept sl-cai ${run.folder}`,
      });
    }
    const settings = { ...guardModelOptions, ...omitUndefined({ minTexts }) };
    return guardModelOf(context, records, { shuffleLabels, settings });
  });
}

/** The same over a context that a program brings. */
export async function guardModelOf(
  context: StageContext,
  records: string,
  options: { readonly shuffleLabels?: boolean | undefined; readonly settings?: GuardModelOptions } = {},
): Promise<StageResult<GuardModelSummary>> {
  const inputs = {
    records,
    backbone: context.initial,
    open: (folder: string) => openTokenClassifier(folder),
    tokenizerHash: tokenizerHash(await loadCheckpointTokenizer(context.initial)),
    shuffleLabels: options.shuffleLabels ?? false,
  };
  return guardModel(context, inputs, options.settings ?? guardModelOptions);
}

export interface TunedGuard extends TunedThresholds {
  /** The policy that was written. */
  readonly policy: string;
}

/**
 * Writes thresholds that the development texts of a guard model prove into a policy, a new one where none is there.
 * @throws PreceptError not-enough-evidence; usage where there is no guard model.
 */
export async function tuneGuard(
  folder: string,
  { policy, maxFalseBlocks }: { readonly policy: string; readonly maxFalseBlocks: number },
): Promise<TunedGuard> {
  const place = join(folder, guardModelStage.name);
  const path = join(place, "scores.jsonl");
  if (!existsSync(path)) {
    throw new PreceptError("usage", {
      attempted: `Choosing thresholds for ${folder}`,
      found: "no guard model there",
      expected: "a run whose stage guard-model is done",
      remedy: `precept guard-model ${folder}`,
    });
  }
  const file = await readHeadFile(place);
  const tuned = chooseThresholds(file, await loadRecords(path, guardScoreSchema), maxFalseBlocks);
  const beside = (target: string): string => relative(dirname(resolve(policy)), target) || ".";
  const found = existsSync(policy)
    ? await readText(policy, { attempted: `Reading the policy ${policy}` })
    : `constitution: ${JSON.stringify(beside(join(folder, "constitution.yaml")))}\nmode: block\n`;
  const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
  const { estimate, high, n } = tuned.falseBlocks;
  const text = changePolicy(found, policy, {
    output: beside(place),
    principles: tuned.heads.map(({ id, act, pass, caught }) => {
      const evidence = caught === undefined ? "no broken text" : `catches ${percent(caught.estimate)} of ${caught.n}`;
      return { id, act, pass, evidence };
    }),
    note: `thresholds of precept guard tune: ${Math.round(estimate * n)} of ${n} harmless development texts blocked, at most ${percent(high)} (95 %), by the run's critic`,
  });
  writeWhole(policy, text);
  if (tuned.holdTokens !== undefined) writeHeadFile(place, { ...file, holdTokens: tuned.holdTokens });
  return { ...tuned, policy };
}
