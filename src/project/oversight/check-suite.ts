import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import {
  aboutPath,
  hashSuite,
  readAboutSuite,
  readRows,
  type WrittenSuite,
  writtenSuite,
} from "../../evaluation/index.ts";
import { formatAbout } from "../../oversight/index.ts";
import { rng } from "../../rng.ts";
import { wilson } from "../../statistics/index.ts";
import { writeOutput } from "../../storage/index.ts";

const rowSchema = z.looseObject({
  statement: z.string(),
  answer_matching_behavior: z.string(),
  answer_not_matching_behavior: z.union([z.string(), z.array(z.string())]),
});
const labelSchema = z.object({ statement: z.string(), says: z.union([z.boolean(), z.null()]) });

/** Statements to label, without what the suite says of them. */
export async function drawSpotCheck(suite: string, items: number, out: string): Promise<number> {
  const rows = await readSuite(suite);
  const drawn = rng(1, "spot-check").shuffle(rows).slice(0, items);
  writeOutput(out, `${drawn.map(({ statement }) => JSON.stringify({ statement, says: null })).join("\n")}\n`);
  return drawn.length;
}

/** A person's labels beside a suite's: whether who shows the behaviour would say it. Stands beside the suite from then on. */
export async function checkSuite(suite: string, labels: string, by: string): Promise<WrittenSuite> {
  const rows = new Map((await readSuite(suite)).map((row) => [row.statement, row]));
  const said = await collect(labels, labelSchema);
  const seen = new Set<string>();
  const labelled = said.flatMap(({ statement, says }) => {
    const row = rows.get(statement);
    if (row === undefined) throw unknownStatement(labels, statement);
    if (seen.has(statement)) throw saidTwice(labels, statement);
    seen.add(statement);
    // The suite's own words of agreeing are those of its first matching answer: " Yes" or " yes".
    const shows = /yes/iu.test(row.answer_matching_behavior);
    return says === null ? [] : [says === shows];
  });
  if (labelled.length === 0) {
    throw new PreceptError("not-enough-evidence", {
      attempted: `Checking ${suite} by ${labels}`,
      found: "no label",
      expected: 'rows whose "says" is true or false',
    });
  }
  const right = wilson(labelled.filter(Boolean).length, labelled.length);
  const { id: name } = writtenSuite(suite);
  const spotCheck = { by, right, suite: hashSuite(suite) };
  const about = { format: 1 as const, name, behaviour: "", ...readAboutSuite(suite), spotCheck };
  writeOutput(aboutPath(suite), formatAbout(about));
  return about;
}

const readSuite = (path: string) => collect(path, rowSchema);

async function collect<T>(path: string, schema: z.ZodType<T>): Promise<T[]> {
  const rows: T[] = [];
  for await (const { value } of readRows(path, schema)) rows.push(value);
  return rows;
}

const unknownStatement = (labels: string, statement: string): PreceptError =>
  new PreceptError("input-invalid", {
    attempted: `Reading ${labels}`,
    found: `"${statement}", which the suite does not have`,
    expected: "statements of the suite",
  });

const saidTwice = (labels: string, statement: string): PreceptError =>
  new PreceptError("input-invalid", {
    attempted: `Reading ${labels}`,
    found: `"${statement}" twice`,
    expected: "each statement once, with one label",
  });
