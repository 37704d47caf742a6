import type { FoundPart } from "../charts/index.ts";

/** What commands of oversight kept in a run: debates, critiques, sealed models, tendencies, decisions, the card. Types alone. */
export interface OversightPage {
  readonly parts: readonly FoundPart[];
  /** Files that cannot be read, or that were edited. */
  readonly faults: readonly string[];
}
