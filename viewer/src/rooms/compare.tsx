import { useEffect } from "preact/hooks";
import { drawDifference, points } from "../../../src/charts/index.ts";
import type { ComparePage } from "../../../src/view/source-rooms.ts";
import { formatCount, formatPercent, formatPlural } from "../format.ts";
import { useLoaded } from "../hooks.ts";
import { Chart } from "../parts/chart.tsx";
import { Letter } from "../parts/letter.tsx";
import { ScrollBox } from "../parts/scroll-box.tsx";
import { IntervalWords, Message, Waiting, Words } from "../parts/words.tsx";
import { source } from "../state.ts";
import { ComparedItems } from "./compared-items.tsx";

/** Two checkpoints on the same prompts: alarms first, then the paired table, then the answers. */
export function CompareRoom({ query }: { readonly query: string }) {
  const named = new URLSearchParams(query);
  const [a, b] = [named.get("a") ?? "", named.get("b") ?? ""];
  const { value: page, error } = useLoaded(`${a}|${b}`, () => source.compare(a, b));
  useEffect(() => {
    document.title = `${a} against ${b} · Precept`;
  }, [a, b]);
  if (error !== undefined) return <Message error={error} />;
  if (page === undefined) return <Waiting for="both runs" />;
  return (
    <main id="main" class="page wide" tabIndex={-1}>
      <p class="kicker">Compare · {page.facts.join(" · ")}</p>
      <h1 class="versus">
        <Side side="a" of={page.a} /> <em>against</em> <Side side="b" of={page.b} />
      </h1>
      {page.sentence === null ? null : (
        <p class="lede">
          <Words of={page.sentence} />
        </p>
      )}
      {page.alarms.map(({ head, text }) => (
        <div class="warn" role="note" key={head}>
          <b aria-hidden="true">▲</b>
          <span>
            <b>{head}</b> <Words of={text} />
          </span>
        </div>
      ))}
      <Paired page={page} />
      <ComparedItems a={a} b={b} query={query} />
    </main>
  );
}

function Side({ side, of }: { readonly side: "a" | "b"; readonly of: ComparePage["a"] }) {
  return (
    <span>
      <Letter side={side} />
      {of.name} {of.detail === null ? null : <small>{of.detail}</small>}
    </span>
  );
}

const signs = { better: "▲", worse: "▼", "cannot tell": "○", different: "◆" } as const;

/** The figures of all prompts; folded, what cuts them by split and principle. */
function Paired({ page }: { readonly page: ComparePage }) {
  const main = page.rows.filter(({ isMain }) => isMain);
  const others = page.rows.filter(({ isMain }) => !isMain);
  const told = others.filter(({ verdict }) => verdict !== "cannot tell");
  const open = others.filter(({ verdict }) => verdict === "cannot tell");
  return (
    <section>
      <h2>On the same prompts</h2>
      <PairedTable label="On the same prompts" rows={main.length === 0 ? told : main} />
      {main.length === 0 || told.length === 0 ? null : (
        <details>
          <summary>{formatPlural(told.length, "figure", "figures")} by split and by principle that differ</summary>
          <PairedTable label="By split and by principle" rows={told} />
        </details>
      )}
      {open.length === 0 ? null : (
        <details>
          <summary>
            {formatPlural(open.length, "further figure", "further figures")} of which nothing can be told
          </summary>
          <PairedTable label="What cannot be told" rows={open} />
        </details>
      )}
      <p class="meta methods">{page.methods}</p>
    </section>
  );
}

const formatMean = (value: number): string => value.toFixed(2).replace("-", "−");

function PairedTable({ label, rows }: { readonly label: string; readonly rows: ComparePage["rows"] }) {
  return (
    <ScrollBox label={label}>
      <table class="paired">
        <thead>
          <tr>
            <th scope="col">Rates in percent</th>
            <th scope="col" class="num">
              <Letter side="a" />
            </th>
            <th scope="col" class="num">
              <Letter side="b" />
            </th>
            <th scope="col" class="num">
              B − A
            </th>
            <th scope="col" class="axis">
              <span class="hidden">difference from</span>
              <span class="ends">
                <span>−100</span>
                <span>0</span>
                <span>+100</span>
              </span>
            </th>
            <th scope="col" class="num">
              only A : only B
            </th>
            <th scope="col" class="num">
              p, Holm
            </th>
            <th scope="col">Verdict</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <PairedRow key={`${row.metric}${row.label}`} row={row} />
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

function PairedRow({ row }: { readonly row: ComparePage["rows"][number] }) {
  const differ = (value: number): string =>
    row.isRate ? points(value) : `${value > 0 ? "+" : ""}${formatMean(value)}`;
  return (
    <tr>
      <th scope="row">
        {row.label}
        <span class="meta block">
          {row.metric}
          {row.better === "neither" ? "" : ` · ${row.better} is better`}
        </span>
      </th>
      {[row.a, row.b].map((rate, i) => (
        <td key={`${i}`} class="num">
          {rate === null ? "–" : row.isRate ? formatPercent(rate.estimate) : formatMean(rate.estimate)}
          {rate === null ? null : !row.isRate ? (
            <span class="interval block">
              {formatMean(rate.low)} to {formatMean(rate.high)}
            </span>
          ) : (
            <span class="block">
              <IntervalWords of={rate} />
            </span>
          )}
        </td>
      ))}
      <td class="num">
        {row.difference === null ? (
          "–"
        ) : (
          <>
            <b>{differ(row.difference.estimate)}</b>
            <span class="interval block">
              {differ(row.difference.low)} to {differ(row.difference.high)}
            </span>
            <span class={row.verdict === "worse" ? "on-narrow alarm" : "on-narrow"}>
              {signs[row.verdict]} {row.verdict}
            </span>
          </>
        )}
      </td>
      <td class="axis">{row.difference === null || !row.isRate ? null : <Difference of={row.difference} />}</td>
      <td class="num">
        {row.onlyA === null || row.onlyB === null ? "" : `${formatCount(row.onlyA)} : ${formatCount(row.onlyB)}`}
        <span class="interval block">of {formatCount(row.n)}</span>
      </td>
      <td class="num">{row.adjustedP === null ? "" : row.adjustedP < 0.001 ? "< 0.001" : row.adjustedP.toFixed(3)}</td>
      <td class={row.verdict === "worse" ? "verdict alarm" : "verdict"}>
        {signs[row.verdict]} {row.verdict}
      </td>
    </tr>
  );
}

function Difference({ of }: { readonly of: NonNullable<ComparePage["rows"][number]["difference"]> }) {
  return <Chart bare most={180} draw={() => drawDifference(of, 180)} />;
}
