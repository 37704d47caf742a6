import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import {
  activationsOf,
  type ChangedFeature,
  type Dictionary,
  type Encoder,
  encode,
  type PartedText,
} from "../../interpretability/index.ts";
import { readJsonLines } from "../../storage/index.ts";
import type { Site } from "../../transformer/index.ts";
import type { OpenedPlace } from "./open-place.ts";

/** A training example in which a feature is active. */
export interface FeatureCause {
  readonly id: string;
  readonly principleId: string | null;
  readonly activation: number;
  readonly text: string;
}

/** A changed feature with what taught it, what it does, and under which principle. */
export interface ReviewedFeature {
  readonly feature: number;
  readonly principle: string;
  /**
   * Mean change of log P(answer), in nats, when the feature is taken out of the later checkpoint: of its own answers, and of the
   * earlier checkpoint's to the same requests. It holds the change up where its own become less likely and the other's more.
   */
  readonly effect: { readonly own: number; readonly other: number; readonly n: number };
  /** Of the examples of SL-CAI those in which it is most active, and in which share of each principle's it is. */
  readonly causes: readonly FeatureCause[];
  readonly shares: readonly { readonly principleId: string; readonly share: number; readonly n: number }[];
}

export interface ReviewJob {
  readonly after: OpenedPlace;
  readonly site: Site;
  readonly dictionary: Dictionary;
  readonly encoder: Encoder;
  readonly changed: readonly ChangedFeature[];
  readonly groups: readonly string[];
  /** The same requests with the answers of each. */
  readonly texts: { readonly own: readonly PartedText[]; readonly other: readonly PartedText[] };
  readonly signal?: AbortSignal | undefined;
}

/** Requests whose answers show an effect, and examples that are read for causes. */
const [EFFECTS, EXAMPLES] = [24, 600];

const exampleSchema = z.looseObject({
  type: z.literal("sl-example"),
  id: z.string(),
  source: z.string(),
  principleId: z.string().nullable(),
  prompt: z.string(),
  completion: z.string(),
});
type Example = z.infer<typeof exampleSchema>;

/** Cause, effect and principle of each changed feature. Causes are examples that it is active in, which is not yet to have learned it from them. */
export async function reviewChanges(job: ReviewJob): Promise<ReviewedFeature[]> {
  const { after, site, dictionary, encoder, changed, signal } = job;
  const examples = await readExamples(after.run);
  const tokens = examples.map(({ prompt, completion }) => after.model.tokenizer.encode(`${prompt} ${completion}`));
  const [values] = examples.length === 0 ? [] : await after.model.activations(tokens, [site], { signal });
  const code = values && (await encode(encoder, dictionary, values));
  const reviewed: ReviewedFeature[] = [];
  for (const { feature, groups } of changed) {
    const column = code && activationsOf(code, feature);
    let at = 0;
    const peaks = tokens.map(({ length }) => {
      const own = column?.subarray(at, at + length).reduce((most, value) => Math.max(most, value), 0) ?? 0;
      at += length;
      return own;
    });
    const principle = groups[0]?.group ?? "none";
    reviewed.push({
      feature,
      principle,
      effect: await measureEffect(job, feature, principle),
      causes: causesOf(examples, peaks),
      shares: sharesOf(examples, peaks),
    });
  }
  return reviewed;
}

async function readExamples(run: string | undefined): Promise<Example[]> {
  const path = run === undefined ? "" : join(run, "sl-cai", "records.jsonl");
  const examples: Example[] = [];
  if (run === undefined || !existsSync(path)) return examples;
  for await (const line of readJsonLines(path, { code: "run-invalid", missing: "run the stage sl-cai first" })) {
    const example = "value" in line ? exampleSchema.safeParse(line.value).data : undefined;
    if (example !== undefined && example.source !== "replay") examples.push(example);
  }
  // Every so many-th, so that all of the file's kinds come in.
  const step = Math.max(1, Math.floor(examples.length / EXAMPLES));
  return examples.filter((_, index) => index % step === 0);
}

function causesOf(examples: readonly Example[], peaks: readonly number[]): FeatureCause[] {
  const order = [...peaks.keys()].filter((index) => peaks[index]! > 0).sort((a, b) => peaks[b]! - peaks[a]! || a - b);
  return order.slice(0, 3).map((index) => {
    const { id, principleId, prompt, completion } = examples[index]!;
    return { id, principleId, activation: peaks[index]!, text: `${prompt} ${completion}` };
  });
}

function sharesOf(examples: readonly Example[], peaks: readonly number[]): ReviewedFeature["shares"] {
  const byPrinciple = Map.groupBy(examples.keys(), (index) => examples[index]!.principleId ?? "unrevised");
  return [...byPrinciple]
    .map(([principleId, own]) => ({
      principleId,
      share: own.filter((index) => peaks[index]! > 0).length / own.length,
      n: own.length,
    }))
    .filter(({ share }) => share > 0)
    .sort((a, b) => b.share - a.share || b.n - a.n)
    .slice(0, 4);
}

/** What taking the feature out of the later checkpoint does to both answers to requests of the group. */
async function measureEffect(
  { after, site, dictionary, encoder, groups, texts, signal }: ReviewJob,
  feature: number,
  principle: string,
): Promise<ReviewedFeature["effect"]> {
  const chosen = [...groups.keys()].filter((text) => groups[text] === principle).slice(0, EFFECTS);
  const { inputs: width, decoder } = dictionary;
  const change = async (side: readonly PartedText[]): Promise<number> => {
    const own = chosen.map((text) => side[text]!);
    const sequences = own.map(({ tokens }) => tokens);
    const [values] = (await after.model.activations(sequences, [site], { signal })) as [Float32Array];
    const column = activationsOf(await encode(encoder, dictionary, values), feature);
    const without = values.map(
      (value, i) => value - column[Math.floor(i / width)]! * decoder[feature * width + (i % width)]!,
    );
    const before = await after.model.logprobsWith(sequences, { site, values }, { signal });
    const now = await after.model.logprobsWith(sequences, { site, values: without }, { signal });
    let [at, sum] = [0, 0];
    for (const { tokens, answerFrom } of own) {
      for (let t = answerFrom; t < tokens.length; t++) sum += now[at + t]! - before[at + t]!;
      at += tokens.length;
    }
    return sum / Math.max(1, own.length);
  };
  return { own: await change(texts.own), other: await change(texts.other), n: chosen.length };
}
