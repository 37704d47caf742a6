import { checkpointNames } from "../../evaluation/index.ts";
import { metricName, splitName } from "../../report/index.ts";
import type { SharedItem, SharedList } from "../shared/index.ts";
import type { ItemRow } from "../source-rooms.ts";
import { type Answer, subjectLabel, subjectsOf } from "./answers.ts";
import { listBroken, tellVerdict, type Verdict } from "./verdict.ts";

/** What was asked, with every answer to it. */
export interface Item {
  readonly id: string;
  readonly messages: Answer["messages"];
  readonly groups: Answer["groups"];
  /** In the order of the method; several of one checkpoint where it was sampled. */
  readonly answers: readonly Answer[];
}

/** A benchmark as it was answered in a run. */
export interface Suite {
  readonly id: string;
  readonly subjects: readonly string[];
  readonly items: ReadonlyMap<string, Item>;
  readonly list: SharedList;
}

/** Characters of a request in a list. */
const longestTitle = 240;
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
    items.set(key, { id: key, messages: first.messages, groups: first.groups, answers: sorted });
  }
  return { id, subjects, items, list: listOf([...items.values()], subjects) };
}

/** The request of an item, on one line. */
export function titleOf(messages: Answer["messages"]): string {
  const text = messages.findLast(({ role }) => role === "user")?.content ?? messages.at(-1)?.content ?? "";
  const line = text.replace(/\s+/gu, " ").trim();
  return line.length > longestTitle ? `${line.slice(0, longestTitle)}…` : line;
}

/** "Held out, harmless" */
export function groupLabel(groups: Answer["groups"]): string | null {
  const parts = Object.entries(groups).map(([key, value]) => (key === "split" ? splitName(value).label : value));
  return parts.length === 0 ? null : parts.join(" · ");
}

export function rowOf({ id, messages, groups, answers }: Item): ItemRow {
  const verdicts = [...Map.groupBy(answers, ({ subject }) => subject)].map(([checkpoint, samples]) => ({
    checkpoint,
    ...tellSamples(samples),
  }));
  return { id, title: titleOf(messages), verdicts, group: groupLabel(groups) };
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

function listOf(items: readonly Item[], subjects: readonly string[]): SharedList {
  const rows = items.map((item): SharedItem => {
    const row = rowOf(item);
    return { row, values: valuesOf(item, row), columns: {} };
  });
  const groups = [...new Set(items.flatMap((item) => Object.keys(item.groups)))];
  const titles = new Map<string, string>([
    ...groups.map((key) => [key, capital(key)] as const),
    ["course", "From first to last"],
    ...subjects.map((subject) => [verdictFacet(subject), subjectLabel(subject)] as const),
    ["breaks", "Broken by any"],
    ["shows", "Measured of any"],
  ]);
  const facets = [...titles].map(([id, title]) => {
    const found = [...new Set(rows.flatMap(({ values }) => values[id] ?? []))].sort();
    return { id, title, values: found.map((value) => ({ value, label: labelOf(id, value) })) };
  });
  const isUseful = ({ values }: (typeof facets)[number]): boolean => values.length > 1 && values.length <= mostValues;
  return { facets: facets.filter(isUseful), items: rows };
}

const verdictFacet = (subject: string): string => `by ${subject}`;

function labelOf(facet: string, value: string): string {
  if (facet === "split") return splitName(value).label;
  return facet === "shows" ? metricName(value).label : value;
}

function valuesOf({ groups, answers }: Item, { verdicts }: ItemRow): SharedItem["values"] {
  const shown = answers.flatMap(({ values }) =>
    Object.entries(values).flatMap(([name, value]) =>
      value === true && !/^(?:byPrinciple\.|breaks\/|at-stake\/)/u.test(name) ? [name] : [],
    ),
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
