import { keepFigures } from "../../inside/index.ts";
import { type ProbeFile, probeLogits, saveProbe } from "../../interpretability/index.ts";
import { hash32 } from "../../rng.ts";
import { categories, evaluationRequests, gradeAnswer, parseRequest, principleOf } from "../../worlds/harbor/index.ts";
import { governanceOfRun } from "../harbor/inputs.ts";
import { sampleAnswers } from "./answers.ts";
import { isAsked, type LabelSource, labelRequests } from "./probe-labels.ts";
import {
  fitProbe,
  isTwoSided,
  type ProbeFigures,
  type ProbeRows,
  probeFileOf,
  probeFolder,
  type ReadJob,
  readRows,
} from "./probe-rows.ts";

export interface TrainProbe extends LabelSource, Omit<ReadJob, "place" | "signal"> {
  readonly falsePositiveRate: number;
  readonly out?: string | undefined;
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

/** A probe of what a checkpoint has before its first word: whether the answer will break a principle. */
export async function trainProbe(job: TrainProbe): Promise<TrainedProbe> {
  const { place, reading, principle, falsePositiveRate, isOwn } = job;
  const labelled = await labelRequests(job);
  const isFitted = ({ id }: { readonly id: string }): boolean => hash32(id) % 10 < 7;
  const fit = await readRows(job, labelled.filter(isFitted));
  const held = await readRows(
    job,
    labelled.filter((one) => !isFitted(one)),
  );
  const fitted = fitProbe(fit, held, { name: place.name, falsePositiveRate });
  const { logistic, threshold, heldOut, measure } = fitted;
  const labels = isOwn ? "its own answers" : "the initial model's answers";
  const probe: ProbeFile = { ...probeFileOf(job, fitted, labels), ...(principle !== undefined && { principle }) };
  const folder = job.out ?? probeFolder(job, principle?.replaceAll(",", "+") ?? "any");
  saveProbe(folder, probe);
  const unseen = reading === "request" ? await readUnseen(job) : undefined;
  const unseenTemplates = unseen && isTwoSided(unseen.plain.labels) ? measure(unseen.plain) : undefined;
  const logits = unseen && probeLogits(logistic, unseen.plain.activations);
  const share = (label: number): number => {
    const own = [...(logits ?? [])].filter((_, row) => unseen?.plain.labels[row] === label);
    return own.filter((logit) => logit > threshold).length / Math.max(1, own.length);
  };
  const figures = {
    fitted: fit.labels.length,
    heldOut,
    unseenTemplates,
    withoutTheWord: unseen && unseenTemplates ? measure(unseen.blind) : undefined,
    alarms: unseenTemplates && { kept: share(0), broken: share(1) },
  };
  const rows = [
    { name: "held out", figures: heldOut },
    { name: "unseen templates", figures: figures.unseenTemplates },
    { name: "without the word", figures: figures.withoutTheWord },
  ];
  keepFigures(folder, { ...figures, rows: rows.filter((row) => row.figures !== undefined) });
  return { folder, probe, ...figures };
}

/** Requests in templates that no training had. What is broken is the oracle's word: of own answers, else of what the principle governs. */
async function readUnseen(job: TrainProbe): Promise<{ readonly plain: ProbeRows; readonly blind: ProbeRows }> {
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
