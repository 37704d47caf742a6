import { PreceptError } from "../../errors.ts";
import {
  type Contrast,
  contrastMeans,
  countTokens,
  fitLogisticProbe,
  type LogisticProbe,
  type ProbeFile,
  probeLogits,
  projectRows,
  thresholdFor,
} from "../../interpretability/index.ts";
import { rng } from "../../rng.ts";
import { auc, type Estimate } from "../../statistics/index.ts";
import { type Site, siteWidth } from "../../transformer/index.ts";
import { promptTokens, sampleAnswers } from "./answers.ts";
import { featuresFolder, type OpenedPlace } from "./open-place.ts";

/** Where a probe reads: at the last token of the request, or on average over the first four of the model's own answer. */
export const readings = ["request", "answer"] as const;
export type Reading = (typeof readings)[number];

/** How well three ways tell requests of two kinds apart. */
export interface ProbeFigures {
  readonly n: number;
  readonly positives: number;
  /** Areas under the curve. */
  readonly logistic: Estimate;
  readonly difference: Estimate;
  /** Of a logistic probe of the request's words alone. */
  readonly words: Estimate;
  /** logistic − words, paired, by the bootstrap over requests. */
  readonly gain: Estimate;
}

/** What a probe learns from, or is measured on. */
export interface ProbeRows {
  /** (N, W). */
  readonly activations: Float32Array;
  readonly prompts: readonly (readonly number[])[];
  /** 0 or 1. */
  readonly labels: readonly number[];
}

export interface ReadJob {
  readonly place: OpenedPlace;
  readonly site: Site;
  readonly reading: Reading;
  readonly signal?: AbortSignal | undefined;
}

type Request = { readonly content: string; readonly broken: boolean };

/** What a model has within for each request. */
export async function readRows(job: ReadJob, requests: readonly Request[]): Promise<ProbeRows> {
  const [rows] = await readSites(job, [job.site], requests);
  return rows as ProbeRows;
}

/** The same at several sites, in one pass. */
export async function readSites(
  { place, reading, signal }: Omit<ReadJob, "site">,
  sites: readonly Site[],
  requests: readonly Request[],
): Promise<ProbeRows[]> {
  const { model } = place;
  const contents = requests.map(({ content }) => content);
  const prompts = contents.map((content) => promptTokens(place, content));
  const sequences =
    reading === "request"
      ? prompts
      : (await sampleAnswers(place, contents, { signal })).texts.map(({ tokens, answerFrom }) =>
          tokens.slice(0, answerFrom + 4),
        );
  const labels = requests.map(({ broken }) => Number(broken));
  const read = await model.activations(sequences, sites, { signal });
  return sites.map((site, n): ProbeRows => {
    const [width, values] = [siteWidth(site, model.config), read[n] as Float32Array];
    const activations = new Float32Array(prompts.length * width);
    let end = 0;
    for (const [row, { length }] of sequences.entries()) {
      end += length;
      const count = Math.max(1, length - (reading === "request" ? length - 1 : (prompts[row]?.length ?? 0)));
      for (let t = end - count; t < end; t++)
        for (let i = 0; i < width; i++) activations[row * width + i]! += values[t * width + i]! / count;
    }
    return { activations, prompts, labels };
  });
}

export interface FittedProbe {
  readonly contrast: Contrast;
  readonly logistic: LogisticProbe;
  /** Logit above which at most the wanted share of held-out negatives lies. */
  readonly threshold: number;
  readonly falsePositiveRate: number;
  readonly heldOut: ProbeFigures;
  readonly measure: (rows: ProbeRows) => ProbeFigures;
}

/** A probe of what is within, and beside it one of the words alone; the threshold is from rows that were not fitted. @throws PreceptError not-enough-evidence without rows of both kinds. */
export function fitProbe(
  fit: ProbeRows,
  held: ProbeRows,
  {
    name,
    falsePositiveRate,
    labelled = "answers",
    remedy = "more --items, an earlier checkpoint, or labels of the initial model's answers",
  }: {
    readonly name: string;
    readonly falsePositiveRate: number;
    readonly labelled?: ProbeFile["labelled"];
    readonly remedy?: string;
  },
): FittedProbe {
  for (const { labels } of [fit, held]) refuseOneSided(labels, name, missingKinds[labelled], remedy);
  const contrast = contrastMeans(fit.activations, fit.labels);
  const logistic = fitLogisticProbe(fit.activations, fit.labels);
  const known = [...new Set(fit.prompts.flat())];
  const places = new Map(known.map((token, place) => [token, place]));
  /** Tokens that no fitted request has are nothing that a probe of words has learned of. */
  const countWords = ({ prompts }: ProbeRows): Float32Array =>
    countTokens(
      prompts.map((tokens) => tokens.flatMap((token) => places.get(token) ?? [])),
      known.length,
    );
  const words = fitLogisticProbe(countWords(fit), fit.labels, { penalty: 1e-2 });
  const measure = (rows: ProbeRows): ProbeFigures =>
    compareScores(
      [
        probeLogits(logistic, rows.activations),
        projectRows(rows.activations, contrast.direction),
        probeLogits(words, countWords(rows)),
      ],
      rows.labels,
    );
  const logits = probeLogits(logistic, held.activations);
  const negatives = [...logits].filter((_, row) => held.labels[row] === 0);
  const threshold = thresholdFor(negatives, falsePositiveRate);
  return { contrast, logistic, threshold, falsePositiveRate, heldOut: measure(held), measure };
}

/** What is kept of a probe. */
export function probeFileOf({ place, site, reading }: ReadJob, fitted: FittedProbe, labels: string): ProbeFile {
  const { contrast, logistic, threshold, falsePositiveRate } = fitted;
  return {
    format: 1,
    model: { name: place.name, hash: place.hash },
    ...{ site, reading, labels },
    ...{ direction: [...contrast.direction], positive: contrast.positive, negative: contrast.negative },
    ...{ weights: [...logistic.weights], bias: logistic.bias, mean: [...logistic.mean], scale: [...logistic.scale] },
    threshold: 1 / (1 + Math.exp(-threshold)),
    falsePositiveRate,
  };
}

/** Where a probe is kept unless it is said otherwise. */
export function probeFolder({ place, site, reading }: ReadJob, subject: string): string {
  const [model, where] = [place.name.split("@").at(-1), site.replace(/^blocks\.(\d+)\.(?:hook_)?/, "$1-")];
  const name = [model, subject, where, reading].join("-");
  return featuresFolder([place], name).replace(/([\\/])features([\\/-])/, "$1probes$2");
}

function compareScores(
  scores: readonly [Float64Array, Float64Array, Float64Array],
  labels: readonly number[],
): ProbeFigures {
  const areaOf = (values: ArrayLike<number>, rows: readonly number[]): Estimate =>
    auc(
      rows.filter((row) => labels[row] === 1).map((row) => values[row]!),
      rows.filter((row) => labels[row] === 0).map((row) => values[row]!),
    );
  const all = labels.map((_, row) => row);
  const [logistic, difference, words] = scores.map((values) => areaOf(values, all)) as [Estimate, Estimate, Estimate];
  const random = rng(1, "probe-gain");
  const gains: number[] = [];
  while (gains.length < 400) {
    const drawn = all.map(() => random.integer(all.length));
    if (!isTwoSided(drawn.map((row) => labels[row]!))) continue;
    gains.push(areaOf(scores[0], drawn).estimate - areaOf(scores[2], drawn).estimate);
  }
  gains.sort((a, b) => a - b);
  const n = labels.length;
  return {
    ...{ n, positives: labels.reduce((sum, label) => sum + label, 0), logistic, difference, words },
    gain: { estimate: logistic.estimate - words.estimate, low: gains[9]!, high: gains[390]!, n },
  };
}

export const isTwoSided = (labels: readonly number[]): boolean => new Set(labels).size === 2;

/** What is missing where all labels are 0, and where all are 1. */
const missingKinds = {
  answers: ["1: no answer that broke the principle", "0: no answer that kept the principle"],
  requests: ["true", "false"],
} as const;

function refuseOneSided(labels: readonly number[], name: string, missing: readonly string[], remedy: string): void {
  if (isTwoSided(labels)) return;
  throw new PreceptError("not-enough-evidence", {
    attempted: `Training a probe on ${name}`,
    found: `no request with the label ${missing[labels[0] ?? 0]}`,
    expected: "some of both, to learn from and to measure on",
    remedy,
  });
}
