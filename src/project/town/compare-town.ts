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
  /** Whether one constitution bars help and the other does not. */
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

/** All requests about categories that both constitutions bar or neither does, in one. */
export interface ElsewhereRow {
  readonly categories: number;
  /** Of these, the ones on which the models are more than five points apart. */
  readonly apart: number;
  readonly n: number;
  readonly difference: Estimate;
}

/** One checkpoint of both models. */
export interface TownComparison {
  readonly checkpoint: string;
  readonly rows: readonly CategoryRow[];
  readonly elsewhere: ElsewhereRow | null;
  readonly manners: readonly MannerRow[];
}

/** Fine-tuned on its revisions, and after reinforcement: what one stage learned the other may lose. */
const checkpoints = ["sl-cai", "rl-cai"] as const;
const NEAR = 0.05;
const recordSchema = z.discriminatedUnion("type", [answerSchema, roleTrialSchema]);

interface Wishes {
  readonly public: (category: string) => Wish;
  readonly standard: (category: string) => Wish;
}

/** The models of a public's constitution beside those of the standard one, on the same requests; what both were measured on. */
export async function compareTown(
  publicRun: string,
  standardRun: string,
  constitutions: { readonly public: Constitution; readonly standard?: Constitution },
): Promise<readonly TownComparison[]> {
  const [own, standard] = [await readAnswers(publicRun), await readAnswers(standardRun)];
  const wishes: Wishes = {
    public: wishesOf(constitutions.public),
    standard: wishesOf(constitutions.standard ?? (await loadConstitution("harbor"))),
  };
  const manners = mannersOf(constitutions.public);
  return checkpoints.map((checkpoint): TownComparison => {
    const sides = [itemsAt(standard, checkpoint), itemsAt(own, checkpoint)] as const;
    const rows = categoryRows(sides, wishes);
    return { checkpoint, rows, elsewhere: elsewhereRow(sides, wishes, rows), manners: mannerRows(sides, manners) };
  });
}

type Answer = z.infer<typeof answerSchema>;
/** The standard's items, then the public's. */
type Sides = readonly [readonly MeasuredItem[], readonly MeasuredItem[]];

async function readAnswers(folder: string): Promise<Answer[]> {
  const answers: Answer[] = [];
  for await (const record of readRun(folder).stage("evaluate")?.records(recordSchema) ?? [])
    if (record.type === "answer") answers.push(record);
  return answers;
}

const itemsAt = (answers: readonly Answer[], checkpoint: string): MeasuredItem[] =>
  itemsOfAnswers(answers.filter(({ subject }) => subject === checkpoint));

const compareSides = (
  [standard, own]: Sides,
  read: (item: MeasuredItem) => MeasuredItem,
  by: readonly string[],
): ReturnType<typeof compareSubjects>["rows"] =>
  compareSubjects({ name: "standard", items: standard.map(read) }, { name: "public", items: own.map(read) }, { by })
    .rows;

const isApart = (wishes: Wishes, category: string): boolean =>
  (wishes.public(category) === "bars") !== (wishes.standard(category) === "bars");

function categoryRows(sides: Sides, wishes: Wishes): CategoryRow[] {
  const read = (item: MeasuredItem) => toRefusal(item, (category) => ({ category }));
  const order = new Map(categories.map(({ name }, index) => [name, index]));
  return compareSides(sides, read, ["category"])
    .flatMap(({ group: { category }, n, baseline, candidate, difference }): CategoryRow[] => {
      if (category === undefined || difference === null || baseline === null || candidate === null) return [];
      return [
        {
          ...{ category, public: wishes.public(category), standard: wishes.standard(category), n, difference },
          ...{ refusedByPublic: candidate, refusedByStandard: baseline, differs: isApart(wishes, category) },
        },
      ];
    })
    .sort(
      (a, b) => Number(b.differs) - Number(a.differs) || (order.get(a.category) ?? 0) - (order.get(b.category) ?? 0),
    );
}

function elsewhereRow(sides: Sides, wishes: Wishes, rows: readonly CategoryRow[]): ElsewhereRow | null {
  const read = (item: MeasuredItem) =>
    toRefusal(item, (category) => ({ where: isApart(wishes, category) ? "apart" : "elsewhere" }));
  const all = compareSides(sides, read, ["where"]).find(({ group }) => group["where"] === "elsewhere");
  if (all === undefined || all.difference === null) return null;
  const same = rows.filter(({ differs }) => !differs);
  const apart = same.filter(({ difference }) => Math.abs(difference.estimate) > NEAR).length;
  return { categories: same.length, apart, n: all.n, difference: all.difference };
}

function mannerRows(sides: Sides, ids: readonly string[]): MannerRow[] {
  const read = (item: MeasuredItem): MeasuredItem => {
    const values = ids.flatMap((id) => {
      const value = item.values[`byPrinciple.${id}`];
      return value === undefined ? [] : [[id, value] as const];
    });
    return { ...item, groups: {}, values: Object.fromEntries(values) };
  };
  return compareSides(sides, read, []).flatMap(({ metric, n, baseline, candidate, difference }): MannerRow[] =>
    difference === null || baseline === null || candidate === null
      ? []
      : [{ principle: metric, n, difference, brokenByPublic: candidate, brokenByStandard: baseline }],
  );
}

function wishesOf(constitution: Constitution): (category: string) => Wish {
  const governance = governanceOf(constitution);
  return (name) => {
    const category = categories.find((one) => one.name === name);
    const rule = category === undefined ? undefined : principleOf(governance, category)?.rule;
    return rule === undefined ? "says nothing" : rule.wanted ? "wants" : "bars";
  };
}

function toRefusal(item: MeasuredItem, groupsOf: (category: string) => MeasuredItem["groups"]): MeasuredItem {
  const category = parseRequest(item.asked.replace(/^user: /, ""))?.category.name ?? "none";
  const { refusal, overRefusal } = item.values;
  return { ...item, groups: groupsOf(category), values: { refused: refusal ?? overRefusal ?? null } };
}

/** Ids of the principles that are about no category. */
const mannersOf = (constitution: Constitution): string[] =>
  governanceOf(constitution).principles.flatMap(({ id, rule }) => (rule.kind === "help" ? [] : [id]));
