import { serve, stepBack } from "../../tensor/index.ts";
import { openStore, type StorePlace } from "../store/index.ts";
import { configurationOf, LogReader } from "./log-reader.ts";
import { computeResult, type Result } from "./result.ts";

// Votes come first.
stepBack("process");
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
