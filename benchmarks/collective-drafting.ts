import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { z } from "zod";
import {
  type DraftedStatement,
  demandsOf,
  draftedStatementSchema,
  draftStatements,
  draftStatementsStage,
  plainStatements,
} from "../src/collective/drafting/index.ts";
import { openModel, recordName } from "../src/models/index.ts";
import { terminalProgress } from "../src/progress/index.ts";
import { rng } from "../src/rng.ts";
import { Run } from "../src/runs/index.ts";
import { type Estimate, wilson } from "../src/statistics/index.ts";
import { writeBetween } from "./collective-drafting/write.ts";

/**
 * What a real model makes of statements of our own. With `--model` a run writes principles into runs/collective-drafting, batch by
 * batch, and goes on after any interruption; without, what is drafted so far is read. A reader (so far a language model, as the table
 * says) marks each in readings.jsonl: whether polarity and scope are those of the statement. `--write` puts the figures of what
 * was read into docs/collective.md; nothing is said of what nobody read.
 * `node benchmarks/collective-drafting.ts [--model llamacpp:/work/models/….gguf] [--list] [--write]`
 */
const { values } = parseArgs({
  options: {
    model: { type: "string" },
    run: { type: "string", default: "runs/collective-drafting" },
    list: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
const here = new URL("./collective-drafting/", import.meta.url).pathname;
/** In a drawn order: what is drafted so far is a sample of all kinds. */
const statements = rng(1, "drafting-order").shuffle(
  readFileSync(`${here}statements.txt`, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line, index) => ({
      id: `m${String(index + 1).padStart(3, "0")}`,
      sign: line.slice(0, 1),
      text: line.slice(2),
    })),
);

/** A reader's marks: of the principle taken, and of the model's own where that was refused; null where it cannot be said. */
const markSchema = z.object({ polarity: z.boolean().nullable(), scope: z.boolean().nullable() });
const readingSchema = z.object({
  id: z.string(),
  /** The words that were read; marks of other words do not count. */
  taken: z.string().nullable(),
  of: markSchema,
  refused: z.string().optional(),
  ofRefused: markSchema.optional(),
});

async function draft(name: string): Promise<readonly DraftedStatement[]> {
  const abort = new AbortController();
  process.once("SIGINT", () => abort.abort());
  const model = await openModel(name, { env: process.env, signal: abort.signal });
  const drafter = recordName(model.report.name);
  const run = await Run.open(values.run, {
    kind: "collective",
    manifest: { of: `our own statements, written by ${drafter}`, seed: 1, config: { model: drafter }, inputs: {} },
    command: "node benchmarks/collective-drafting.ts",
  });
  const progress = terminalProgress({ stream: process.stderr });
  try {
    return await draftStatements({
      ...{ run, statements, model, drafter, asksRequests: false, progress, signal: abort.signal },
    });
  } finally {
    progress.finish();
    await run.close();
    await model.dispose?.();
  }
}

const batchSchema = z.object({ records: z.array(draftedStatementSchema) });

/** What is drafted so far: of a run that broke off, its whole batches. */
function readDrafts(): readonly DraftedStatement[] {
  const stage = `${values.run}/${draftStatementsStage.name}`;
  const read = (name: string) =>
    existsSync(`${stage}/${name}`) ? readFileSync(`${stage}/${name}`, "utf8").trim().split("\n") : undefined;
  const whole = read("records.jsonl")?.map((line) => draftedStatementSchema.parse(JSON.parse(line)));
  const lines = read("records.partial.jsonl") ?? [];
  return whole ?? lines.flatMap((line) => batchSchema.parse(JSON.parse(line)).records);
}

const records = values.model === undefined ? readDrafts() : await draft(values.model);
const drafter = records[0]?.model ?? "nobody";
const demands = demandsOf(statements, plainStatements).length;
if (values.list) {
  for (const { id, demand, principle, by, refused, entailment } of records) {
    const yes = Object.values(entailment ?? {}).map((answer) => answer.yes?.toFixed(2) ?? "–");
    console.log(`${id.split("/")[1]}\t${demand}\n\t${by}: ${principle} [${yes.join(", ")}]`);
    if (refused !== undefined) console.log(`\trefused: ${refused.text} (${refused.fault})`);
  }
}

const readingsFile = `${here}readings.jsonl`;
const readings = new Map(
  (existsSync(readingsFile) ? readFileSync(readingsFile, "utf8").trim().split("\n") : [])
    .map((line) => readingSchema.parse(JSON.parse(line)))
    .map((reading) => [reading.id, reading]),
);
const marked = records.flatMap((record) => {
  const reading = readings.get(record.id.split("/")[1] ?? "");
  return reading === undefined || reading.taken !== record.principle ? [] : [{ record, reading }];
});

const show = ({ estimate, low, high, n }: Estimate): string =>
  `${Math.round(estimate * n)} of ${n}: ${(100 * estimate).toFixed(1)} % (${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)})`;
const share = (marks: readonly (boolean | null | undefined)[]): string => {
  const said = marks.filter((mark) => typeof mark === "boolean");
  return said.length === 0 ? "–" : show(wilson(said.filter(Boolean).length, said.length));
};
const own = marked.map(({ record, reading }) => (record.by === "model" ? reading.of : reading.ofRefused));
const taken = marked.map(({ reading }) => reading.of);
const caught = marked.filter(({ record }) => record.refused !== undefined);
const isFalse = ({ reading: { ofRefused } }: (typeof marked)[number]): boolean =>
  ofRefused?.polarity === false || ofRefused?.scope === false;
const byFault = Map.groupBy(caught, ({ record }) => record.refused?.fault.replace(/:.*/, "") ?? "");
const text = [
  `${statements.length} statements in a drawn order, ${demands} demands, of which the first ${records.length} were written by \`${drafter}\`, templates ${plainStatements.version}; ${marked.length} principles read. The reader was a language model, not the one that drafted, and one had written the statements: no person has read them. Wilson's 95 % intervals. What no reader could judge ("Good question.") is left out.`,
  "",
  "| | polarity of the statement | scope of the statement |",
  "| --- | --- | --- |",
  `| as the model wrote it | ${share(own.map((mark) => mark?.polarity))} | ${share(own.map((mark) => mark?.scope))} |`,
  `| as it was taken, after the checks | ${share(taken.map(({ polarity }) => polarity))} | ${share(taken.map(({ scope }) => scope))} |`,
  "",
  "| what the checks refused | principles | of these wrong, by reading |",
  "| --- | ---: | ---: |",
  ...[...byFault]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([fault, cases]) => `| ${fault} | ${cases.length} | ${cases.filter(isFalse).length} |`),
  `| nothing: taken as the model wrote it | ${marked.filter(({ record }) => record.by === "model").length} | ${marked.filter(({ record, reading }) => record.by === "model" && (reading.of.polarity === false || reading.of.scope === false)).length} |`,
].join("\n");
console.log(text);
if (values.write && marked.length > 0) writeBetween("drafting", text);
