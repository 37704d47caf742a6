import type { ConsensusState } from "./analysis.ts";

/** The states of a consensus, for files. */
export const CONSENSUS_STATES = ["yes", "no", "needs more votes"] as const satisfies readonly ConsensusState[];
