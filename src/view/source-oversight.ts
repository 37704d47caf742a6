import type { GoldCourse, ScalingCurve } from "../charts/index.ts";

/** What commands of oversight kept in a run: debates, critiques, sealed models, tendencies, decisions, the card. Types alone. */
export interface OversightPage {
  readonly parts: readonly OversightPart[];
  /** Files that cannot be read, or that were edited. */
  readonly faults: readonly string[];
}

export interface OversightPart {
  readonly id: string;
  readonly title: string;
  readonly under: string;
  readonly tables: readonly OversightTable[];
  readonly curves?: { readonly xTitle: string; readonly of: readonly ScalingCurve[] } | undefined;
  readonly courses?: readonly GoldCourse[] | undefined;
  readonly notes: readonly string[];
  readonly examples?:
    | readonly { readonly of: string; readonly request: string; readonly response: string }[]
    | undefined;
}

export interface OversightTable {
  readonly label: string;
  readonly caption?: string | undefined;
  readonly head: readonly { readonly title: string; readonly isNumber?: boolean | undefined }[];
  readonly rows: readonly (readonly OversightCell[])[];
}

export interface OversightCell {
  readonly text: string;
  readonly below?: string | undefined;
}
