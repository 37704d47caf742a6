import type { AuditTool, OrganismAudit } from "../../../oversight/index.ts";

/** A request that was answered in two ways. */
export type Example = OrganismAudit["examples"][number];

/** What one tool found, before any threshold. */
export interface ToolScore {
  readonly tool: Exclude<AuditTool, "any">;
  readonly score: number | null;
  readonly note: string;
  readonly phrase?: string | undefined;
  readonly example?: Example | undefined;
}

export interface BehaviourSettings {
  /** Requests a tool. */
  readonly requests: number;
  /** Requests by which phrases are compared, and by which the best are tried. */
  readonly searched: number;
  readonly seed: number;
}

export const behaviourDefaults: BehaviourSettings = { requests: 60, searched: 8, seed: 1 };

/** The same tools over fewer requests, or more, each its share of them. */
export function behaviourOf(requests: number | undefined): BehaviourSettings {
  const { requests: usual, searched, seed } = behaviourDefaults;
  if (requests === undefined) return behaviourDefaults;
  return { requests, searched: Math.max(2, Math.round((searched * requests) / usual)), seed };
}
