import { type Alarm, checkAlarms, runAlarms } from "../alarms.ts";
import type { CheckData } from "../check-data.ts";
import type { ReportData } from "../data.ts";
import { type Html, html, type Part } from "../html.ts";
import type { Section } from "./parts.ts";

/** What somebody should look at, with samples: of the data, of training, of the check. */
export function runAlarmsSection(data: ReportData): Section | undefined {
  return alarmsSection(runAlarms(data));
}

/** The same of a check that stands alone. */
export function checkAlarmsSection(data: CheckData): Section | undefined {
  return alarmsSection(checkAlarms(data));
}

function alarmsSection(alarms: readonly Alarm[]): Section | undefined {
  if (alarms.length === 0) return undefined;
  return {
    id: "alarms",
    title: "Worth a look",
    body: html`<ul class="alarms">${alarms.map((alarm) => html`<li>${alarmBody(alarm)}</li>`)}</ul>`,
  };
}

function alarmBody({ parts, examples, title }: Alarm): Html {
  const words = parts.map((part): Part => (typeof part === "string" ? part : html`<code>${part.code}</code>`));
  const shown = examples.map(
    ({ id, principleId, text }) =>
      html`<p>${principleId === undefined ? undefined : html`<strong>${principleId}</strong>, `}<code>${id}</code></p><blockquote dir="auto">${text}</blockquote>`,
  );
  return html`${words}${shown.length === 0 ? undefined : html`<details><summary>${title}</summary>${shown}</details>`}`;
}
