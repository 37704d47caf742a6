import type { GoldCourse, ScalingCurve } from "../../charts/index.ts";
import { isEstimate, type Measured, noteOf } from "../../statistics/index.ts";

/** A figure with what stands below it in small. */
export interface OversightCell {
  readonly text: string;
  readonly below?: string | undefined;
}

export interface OversightTable {
  readonly label: string;
  readonly caption?: string | undefined;
  /** The first column names the row; the others hold numbers where they say so. */
  readonly head: readonly { readonly title: string; readonly isNumber?: boolean | undefined }[];
  readonly rows: readonly (readonly OversightCell[])[];
}

/** What one command of oversight found, as a page shows it: of the viewer and of the report alike. */
export interface OversightPart {
  readonly id: string;
  readonly title: string;
  readonly under: string;
  readonly tables: readonly OversightTable[];
  readonly curves?: { readonly xTitle: string; readonly of: readonly ScalingCurve[] } | undefined;
  readonly courses?: readonly GoldCourse[] | undefined;
  /** Sentences below the tables. */
  readonly notes: readonly string[];
  /** Texts of models, each under what it is an example of. */
  readonly examples?:
    | readonly { readonly of: string; readonly request: string; readonly response: string }[]
    | undefined;
}

export const toCell = (text: string): OversightCell => ({ text });
export const column = (title: string): { readonly title: string } => ({ title });
export const numbers = (title: string) => ({ title, isNumber: true }) as const;

const minus = (text: string): string => text.replaceAll("-", "−");

/** A share in percent with its interval and n, or why there is none. */
export function rateCell(measured: Measured | null | undefined, isSigned = false): OversightCell {
  if (measured == null) return toCell("–");
  if (measured.estimate === null) return { text: "–", below: noteOf(measured) };
  const show = (value: number): string => minus(`${isSigned && value > 0 ? "+" : ""}${(100 * value).toFixed(1)}`);
  const n = `n ${measured.n}`;
  const below = isEstimate(measured)
    ? `${show(measured.low)} to ${show(measured.high)}, ${n}`
    : `${noteOf(measured)}, ${n}`;
  return { text: `${show(measured.estimate)} %`, below };
}

/** A number in its own unit. */
export function valueCell(measured: Measured): OversightCell {
  if (measured.estimate === null) return { text: "–", below: noteOf(measured) };
  const show = (value: number): string => minus(value.toFixed(3));
  const below = isEstimate(measured)
    ? `${show(measured.low)} to ${show(measured.high)}, n ${measured.n}`
    : noteOf(measured);
  return { text: show(measured.estimate), below };
}
