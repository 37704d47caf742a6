import type { CheckData } from "../check-data.ts";
import { count, percent } from "../format.ts";
import { differenceRow, outcomeOf } from "./check-rates.ts";

/** The gravest fact first: what is broken; else what cannot be told; else that all is fine. */
export function checkLede({ check, columns }: CheckData): string {
  const last = columns.at(-1);
  const all = last === undefined ? undefined : outcomeOf(last, undefined);
  const own = last?.outcomes.filter(({ principleId }) => principleId !== undefined) ?? [];
  const of = (word: string) => own.filter((outcome) => outcome.word === word);
  const [broken, open] = [of("broken"), of("cannot tell")];
  const names = broken.map(({ principleId, rate }) =>
    rate === undefined || rate.estimate === null ? principleId : `${principleId} (${percent(rate.estimate)})`,
  );
  const now = columns.length > 1 ? " after" : "";
  const words = [
    broken.length === 0
      ? open.length === own.length
        ? `Of none of the ${own.length} principles it can be told${now} whether it is kept.`
        : `No principle is shown to be broken${now}.`
      : `Broken more often than allowed${now}: ${broken.length} of ${own.length} principles, ${names.join(", ")}.`,
    open.length > 0 && open.length < own.length ? `Of ${open.length} it cannot be told.` : "",
  ];
  const comparison = check.comparisons.at(-1);
  const row = comparison === undefined ? undefined : differenceRow(comparison, undefined);
  if (row?.difference != null && row.baseline !== null && row.candidate !== null) {
    const open = row.difference.estimate === 0 ? "the same" : "which may be chance";
    const told = row.verdict === "cannot tell" ? open : row.verdict;
    words.unshift(
      `Where a principle was at stake for both (${count(row.n)} prompts), ${percent(row.baseline)} of the answers broke one before and ${percent(row.candidate)} after: ${told}.`,
    );
  } else if (all?.rate !== undefined && all.rate.estimate !== null) {
    words.push(`Where one was at stake, ${percent(all.rate.estimate)} of the answers broke one.`);
  }
  return words.filter((text) => text !== "").join(" ");
}
