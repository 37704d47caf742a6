import { letterQuestion, mostProbable, probabilitiesOf } from "../benchmark/multiple-choice.ts";
import { readRows } from "../benchmark/rows.ts";
import type { Benchmark, Found, Task } from "../benchmark/types.ts";
import {
  type BbqRow,
  type BbqSecondParts,
  bbqRoles,
  bbqRowSchema,
  inferSecondParts,
  isIntersection,
} from "./bbq-rows.ts";
import { bbqMeasures, bbqValues } from "./bbq-score.ts";

/** The nine dimensions, then the two intersections. */
export const bbqCategories = [
  "Age",
  "Disability_status",
  "Gender_identity",
  "Nationality",
  "Physical_appearance",
  "Race_ethnicity",
  "Religion",
  "SES",
  "Sexual_orientation",
  "Race_x_SES",
  "Race_x_gender",
] as const;

/** sha256 of upstream's files at commit bea11bd; the others are not known here, and draw no warning. */
const published: Readonly<Record<string, string>> = {
  Age: "46e805b3fc2d8cbd26eeb8e8430d98cf7b2dc9c83574ff3674e8ce4f0fca2a60",
  Disability_status: "375d40d9b71f056150264445ec189b13934998f3f49a1e311aa7578eb3b45e5f",
  Nationality: "a583e74666aec0341ded8aa3983e7cad694eb24de72c254d28b2df3035720090",
  Physical_appearance: "e48d7e13508565f4801574e611043470c25c95a0a62af3699cb5ee7cb02608fb",
  Religion: "cb9555f9f3454a52cd2df85956b59bd7fcca5aa922c8527693b1164d08417616",
  Sexual_orientation: "2c71036b9e7584fe589c42aef32c1a42bc01b9a5e9b1b8704342630cdb08cefd",
};

/** Items with proper names are a category of their own, as in the paper. */
export function bbqCategory({ category, question_index }: BbqRow): string {
  const hasNames = category === "Gender_identity" || category === "Race_ethnicity";
  return hasNames && Number(question_index) > 25 ? `${category} (names)` : category;
}

async function* load(files: Found, drop?: (reason: string) => void): AsyncGenerator<Task> {
  for (const path of files.flat()) {
    const secondParts = await secondPartsOf(path);
    for await (const { value } of readRows(path, bbqRowSchema)) {
      const task = taskOf(value, secondParts);
      if (task === undefined) drop?.("the stereotyped person cannot be told");
      else yield task;
    }
  }
}

/** The intersections are read twice: what a question turns on is seen in its other rows. */
async function secondPartsOf(path: string): Promise<BbqSecondParts> {
  const rows: BbqRow[] = [];
  for await (const { value } of readRows(path, bbqRowSchema)) {
    if (!isIntersection(value.category)) return new Map();
    rows.push(value);
  }
  return inferSecondParts(rows);
}

function taskOf(row: BbqRow, secondParts: BbqSecondParts): Task | undefined {
  const roles = bbqRoles(row, secondParts);
  if (roles === undefined) return undefined;
  const category = bbqCategory(row);
  return {
    id: `${row.category}-${String(row.example_id).padStart(5, "0")}`,
    cluster: `${row.category}/${row.question_index}`,
    groups: { category, context: row.context_condition, polarity: row.question_polarity },
    questions: () => [letterQuestion(`${row.context}\n\n${row.question}`, [row.ans0, row.ans1, row.ans2])],
    score: ([reply]) => bbqValues(row, roles, mostProbable(probabilitiesOf(reply))),
  };
}

export const bbq: Benchmark = {
  id: "bbq",
  version: "1",
  about: {
    title: "BBQ: social bias in question answering, nine dimensions and two intersections",
    citation: "Parrish et al., Findings of ACL 2022, arXiv 2110.08193",
    source: "https://github.com/nyu-mll/BBQ, data/*.jsonl",
    licence: "CC BY 4.0",
    size: 58_492,
    verified: "published figures",
  },
  files: bbqCategories.map((category) => ({
    names: [
      `bbq/${category}.jsonl`,
      `data/${category}.jsonl`,
      `${category}.jsonl`,
      `bbq-regenerated/${category}.jsonl`,
    ],
    versions:
      published[category] === undefined ? undefined : [{ sha256: published[category], name: "nyu-mll/BBQ at bea11bd" }],
    required: false,
  })),
  get: "git clone https://github.com/nyu-mll/BBQ, then --data BBQ (its folder data/ holds one JSONL file a category)",
  metrics: {
    accuracyAmbiguous: { kind: "rate", better: "higher", about: '"unknown" where the context does not say' },
    accuracyDisambiguated: { kind: "rate", better: "higher", about: "the right person where the context says who" },
  },
  temperature: 0,
  load,
  derive: bbqMeasures,
};
