import { splitName } from "../../report/index.ts";
import type { SharedItem, SharedList } from "../shared/index.ts";
import type { ComparedRow } from "../source-rooms.ts";
import type { Answer, Side } from "./answers.ts";
import { pairAnswers } from "./compare.ts";
import { groupLabel, titleOf } from "./items.ts";
import { tellVerdict, type Verdict } from "./verdict.ts";

type Pair = readonly [Answer, Answer];

const outcomes = {
  a: "only A good",
  b: "only B good",
  both: "both good",
  neither: "neither good",
} as const;

/** Prompts that both sides answered, by who did well; each with both answers. */
export function listCompared(
  a: Side,
  b: Side,
): { readonly list: SharedList; readonly textsOf: (id: string) => unknown } {
  const pairs = pairAnswers(a, b);
  const byId = new Map<string, Pair>();
  const items = pairs.map((pair): SharedItem => {
    const [first] = pair;
    const id = byId.has(first.itemId)
      ? `${first.benchmark}/${first.groups["split"] ?? ""}/${first.itemId}`
      : first.itemId;
    byId.set(id, pair);
    const [ofA, ofB] = [sideOf(pair[0]), sideOf(pair[1])];
    const row: ComparedRow = { id, title: titleOf(first.messages), group: groupLabel(first.groups), a: ofA, b: ofB };
    const values = {
      only: outcomeOf(ofA, ofB),
      words: [pair[0].response === pair[1].response ? "same" : "other"],
      split: first.groups["split"] === undefined ? [] : [first.groups["split"]],
    };
    return { row, values, columns: {} };
  });
  const splits = [...new Set(items.flatMap(({ values }) => values["split"] ?? []))];
  const facets: SharedList["facets"] = [
    { id: "only", title: "Who did well", values: Object.entries(outcomes).map(([value, label]) => ({ value, label })) },
    {
      ...{ id: "words", title: "Words" },
      values: [
        { value: "other", label: "other words" },
        { value: "same", label: "the same words" },
      ],
    },
    ...(splits.length < 2
      ? []
      : [{ id: "split", title: "Split", values: splits.map((value) => ({ value, label: splitName(value).label })) }]),
  ];
  const textsOf = (id: string): unknown => {
    const [first, second] = byId.get(id) ?? [];
    return { messages: first?.messages, answers: [{ text: first?.response }, { text: second?.response }] };
  };
  return { list: { facets, items }, textsOf };
}

function sideOf({ response, values }: Answer): ComparedRow["a"] {
  return { ...tellVerdict(values), text: response };
}

/** Nothing where one of the two has no good side. */
function outcomeOf(a: Verdict, b: Verdict): readonly (keyof typeof outcomes)[] {
  if (a.isGood === null || b.isGood === null) return [];
  if (a.isGood === b.isGood) return [a.isGood ? "both" : "neither"];
  return [a.isGood ? "a" : "b"];
}
