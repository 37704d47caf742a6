import { readdirSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { serve } from "../../tensor/index.ts";
import { openStore, type StorePlace } from "../store/index.ts";
import { configurationOf, LogReader } from "./log-reader.ts";
import { computeResult, type Result } from "./result.ts";

const { PRIORITY_BELOW_NORMAL } = constants.priority;

/** Votes come first on a machine of few cores. On Linux each thread has a priority of its own, those of the engine, too. */
function stepBack(): void {
  try {
    setPriority(PRIORITY_BELOW_NORMAL);
    if (process.platform !== "linux") return;
    for (const thread of readdirSync("/proc/self/task")) setPriority(Number(thread), PRIORITY_BELOW_NORMAL);
  } catch {
    // A thread that ended meanwhile, or a system that lets nobody choose: results are computed all the same.
  }
}

stepBack();
let reader: LogReader | undefined;

serve({
  async open(place: StorePlace) {
    reader = new LogReader(await openStore({ ...place, isReadOnly: true }));
  },
  async compute({ upTo }: { upTo: number }): Promise<Result & { readonly head: string }> {
    if (reader === undefined) throw new Error("the analyst has no log");
    await reader.readTo(upTo);
    return { ...computeResult(reader.state, configurationOf(reader.state), upTo), head: reader.hash };
  },
});
