import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { LiveRun } from "../../src/view/source-live.ts";
import { memory } from "./hooks.ts";
import { reviewVersion } from "./review.ts";
import { source } from "./state.ts";

/** How the run that is open goes on; null where nobody works on it. */
export const live = signal<LiveRun | null>(null);

/** Follows a run as long as somebody works on it: what is seen of it is asked for again whenever records came. */
export function useLive(run: string, isRunning: boolean): void {
  useEffect(() => {
    if (!isRunning) return undefined;
    let seen = "";
    const stop = source.follow(run, (state) => {
      live.value = state.isRunning ? state : null;
      const now = JSON.stringify([state.version, state.isRunning, state.alarms.length, state.stages.length]);
      if (now === seen) return;
      seen = now;
      memory.clear();
      reviewVersion.value += 1;
    });
    return () => {
      stop();
      live.value = null;
    };
  }, [run, isRunning]);
}
