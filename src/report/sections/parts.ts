import { boundsOf } from "../../evaluation/index.ts";
import type { Message } from "../../language-model.ts";
import { isEstimate, type Measured } from "../../statistics/index.ts";
import { count, percent, percentRange } from "../format.ts";
import { type Html, html, type Part } from "../html.ts";
import { checkpointLabel } from "../names.ts";

/** One part of the page. `id` is its anchor. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

/** What a section says when its data is not there. */
export function showNothing(...text: readonly Part[]): Html {
  return html`<p class="absent">${text}</p>`;
}

/** A table that scrolls by itself on narrow screens, reachable by keyboard. */
export function table(label: string, head: Part, rows: Part, caption?: Part): Html {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table>
${caption === undefined ? undefined : html`<caption><span>${caption}</span></caption>`}
<thead><tr>${head}</tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

/** Estimate, interval, n and what is undetermined in one cell, with more below; a dash where nothing was measured. */
export function rateCell(rate: Measured | undefined, below?: Html): Html {
  const bounds = boundsOf(rate);
  const open =
    bounds === undefined
      ? undefined
      : html`<span class="ci" title="if none of those without a verdict counted, and if all did">${count(bounds.n)} undetermined: ${percentRange(bounds)}</span>`;
  if (!isEstimate(rate)) return html`<td class="num"><span class="n" title="not measured">–</span>${open}${below}</td>`;
  return html`<td class="num">${percent(rate.estimate)}<span class="ci">${percentRange(rate)} <span class="n">n ${count(rate.n)}</span></span>${open}${below}</td>`;
}

export function checkpointName(name: string): Html {
  return html`<span class="${/^(?:initial|sl-cai|dpo|rl-cai)$/u.test(name) ? name : ""}">${checkpointLabel(name)}</span>`;
}

/** A dialogue as text; roles are named only where more than one turn was made. */
export function dialogue(messages: readonly Message[]): Html {
  const [only, ...rest] = messages;
  if (only !== undefined && rest.length === 0) return html`${only.content}`;
  return html`${messages.map(({ role, content }) => html`<span class="tag">${role}</span> ${content}<br>`)}`;
}

/** One of the facts that a page leads with. */
export function fact(name: string, value: Part): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}
