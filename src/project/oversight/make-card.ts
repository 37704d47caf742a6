import { existsSync, readFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { z } from "zod";
import { loadConstitution } from "../../constitution/index.ts";
import {
  answerSchema,
  type Benchmark,
  type BenchmarkSummary,
  benchmarkStage,
  benchmarkSummarySchema,
  benchmarks,
  type Measures,
  readCheck,
  roleTrialSchema,
  type Subject,
} from "../../evaluation/index.ts";
import {
  areas,
  type CardFact,
  type CardFigure,
  type Departure,
  decisionsOf,
  type FoundCard,
  findArea,
  keepCard,
  readDecisions,
  shortHash,
  writeCard,
} from "../../oversight/index.ts";
import { readRecords } from "../../records/index.ts";
import { readManifest, readRun, readSummary, type StoredRun } from "../../runs/index.ts";
import { evaluateSummarySchema, stagesBefore, trainingFlopsOf } from "../../stages/index.ts";
import { namesIn, tryJson, writeOutput } from "../../storage/index.ts";
import { isHarborRun } from "../guard/open-run-guard.ts";
import { harborWorld } from "../harbor/embedded.ts";
import { subjectOf } from "./gate-policy.ts";
import { stageOf } from "./policy-steps.ts";
import { readUsage } from "./read-usage.ts";

export interface CardRequest {
  readonly run: string;
  /** Default the run's last. */
  readonly checkpoint?: string | undefined;
  /** An audit log or a file of requests. */
  readonly usage?: string | undefined;
  readonly licence?: string | undefined;
  /** Default RUN/card.md. */
  readonly out?: string | undefined;
}

export interface MadeCard {
  readonly path: string;
  readonly card: Omit<FoundCard, "format">;
}

const examplesEach = 2;
/** Fillers that no stage of a run has seen: what a card of harbor reports. */
const split = "heldOut";

/** The model card of a run's checkpoint, from what the run holds; asks no model. @throws PreceptError usage, checkpoint-missing, run-invalid. */
export async function makeCard({ run, checkpoint, usage, licence, out }: CardRequest): Promise<MadeCard> {
  const stored = readRun(run);
  const subject = await subjectOf(run, checkpoint);
  const suites = await suiteFigures(run, subject);
  const own = await ownFigures(stored, subject.name);
  const checked = checkDepartures(run, subject.name);
  const figures = [...own.figures, ...suites.figures];
  const departures = own.principles > 0 ? own.departures : checked.departures;
  const card = {
    name: basename(resolve(run)),
    checkpoint: subject.name,
    hash: subject.hash,
    licence,
    ...libraryOf(join(run, stageOf(run, subject.name), "checkpoint")),
    facts: await factsOf(stored, subject),
    figures,
    departures,
    principles: own.principles + checked.principles,
    unmeasured: nameUnmeasured(figures, isHarborRun(run)),
    leftOut: suites.leftOut,
    usage: usage === undefined ? undefined : await readUsage(usage),
    decisions: readDecisions(decisionsOf(run))
      .filter((record) => record.checkpoint.hash === subject.hash)
      .map(({ at, policy, outcome, decision, hash }) => ({
        ...{ at, outcome, policy: `${policy.name} (${shortHash(policy.hash)})`, hash: shortHash(hash) },
        decision: decision && `${decision.by}: ${decision.what}`,
      })),
  };
  const path = out ?? join(run, "card.md");
  writeOutput(path, writeCard(card));
  keepCard(run, card);
  return { path, card };
}

const adapterSchema = z.object({ base_model_name_or_path: z.string() });

/** What else loads a checkpoint's folder: one that holds a whole model, or an adapter, in the hub's formats. */
function libraryOf(folder: string): Pick<FoundCard, "library" | "baseModel"> {
  const adapter = join(folder, "adapter_config.json");
  if (existsSync(adapter)) {
    const base = adapterSchema.safeParse(tryJson(readFileSync(adapter, "utf8"))).data?.base_model_name_or_path;
    // A folder of this machine is nothing to others.
    const isOnHub = base !== undefined && /^[\w.-]+\/[\w.-]+$/u.test(base) && !existsSync(base);
    return { library: "peft", ...(isOnHub ? { baseModel: base } : {}) };
  }
  return existsSync(join(folder, "config.json")) ? { library: "transformers" } : {};
}

async function factsOf(stored: StoredRun, subject: Subject): Promise<CardFact[]> {
  const { manifest, folder } = stored;
  const stage = stageOf(folder, subject.name);
  const flops = await trainingFlopsOf(stored, stage);
  const of = (name: string, value: string | undefined, ...keys: string[]): CardFact[] =>
    value === undefined ? [] : [{ name, value, source: { file: "manifest.json", keys } }];
  const before = stagesBefore(stored, stage);
  const trained = stored.stages.flatMap(({ name }) =>
    before.has(name) && existsSync(join(folder, name, "checkpoint")) ? [name] : [],
  );
  return [
    ...of("what it is of", manifest.of, "of"),
    { name: "checkpoint", value: `${subject.name}, ${subject.hash}` },
    ...of("constitution", manifest.inputs["constitution"], "inputs", "constitution"),
    ...of("initial model", manifest.inputs["initial"], "inputs", "initial"),
    ...of("seed", String(manifest.seed), "seed"),
    ...of("made by", `precept ${manifest.version}`, "version"),
    { name: "trained by the stages", value: trained.join(", ") },
    { name: "training FLOPs", value: flops === undefined ? "not recorded" : flops.toExponential(2) },
  ];
}

interface SuiteFigures {
  readonly figures: CardFigure[];
  readonly leftOut: FoundCard["leftOut"][number][];
}

/** What suites found of this very checkpoint; others are named. */
async function suiteFigures(run: string, subject: Subject): Promise<SuiteFigures> {
  const found: SuiteFigures = { figures: [], leftOut: [] };
  const root = join(run, "suites");
  for (const name of namesIn(root, "folder")) {
    for (const suite of namesIn(join(root, name), "folder")) {
      const folder = join(root, name, suite);
      const path = join(folder, benchmarkStage.name, "summary.json");
      if (!existsSync(path)) continue;
      const summary = await readSummary(path, benchmarkSummarySchema);
      const file = relative(run, path);
      if (readManifest(folder)?.inputs["subject"] === subject.hash)
        found.figures.push(...figuresOf(summary, run, file));
      else if (summary.subject === subject.name) found.leftOut.push({ suite, of: summary.subject, file });
    }
  }
  return found;
}

function figuresOf(summary: BenchmarkSummary, run: string, file: string): CardFigure[] {
  const { benchmark: suite, metrics, title } = summary;
  const known: Benchmark | undefined = harborWorld.benchmarks(run)[suite] ?? benchmarks.get(suite);
  const written = /labels right:.*|nobody has checked its labels/u.exec(title)?.[0];
  return Object.entries(metrics).flatMap(([metric, measured]): CardFigure[] => {
    const area = findArea(suite, metric);
    if (area === undefined) return [];
    const kind = known?.metrics[metric]?.kind ?? known?.derived ?? (metric === "matching" ? "mean" : "rate");
    return [{ area, suite, metric, kind, note: written, measured, source: { file, keys: ["metrics", metric] } }];
  });
}

interface OwnFigures {
  readonly figures: CardFigure[];
  readonly departures: Departure[];
  readonly principles: number;
}

/** What the run's own stage `evaluate` measured, where its world says what breaks a principle. */
async function ownFigures(stored: StoredRun, checkpoint: string): Promise<OwnFigures> {
  const stage = stored.stage("evaluate");
  const file = join("evaluate", "summary.json");
  const path = join(stored.folder, file);
  if (stage?.entry.status !== "done" || !existsSync(path)) return { figures: [], departures: [], principles: 0 };
  const { checkpoints } = await readSummary(path, evaluateSummarySchema);
  const splits = checkpoints[checkpoint] ?? {};
  const figures = Object.entries(splits).flatMap(([name, measures]) =>
    Object.entries(measures).flatMap(([metric, measured]): CardFigure[] => {
      const area = findArea("harbor", metric);
      const source = { file, keys: ["checkpoints", checkpoint, name, metric] };
      return area === undefined ? [] : [{ area, suite: `harbor, ${name}`, metric, kind: "rate", measured, source }];
    }),
  );
  const own = splits[split] ?? {};
  const departures = await withExamples(stored, checkpoint, own, file);
  const principles = Object.keys(own).filter((metric) => metric.startsWith("byPrinciple.")).length;
  return { figures, departures, principles };
}

async function withExamples(
  stored: StoredRun,
  checkpoint: string,
  measures: Measures,
  file: string,
): Promise<Departure[]> {
  const texts = await principleTexts(stored.folder);
  const broken = Object.entries(measures).filter(
    ([metric, { estimate }]) => metric.startsWith("byPrinciple.") && (estimate ?? 0) > 0,
  );
  const examples = new Map<string, Departure["examples"][number][]>(broken.map(([metric]) => [metric, []]));
  for await (const record of readRecords(join(stored.folder, "evaluate", "records.jsonl"), lineSchema)) {
    if (record.type !== "answer" || record.subject !== checkpoint || record.groups["split"] !== split) continue;
    for (const [metric, own] of examples) {
      if (record.values[metric] !== true || own.length >= examplesEach) continue;
      own.push({ id: record.id, request: record.messages.at(-1)?.content ?? "", response: record.response });
    }
  }
  return broken
    .map(([metric, measured]) => {
      const principle = metric.replace("byPrinciple.", "");
      const source = { file, keys: ["checkpoints", checkpoint, split, metric] };
      return { principle, text: texts.get(principle) ?? "", measured, source, examples: examples.get(metric) ?? [] };
    })
    .sort((a, b) => (b.measured.estimate ?? 0) - (a.measured.estimate ?? 0));
}

/** Trials of roles stand beside the answers. */
const lineSchema = z.discriminatedUnion("type", [answerSchema, roleTrialSchema]);

async function principleTexts(run: string): Promise<ReadonlyMap<string, string>> {
  const file = ["measured-by.yaml", "constitution.yaml"]
    .map((name) => join(run, name))
    .find((path) => existsSync(path));
  if (file === undefined) return new Map();
  const { principles } = await loadConstitution(file, { allowEmpty: true });
  return new Map(principles.map(({ id, text }) => [id, text]));
}

/** What precept check found in the run. */
function checkDepartures(run: string, checkpoint: string): Pick<OwnFigures, "departures" | "principles"> {
  const check = readCheck(run);
  const at = check?.subjects.findIndex(({ name }) => name === checkpoint) ?? -1;
  const place = at < 0 ? (check?.subjects.length ?? 0) - 1 : at;
  const subject = check?.subjects[place];
  if (check === undefined || subject === undefined) return { departures: [], principles: 0 };
  const texts = new Map(check.constitution.principles.map(({ id, text }) => [id, text]));
  const departures = subject.outcomes.flatMap(({ principleId, rate }, index): Departure[] => {
    if (principleId === undefined || rate === undefined || (rate.estimate ?? 0) === 0) return [];
    const examples = subject.breaks.filter((one) => one.principleId === principleId).slice(0, examplesEach);
    const source = { file: "check.json", keys: ["subjects", place, "outcomes", index, "rate"] };
    return [{ principle: principleId, text: texts.get(principleId) ?? "", measured: rate, source, examples }];
  });
  return { departures, principles: subject.outcomes.filter(({ rate }) => rate !== undefined).length };
}

function nameUnmeasured(figures: readonly CardFigure[], isHarbor: boolean): FoundCard["unmeasured"] {
  return Object.entries(areas).flatMap(([id, { title, suites }]) => {
    if (suites === undefined || figures.some(({ area, measured }) => area === id && measured.estimate !== null))
      return [];
    const how = isHarbor
      ? "no suite in harbor's language asks for it"
      : `\`precept evaluate RUN --suite ${suites}\` would`;
    return [{ what: title.toLowerCase(), how }];
  });
}
