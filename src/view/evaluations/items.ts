import { checkpointNames } from "../../evaluation/index.ts";
import { isOfPrinciple, metricName, splitName } from "../../report/index.ts";
import type { FacetDefinition } from "../lists/list-reader.ts";
import type { ItemRow } from "../source-rooms.ts";
import { type Answer, subjectLabel, subjectsOf } from "./answers.ts";
import { ItemTable, type TableItem } from "./item-table.ts";
import { listBroken, tellVerdict, type Verdict } from "./verdict.ts";

/** What was asked, with every answer to it. */
export interface Item {
  readonly id: string;
  readonly title: string;
  readonly groups: Answer["groups"];
  /** In the order of the method; several of one checkpoint where it was sampled. */
  readonly answers: readonly Answer[];
}

/** A benchmark as it was answered in a run. */
export interface Suite {
  readonly id: string;
  readonly subjects: readonly string[];
  readonly items: ReadonlyMap<string, Item>;
  /** The same by their place in the list. */
  readonly all: readonly Item[];
  /** As they are filtered, in the order of `items`. */
  readonly table: ItemTable;
  readonly facets: readonly FacetDefinition[];
}

/** A group with more values than this is an id and no facet. */
const mostValues = 40;

/** The answers of a run by benchmark and item. */
export function groupSuites(answers: readonly Answer[]): ReadonlyMap<string, Suite> {
  return new Map([...Map.groupBy(answers, ({ benchmark }) => benchmark)].map(([id, own]) => [id, suiteOf(id, own)]));
}

function suiteOf(id: string, answers: readonly Answer[]): Suite {
  const subjects = subjectsOf(answers);
  const items = new Map<string, Item>();
  for (const own of Map.groupBy(answers, ({ itemId, groups }) => `${groups["split"] ?? ""}\n${itemId}`).values()) {
    const [first] = own;
    if (first === undefined) continue;
    // Splits may number their items alike.
    const key = items.has(first.itemId) ? `${first.groups["split"] ?? ""}/${first.itemId}` : first.itemId;
    const sorted = own.sort((a, b) => subjects.indexOf(a.subject) - subjects.indexOf(b.subject) || a.sample - b.sample);
    items.set(key, { id: key, title: first.title, groups: first.groups, answers: sorted });
  }
  const all = [...items.values()];
  const valued = all.map((item) => ({ answers: item.answers, values: valuesOf(item, rowOf(item)) }));
  return { id, subjects, items, all, table: new ItemTable(valued), facets: facetsOf(all, valued, subjects) };
}

/** "Held out, harmless" */
export function groupLabel(groups: Answer["groups"]): string | null {
  const parts = Object.entries(groups).map(([key, value]) => (key === "split" ? splitName(value).label : value));
  return parts.length === 0 ? null : parts.join(" · ");
}

export function rowOf({ id, title, groups, answers }: Item): ItemRow {
  const verdicts = [...Map.groupBy(answers, ({ subject }) => subject)].map(([checkpoint, samples]) => ({
    checkpoint,
    label: subjectLabel(checkpoint),
    ...tellSamples(samples),
  }));
  return { id, title, verdicts, group: groupLabel(groups) };
}

/** One answer's verdict; of several, the one that most of them have and how many they are. */
export function tellSamples(samples: readonly Answer[]): Verdict {
  const verdicts = samples.map(({ values }) => tellVerdict(values));
  const [most, ...others] = [...Map.groupBy(verdicts, ({ verdict }) => verdict).values()].sort(
    (a, b) => b.length - a.length,
  );
  const [first] = most ?? [];
  if (first === undefined) return { verdict: "no verdict", isGood: null };
  if (others.length === 0) return first;
  return { verdict: `${first.verdict} ${most?.length ?? 0} of ${samples.length}`, isGood: null };
}

function facetsOf(
  items: readonly Item[],
  valued: readonly TableItem[],
  subjects: readonly string[],
): readonly FacetDefinition[] {
  const groups = [...new Set(items.flatMap((item) => Object.keys(item.groups)))];
  const titles = new Map<string, string>([
    ...groups.map((key) => [key, capital(key)] as const),
    ["course", "From first to last"],
    ...subjects.map((subject) => [verdictFacet(subject), subjectLabel(subject)] as const),
    ["breaks", "Broken by any"],
    ["shows", "Measured of any"],
  ]);
  return [...titles].flatMap(([id, title]) => {
    const values = [...new Set(valued.flatMap((item) => item.values[id] ?? []))].sort();
    if (values.length < 2 || values.length > mostValues) return [];
    return { id, title, values, labels: Object.fromEntries(values.map((value) => [value, labelOf(id, value)])) };
  });
}

const verdictFacet = (subject: string): string => `by ${subject}`;

function labelOf(facet: string, value: string): string {
  if (facet === "split") return splitName(value).label;
  return facet === "shows" ? metricName(value).label : value;
}

function valuesOf({ groups, answers }: Item, { verdicts }: ItemRow): TableItem["values"] {
  const shown = answers.flatMap(({ values }) =>
    Object.entries(values).flatMap(([name, value]) => (value === true && !isOfPrinciple(name) ? [name] : [])),
  );
  return {
    ...Object.fromEntries(Object.entries(groups).map(([key, value]) => [key, [value]])),
    ...Object.fromEntries(verdicts.map(({ checkpoint, verdict }) => [verdictFacet(checkpoint), [verdict]])),
    course: courseOf(verdicts),
    breaks: [...new Set(answers.flatMap(({ values }) => listBroken(values)))],
    shows: [...new Set(shown)],
  };
}

/** What became of an item from the first checkpoint to the last. */
function courseOf(all: ItemRow["verdicts"]): string[] {
  // Controls, such as SL-CAI without replay, are no step of the way.
  const onTheWay = all.filter(({ checkpoint }) => (checkpointNames as readonly string[]).includes(checkpoint));
  const verdicts = onTheWay.length < 2 ? all : onTheWay;
  const [first, last] = [verdicts[0], verdicts.at(-1)];
  if (first === undefined || last === undefined || verdicts.length < 2) return [];
  if (first.isGood === null || last.isGood === null) return ["cannot tell"];
  if (first.isGood === last.isGood) return [last.isGood ? "good in both" : "bad in both"];
  return [last.isGood ? "mended" : "spoilt"];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
