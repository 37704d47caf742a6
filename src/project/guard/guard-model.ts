import { existsSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { PreceptError } from "../../errors.ts";
import { changePolicy, readHeadFile, writeHeadFile } from "../../guard/heads/index.ts";
import { openTokenClassifier, tokenizerHash } from "../../guard/local/index.ts";
import { countWeights } from "../../models/local/index.ts";
import { loadRecords } from "../../records/index.ts";
import {
  adapterGuardModelOptions,
  chooseThresholds,
  type GuardModelContext,
  type GuardModelInputs,
  type GuardModelOptions,
  type GuardModelSummary,
  type GuardSide,
  guardModel,
  guardModelOptions,
  guardModelStages,
  guardScoreSchema,
  type StageContext,
  type StageResult,
  type TunedThresholds,
} from "../../stages/index.ts";
import { readText, writeWhole } from "../../storage/index.ts";
import { loadCheckpointTokenizer } from "../../transformer/index.ts";
import type { ProjectOptions } from "../setting.ts";
import { type OpenedRun, withCritiques, withPrompts } from "./open-run.ts";

export interface GuardModelRun extends Pick<ProjectOptions, "folder" | "command" | "progress" | "signal" | "env"> {
  /** Open-weights model of this machine that the heads stand on, a folder or a GGUF file. Default: of a run on harbor, its own. */
  readonly backbone?: string | undefined;
  /** A control, whose training labels are dealt out anew. */
  readonly shuffleLabels?: boolean | undefined;
  /** Whose texts the heads read: the model's answers, or what people write. Default "output". */
  readonly side?: GuardSide | undefined;
  /** Answers that are sampled to each prompt, for the input side. Default 8. */
  readonly samples?: number | undefined;
  /** The configuration of a run of one's own models, which are asked for the input side. Default: the one in this folder. */
  readonly config?: string | undefined;
  /** What of `guardModelOptions`, or of `adapterGuardModelOptions` for a large backbone, is to be otherwise. */
  readonly settings?: Partial<GuardModelOptions> | undefined;
}

/**
 * The guard model of a run, on harbor's initial checkpoint or on an open-weights model that is named: critiques say what is broken,
 * whoever wrote them. @throws PreceptError usage without critiques or without a backbone; as `guardModel`.
 */
export async function runGuardModel({
  shuffleLabels,
  settings,
  side = "output",
  samples = 8,
  ...options
}: GuardModelRun): Promise<StageResult<GuardModelSummary>> {
  const train = async ({ context, source }: OpenedRun): Promise<StageResult<GuardModelSummary>> => {
    const usual = await settingsFor(context.initial);
    return guardModelOf(context, source, { shuffleLabels, settings: { ...usual, ...settings } });
  };
  return side === "output" ? withCritiques(options, train) : withPrompts({ ...options, samples }, train);
}

/** A model above so many weights learns by an adapter over frozen ones. */
const LARGE = 2e7;

async function settingsFor(backbone: string): Promise<GuardModelOptions> {
  const weights = await countWeights(backbone);
  return weights !== undefined && weights > LARGE ? adapterGuardModelOptions : guardModelOptions;
}

/** The same over a context that a program brings. */
export async function guardModelOf(
  context: GuardModelContext & Pick<StageContext, "initial">,
  source: GuardModelInputs["source"],
  options: { readonly shuffleLabels?: boolean | undefined; readonly settings?: GuardModelOptions } = {},
): Promise<StageResult<GuardModelSummary>> {
  const inputs = {
    source,
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
  {
    policy,
    maxFalseBlocks,
    side = "output",
  }: { readonly policy: string; readonly maxFalseBlocks: number; readonly side?: GuardSide | undefined },
): Promise<TunedGuard> {
  const { name } = guardModelStages[side];
  const place = join(folder, name);
  const path = join(place, "scores.jsonl");
  if (!existsSync(path)) {
    throw new PreceptError("usage", {
      attempted: `Choosing thresholds for ${folder}`,
      found: "no guard model there",
      expected: `a run whose stage ${name} is done`,
      remedy: `precept guard-model ${folder}${side === "input" ? " --side input" : ""}`,
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
    side,
    model: beside(place),
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
