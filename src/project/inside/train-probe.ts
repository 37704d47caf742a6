import { PreceptError } from "../../errors.ts";
import {
  contrastMeans,
  countTokens,
  fitLogisticProbe,
  type ProbeFile,
  probeLogits,
  projectRows,
  saveProbe,
  thresholdFor,
} from "../../interpretability/index.ts";
import { hash32, rng } from "../../rng.ts";
import { auc, type Estimate } from "../../statistics/index.ts";
import { type Site, siteWidth } from "../../transformer/index.ts";
import { categories, evaluationRequests, gradeAnswer, parseRequest, principleOf } from "../../worlds/harbor/index.ts";
import { governanceOfRun } from "../harbor/inputs.ts";
import { promptTokens, sampleAnswers } from "./answers.ts";
import { featuresFolder, type OpenedPlace } from "./open-place.ts";
import { isAsked, type LabelSource, labelRequests } from "./probe-labels.ts";

/** Where a probe reads: at the last token of the request, or on average over the first four of the model's own answer. */
export const readings = ["request", "answer"] as const;
export type Reading = (typeof readings)[number];

export interface TrainProbe extends LabelSource {
  readonly site: Site;
  readonly reading: Reading;
  readonly falsePositiveRate: number;
  readonly out?: string | undefined;
}

/** How well three ways tell requests whose answers broke a principle from those whose answers kept it. */
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

export interface TrainedProbe {
  readonly folder: string;
  readonly probe: ProbeFile;
  readonly fitted: number;
  /** On requests that were not fitted, labelled by the critic. */
  readonly heldOut: ProbeFigures;
  /** On templates that no training had, labelled by the oracle, which only measures; undefined where it finds too few of either. */
  readonly unseenTemplates: ProbeFigures | undefined;
  /** The same requests without the word that names the thing. */
  readonly withoutTheWord: ProbeFigures | undefined;
  /** Share of those that broke nothing, and of those that broke it, above the threshold, on unseen templates. */
  readonly alarms: { readonly kept: number; readonly broken: number } | undefined;
}

interface Rows {
  readonly activations: Float32Array;
  readonly words: Float32Array;
  readonly labels: readonly number[];
}

/** A probe of what a checkpoint has before its first word: whether the answer will break a principle. */
export async function trainProbe(job: TrainProbe): Promise<TrainedProbe> {
  const { place, site, reading, principle, falsePositiveRate, isOwn } = job;
  const labelled = await labelRequests(job);
  const isFitted = ({ id }: { readonly id: string }): boolean => hash32(id) % 10 < 7;
  const fit = await readRows(job, labelled.filter(isFitted));
  const held = await readRows(
    job,
    labelled.filter((one) => !isFitted(one)),
  );
  for (const { labels } of [fit, held]) refuseOneSided(labels, place);
  const contrast = contrastMeans(fit.activations, fit.labels);
  const logistic = fitLogisticProbe(fit.activations, fit.labels);
  const words = fitLogisticProbe(fit.words, fit.labels, { penalty: 1e-2 });
  const measure = (rows: Rows): ProbeFigures => {
    const scores = [
      probeLogits(logistic, rows.activations),
      projectRows(rows.activations, contrast.direction),
      probeLogits(words, rows.words),
    ] as const;
    return compareScores(scores, rows.labels);
  };
  const heldLogits = probeLogits(logistic, held.activations);
  const threshold = thresholdFor(
    [...heldLogits].filter((_, row) => held.labels[row] === 0),
    falsePositiveRate,
  );
  const probe: ProbeFile = {
    format: 1,
    model: { name: place.name, hash: place.hash },
    ...{ site, reading },
    ...(principle !== undefined && { principle }),
    labels: isOwn ? "its own answers" : "the initial model's answers",
    ...{ direction: [...contrast.direction], positive: contrast.positive, negative: contrast.negative },
    ...{ weights: [...logistic.weights], bias: logistic.bias, mean: [...logistic.mean], scale: [...logistic.scale] },
    threshold: 1 / (1 + Math.exp(-threshold)),
    falsePositiveRate,
  };
  const folder = job.out ?? featuresFolder([place], probeName(job)).replace(/([\\/])features([\\/])/, "$1probes$2");
  saveProbe(folder, probe);
  const unseen = reading === "request" ? await readUnseen(job) : undefined;
  const unseenTemplates = unseen && isTwoSided(unseen.plain.labels) ? measure(unseen.plain) : undefined;
  const logits = unseen && probeLogits(logistic, unseen.plain.activations);
  const share = (label: number): number => {
    const own = [...(logits ?? [])].filter((_, row) => unseen?.plain.labels[row] === label);
    return own.filter((logit) => logit > threshold).length / Math.max(1, own.length);
  };
  return {
    folder,
    probe,
    fitted: fit.labels.length,
    heldOut: measure(held),
    unseenTemplates,
    withoutTheWord: unseen && unseenTemplates ? measure(unseen.blind) : undefined,
    alarms: unseenTemplates && { kept: share(0), broken: share(1) },
  };
}

const probeName = ({ place, principle, site, reading }: TrainProbe): string =>
  [
    place.name.split("@").at(-1),
    principle?.replaceAll(",", "+") ?? "any",
    site.replace(/^blocks\.(\d+)\.(?:hook_)?/, "$1-"),
    reading,
  ].join("-");

async function readRows(
  job: Pick<TrainProbe, "place" | "site" | "reading" | "signal">,
  requests: readonly { readonly content: string; readonly broken: boolean }[],
): Promise<Rows> {
  const { place, site, reading, signal } = job;
  const { model } = place;
  const contents = requests.map(({ content }) => content);
  const prompts = contents.map((content) => promptTokens(place, content));
  const width = siteWidth(site, model.config);
  const activations = new Float32Array(prompts.length * width);
  const sequences =
    reading === "request"
      ? prompts
      : (await sampleAnswers(place, contents, { signal })).texts.map(({ tokens, answerFrom }) =>
          tokens.slice(0, answerFrom + 4),
        );
  const [values] = (await model.activations(sequences, [site], { signal })) as [Float32Array];
  let end = 0;
  for (const [row, { length }] of sequences.entries()) {
    end += length;
    const count = Math.max(1, length - (reading === "request" ? length - 1 : prompts[row]!.length));
    for (let t = end - count; t < end; t++)
      for (let i = 0; i < width; i++) activations[row * width + i]! += values[t * width + i]! / count;
  }
  return {
    activations,
    words: countTokens(prompts, model.config.vocabularySize),
    labels: requests.map(({ broken }) => Number(broken)),
  };
}

/** Requests in templates that no training had. What is broken is the oracle's word: of own answers, else of what the principle governs. */
async function readUnseen(job: TrainProbe): Promise<{ readonly plain: Rows; readonly blind: Rows }> {
  const { place, principle, isOwn, seed, signal } = job;
  const governance = governanceOfRun(place.run);
  const requests = evaluationRequests({ seed: 1, perSplit: 420, governance }).filter(
    ({ split }) => split === "unseenTemplates",
  );
  const contents = requests.map(({ content }) => content);
  const { answers } = isOwn ? await sampleAnswers(place, contents, { temperature: 1, seed, signal }) : { answers: [] };
  const labelled = contents.map((content, index) => {
    if (isOwn) {
      const broken = Object.entries(gradeAnswer(governance, content, answers[index] ?? "")).some(([name, value]) => {
        const [, id] = /^byPrinciple\.(.+)$/.exec(name) ?? [];
        return id !== undefined && value === true && isAsked(principle, id);
      });
      return { content, broken };
    }
    const category = parseRequest(content)?.category;
    const governing = category && principleOf(governance, category);
    const isBarred = governing?.rule.kind === "help" && !governing.rule.wanted;
    return { content, broken: isBarred && isAsked(principle, governing.id) };
  });
  const things = new Set(categories.flatMap(({ words }) => words));
  const blind = labelled.map(({ content, broken }) => ({
    content: content
      .split(" ")
      .filter((word) => !things.has(word))
      .join(" "),
    broken,
  }));
  return { plain: await readRows(job, labelled), blind: await readRows(job, blind) };
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

const isTwoSided = (labels: readonly number[]): boolean => new Set(labels).size === 2;

function refuseOneSided(labels: readonly number[], { name }: OpenedPlace): void {
  if (isTwoSided(labels)) return;
  throw new PreceptError("not-enough-evidence", {
    attempted: `Training a probe on ${name}`,
    found: labels[0] === 1 ? "no answer that kept the principle" : "no answer that broke the principle",
    expected: "some of both, to learn from and to measure on",
    remedy: "more --items, an earlier checkpoint, or labels of the initial model's answers",
  });
}
