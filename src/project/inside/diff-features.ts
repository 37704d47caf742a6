import { PreceptError } from "../../errors.ts";
import { keepDiff } from "../../inside/index.ts";
import { type ChangedFeature, diffFeatures, Encoder, featureMaxima } from "../../interpretability/index.ts";
import type { Progress } from "../../progress/index.ts";
import type { Site } from "../../transformer/index.ts";
import { evaluationRequests, parseRequest, principleOf } from "../../worlds/harbor/index.ts";
import { governanceOfRun } from "../harbor/inputs.ts";
import { sampleAnswers } from "./answers.ts";
import type { OpenedPlace } from "./open-place.ts";
import { type ReviewedFeature, reviewChanges } from "./review-diff.ts";
import { showFeatures } from "./show-feature.ts";
import { type FeatureSettings, trainFeatures } from "./train-features.ts";

export interface FeatureDiff {
  readonly before: string;
  readonly after: string;
  readonly dictionary: string;
  /** Requests that both answered. */
  readonly n: number;
  readonly features: number;
  readonly changed: readonly (ChangedFeature & { readonly examples: readonly DiffExample[] })[];
  /** Of the features that changed most; undefined where none was asked for. */
  readonly review: readonly ReviewedFeature[] | undefined;
}

export interface DiffExample {
  readonly request: string;
  readonly before: string;
  readonly after: string;
}

export interface DiffJob {
  readonly before: OpenedPlace;
  readonly after: OpenedPlace;
  readonly site: Site;
  readonly settings: FeatureSettings;
  readonly out?: string | undefined;
  /** Requests of each split and side. Default 105. */
  readonly perSplit?: number | undefined;
  /** How many features are reviewed. Default 0. */
  readonly reviewed?: number | undefined;
  readonly command: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/** Changed features whose pages are made. */
const PAGES = 20;

/**
 * What changed between two checkpoints of harbor: one dictionary of both, and how often its features are active in the requests and
 * answers of each. Kept in the dictionary's folder, with the pages of those that changed most.
 */
export async function diffCheckpoints(job: DiffJob): Promise<FeatureDiff> {
  const { before, after, site, progress, signal, perSplit = 105, reviewed = 0 } = job;
  if (!before.isHarbor || !after.isHarbor) {
    throw new PreceptError("usage", {
      attempted: `Comparing ${before.name} with ${after.name} from within`,
      found: "a model outside harbor, without requests whose principle is known",
      expected: "two checkpoints of a run on harbor",
      remedy:
        "precept features train A B learns one dictionary of both; precept features show it, with --model A and with --model B",
    });
  }
  const learned = await trainFeatures({ ...job, places: [before, after] });
  const governance = governanceOfRun(after.run);
  const requests = evaluationRequests({ seed: 1, perSplit, governance, set: "development" });
  const groups = requests.map(({ content }) => {
    const category = parseRequest(content)?.category;
    return (category && principleOf(governance, category)?.id) ?? "none";
  });
  const encoder = await Encoder.create(learned.dictionary);
  progress.start("features", "answers of both", 2 * requests.length, "answers");
  try {
    const sides = [];
    for (const place of [before, after]) {
      const { texts, answers } = await sampleAnswers(
        place,
        requests.map(({ content }) => content),
        { progress, signal },
      );
      const [values] = (await place.model.activations(
        texts.map(({ tokens }) => tokens),
        [site],
        { signal },
      )) as [Float32Array];
      sides.push({ texts, answers, maxima: await featureMaxima(encoder, learned.dictionary, texts, values) });
    }
    const [first, second] = sides as [(typeof sides)[0], (typeof sides)[0]];
    const changed = diffFeatures({ before: first.maxima, after: second.maxima, groups });
    const review =
      reviewed === 0
        ? undefined
        : await reviewChanges({
            ...{
              after,
              site,
              dictionary: learned.dictionary,
              encoder,
              changed: changed.slice(0, reviewed),
              groups,
              signal,
            },
            texts: { own: second.texts, other: first.texts },
          });
    const diff: FeatureDiff = {
      before: before.name,
      after: after.name,
      dictionary: learned.folder,
      n: requests.length,
      features: learned.dictionary.features,
      changed: changed.map((one) => ({
        ...one,
        examples: one.texts.map((text) => ({
          request: requests[text]!.content,
          before: first.answers[text]!,
          after: second.answers[text]!,
        })),
      })),
      review,
    };
    keepDiff(learned.folder, diff);
    const own = { ...learned, place: after, site, rebuiltSite: site, encoder };
    const numbers = [...new Set(changed.map(({ feature }) => feature))].slice(0, PAGES);
    await showFeatures(own, numbers, { progress, signal });
    return diff;
  } finally {
    progress.finish();
    await encoder.release();
  }
}
