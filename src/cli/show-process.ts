import type { FoundProcess } from "../oversight/index.ts";
import type { Estimate } from "../statistics/index.ts";

const rate = (measured: Estimate | undefined): string =>
  measured === undefined
    ? "none"
    : `${(100 * measured.estimate).toFixed(1)} % [${(100 * measured.low).toFixed(1)}–${(100 * measured.high).toFixed(1)}] of ${measured.n}`;

/** What a head says of held-out responses, a line for each place of a step. */
export function showHead({ rows, heldOut }: FoundProcess): string[] {
  if (heldOut === 0) return ["  held out: none, there are too few responses to measure on"];
  return [
    `  on ${heldOut} responses that were held out`,
    ...rows.map(
      ({ of, found, faulted }) =>
        `    ${of.padEnd(8)} wrong ones found ${rate(found)}, right ones faulted ${rate(faulted)}`,
    ),
  ];
}
