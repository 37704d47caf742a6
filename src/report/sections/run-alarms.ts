import type { ReportData } from "../data.ts";
import { type Html, html } from "../html.ts";
import { checkAlarms } from "./check-notes.ts";
import type { Section } from "./parts.ts";

/** What somebody should look at, with samples: of the data, of training, of the check. */
export function runAlarmsSection({ alarms, summary, check }: ReportData): Section | undefined {
  const stopped = Object.entries(summary?.stages ?? {}).flatMap(([stage, { stopped: why }]) =>
    why === undefined ? [] : [html`${stage} was stopped early: ${why}.`],
  );
  const warned = alarms.map(
    ({ text, examples }): Html =>
      html`${text}.${
        examples.length === 0
          ? undefined
          : html`<details><summary>${examples.length === 1 ? "An example" : "Examples"}</summary>${examples.map(({ id, text: shown }) => html`<p><code>${id}</code></p><blockquote dir="auto">${shown}</blockquote>`)}</details>`
      }`,
  );
  const items = [...stopped, ...warned, ...(check === undefined ? [] : checkAlarms(check))];
  if (items.length === 0) return undefined;
  return {
    id: "alarms",
    title: "Worth a look",
    body: html`<ul class="alarms">${items.map((item) => html`<li>${item}</li>`)}</ul>`,
  };
}
