import type { DraftedConstitution, PublicProvenance } from "../../collective/drafting/index.ts";
import type { Analysis, Conversation, Sensitivity } from "../../collective/index.ts";
import type { TownComparison } from "./compare-town.ts";
import type { TownFigures } from "./town-figures.ts";

export const TOWN_CONTROLS = ["none", "shuffled-votes", "one-group", "no-ratification"] as const;
/** What is done otherwise: votes dealt out anew, a town of one mind, or no second vote. */
export type TownControl = (typeof TOWN_CONTROLS)[number];

export interface TownDemo {
  readonly folder: string;
  readonly seed: number;
  readonly control: TownControl;
  readonly conversation: Conversation;
  readonly analysis: Analysis;
  readonly sensitivity: Sensitivity;
  readonly drafted: DraftedConstitution;
  /** Undefined where no principle was left. */
  readonly provenance?: PublicProvenance | undefined;
  readonly figures: TownFigures;
  /** By checkpoint; empty where nothing was trained. */
  readonly comparisons: readonly TownComparison[];
}
