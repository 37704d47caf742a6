import {
  evaluateFeatures,
  exportFeatures,
  type FeatureSettings,
  featureDefaults,
  openFeatures,
  openPlace,
  type ShortSite,
  showFeature,
  siteFor,
  trainFeatures,
} from "../../project/index.ts";
import { writeOutput } from "../../storage/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { pageOf } from "../layout.ts";
import { showEvaluation, showFeaturePage, showTrained } from "../show-features.ts";

export interface LearningFlags {
  readonly layer?: number | undefined;
  readonly site?: ShortSite | undefined;
  readonly size?: number | undefined;
  readonly active?: number | undefined;
  readonly kind?: FeatureSettings["kind"] | undefined;
  readonly l1?: number | undefined;
  readonly activations?: number | undefined;
  readonly passes?: number | undefined;
  readonly rate?: number | undefined;
  readonly seed?: number | undefined;
  readonly out?: string | undefined;
  readonly json: boolean;
}

export function settingsOf({
  size,
  active,
  kind,
  l1,
  activations,
  passes,
  rate,
  seed,
}: LearningFlags): FeatureSettings {
  const base = featureDefaults;
  const rows = activations ?? base.rows;
  return {
    size: size ?? base.size,
    k: active ?? base.k,
    kind: kind ?? base.kind,
    l1: l1 ?? base.l1,
    rows,
    passes: passes ?? base.passes,
    batch: Math.min(base.batch, rows),
    learningRate: rate ?? base.learningRate,
    seed: seed ?? base.seed,
  };
}

interface TrainFlags extends LearningFlags {
  readonly texts?: string | undefined;
  readonly transcoder: boolean;
  readonly keepActivations: boolean;
}

/** precept features train RUN@CHECKPOINT… */
export async function featuresTrain(this: CliContext, flags: TrainFlags, ...named: string[]): Promise<void> {
  const { transcoder: isTranscoder, site = "mlp", layer, texts, out, keepActivations, json } = flags;
  const places = [];
  try {
    for (const place of named) places.push(await openPlace(place));
    const { folder, meta } = await trainFeatures({
      places,
      site: siteFor(places[0]!, isTranscoder ? "before-mlp" : site, layer),
      isTranscoder,
      settings: settingsOf(flags),
      ...{ texts, out, keepActivations, command: this.command, progress: progressOf(this, json), signal: this.signal },
    });
    if (json) printJson(this, { folder, ...meta });
    else print(this, showTrained(folder, meta));
  } finally {
    for (const { model } of places) await model.dispose();
  }
}

interface EvaluateFlags {
  readonly texts?: string | undefined;
  readonly model?: string | undefined;
  readonly items?: number | undefined;
  readonly withoutUntrained: boolean;
  readonly json: boolean;
}

/** precept features evaluate DICTIONARY */
export async function featuresEvaluate(this: CliContext, flags: EvaluateFlags, folder: string): Promise<void> {
  const { texts: textFile, model, items, withoutUntrained, json } = flags;
  const features = await openFeatures(folder, model);
  try {
    const progress = progressOf(this, json);
    const measured = await evaluateFeatures({
      features,
      texts: items,
      textFile,
      withoutUntrained,
      progress,
      signal: this.signal,
    });
    if (json) printJson(this, measured);
    else print(this, showEvaluation(measured, pageOf(this.process.stdout, this.env)));
  } finally {
    await features.close();
  }
}

interface ShowFlags {
  readonly feature?: number | undefined;
  readonly texts?: string | undefined;
  readonly model?: string | undefined;
  readonly items?: number | undefined;
  readonly explain?: string | undefined;
  readonly beside?: string | undefined;
  readonly neuronpedia?: string | undefined;
  readonly count?: number | undefined;
  readonly json: boolean;
}

/** precept features show DICTIONARY --feature N */
export async function featuresShow(this: CliContext, flags: ShowFlags, folder: string): Promise<void> {
  const {
    feature = 0,
    texts: textFile,
    model,
    items: texts,
    explain: explainer,
    beside,
    neuronpedia,
    count = 1,
    json,
  } = flags;
  const features = await openFeatures(folder, model);
  const options = { texts, textFile, explainer, beside, signal: this.signal };
  try {
    if (neuronpedia !== undefined) {
      const batch = await exportFeatures(features, feature, count, options);
      writeOutput(neuronpedia, `${JSON.stringify(batch)}\n`);
      if (json) printJson(this, { file: neuronpedia, features: batch.features.length });
      else print(this, `${batch.features.length} feature pages in ${neuronpedia}`);
      return;
    }
    const shown = await showFeature(features, feature, options);
    if (json) printJson(this, shown);
    else print(this, showFeaturePage(shown, pageOf(this.process.stdout, this.env)));
  } finally {
    await features.close();
  }
}
