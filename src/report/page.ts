import type { ReportData } from "./data.ts";
import { html, trust } from "./html.ts";
import { eachPrincipleSection } from "./sections/each-principle.ts";
import { examplesSection } from "./sections/examples.ts";
import { headline } from "./sections/headline.ts";
import { labelsSection } from "./sections/labels.ts";
import type { Section } from "./sections/parts.ts";
import { principlesSection } from "./sections/principles.ts";
import { costSection, provenanceSection } from "./sections/provenance.ts";
import { qualitySection } from "./sections/quality.ts";
import { ratesSection } from "./sections/rates.ts";
import { reinforcementSection } from "./sections/reinforcement.ts";
import { replaySection } from "./sections/replay.ts";
import { revisionsSection } from "./sections/revisions.ts";
import { rolesSection } from "./sections/roles.ts";
import { tradeoffSection } from "./sections/tradeoff.ts";
import { styleSheet } from "./style.ts";

/**
 * The whole page: no script, no font, no request. The policy in its head refuses all three, should a record ever get
 * past the escaping. The same data gives the same bytes.
 */
export function renderPage(data: ReportData): string {
  const all: readonly (Section | undefined)[] = [
    examplesSection(data),
    ratesSection(data),
    tradeoffSection(data),
    principlesSection(data),
    eachPrincipleSection(data),
    rolesSection(data),
    revisionsSection(data),
    reinforcementSection(data),
    labelsSection(data),
    ...qualitySection(data),
    replaySection(data),
    costSection(data),
    provenanceSection(data),
  ];
  // What a run has nothing to say about is not spoken of.
  const sections = all.filter((section) => section !== undefined);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${data.name} · Precept</title>
<style>${trust(styleSheet)}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the report</a>
<div class="page">
<nav aria-label="Contents"><ol>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ol></nav>
<main id="content">
${headline(data)}
${sections.map(({ id, title, body }) => html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>\n${body}</section>\n`)}
</main>
</div>
</body>
</html>
`;
  return page.toString();
}
