import { join } from "node:path";
import { PreceptError } from "../../errors.ts";
import type { Subject } from "../../evaluation/index.ts";
import { withModel } from "../../language-model.ts";
import type { Progress } from "../../progress/index.ts";
import { loadRecords } from "../../records/index.ts";
import { rng } from "../../rng.ts";
import { defineStage, Run } from "../../runs/index.ts";
import { contentHash } from "../../storage/index.ts";
import { askLetters, askTexts, type Player } from "../debate/ask.ts";
import { balance, StatementPool, type WrittenStatement } from "./pool.ts";
import { type StatementRecord, statementSchema } from "./records.ts";
import { type Behaviour, type SuiteSide, type SuiteTemplates, suiteSides } from "./templates.ts";

const statementsStage = defineStage({ name: "statements", after: [], records: { records: statementSchema } });

export interface SuiteSettings {
  /** Statements, half of them on each side. */
  readonly count: number;
  /** Of the check, on a statement's side, at least this. */
  readonly confidence: number;
  /** Of the writer; default that of the templates. */
  readonly temperature?: number | undefined;
  readonly seed: number;
}

export const defaultSuiteSettings: SuiteSettings = { count: 200, confidence: 0.8, seed: 1 };

/** A suite to be written: about what, by whom, checked by whom. */
export interface SuiteJob {
  /** Holds the records; the same job goes on there after any interruption. */
  readonly folder: string;
  readonly command: string;
  readonly behaviour: Behaviour;
  readonly writer: Subject;
  readonly checker: Subject;
  readonly templates: SuiteTemplates;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

export interface WrittenStatements {
  /** Balanced, each once, in the order of the suite. */
  readonly chosen: readonly StatementRecord[];
  /** All that were written, by what became of them. */
  readonly outcomes: Readonly<Record<string, number>>;
}

/** Rounds in a row without a new statement of a side that lacks some, after which there are taken to be no more. */
const patience = 6;
const shownExamples = 6;

/**
 * Statements of both sides of a behaviour: written, checked by a second model, each once, as many of both (Perez et al. 2022).
 * Fewer than were asked for where the writer has no more. @throws what the models and the disk throw; the run stays resumable.
 */
export async function writeStatements(job: SuiteJob, settings: SuiteSettings): Promise<WrittenStatements> {
  const { folder, command, behaviour, writer, checker, templates, progress } = job;
  const key = contentHash({
    ...{
      settings: { ...settings, temperature: settings.temperature ?? templates.temperature },
      behaviour: { ...behaviour },
      templates: templates.version,
    },
    models: [writer.hash, checker.hash],
  });
  const { count, confidence, seed } = settings;
  const manifest = { of: `a suite on ${behaviour.id}`, seed, config: { count, confidence }, inputs: { key } };
  const run = await Run.open(folder, { kind: "suite", manifest, command });
  const pool = new StatementPool({ ...templates, confidence: settings.confidence });
  try {
    await run.stage(statementsStage, key, async (stage) => {
      const log = await stage.records("records");
      progress.start("suite", "statements", settings.count, "sure and new");
      await withModel(writer.open, (openWriter) =>
        withModel(checker.hash === writer.hash ? openWriter : checker.open, async (openChecker) => {
          const players = async () => ({
            writer: { name: writer.name, model: await openWriter(), render: writer.render },
            checker: { name: checker.name, model: await openChecker(), render: checker.render },
          });
          let idle = 0;
          for (let round = 0; idle < patience && lacking(pool, settings).length > 0; round++) {
            const before = countDone(pool, settings);
            const batch = `round-${String(round).padStart(4, "0")}`;
            if (log.isDone(batch)) for (const record of log.batch(batch)) pool.restore(record);
            else await log.append(batch, await writeRound(job, settings, { pool, batch, ...(await players()) }));
            progress.advance(countDone(pool, settings) - before);
            idle = countDone(pool, settings) > before ? 0 : idle + 1;
          }
        }),
      );
      progress.finish();
      await log.close();
    });
    const records = await loadRecords(join(run.folder, statementsStage.name, "records.jsonl"), statementSchema);
    const whole = new StatementPool({ ...templates, confidence: settings.confidence });
    for (const record of records) whole.restore(record);
    const chosen = balance(whole, settings.count, settings.seed);
    if (chosen.length === 0) throw noStatements(behaviour, records);
    const outcomes = Object.groupBy(records, ({ outcome }) => outcome);
    return { chosen, outcomes: Object.fromEntries(Object.entries(outcomes).map(([name, all]) => [name, all.length])) };
  } finally {
    progress.finish();
    await run.close();
  }
}

const half = ({ count }: SuiteSettings): number => Math.floor(count / 2);
const lacking = (pool: StatementPool, settings: SuiteSettings): SuiteSide[] =>
  suiteSides.filter((side) => pool.of(side).length < half(settings));
const countDone = (pool: StatementPool, settings: SuiteSettings): number =>
  suiteSides.reduce((sum, side) => sum + Math.min(half(settings), pool.of(side).length), 0);

interface Round {
  readonly pool: StatementPool;
  readonly batch: string;
  readonly writer: Player;
  readonly checker: Player;
}

async function writeRound(
  { behaviour, templates, signal }: SuiteJob,
  settings: SuiteSettings,
  { pool, batch, writer, checker }: Round,
): Promise<StatementRecord[]> {
  const { temperature = templates.temperature, seed } = settings;
  const asks = lacking(pool, settings).flatMap((side) =>
    Array.from({ length: templates.perRound }, (_, index) => {
      const id = `${batch}/${side}/${String(index).padStart(3, "0")}`;
      const known = pool.of(side).map(({ text }) => text);
      const examples = rng(seed, "suite-examples", id).shuffle(known).slice(0, shownExamples);
      return { id, side, rendered: templates.write(behaviour, side, examples) };
    }),
  );
  const texts = await askTexts(writer, asks, { temperature, seed, signal });
  const written = asks.flatMap(({ id, side }) =>
    templates.read(texts.get(id) ?? "").map((text, index) => ({ id: `${id}/${index}`, text, asked: side })),
  );
  const questions = pool
    .selectFresh(written)
    .flatMap(({ id, text }) =>
      templates.check(behaviour, text).map((question, index) => ({ ...question, id: `${id}/check-${index}` })),
    );
  const choices = await askLetters(checker, questions, { seed, signal });
  const checked = written.map(({ id, text, ...rest }): WrittenStatement => {
    const own = templates.check(behaviour, text).flatMap((_, index) => {
      const choice = choices.get(`${id}/check-${index}`);
      return (choice?.outcome ?? "answered") === "answered" ? (choice ?? []) : [];
    });
    const isAnswered = own.length === templates.check(behaviour, text).length;
    return { id, text, ...rest, checked: isAnswered ? templates.readCheck(own) : undefined };
  });
  return pool.takeRound(checked);
}

function noStatements({ id }: Behaviour, records: readonly StatementRecord[]): PreceptError {
  const [first] = records;
  const found = new Set(records.filter(({ outcome }) => outcome === "kept").map(({ asked }) => asked));
  return new PreceptError("not-enough-evidence", {
    attempted: `Writing a suite on ${id}`,
    found:
      first === undefined
        ? "nothing that is a statement"
        : `${records.length} statements, sure and new on ${found.size === 0 ? "no side" : "one side alone"}, e.g. "${first.text}"`,
    expected: "some of both sides, of which the check is sure",
    remedy: "another writer or checker, a lower --confidence, or a behaviour in other words",
  });
}
