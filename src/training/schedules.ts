/** How the learning rate moves over a job; `warmup` and `flat` are shares of the steps in [0, 1]. */
export interface Schedule {
  readonly shape: "constant" | "linear" | "cosine";
  /** Share of the steps that rise linearly from 0. Default 0. */
  readonly warmup?: number | undefined;
  /** Share of the steps held at the full rate before the decay. Default 0. */
  readonly flat?: number | undefined;
  /** Rate at the end as a share of the full rate. Default 0. */
  readonly final?: number | undefined;
}

/**
 * Learning rate of a step, 1-based: warm-up, flat part, then decay to `final` × rate at the last step.
 * Pure in (step, steps), so that a resumed job follows the same curve.
 */
export function learningRateAt(schedule: Schedule, peak: number, step: number, steps: number): number {
  const warmup = Math.round((schedule.warmup ?? 0) * steps);
  if (step <= warmup) return (peak * step) / warmup;
  if (schedule.shape === "constant") return peak;
  const start = warmup + Math.round((schedule.flat ?? 0) * steps);
  // One step has no way to decay: at the end of its own curve it would learn nothing.
  if (step <= start || steps - start === 1) return peak;
  const progress = Math.min(1, (step - start) / Math.max(1, steps - start));
  const final = schedule.final ?? 0;
  const share = schedule.shape === "linear" ? 1 - progress : (1 + Math.cos(Math.PI * progress)) / 2;
  return peak * (final + (1 - final) * share);
}
