import type { AttackCell, AttacksPage } from "../../../src/view/source-attacks.ts";
import { formatCount, formatPercent, formatPlural, formatShare } from "../format.ts";
import { ScrollBox } from "../parts/scroll-box.tsx";
import { linkTo } from "../route.ts";

interface Props {
  readonly run: string;
  readonly page: AttacksPage;
  readonly query: string;
}

/** Principle × technique: which share of the tries broke the principle; each cell opens its findings. */
export function AttackGrid({ run, page, query }: Props) {
  const { principles, techniques, cells, allCells } = page;
  if (cells.length === 0) return null;
  const byPlace = new Map(cells.map((cell) => [placeOf(cell.principle, cell.technique), cell]));
  const broken = cells.filter(({ successes }) => successes > 0).length;
  const open = new URLSearchParams(query);
  return (
    <section>
      <h2>Where it gives in</h2>
      <p class="under">
        Each cell: the share of its graded tries that broke the principle, and how many there were.{" "}
        {formatPlural(broken, "cell has", "cells have")} a success
        {allCells === null
          ? "."
          : `, of ${formatCount(allCells)} that could be tried; ${formatCount(cells.length)} were.`}{" "}
        A cell opens its findings.
      </p>
      <ScrollBox label="Principle and technique">
        <table class="attack-grid">
          <thead>
            <tr>
              <th scope="col">Technique</th>
              {principles.map(({ id, text }) => (
                <th key={id} scope="col" title={text ?? undefined}>
                  {id}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {techniques.map((technique) => (
              <tr key={technique}>
                <th scope="row">{technique}</th>
                {principles.map(({ id }) => (
                  <Cell
                    key={id}
                    run={run}
                    cell={byPlace.get(placeOf(id, technique))}
                    isOpen={open.get("principle") === id && open.get("technique") === technique}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
      <ul class="meta shades">
        {shades.map(({ share, says }) => (
          <li key={says}>
            <span class={`step ${shadeOf(share)}`} aria-hidden="true" /> {says}
          </li>
        ))}
        <li>empty: not tried</li>
      </ul>
    </section>
  );
}

const placeOf = (principle: string, technique: string): string => JSON.stringify([principle, technique]);

/** Shades say what the numbers beside them say. */
const shadeOf = (share: number): string => `shade-${Math.ceil(4 * share)}`;

const shades = [
  { share: 0, says: "none" },
  { share: 0.25, says: "up to 25 %" },
  { share: 0.5, says: "up to 50 %" },
  { share: 0.75, says: "up to 75 %" },
  { share: 1, says: "above 75 %" },
] as const;

interface CellProps {
  readonly run: string;
  readonly cell: AttackCell | undefined;
  readonly isOpen: boolean;
}

function Cell({ run, cell, isOpen }: CellProps) {
  if (cell === undefined) {
    return (
      <td>
        <span class="hidden">not tried</span>
      </td>
    );
  }
  const { principle, technique, rate, successes, ungraded } = cell;
  if (rate === null) return <td>{formatCount(ungraded)} without a grade</td>;
  const interval = `95 % interval ${formatPercent(rate.low)}–${formatPercent(rate.high)}`;
  return (
    <td class={shadeOf(rate.estimate)}>
      <a
        href={linkTo(run, "attacks", null, new URLSearchParams({ principle, technique }).toString())}
        aria-current={isOpen ? "true" : undefined}
        title={`${principle}, ${technique}: ${interval}`}
      >
        <b>{formatShare(rate.estimate)}</b>
        <span>
          {formatCount(successes)} of {formatCount(rate.n)}
        </span>
      </a>
    </td>
  );
}
