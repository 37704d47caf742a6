import type { GoldCourse, ScalingCurve } from "./scaling-curve.ts";

/** A figure with what stands below it in small. */
export interface FoundCell {
  readonly text: string;
  readonly below?: string | undefined;
}

export interface FoundTable {
  readonly label: string;
  readonly caption?: string | undefined;
  /** The first column names the row; the others hold numbers where they say so. */
  readonly head: readonly { readonly title: string; readonly isNumber?: boolean | undefined }[];
  readonly rows: readonly (readonly FoundCell[])[];
}

/** What one command found, as tables, charts and sentences: of the viewer and of the report alike. */
export interface FoundPart {
  readonly id: string;
  readonly title: string;
  readonly under: string;
  readonly tables: readonly FoundTable[];
  readonly curves?: { readonly xTitle: string; readonly of: readonly ScalingCurve[] } | undefined;
  readonly courses?: readonly GoldCourse[] | undefined;
  /** Sentences below the tables. */
  readonly notes: readonly string[];
  /** Texts of models, each under what it is an example of. */
  readonly examples?:
    | readonly { readonly of: string; readonly request: string; readonly response: string }[]
    | undefined;
}
