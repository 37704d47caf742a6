import { drawFigure, overTimeFigure, points } from "../../../src/charts/index.ts";
import type { GuardDriftLine } from "../../../src/view/source-guard.ts";
import { formatPercent } from "../format.ts";
import { Chart } from "../parts/chart.tsx";
import { ScrollBox } from "../parts/scroll-box.tsx";
import { IntervalWords } from "../parts/words.tsx";

/** Principles that are drawn; the table has all. */
const mostDrawn = 6;
/** Pixels below which a chart is that of a phone. */
const narrow = 480;

/** How the share of each principle went over time, and whether it changed. */
export function GuardDrift({ drift }: { readonly drift: GuardDriftLine }) {
  const { parts, principles, bins, binMs, measure } = drift;
  if (parts === undefined || principles.length === 0) return null;
  const what = measure === "acted" ? "acted on" : "in which it was found broken";
  const drawn = [...principles].sort((a, b) => b.last.estimate + b.first.estimate - a.last.estimate - a.first.estimate);
  const shares = drawn.slice(0, mostDrawn).map(({ id }) => ({
    label: id,
    points: bins.flatMap(({ from, shares: own }) => {
      const share = own[id];
      return share === undefined ? [] : { ...share, from: Date.parse(from) };
    }),
  }));
  const ends = (["first", "last"] as const).map(
    (part) => [Date.parse(parts[part].from), Date.parse(parts[part].to)] as const,
  );
  return (
    <section>
      <h3>Over time</h3>
      <p class="under">
        Share of texts {what}, by principle, with 95&nbsp;% intervals. The washed ends are held beside each other below;
        texts count as independent, which the turns of one dialogue are not.
      </p>
      <Chart
        draw={(width) =>
          drawFigure(
            overTimeFigure(shares, {
              ...{ title: `Share of texts ${what}`, binMs, parts: ends, isNarrow: width < narrow },
            }),
            width,
          )
        }
      />
      {drawn.length > mostDrawn ? <p class="meta">Drawn: the {mostDrawn} with the largest shares.</p> : null}
      <ScrollBox label="First and last part">
        <table>
          <thead>
            <tr>
              <th scope="col">Principle</th>
              <th scope="col" class="num">
                first part
              </th>
              <th scope="col" class="num">
                last part
              </th>
              <th scope="col" class="num">
                difference, points
              </th>
              <th scope="col">changed?</th>
            </tr>
          </thead>
          <tbody>
            {drawn.map(({ id, first, last, difference, adjustedP, verdict }) => (
              <tr key={id}>
                <th scope="row">{id}</th>
                {[first, last].map((share, i) => (
                  <td key={`${i}`} class="num">
                    {formatPercent(share.estimate)} %{" "}
                    <span class="block">
                      <IntervalWords of={share} withN />
                    </span>
                  </td>
                ))}
                <td class="num">
                  {points(difference.estimate)}
                  <span class="block interval">
                    {points(difference.low)} to {points(difference.high)}
                  </span>
                </td>
                <td>
                  {verdict === "rose" ? "▲ rose" : verdict === "fell" ? "▼ fell" : verdict}
                  <span class="block interval">p {adjustedP < 0.001 ? "< 0.001" : adjustedP.toFixed(3)}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
      <p class="meta">p: Fisher's exact test, corrected over principles by Holm.</p>
    </section>
  );
}
