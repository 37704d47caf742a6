import { contentPolicy } from "./content-policy.ts";
import { type Html, html, trust } from "./html.ts";
import type { Section } from "./sections/parts.ts";
import { styleSheet } from "./style.ts";

export interface Document {
  readonly title: string;
  readonly header: Html;
  /** Those that have nothing to say are left out. */
  readonly sections: readonly (Section | undefined)[];
}

const policy = contentPolicy({ "style-src": "'unsafe-inline'", "img-src": "data:" });

/**
 * A whole page: no script, no font, no request. The policy in its head refuses all three, should a record ever get past the
 * escaping. The same data gives the same bytes.
 */
export function renderDocument({ title, header, sections: all }: Document): string {
  const sections = all.filter((section) => section !== undefined);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trust(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${title} · Precept</title>
<style>${trust(styleSheet)}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the report</a>
<div class="page">
<nav aria-label="Contents"><ol>${sections.map(({ id, title: name }) => html`<li><a href="#${id}">${name}</a></li>`)}</ol></nav>
<main id="content">
${header}
${sections.map(({ id, title: name, body }) => html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${name}</h2>\n${body}</section>\n`)}
</main>
</div>
</body>
</html>
`;
  return page.toString();
}
