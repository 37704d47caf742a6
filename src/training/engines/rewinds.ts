import type { EngineEvent } from "./events.ts";

/**
 * How often a job went back to a state, which steps it did again, and by how much a step's loss then differed from the first time,
 * relative, at most. Empty where it never went back.
 */
export function measureRewinds(events: readonly EngineEvent[]): Record<string, number> {
  const losses = new Map<number, number>();
  let [rewinds, repeated, difference] = [0, 0, 0];
  for (const event of events) {
    if (event.type === "rewind") rewinds += 1;
    const loss = event.type === "step" ? event.metrics["loss"] : undefined;
    if (event.type !== "step" || loss === undefined) continue;
    const before = losses.get(event.step);
    if (before === undefined) losses.set(event.step, loss);
    else {
      repeated += 1;
      difference = Math.max(difference, Math.abs(loss - before) / Math.max(Math.abs(before), 1e-12));
    }
  }
  if (rewinds === 0 && repeated === 0) return {};
  return { "rewind/times": rewinds, "rewind/steps": repeated, "rewind/loss_difference": difference };
}
