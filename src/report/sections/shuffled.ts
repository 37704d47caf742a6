import type { ReportData } from "../data.ts";
import { html } from "../html.ts";
import type { Section } from "./parts.ts";
import { ratesTable } from "./rates.ts";

/** DPO and its control, on the same pairs with the labels dealt out anew. */
export function shuffledSection({ summary }: ReportData): Section | undefined {
  const control = summary?.shuffledLabels;
  const dpo = summary?.checkpoints.dpo;
  if (control === undefined || dpo === undefined) return undefined;
  const columns = [
    { name: "DPO", rates: dpo },
    { name: "Shuffled labels", rates: control },
  ];
  return {
    id: "shuffled",
    title: "Shuffled labels",
    body: html`<p>The same pairs, with their labels dealt out again at random: what this checkpoint gains comes from the choice of pairs, not from the
labels.</p>${ratesTable("DPO and its control", columns)}`,
  };
}
