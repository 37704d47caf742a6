import { drawTwoSided } from "../../src/charts/index.ts";
import { formatCount, formatPlural, formatShare } from "../../viewer/src/format.ts";
import { useLoaded } from "../../viewer/src/hooks.ts";
import { Chart } from "../../viewer/src/parts/chart.tsx";
import { Message, Waiting } from "../../viewer/src/parts/words.tsx";
import type { Room, RoomProps } from "../../viewer/src/room.ts";
import { linkTo } from "../../viewer/src/route.ts";
import { openRoute, source } from "../../viewer/src/state.ts";
import type { Lengths } from "./lengths.ts";

/** The room in the browser: its place in the bar, the address and the keys, and its page. */
export const lengths: Room = {
  name: "lengths",
  title: "Lengths",
  key: "w",
  words: { room: "lengths" },
  show: LengthsPage,
};

function LengthsPage({ run }: RoomProps) {
  const { value: page, error } = useLoaded(`lengths ${run}`, () => source.ask<Lengths>(run, ["lengths"]));
  if (error !== undefined) return <Message error={error} />;
  return (
    <main id="main" class="page" tabIndex={-1}>
      <h1 class="big">Lengths</h1>
      {page === undefined ? (
        <Waiting for="the chains" />
      ) : page.read === 0 ? (
        <p>Nothing was revised in this run.</p>
      ) : (
        <Found run={run} page={page} />
      )}
    </main>
  );
}

function Found({ run, page }: { readonly run: string; readonly page: Lengths }) {
  const sums = page.principles.reduce(
    (sum, { shorter, longer }) => ({ shorter: sum.shorter + shorter, longer: sum.longer + longer }),
    { shorter: 0, longer: 0 },
  );
  return (
    <>
      <p class="lede">
        Of {formatPlural(page.read, "revised answer", "revised answers")}, <b>{formatCount(sums.shorter)}</b> came out
        shorter and <b>{formatCount(sums.longer)}</b> longer; the median went from {page.medianBefore} words to{" "}
        {page.medianAfter}.
      </p>
      {page.read < page.chains ? (
        <p class="meta">
          Read: {formatCount(page.read)} chains, evenly spread over {formatCount(page.chains)}.
        </p>
      ) : null}
      <section>
        <h2>By the principle revised under last</h2>
        <Chart
          pick={(principle) => openRoute({ run, page: "chains", id: null, query: `principle=${principle}` })}
          draw={(width) =>
            drawTwoSided(
              page.principles.map(({ id, shorter, longer }) => ({ label: id, left: shorter, right: longer })),
              width,
              ["shorter", "longer"],
            )
          }
        />
      </section>
      {page.shrunk.length === 0 ? null : (
        <section>
          <h2>What shrank most</h2>
          <p class="under">An answer that loses most of its words may only decline.</p>
          <ul class="neighbours">
            {page.shrunk.map(({ id, title, before, after }) => (
              <li key={id}>
                <a href={linkTo(run, "chains", id)} dir="auto">
                  {title}
                </a>
                <span class="meta">
                  {" "}
                  {formatCount(before)} → {formatCount(after)} words, {formatShare(1 - after / before)} less
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
