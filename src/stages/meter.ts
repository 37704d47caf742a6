import type { StageContext } from "./context.ts";
import type { StageCost } from "./summaries.ts";

/** Counts what a stage costs. Tokens sampled by earlier, interrupted processes count as tokens but not for the speed. */
export interface Meter {
  /** Forward passes for sampling and scoring: 2 operations per weight and token. */
  sampled(tokens: number): void;
  /** Forward, backward and update: 6 operations per weight and token (Kaplan et al. 2020). */
  trained(tokens: number): void;
  cost(): StageCost;
}

/** `earlierSeconds`: work of earlier processes on the same stage. */
export function startMeter(context: Pick<StageContext, "parameters">, earlierSeconds: number): Meter {
  const started = performance.now();
  let tokens = 0;
  let weighted = 0;
  const count = (n: number, operations: number): void => {
    tokens += n;
    weighted += n * operations;
  };
  return {
    sampled: (n) => count(n, 2),
    trained: (n) => count(n, 6),
    cost: () => {
      const seconds = Math.max(1e-3, (performance.now() - started) / 1000);
      const { parameters } = context;
      return {
        seconds: seconds + earlierSeconds,
        tokens: Math.round(tokens),
        tokensPerSecond: tokens / seconds,
        ...(parameters === null ? {} : { gflops: (weighted * parameters) / seconds / 1e9 }),
      };
    },
  };
}
