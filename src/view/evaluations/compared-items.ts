import { splitName } from "../../report/index.ts";
import { type FacetDefinition, ListReader, type Place } from "../lists/list-reader.ts";
import type { ComparedRow } from "../source-rooms.ts";
import { type Answer, readAnswer, type Side, textsOf } from "./answers.ts";
import { pairAnswers } from "./compare.ts";
import { ItemTable, indexOf, placeIn } from "./item-table.ts";
import { groupLabel } from "./items.ts";
import { tellVerdict, type Verdict } from "./verdict.ts";

type Pair = readonly [Answer, Answer];

const outcomes = {
  a: "only A good",
  b: "only B good",
  both: "both good",
  neither: "neither good",
} as const;

/** Prompts that both sides answered, as a list: by who did well, each with both answers. */
export interface ComparedItems {
  readonly reader: ListReader<ItemTable>;
  readonly total: number;
  readonly definitions: readonly FacetDefinition[];
  placeOf(id: string): Place<ItemTable> | undefined;
  rowOf(place: Place<ItemTable>): ComparedRow;
}

export function listCompared(a: Side, b: Side): ComparedItems {
  const byId = new Map<string, Pair>();
  for (const pair of pairAnswers(a, b)) {
    const [{ benchmark, groups, itemId }] = pair;
    byId.set(byId.has(itemId) ? `${benchmark}/${groups["split"] ?? ""}/${itemId}` : itemId, pair);
  }
  const [ids, pairs] = [[...byId.keys()], [...byId.values()]];
  const items = pairs.map((answers) => {
    const [first, second] = answers;
    const { split } = first.groups;
    const only = outcomeOf(tellVerdict(first.values), tellVerdict(second.values));
    const words = [first.said === second.said ? "same" : "other"];
    return { answers, values: { only, words, split: split === undefined ? [] : [split] } };
  });
  const splits = [...new Set(items.flatMap(({ values }) => values.split))];
  const definitions: readonly FacetDefinition[] = [
    { id: "only", title: "Who did well", values: Object.keys(outcomes), labels: outcomes },
    {
      ...{ id: "words", title: "Words", values: ["other", "same"] },
      labels: { other: "other words", same: "the same words" },
    },
    ...(splits.length < 2
      ? []
      : [
          {
            ...{ id: "split", title: "Split", values: splits },
            labels: Object.fromEntries(splits.map((split) => [split, splitName(split).label])),
          },
        ]),
  ];
  const table = new ItemTable(items);
  const pairAt = ({ item }: Place<ItemTable>): Pair => pairs[item] as Pair;
  return {
    reader: new ListReader(indexOf(table), (place) => textsOf(pairAt(place))),
    total: pairs.length,
    definitions,
    placeOf: (id) => placeIn(table, ids.indexOf(id)),
    rowOf(place) {
      const [first, second] = pairAt(place);
      const { title, groups } = first;
      return { id: ids[place.item] ?? "", title, group: groupLabel(groups), a: sideOf(first), b: sideOf(second) };
    },
  };
}

function sideOf(answer: Answer): ComparedRow["a"] {
  return { ...tellVerdict(answer.values), text: readAnswer(answer)?.response ?? "" };
}

/** Nothing where one of the two has no good side. */
function outcomeOf(a: Verdict, b: Verdict): readonly (keyof typeof outcomes)[] {
  if (a.isGood === null || b.isGood === null) return [];
  if (a.isGood === b.isGood) return [a.isGood ? "both" : "neither"];
  return [a.isGood ? "a" : "b"];
}
