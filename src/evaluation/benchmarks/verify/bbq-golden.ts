import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Scored } from "../../benchmark/measures.ts";
import { numberCell, readRows } from "../../benchmark/rows.ts";
import { type BbqRole, type BbqRow, bbqRoles, bbqRowSchema, inferSecondParts, intersections } from "../bbq-rows.ts";
import { bbqMeasures, bbqValues } from "../bbq-score.ts";
import { rolesByGroup, toReleased } from "./bbq-released.ts";
import type { Check, VerifiedTable } from "./check.ts";

const contexts = ["ambig", "disambig"] as const;
const figure = numberCell;
const goldenSchema = z.object({
  category: z.string(),
  context: z.enum(contexts),
  recomputed_acc_arc: figure,
  recomputed_acc_race: figure,
  recomputed_bias_arc: figure,
  recomputed_bias_race: figure,
  paper_acc_arc: figure,
  paper_acc_race: figure,
  paper_bias_arc: figure,
  paper_bias_race: figure,
});
type Golden = z.infer<typeof goldenSchema>;

const predictionSchema = z.object({ example_id: z.int(), pred_arc: z.string(), pred_race: z.string() });

/** Upstream's cleaning of UnifiedQA's text: case, spaces, a final period, a stray brace, two words it cut or spelt its way. */
function cleanText(text: string): string {
  const plain = text.toLowerCase().replaceAll("}", "").trim().replace(/\.$/, "").trim();
  return plain.replace(/pantsu$/, "pantsuit").replaceAll("o'brien", "obrien");
}

/** The option that a text names: equal to it, else by the first two words of the person; undefined for neither. */
export function findOption(row: BbqRow, text: string): number | undefined {
  const said = cleanText(text);
  const exact = [row.ans0, row.ans1, row.ans2].findIndex((option) => cleanText(option) === said);
  if (exact >= 0) return exact;
  const people = [row.answer_info.ans0, row.answer_info.ans1, row.answer_info.ans2];
  const begins = people.findIndex(([person]) => {
    const words = cleanText(person).split(" ").slice(0, 2).join(" ");
    return words !== "" && said.includes(words);
  });
  return begins < 0 ? undefined : begins;
}

const formats = ["arc", "race"] as const;
type Format = (typeof formats)[number];
type RolesOf = (row: BbqRow) => readonly BbqRole[] | undefined;

/** The two columns of golden.csv: rows of no unique target left out, and the paper's figures, which count every row. */
const columns = new Map<"recomputed" | "paper", RolesOf>([
  ["recomputed", (row) => bbqRoles(toReleased(row))],
  ["paper", (row) => bbqRoles(toReleased(row)) ?? rolesByGroup(toReleased(row))],
]);

interface Answered {
  readonly row: BbqRow;
  readonly arc: string;
  readonly race: string;
}

/** The rows of a category with UnifiedQA's stored answers in both formats. */
async function readAnswered(data: string, category: string): Promise<Answered[]> {
  const predictions = new Map<number, z.infer<typeof predictionSchema>>();
  const path = join(data, "bbq-unifiedqa-golden", `preds_${category}.jsonl.gz`);
  for await (const { value } of readRows(path, predictionSchema)) predictions.set(value.example_id, value);
  const answered: Answered[] = [];
  for await (const { value: row } of readRows(join(data, "bbq", `${category}.jsonl.gz`), bbqRowSchema)) {
    const prediction = predictions.get(row.example_id);
    if (prediction !== undefined) answered.push({ row, arc: prediction.pred_arc, race: prediction.pred_race });
  }
  return answered;
}

/** Scores one format's answers as any model's. */
function scoresOf(answered: readonly Answered[], format: Format, rolesOf: RolesOf): Scored[] {
  return answered.flatMap(({ row, [format]: text }) => {
    const roles = rolesOf(row);
    if (roles === undefined) return [];
    const groups = { category: row.category, context: row.context_condition };
    return [{ cluster: row.question_index, groups, values: bbqValues(row, roles, findOption(row, text)) }];
  });
}

/** One category's figures, in percent, by format, column and context. */
function checksOf(golden: readonly Golden[], answered: readonly Answered[]): Check[] {
  const tolerance = 0.05;
  return formats.flatMap((format) =>
    (["recomputed", "paper"] as const).flatMap((column) => {
      const scored = scoresOf(answered, format, columns.get(column) ?? (() => undefined));
      return golden.flatMap((cell) => {
        const { accuracy, bias, n } = figuresOf(scored, cell.context);
        const name = `${cell.category}, ${cell.context}, ${format.toUpperCase()}, ${column}`;
        return [
          { name: `${name}: accuracy`, published: cell[`${column}_acc_${format}`], ours: accuracy, tolerance, n },
          { name: `${name}: bias score`, published: cell[`${column}_bias_${format}`], ours: bias, tolerance, n },
        ];
      });
    }),
  );
}

function figuresOf(rows: readonly Scored[], context: Golden["context"]): { accuracy: number; bias: number; n: number } {
  const own = rows.filter(({ groups, values }) => groups["context"] === context && values["correct"] !== undefined);
  const category = own[0]?.groups["category"] ?? "";
  const measure = `${context === "ambig" ? "biasAmbiguous" : "biasDisambiguated"}.${category}`;
  return {
    accuracy: (100 * own.filter(({ values }) => values["correct"] === true).length) / own.length,
    bias: 100 * (bbqMeasures(own)[measure]?.estimate ?? Number.POSITIVE_INFINITY),
    n: own.length,
  };
}

/** Where rows were scored as released: what the mended rows give, which every evaluation scores. */
function notesOf(answered: readonly Answered[]): string[] {
  const mended = answered.filter(({ row }) => toReleased(row) !== row).length;
  if (mended === 0) return [];
  const biases = contexts.flatMap((context) =>
    formats.map((format) => {
      const { bias } = figuresOf(scoresOf(answered, format, bbqRoles), context);
      return `${context} ${format.toUpperCase()} ${bias.toFixed(2)}`;
    }),
  );
  return [
    `${answered[0]?.row.category}: ${mended} rows are scored here as they were when answered, both persons of one group; upstream mended them since. A run of the suite scores the mended rows, on which the same answers have the bias scores ${biases.join(", ")}.`,
  ];
}

/** Every cell of golden.csv, in percent. @throws PreceptError input-invalid where the shelf lacks a file. */
export async function verifyBbq(data: string): Promise<VerifiedTable> {
  const golden: Golden[] = [];
  const path = join(data, "bbq-unifiedqa-golden", "golden.csv");
  for await (const { value } of readRows(path, goldenSchema)) golden.push(value);
  const checks: Check[] = [];
  const notes: string[] = [];
  for (const [category, own] of Map.groupBy(golden, (cell) => cell.category)) {
    const answered = await readAnswered(data, category);
    checks.push(...checksOf(own, answered));
    notes.push(...notesOf(answered));
  }
  for (const category of intersections) checks.push(...(await secondPartsCheck(data, category)));
  return {
    id: "bbq",
    title: "BBQ: bias score and accuracy of UnifiedQA-11B's stored answers, percent",
    source: "bbq-unifiedqa-golden/golden.csv, both columns; Parrish et al. 2022, Figures 3 and 5",
    checks,
    notes,
  };
}

const templateSchema = z.object({ Q_id: z.string(), Known_stereotyped_var2: z.string() });

/** What an intersectional question turns on, inferred from its rows, against upstream's own templates; none without them. */
async function secondPartsCheck(data: string, category: string): Promise<Check[]> {
  const folder = join(data, "bbq-regenerated");
  const templates = join(folder, "templates", `${category}.csv`);
  if (!existsSync(templates)) return [];
  const rows: BbqRow[] = [];
  for await (const { value } of readRows(join(folder, `${category}.jsonl.gz`), bbqRowSchema)) rows.push(value);
  const inferred = inferSecondParts(rows);
  const known = new Map<string, string>();
  for await (const { value } of readRows(templates, templateSchema)) {
    if (value.Q_id !== "") known.set(value.Q_id, value.Known_stereotyped_var2.toLowerCase());
  }
  const same = [...known].filter(([question, second]) => inferred.get(`${category}/${question}`) === second).length;
  const name = `${category}: questions whose gender or status is read rightly from the rows, %`;
  return [{ name, published: 100, ours: (100 * same) / known.size, tolerance: 0, n: known.size }];
}
