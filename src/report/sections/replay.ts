import type { ReportData } from "../data.ts";
import { html } from "../html.ts";
import type { Section } from "./parts.ts";
import { ratesTable } from "./rates.ts";

/** SL-CAI with and without documents of the pre-training corpus in the mix. */
export function replaySection({ summary }: ReportData): Section | undefined {
  const title = "Without replay";
  const without = summary?.withoutReplay;
  if (without === undefined) return undefined;
  const plain = summary?.checkpoints["sl-cai"];
  const columns = [
    ...(plain === undefined ? [] : [{ name: "sl-cai", rates: plain }]),
    { name: "Without replay", rates: without },
  ];
  return {
    id: "replay",
    title,
    body: html`<p>SL-CAI mixes in documents of the frozen pre-training corpus, so that words it does not train on keep their meaning. Here is the same
stage without them.</p>${ratesTable("SL-CAI with and without replay", columns)}`,
  };
}
