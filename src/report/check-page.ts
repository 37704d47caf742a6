import type { CheckData } from "./check-data.ts";
import { renderDocument } from "./document.ts";
import { count, day } from "./format.ts";
import { type Html, html } from "./html.ts";
import { modelLabel, modelLabels } from "./names.ts";
import { type Card, cardPart } from "./sections/card.ts";
import { checkAnswersSection } from "./sections/check-answers.ts";
import { checkLede } from "./sections/check-lede.ts";
import { gatesSection } from "./sections/check-notes.ts";
import { checkRatesSection, checkRows, endsOf } from "./sections/check-rates.ts";
import { formatSpent, moneySection } from "./sections/money.ts";
import { fact, type Section } from "./sections/parts.ts";
import { checkAlarmsSection } from "./sections/run-alarms.ts";

/** The page of a check. */
export function renderCheckPage(data: CheckData): string {
  const { name, check } = data;
  return renderDocument({
    title: `${check.constitution.name}, ${name}`,
    header: checkHeader(data),
    sections: [
      checkRatesSection(data),
      checkAnswersSection(data),
      gatesSection(data),
      checkAlarmsSection(data),
      check.spent === undefined ? undefined : moneySection(check.spent),
      checkedSection(data),
    ],
  });
}

function checkHeader(data: CheckData): Html {
  const { check, columns } = data;
  const { constitution, judge, date, spent } = check;
  return html`<header>
<p class="kicker">Precept · check of a constitution · ${day(date)}</p>
<h1>${constitution.name}</h1>
<p class="lede">${checkLede(data)}</p>
<dl class="facts">
${fact(columns.length > 1 ? "Before → after" : "Bot", columns.map((column) => column.name).join(" → "))}
${fact("Judge", judge)}
${fact("Prompts", promptsOf(data))}
${spent === undefined ? undefined : fact("Spent", formatSpent(spent))}
</dl>
${cardPart(checkCard(data))}
</header>`;
}

/** "78: 56 probing, 22 harmless, 16 with several turns". */
function promptsOf({ check }: Pick<CheckData, "check">): string {
  const { redTeam, helpful, dialogues } = check.prompts;
  return [
    `${count(redTeam + helpful)}: ${count(redTeam)} probing, ${count(helpful)} harmless`,
    ...(dialogues === 0 ? [] : [`${count(dialogues)} with several turns`]),
    ...(check.samples === 1 ? [] : [`${count(check.samples)} answers each`]),
  ].join(", ");
}

function checkCard(data: CheckData): Card {
  const { check, columns } = data;
  const { constitution, judge, date, spent } = check;
  const shown = endsOf(columns).map(({ name }) => name);
  return {
    title: `${constitution.name}, ${constitution.principles.length} principles, ${day(date)}`,
    lines: [
      `${modelLabels(shown).join(" → ")}, judged by ${modelLabel(judge)}`,
      `prompts ${promptsOf({ check })}`,
      ...(spent === undefined ? [] : [formatSpent(spent)]),
    ],
    ...checkRows(data),
  };
}

/** Enough to make the check again. */
function checkedSection({ check, name }: CheckData): Section {
  const { constitution, command, date, subjects, about } = check;
  const summary = subjects[0]?.summary;
  const terms: readonly (readonly [string, Html])[] = [
    ["Folder", html`<code>${name}</code>`],
    ["Command", html`<code>precept ${command}</code>`],
    ["Judged at", html`${date}`],
    ["Constitution", html`${constitution.name}, <code>${constitution.hash}</code>`],
    ...(summary?.data ?? []).map(({ path, sha256 }) => [path, html`<code>${sha256}</code>`] as const),
    ...(about === undefined ? [] : [["Answers", html`${about}`] as const]),
    ...subjects.map(({ name, records }) => [`Answers of ${name}`, html`<code>${records}</code>`] as const),
  ];
  return {
    id: "provenance",
    title: "Provenance",
    body: html`<dl class="provenance">${terms.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
<p class="meta">A rate is as good as the judge behind it.</p>`,
  };
}
