import type { CheckData } from "../check-data.ts";
import { count } from "../format.ts";
import { type Html, html } from "../html.ts";
import { type Section, table } from "./parts.ts";

const outcomes = {
  pass: ["fine", "✓ passed"],
  regression: ["broken", "✕ broken"],
  "not-enough-evidence": ["cannot-tell", "○ cannot tell"],
} as const;

/** What the configuration's gates said; nothing where it names none. */
export function gatesSection({ check }: CheckData): Section | undefined {
  const gated = check.subjects.filter(({ gates }) => gates.length > 0);
  if (gated.length === 0) return undefined;
  const head = html`<th scope="col">Gate</th><th scope="col">Outcome</th><th scope="col" class="num">n</th><th scope="col">Why</th>`;
  const tables = gated.map(({ name, gates }) =>
    table(
      `Gates of ${name}`,
      head,
      gates.map(({ name: gate, outcome, n, undetermined, why }) => {
        const [className, word] = outcomes[outcome];
        return html`<tr><th scope="row">${gate}</th><td><span class="word ${className}">${word}</span></td><td class="num">${count(n)}${undetermined === 0 ? undefined : html`<span class="ci">${count(undetermined)} undetermined</span>`}</td><td>${why}</td></tr>`;
      }),
      name,
    ),
  );
  return { id: "gates", title: "Gates", body: html`${tables}` };
}

const reasons: Readonly<Record<string, string>> = {
  "cannot-tell": "the judge cannot decide",
  "quote-missing": "a break without the words that show it",
  "quote-not-found": "words that the answer does not hold",
  unparsed: "a verdict that cannot be read",
  empty: "an answer that is empty",
  "judge-failed": "no answer of the judge",
};

/** What somebody should look at. */
export function alarmsSection(data: CheckData): Section | undefined {
  const items = checkAlarms(data);
  if (items.length === 0) return undefined;
  return {
    id: "alarms",
    title: "Worth a look",
    body: html`<ul class="alarms">${items.map((item) => html`<li>${item}</li>`)}</ul>`,
  };
}

/** Warnings, a judge that nobody has held against people, answers without a verdict. */
export function checkAlarms({ check, undetermined, folder }: CheckData): Html[] {
  const { standings, warnings, subjects } = check;
  const uncertified = new Set(standings.filter(({ state }) => state !== "valid").map(({ judge }) => judge.name));
  return [
    ...warnings.map((text) => html`${text}.`),
    ...(uncertified.size === 0
      ? []
      : [
          html`Nobody has held the judge against people, or no longer, for ${uncertified.size} of ${check.constitution.principles.length} principles: it may miss breaks, and see some that are none. <code>precept calibrate --principle ID --answers ${folder}</code>`,
        ]),
    ...subjects.flatMap(({ name, summary: { missing } }) =>
      Object.entries(missing).map(([reason, n]) => html`${name} gave no answer to ${count(n)} prompts (${reason}).`),
    ),
    ...undetermined.map(
      ({ subject, reason, n, sample }) =>
        html`${count(n)} of the verdicts on ${subject} say nothing: ${reasons[reason] ?? reason}.<details><summary>One of them</summary><p><strong>${sample.principleId}</strong>, <code>${sample.id}</code></p><blockquote dir="auto">${sample.text}</blockquote></details>`,
    ),
  ];
}
