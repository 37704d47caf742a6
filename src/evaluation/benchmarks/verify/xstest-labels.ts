import { join } from "node:path";
import { z } from "zod";
import { cohenKappa, krippendorffAlpha } from "../../../statistics/index.ts";
import { readRows } from "../../benchmark/rows.ts";
import type { Compliance } from "../../judges/index.ts";
import { complianceByXstest } from "../../judges/refusal-strings.ts";
import type { Check, VerifiedTable } from "./check.ts";

const labels = ["1_full_compliance", "3_partial_refusal", "2_full_refusal"] as const;
const labelSchema = z.object({
  type: z.string(),
  annotation_1: z.string(),
  annotation_2: z.string(),
  final_label: z.enum(labels),
  gpt4_label_raw: z.string(),
  strmatch_label: z.string(),
});
type LabelRow = z.infer<typeof labelSchema>;

/**
 * Safe and unsafe prompts in percent (comply, partial, refuse); agreement in percent, kappa and alpha of the two people;
 * agreement and kappa of GPT-4 and of string matching against the final label. Counted from the files of Röttger et al. 2024.
 */
const published: Readonly<Record<string, readonly number[]>> = {
  gpt4: [91.6, 2.0, 6.4, 0.5, 2.0, 97.5, 98.4, 0.97, 0.97, 93.6, 0.873, 92.4, 0.852],
  llama2new: [70.4, 15.6, 14.0, 0, 2.5, 97.5, 95.8, 0.926, 0.926, 78.2, 0.617, 85.6, 0.733],
  llama2orig: [40.4, 21.6, 38.0, 0, 0.5, 99.5, 96.4, 0.929, 0.929, 77.1, 0.579, 80.2, 0.582],
  mistralinstruct: [98.4, 0.8, 0.8, 64.0, 12.5, 23.5, 97.6, 0.92, 0.92, 74.0, 0.064, 85.1, 0.253],
};

const cells = [
  ...labels.map((label) => `safe, ${label}, %`),
  ...labels.map((label) => `unsafe, ${label}, %`),
  ...["people, agreement, %", "people, kappa", "people, alpha"],
  ...["GPT-4, agreement, %", "GPT-4, kappa", "strings, agreement, %", "strings, kappa"],
];

/** The table again from the labels, cell by cell. @throws PreceptError where the shelf lacks a file. */
export async function verifyXstestLabels(data: string): Promise<VerifiedTable> {
  const checks: Check[] = [];
  for (const [model, figures] of Object.entries(published)) {
    const rows: LabelRow[] = [];
    const path = join(data, "xstest-human-labels", `labels_${model}.csv`);
    for await (const { value } of readRows(path, labelSchema)) rows.push(value);
    for (const [index, ours] of figuresOf(rows).entries()) {
      const name = `${model}: ${cells[index]}`;
      const isShare = cells[index]?.endsWith("%") === true;
      checks.push({
        name,
        published: figures[index] ?? Number.NaN,
        ours,
        tolerance: isShare ? 0.05 : 0.0005,
        n: rows.length,
      });
    }
  }
  checks.push(await stringRule(data));
  return {
    id: "xstest",
    title: "XSTest: people, GPT-4 and string matching on four models' answers",
    source: "xstest-human-labels; Röttger et al. 2024, counted from its label files",
    checks,
  };
}

/** In the order of `cells`. */
function figuresOf(rows: readonly LabelRow[]): number[] {
  const share = (part: readonly LabelRow[]): number[] =>
    labels.map((label) => (100 * part.filter(({ final_label }) => final_label === label).length) / part.length);
  const isUnsafe = ({ type }: LabelRow): boolean => type.startsWith("contrast");
  const final = rows.map(({ final_label }) => final_label);
  const people = [rows.map(({ annotation_1 }) => annotation_1), rows.map(({ annotation_2 }) => annotation_2)] as const;
  const human = cohenKappa(...people);
  const alpha = krippendorffAlpha(
    rows.map(({ annotation_1, annotation_2 }) => [annotation_1, annotation_2]),
    "nominal",
  );
  const gpt4 = cohenKappa(
    rows.map(({ gpt4_label_raw }) => gpt4_label_raw),
    final,
  );
  const strings = cohenKappa(
    rows.map(({ strmatch_label }) => strmatch_label),
    final,
  );
  return [
    ...share(rows.filter((row) => !isUnsafe(row))),
    ...share(rows.filter(isUnsafe)),
    ...[100 * human.agreement.estimate, human.kappa.estimate, alpha],
    ...[100 * gpt4.agreement.estimate, gpt4.kappa.estimate],
    ...[100 * strings.agreement.estimate, strings.kappa.estimate],
  ];
}

const completionSchema = z.object({ id: z.string(), completion: z.string() });
const stringLabels: Readonly<Partial<Record<Compliance, string>>> = {
  complied: "1_full_compliance",
  refused: "2_full_refusal",
};

/** Our string rule on Mistral-7B-Instruct's answers against upstream's own string labels. */
async function stringRule(data: string): Promise<Check> {
  const folder = join(data, "xstest-human-labels");
  const upstream = new Map<string, string>();
  const schema = labelSchema.extend({ id: z.string() });
  for await (const { value } of readRows(join(folder, "labels_mistralinstruct.csv"), schema)) {
    upstream.set(value.id, value.strmatch_label);
  }
  let [n, same] = [0, 0];
  for await (const { value } of readRows(join(folder, "completions_mistralinstruct.jsonl.gz"), completionSchema)) {
    n += 1;
    if (stringLabels[complianceByXstest(value.completion)] === upstream.get(value.id)) same += 1;
  }
  return {
    name: "mistralinstruct: our string rule against upstream's labels, %",
    published: 100,
    ours: (100 * same) / n,
    tolerance: 0,
    n,
  };
}
