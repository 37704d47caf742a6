import { useState } from "preact/hooks";
import { formatQuery, parseQuery, type Query, toggleValue } from "../../../src/view/query/index.ts";
import type { ComparedRow } from "../../../src/view/source-rooms.ts";
import { formatCount } from "../format.ts";
import { useKeys } from "../hooks.ts";
import { useList } from "../list-hook.ts";
import { Letter } from "../parts/letter.tsx";
import { RecordText } from "../parts/record-text.tsx";
import { RowList } from "../parts/row-list.tsx";
import { Message } from "../parts/words.tsx";
import { openRoute, source } from "../state.ts";

interface Props {
  readonly a: string;
  readonly b: string;
  readonly query: string;
}

/** Which runs are compared, and which item is open, stand beside the filter. */
const own = ["a", "b", "item"] as const;

/** Prompts that both answered, and the two answers to one of them. */
export function ComparedItems({ a, b, query }: Props) {
  const named = new URLSearchParams(query);
  const filter = readFilter(query);
  const { list, error, need } = useList(`${a}|${b}?${formatQuery(filter)}`, named.get("item") ?? undefined, (rows) =>
    source.comparedItems(a, b, filter, rows),
  );
  const open = (next: Query, item: string | null): void => {
    const to = new URLSearchParams(formatQuery(next));
    for (const [name, value] of [
      ["a", a],
      ["b", b],
      ["item", item],
    ] as const)
      if (value !== null) to.set(name, value);
    openRoute({ run: null, page: "compare", id: null, query: to.toString() }, "replace");
  };
  const chosen = named.get("item");
  const index = [...(list?.rows ?? [])].find(([, row]) => row.id === chosen)?.[0] ?? 0;
  const row = list?.rows.get(index);
  const move = async (by: number): Promise<void> => {
    const place = Math.min((list?.page.matching ?? 1) - 1, Math.max(0, index + by));
    const to = (await need(place, place + 1)).get(place);
    if (to !== undefined) open(filter, to.id);
  };
  useKeys({ next: () => void move(1), previous: () => void move(-1) });
  if (list === undefined) return error === undefined ? null : <Message error={error} />;
  return (
    <section>
      <div class="items-head">
        <h2>Items</h2>
        <fieldset class="chips" aria-label="Filter">
          {list.page.facets.flatMap(({ id, values }) =>
            values.map(({ value, label, count }) => (
              <button
                type="button"
                class="button small"
                key={`${id}=${value}`}
                aria-pressed={filter.facets[id]?.includes(value) ?? false}
                onClick={() => open(toggleValue(filter, id, value), null)}
              >
                {label} {formatCount(count)}
              </button>
            )),
          )}
        </fieldset>
      </div>
      <div class="split">
        <div class="list-box">
          <RowList
            label="items"
            list={list}
            selected={row === undefined ? -1 : index}
            rowHeight={62}
            need={need}
            link={(item) =>
              `#/compare?${new URLSearchParams([...own.slice(0, 2).map((name) => [name, { a, b }[name as "a" | "b"]]), ...new URLSearchParams(formatQuery(filter)), ["item", item.id]] as string[][])}`
            }
            row={(item) => <Row row={item} />}
          />
        </div>
        {row === undefined ? <p class="empty">No item fits these filters.</p> : <Answers row={row} />}
      </div>
    </section>
  );
}

function readFilter(query: string): Query {
  const { facets, words, sort } = parseQuery(query);
  return {
    facets: Object.fromEntries(Object.entries(facets).filter(([name]) => !(own as readonly string[]).includes(name))),
    words,
    sort,
  };
}

function Verdict({ isGood, verdict }: { readonly isGood: boolean | null; readonly verdict: string }) {
  return (
    <span class={isGood === false ? "alarm" : undefined}>
      {isGood === null ? "" : isGood ? "✓ " : "✕ "}
      {verdict}
    </span>
  );
}

function Row({ row }: { readonly row: ComparedRow }) {
  return (
    <>
      <span class="request" dir="auto">
        {row.title}
      </span>
      <span class="path">
        <Letter side="a" /> <Verdict {...row.a} /> <Letter side="b" /> <Verdict {...row.b} />
        <span class="end">{row.group}</span>
      </span>
    </>
  );
}

function Answers({ row }: { readonly row: ComparedRow }) {
  const [order, turn] = useState<readonly ["a" | "b", "a" | "b"]>(["a", "b"]);
  useKeys({ other: () => turn(order[0] === "a" ? ["b", "a"] : ["a", "b"]) });
  return (
    <article class="two" aria-label="Both answers">
      <p class="kicker">
        Item <code>{row.id}</code> {row.group === null ? "" : `· ${row.group}`}
      </p>
      <h3 class="asked" dir="auto">
        {row.title}
      </h3>
      {order.map((side) => (
        <div class="answer" key={side}>
          <p class="kicker">
            <Letter side={side} /> <Verdict {...row[side]} />
          </p>
          <RecordText text={row[side].text} small />
        </div>
      ))}
    </article>
  );
}
