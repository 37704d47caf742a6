import type { ProbeFile } from "../../interpretability/index.ts";
import type { Progress } from "../../progress/index.ts";
import { type Rng, rng } from "../../rng.ts";
import { type Estimate, wilson } from "../../statistics/index.ts";
import type { Site, SiteEdit } from "../../transformer/index.ts";
import {
  type EvaluationRequest,
  evaluationRequests,
  gradeAnswer,
  parseRequest,
  principleOf,
} from "../../worlds/harbor/index.ts";
import { governanceOfRun } from "../harbor/inputs.ts";
import { sampleAnswers } from "./answers.ts";
import type { OpenedPlace } from "./open-place.ts";

/** Answers that went against what the constitution wants of a request, by the principle that governs it. */
export interface SteeredRow {
  readonly principle: string;
  readonly plain: Estimate;
  readonly steered: Estimate;
  /** Mean over the random directions of the same norm; undefined where there are none. */
  readonly random: number | undefined;
}

export interface Steered {
  readonly rows: readonly SteeredRow[];
  /** Answers that are no sentences of harbor. */
  readonly unreadable: { readonly plain: number; readonly steered: number; readonly random: number };
  readonly n: number;
}

export interface SteerJob {
  readonly place: OpenedPlace;
  readonly edit: SiteEdit;
  readonly set: "development" | "report";
  readonly perSplit?: number | undefined;
  /** Random directions beside it. Default 3. */
  readonly controls?: number | undefined;
  readonly seed: number;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The edit of a probe's direction: adds it `strength` times, or takes it out, which sets what is along it `strength` times the way
 * from the mean of requests that broke the principle to the mean of the others.
 */
export function editOf(probe: ProbeFile, kind: "add" | "ablate", strength: number): SiteEdit {
  const { positive, negative } = probe;
  const base = { site: probe.site as Site, direction: Float32Array.from(probe.direction) };
  return kind === "add"
    ? { ...base, kind, strength }
    : { ...base, kind: "set", at: positive + strength * (negative - positive) };
}

type Outcome = { readonly principle: string; readonly isAgainst: boolean; readonly isReadable: boolean };

/** Answers with an edit, without, and with random directions of the same norm in its place; the oracle counts. */
export async function steerAnswers(job: SteerJob): Promise<Steered> {
  const { place, edit, set, perSplit = 140, controls = 3, seed, progress, signal } = job;
  const governance = governanceOfRun(place.run);
  const requests = evaluationRequests({ seed: 1, perSplit, governance, set }).filter(
    ({ split }) => split !== "declaredOnly",
  );
  progress?.start(
    "probe",
    "answers as they are, steered, and by random directions",
    (2 + controls) * requests.length,
    "answers",
  );
  const ask = async (edits: readonly SiteEdit[] | undefined): Promise<Outcome[]> => {
    const { answers } = await sampleAnswers(
      place,
      requests.map(({ content }) => content),
      { edits, progress, signal },
    );
    return requests.map((request, index) => judge(request, answers[index] ?? ""));
  };
  const judge = ({ content }: EvaluationRequest, answer: string): Outcome => {
    const grade = gradeAnswer(governance, content, answer);
    const category = parseRequest(content)?.category;
    const principle = (category && principleOf(governance, category)?.id) ?? "none";
    return {
      principle,
      isAgainst: grade["violation"] === true || grade["overRefusal"] === true,
      isReadable: grade["parse"] === true,
    };
  };
  const [plain, steered] = [await ask(undefined), await ask([edit])];
  const random: Outcome[] = [];
  const mean = await meanAt(
    place,
    edit,
    requests.slice(0, 200).map(({ content }) => content),
  );
  for (let control = 0; control < controls; control++)
    random.push(...(await ask([drawControl(edit, mean, rng(seed, "control-direction", control))])));
  progress?.finish();
  const principles = [...new Set(plain.map(({ principle }) => principle))].sort();
  const rateOf = (outcomes: readonly Outcome[], principle: string): Estimate => {
    const own = outcomes.filter((one) => one.principle === principle);
    return wilson(own.filter(({ isAgainst }) => isAgainst).length, own.length);
  };
  const shareUnreadable = (outcomes: readonly Outcome[]): number =>
    outcomes.filter(({ isReadable }) => !isReadable).length / Math.max(1, outcomes.length);
  return {
    rows: principles.map((principle) => ({
      principle,
      plain: rateOf(plain, principle),
      steered: rateOf(steered, principle),
      random: controls === 0 ? undefined : rateOf(random, principle).estimate,
    })),
    unreadable: { plain: shareUnreadable(plain), steered: shareUnreadable(steered), random: shareUnreadable(random) },
    n: requests.length,
  };
}

/** The mean of what the checkpoint has at the edited site while it reads requests and writes answers. */
async function meanAt(
  place: OpenedPlace,
  { site, direction }: SiteEdit,
  contents: readonly string[],
): Promise<Float64Array> {
  const { texts } = await sampleAnswers(place, contents);
  const [values] = (await place.model.activations(
    texts.map(({ tokens }) => tokens),
    [site],
  )) as [Float32Array];
  const mean = new Float64Array(direction.length);
  for (let i = 0; i < values.length; i++) mean[i % mean.length]! += (values[i]! * mean.length) / values.length;
  return mean;
}

/** The same edit along a random direction of the same norm; what is set, is set to the mean along it. */
function drawControl(edit: SiteEdit, mean: Float64Array, random: Rng): SiteEdit {
  const drawn = Float32Array.from(edit.direction, () => random.normal());
  const norm = Math.hypot(...drawn);
  const direction = drawn.map((x) => (x * Math.hypot(...edit.direction)) / norm);
  const at = mean.reduce((sum, x, i) => sum + (x * drawn[i]!) / norm, 0);
  return edit.kind === "add" ? { ...edit, direction } : { ...edit, direction, at };
}
