import { silentProgress } from "../../progress/index.ts";
import { serve, stepBack } from "../../tensor/index.ts";
import { type OpenedAttribution, openAttribution, traceAnswer } from "./attribute.ts";
import type { TracedRequest } from "./tracer.ts";

// Pages come first.
stepBack("thread", 5);

const command = "view";
let opened: { readonly place: string; readonly attribution: OpenedAttribution } | undefined;

serve({
  async trace({ place, prompt, answer }: TracedRequest, { signal }): Promise<string | undefined> {
    const options = { command, progress: silentProgress, signal };
    if (opened?.place !== place || !opened.attribution.isCurrent()) {
      await opened?.attribution.dispose();
      opened = undefined;
      opened = { place, attribution: await openAttribution(place, options) };
    }
    return (await traceAnswer(opened.attribution, { ...options, prompt, answer })).kept;
  },
});
