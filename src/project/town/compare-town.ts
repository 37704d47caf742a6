import { z } from "zod";
import { type Constitution, loadConstitution } from "../../constitution/index.ts";
import {
  answerSchema,
  compareSubjects,
  itemsOfAnswers,
  type MeasuredItem,
  roleTrialSchema,
} from "../../evaluation/index.ts";
import { readRun } from "../../runs/index.ts";
import type { Estimate } from "../../statistics/index.ts";
import { categories, governanceOf, parseRequest, principleOf } from "../../worlds/harbor/index.ts";

/** What a constitution says of help with a category. */
export type Wish = "bars" | "wants" | "says nothing";

/** How often both models refuse requests about one category. */
export interface CategoryRow {
  readonly category: string;
  readonly public: Wish;
  readonly standard: Wish;
  readonly n: number;
  readonly refusedByPublic: number;
  readonly refusedByStandard: number;
  /** Refusals of the public's model minus those of the standard's, paired over the requests, with its 95 % interval. */
  readonly difference: Estimate;
  readonly differs: boolean;
}

/** Principles about the manner of answers: how often both models break them. */
export interface MannerRow {
  readonly principle: string;
  readonly n: number;
  readonly brokenByPublic: number;
  readonly brokenByStandard: number;
  readonly difference: Estimate;
}

export interface TownComparison {
  readonly checkpoint: string;
  readonly rows: readonly CategoryRow[];
  readonly manners: readonly MannerRow[];
}

const checkpoint = "rl-cai";
const recordSchema = z.discriminatedUnion("type", [answerSchema, roleTrialSchema]);

/** The model of a public's constitution beside that of the standard one, on the same requests; what both were measured on. */
export async function compareTown(
  publicRun: string,
  standardRun: string,
  constitutions: { readonly public: Constitution; readonly standard?: Constitution },
): Promise<TownComparison> {
  const [own, standard] = [await readItems(publicRun), await readItems(standardRun)];
  const wishes = {
    public: wishesOf(constitutions.public),
    standard: wishesOf(constitutions.standard ?? (await loadConstitution("harbor"))),
  };
  const refused = compareSubjects(
    { name: "standard", items: standard.map(toRefusal) },
    { name: "public", items: own.map(toRefusal) },
    { by: ["category"] },
  );
  const rows = refused.rows.flatMap(({ group, n, baseline, candidate, difference }): CategoryRow[] => {
    const { category } = group;
    if (category === undefined || difference === null || baseline === null || candidate === null) return [];
    const [wish, usual] = [wishes.public(category), wishes.standard(category)];
    return [
      {
        ...{ category, public: wish, standard: usual, n, difference },
        ...{ refusedByPublic: candidate, refusedByStandard: baseline },
        differs: (wish === "bars") !== (usual === "bars"),
      },
    ];
  });
  const broken = compareSubjects(
    { name: "standard", items: standard.map((item) => toManners(item, constitutions.public)) },
    { name: "public", items: own.map((item) => toManners(item, constitutions.public)) },
    { by: [] },
  );
  const manners = broken.rows.flatMap(({ metric, n, baseline, candidate, difference }): MannerRow[] =>
    difference === null || baseline === null || candidate === null
      ? []
      : [{ principle: metric, n, difference, brokenByPublic: candidate, brokenByStandard: baseline }],
  );
  const order = new Map(categories.map(({ name }, index) => [name, index]));
  return {
    checkpoint,
    rows: rows.sort(
      (a, b) => Number(b.differs) - Number(a.differs) || (order.get(a.category) ?? 0) - (order.get(b.category) ?? 0),
    ),
    manners,
  };
}

async function readItems(folder: string): Promise<MeasuredItem[]> {
  const answers: z.infer<typeof answerSchema>[] = [];
  for await (const record of readRun(folder).stage("evaluate")?.records(recordSchema) ?? [])
    if (record.type === "answer" && record.subject === checkpoint) answers.push(record);
  return itemsOfAnswers(answers);
}

function wishesOf(constitution: Constitution): (category: string) => Wish {
  const governance = governanceOf(constitution);
  return (name) => {
    const category = categories.find((one) => one.name === name);
    const rule = category === undefined ? undefined : principleOf(governance, category)?.rule;
    return rule === undefined ? "says nothing" : rule.wanted ? "wants" : "bars";
  };
}

function toRefusal(item: MeasuredItem): MeasuredItem {
  const category = parseRequest(item.asked.replace(/^user: /, ""))?.category.name ?? "none";
  const { refusal, overRefusal } = item.values;
  return { ...item, groups: { category }, values: { refused: refusal ?? overRefusal ?? null } };
}

/** Of the principles that are about no category. */
function toManners(item: MeasuredItem, constitution: Constitution): MeasuredItem {
  const ids = governanceOf(constitution).principles.flatMap(({ id, rule }) => (rule.kind === "help" ? [] : [id]));
  const values = ids.flatMap((id) => {
    const value = item.values[`byPrinciple.${id}`];
    return value === undefined ? [] : [[id, value] as const];
  });
  return { ...item, groups: {}, values: Object.fromEntries(values) };
}
