import type { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { LiveProgress } from "../live/live-run.ts";
import type { OpenRun } from "../run/open-run.ts";
import type { RunSource } from "./run-source.ts";

/** Milliseconds between looks at a run's folder. */
const pace = 1000;
/** Looks without news after which something is sent all the same, so that a lost connection is noticed. */
const quietLooks = 15;

/**
 * How a run goes on, as events: the whole state whenever it changes. Who connects again gets the state of that moment first, so that nothing
 * is missed. Ends once nobody works on the run.
 */
export function addLiveRoutes(app: Hono, source: RunSource): void {
  const opened = new WeakMap<OpenRun, LiveProgress>();
  const progressOf = (run: OpenRun): LiveProgress => {
    const progress = opened.get(run) ?? new LiveProgress(run);
    opened.set(run, progress);
    return progress;
  };
  app.get("/api/runs/:run/events", async (c) => {
    const name = c.req.param("run");
    await source.use(name, () => undefined);
    return streamSSE(c, async (stream) => {
      let [last, quiet] = ["", 0];
      for (let id = 1; !stream.aborted && !source.isClosed; ) {
        const state = await source.use(name, (run) => progressOf(run).read(Date.now()));
        const data = JSON.stringify(state);
        quiet += 1;
        if (data !== last || quiet >= quietLooks) {
          await stream.writeSSE({ id: String(id++), event: "progress", data });
          [last, quiet] = [data, 0];
        }
        if (!state.isRunning) return;
        await stream.sleep(pace);
      }
    });
  });
}
