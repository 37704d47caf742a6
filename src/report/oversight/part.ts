import type { FoundCell } from "../../charts/index.ts";
import { isEstimate, type Measured, noteOf } from "../../statistics/index.ts";

export const toCell = (text: string): FoundCell => ({ text });
export const column = (title: string): { readonly title: string } => ({ title });
export const numbers = (title: string) => ({ title, isNumber: true }) as const;

const minus = (text: string): string => text.replaceAll("-", "−");

/** A share in percent with its interval and n, or why there is none. */
export function rateCell(measured: Measured | null | undefined, isSigned = false): FoundCell {
  if (measured == null) return toCell("–");
  if (measured.estimate === null) return { text: "–", below: noteOf(measured) };
  const show = (value: number): string => minus(`${isSigned && value > 0 ? "+" : ""}${(100 * value).toFixed(1)}`);
  const n = `n ${measured.n}`;
  const below = isEstimate(measured)
    ? `${show(measured.low)} to ${show(measured.high)}, ${n}`
    : `${noteOf(measured)}, ${n}`;
  return { text: `${show(measured.estimate)}${isSigned ? " points" : " %"}`, below };
}

/** A number in its own unit. */
export function valueCell(measured: Measured): FoundCell {
  if (measured.estimate === null) return { text: "–", below: noteOf(measured) };
  const show = (value: number): string => minus(value.toFixed(3));
  const below = isEstimate(measured)
    ? `${show(measured.low)} to ${show(measured.high)}, n ${measured.n}`
    : noteOf(measured);
  return { text: show(measured.estimate), below };
}
