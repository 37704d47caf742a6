import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { describePublicPrinciple, type PublicProvenance, readProvenance } from "../collective/drafting/index.ts";
import type { AnswerRecord } from "../evaluation/index.ts";
import type { ComparisonRecord, ResponseRecord, RevisionRecord } from "../feedback/index.ts";
import { type DerivedRecord, derivedRecordSchema, shapingPrinciples } from "../records/index.ts";
import { findRecord, findRecords, readRun, recordsOf, type StoredRun } from "../runs/index.ts";
import type { RolloutRecord } from "../training/index.ts";
import type { Match } from "./data.ts";
import { type ChainSource, decidedPrinciples, nearestChain, similarity } from "./examples.ts";
import { readConstitution } from "./read.ts";
import { RecordIndex } from "./record-index.ts";
import { type RunRecord, runRecordSchema } from "./records.ts";

/** One line of an explanation. */
export interface WhyLine {
  /** What it is: "answer", "revision", "critique", "principle", "request" … */
  readonly label: string;
  readonly text: string;
  /** Id of the record that says so; a principle's line has the principle's id. */
  readonly id: string;
}

export interface Why {
  readonly id: string;
  readonly type: string;
  readonly stage: string;
  /** The record and what it was made from, nearest first, each critique followed by its principle. */
  readonly lines: readonly WhyLine[];
  /** Principles that shaped the record, itself or by way of what it was made from. */
  readonly principles: readonly string[];
  /**
   * What is nearest to it in the data that its model was trained on, where the record itself walks back to no principle. By shared
   * words: near, not a cause.
   */
  readonly nearest?: { readonly match: Match; readonly run: string; readonly lines: readonly WhyLine[] } | undefined;
}

/**
 * Walks from a record back to the principles that shaped it. `record`: an id, or as much of its beginning or end as no other
 * record shares. @throws PreceptError usage where there is no such run or record; run-invalid.
 */
export async function explainRecord(folder: string, record: string): Promise<Why> {
  const run = readRun(folder);
  const found = await findRecord(run, record);
  const { id, type = found.file } = found.record;
  const derived = derivedRecordSchema.safeParse(found.record);
  if (!derived.success) {
    return {
      id,
      type: String(type),
      stage: found.stage,
      lines: [{ label: String(type), text: found.record.id, id }],
      principles: [],
    };
  }
  const records = await ancestryOf(run, derived.data);
  const texts = principleTexts(run);
  const provenance = readProvenance(run.folder);
  const parsed = runRecordSchema.parse(found.record);
  return {
    id,
    type: derived.data.type,
    stage: found.stage,
    lines: withPublic(linesFrom(records, id, texts), provenance),
    principles: shapingPrinciples(records, id),
    nearest: withPublicNearest(await nearestTo(parsed, run), run),
  };
}

/** A record with everything it was made from. Records of one prompt stand together, so two or three passes find all. */
async function ancestryOf(run: StoredRun, start: DerivedRecord): Promise<Map<string, DerivedRecord>> {
  const known = new Map([[start.id, start]]);
  const tried = new Set<string>();
  const { promptId } = start;
  for (;;) {
    const wanted = new Set(
      [...known.values()].flatMap(({ parents }) => parents).filter((id) => !known.has(id) && !tried.has(id)),
    );
    if (wanted.size === 0) return known;
    for await (const { record } of recordsOf(run)) {
      const isNear = wanted.has(record.id) || (promptId !== undefined && record["promptId"] === promptId);
      const derived = isNear ? derivedRecordSchema.safeParse(record).data : undefined;
      if (derived !== undefined) known.set(derived.id, derived);
    }
    for (const id of wanted) tried.add(id);
  }
}

type Texts = ReadonlyMap<string, string>;

function principleTexts(run: StoredRun): Texts {
  return new Map(readConstitution(run.folder)?.principles.map(({ id, text }) => [id, text]));
}

/** Depth first, a critique before what it criticises; what was said already is not said again. */
function linesFrom(records: ReadonlyMap<string, DerivedRecord>, id: string, texts: Texts): WhyLine[] {
  const lines: WhyLine[] = [];
  const seen = new Set<string>();
  const said = new Set<string>();
  const visit = (place: string): void => {
    const record = records.get(place);
    if (record === undefined || seen.has(place)) return;
    seen.add(place);
    for (const line of linesOf(runRecordSchema.parse(record), texts)) {
      if (line.label !== "principle" && said.has(line.text)) continue;
      said.add(line.text);
      lines.push(line);
    }
    const isCritique = (parent: string): number => (records.get(parent)?.type === "critique" ? 0 : 1);
    for (const parent of [...record.parents].sort((a, b) => isCritique(a) - isCritique(b))) visit(parent);
  };
  visit(id);
  return lines;
}

/** Under each principle what its public said and voted, the first time that it is named. */
function withPublic(lines: readonly WhyLine[], provenance: PublicProvenance | undefined): WhyLine[] {
  if (provenance === undefined) return [...lines];
  const told = new Set<string>();
  return lines.flatMap((line): WhyLine[] => {
    if (line.label !== "principle" || told.has(line.id)) return [line];
    told.add(line.id);
    return [line, ...describePublicPrinciple(provenance, line.id).map((one) => ({ ...one, id: line.id }))];
  });
}

function withPublicNearest(nearest: Why["nearest"], run: StoredRun): Why["nearest"] {
  if (nearest === undefined) return undefined;
  return { ...nearest, lines: withPublic(nearest.lines, readProvenance(trainingRunOf(run).folder)) };
}

function principleLine(id: string, texts: Texts, more = ""): WhyLine {
  const text = texts.get(id);
  return { label: "principle", text: `${id}${more}${text === undefined ? "" : `: ${text}`}`, id };
}

const requestOf = (messages: readonly { readonly role: string; readonly content: string }[]): string =>
  messages.findLast(({ role }) => role === "user")?.content ?? "";

/** What was said before the last request, the latest first: a trap may have been laid there. */
function turnsBefore<T extends { readonly role: string }>(messages: readonly T[]): T[] {
  const last = messages.findLastIndex(({ role }) => role === "user");
  return messages
    .slice(0, Math.max(0, last))
    .filter(({ role }) => role !== "system")
    .reverse();
}

/** The lines that a record has of its own. */
function linesOf(record: RunRecord, texts: Texts): WhyLine[] {
  const line = (label: string, text: string): WhyLine => ({ label, text: text.trim(), id: record.id });
  switch (record.type) {
    case "response":
      return [
        line("response", record.response),
        // An answer that a principle's context shaped.
        ...(record.principleId === null ? [] : [principleLine(record.principleId, texts)]),
        line("request", requestOf(record.messages)),
      ];
    case "critique":
      return [line("critique", record.critique), principleLine(record.principleId, texts)];
    case "revision": {
      const hasCritique = record.parents.some((id) => id.includes("/critique"));
      const principle = hasCritique ? [] : [principleLine(record.principleId, texts)];
      return [line(`revision ${record.round}`, record.revision), ...principle];
    }
    case "sl-example":
      return [line("trained on", record.completion)];
    case "comparison":
      return comparisonLines(record, texts);
    case "no-label":
      return [
        line("no label", record.unanswered.map(({ principleId, missing }) => `${principleId}: ${missing}`).join(", ")),
      ];
    case "reading":
      return [line("judge", record.verdict), principleLine(record.principleId, texts)];
    case "contrast": {
      const { positive, negative, principleId } = record;
      const nats = (value: number | null): string => (value === null ? "not known" : `${value.toFixed(1)} nats`);
      const likely = `${nats(positive)} where the principle is kept, ${nats(negative)} where it is broken`;
      return [line("log-likelihood", likely), principleLine(principleId, texts)];
    }
    case "preference":
      return [line("scores", record.scores.map((score) => score.toPrecision(3)).join(" and "))];
    case "rollout":
      return [line("rollout", record.response), line("reward", record.reward.toPrecision(3))];
    case "answer":
      return [
        line("answer", `${record.response}`),
        ...(record.findings ?? []).filter(isBreak).map((finding) => findingLine(finding, record.id, texts)),
        line("request", requestOf(record.messages)),
        ...turnsBefore(record.messages).map(({ role, content }) => line(role, content)),
      ];
    case "role-trial":
      return [line("trial", `${record.role}, ${record.condition}: ${record.correct ? "right" : "wrong"}`)];
    case "other":
      return [
        line(record.of, record.id),
        ...(record.principleId === null ? [] : [principleLine(record.principleId, texts)]),
      ];
  }
}

type Finding = NonNullable<AnswerRecord["findings"]>[number];

const isBreak = ({ verdict }: Finding): boolean => verdict === "breaks";

/** A principle that a judge found broken, with the words of the answer that it points to. */
function findingLine({ principleId, quote = "", why = "" }: Finding, id: string, texts: Texts): WhyLine {
  const text = texts.get(principleId);
  return {
    label: "breaks",
    text: `${principleId}${text === undefined ? "" : `: ${text}`} “${quote}” ${why}`.trim(),
    id,
  };
}

/** Both responses, the label, and the principles that decided it, the surest first; without any, the surest of all. */
function comparisonLines(record: ComparisonRecord, texts: Texts): WhyLine[] {
  const { id, responses, label, evidence } = record;
  const [better, worse] = label >= 0.5 ? responses : [responses[1], responses[0]];
  const decided = decidedPrinciples(record);
  const sure = [...evidence].sort((a, b) => weightOf(b) - weightOf(a));
  const named =
    decided.size === 0 ? sure.slice(0, 1) : sure.filter(({ principleId }) => decided.has(principleId)).slice(0, 3);
  const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
  return [
    { label: "preferred", text: `${better.trim()} (${percent(Math.max(label, 1 - label))})`, id },
    { label: "over", text: worse.trim(), id },
    ...contrastLine(record, texts),
    ...named.map(({ principleId, probability }) =>
      principleLine(principleId, texts, ` (${percent(label >= 0.5 ? probability : 1 - probability)} for it)`),
    ),
  ];
}

/** The principle of a label that nobody was asked for. */
function contrastLine({ id, labelledBy, principleId, rewards, label }: ComparisonRecord, texts: Texts): WhyLine[] {
  if (labelledBy === "debate") return [{ label: "by", text: "a debate about what the judge could not see", id }];
  if (labelledBy === undefined || principleId === null) return [];
  if (labelledBy === "assumed" || rewards === undefined)
    return [principleLine(principleId, texts, " (told to keep it)")];
  const [better, worse] = (label >= 0.5 ? rewards : [rewards[1], rewards[0]]).map((reward) => reward.toFixed(1));
  return [principleLine(principleId, texts, ` (R ${better} against ${worse})`)];
}

const weightOf = ({ probability, weight }: ComparisonRecord["evidence"][number]): number =>
  weight * Math.abs(probability - 0.5);

/** Nearest in the training data, for what a trained model said: a chain of SL-CAI, or a comparison that its reward learned from. */
async function nearestTo(record: RunRecord, run: StoredRun): Promise<Why["nearest"]> {
  if (record.type === "answer") return record.subject === "initial" ? undefined : nearestRequest(record, run);
  return record.type === "rollout" ? nearestJudgement(record, run) : undefined;
}

/** As the report matches examples: most of the principles that the initial model's answer broke, then most words. */
async function nearestRequest(answer: AnswerRecord, run: StoredRun): Promise<Why["nearest"]> {
  const trained = trainingRunOf(run);
  const index = new RecordIndex();
  for await (const record of trained.stage("sl-cai")?.records(runRecordSchema) ?? []) index.add("sl-cai", record);
  const found = nearestChain(answer.messages, await brokenPrinciples(answer, run), index.chains());
  if (found === undefined) return undefined;
  const chain = recordsOfChain(found.chain);
  const critiques = await findRecords(trained, new Set(found.chain.revisions.flatMap(({ parents }) => parents)));
  const records = new Map(
    [...chain, ...[...critiques.values()].map(({ record }) => record)].map((one) => [
      one.id,
      derivedRecordSchema.parse(one),
    ]),
  );
  const last = found.chain.revisions.at(-1)?.id ?? found.chain.response.id;
  return { match: found.match, run: trained.name, lines: linesFrom(records, last, principleTexts(trained)) };
}

const recordsOfChain = ({ response, revisions }: ChainSource): (ResponseRecord | RevisionRecord)[] => [
  response,
  ...revisions,
];

/** What the initial model's answer to the same item broke; else what this one broke. */
async function brokenPrinciples(answer: AnswerRecord, run: StoredRun): Promise<string[]> {
  let { values } = answer;
  for await (const record of run.stage("evaluate")?.records(runRecordSchema) ?? []) {
    if (record.type !== "answer" || record.subject !== "initial" || record.itemId !== answer.itemId) continue;
    values = record.values;
    break;
  }
  return Object.entries(values).flatMap(([metric, value]) =>
    value === true && metric.startsWith("byPrinciple.") ? [metric.slice(12)] : [],
  );
}

async function nearestJudgement(rollout: RolloutRecord, run: StoredRun): Promise<Why["nearest"]> {
  const trained = trainingRunOf(run);
  let best: { record: ComparisonRecord; score: number } | undefined;
  for await (const record of trained.stage("ai-feedback")?.records(runRecordSchema) ?? []) {
    if (record.type !== "comparison" || decidedPrinciples(record).size === 0) continue;
    const score = Math.max(...record.responses.map((response) => similarity(rollout.response, response)));
    if (best === undefined || score > best.score) best = { record, score };
  }
  if (best === undefined) return undefined;
  const { record, score } = best;
  const lines = linesFrom(
    await ancestryOf(trained, derivedRecordSchema.parse(record)),
    record.id,
    principleTexts(trained),
  );
  return { match: score === 1 ? "same" : "nearest", run: trained.name, lines };
}

/** The run whose records the model was trained on: this one, or the one that it stands in. */
function trainingRunOf(run: StoredRun): StoredRun {
  if (run.stage("sl-cai") !== undefined) return run;
  for (let folder = dirname(run.folder); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(`${folder}/manifest.json`)) return readRun(folder);
  }
  return run;
}
