import type { CheckData } from "./check-data.ts";
import { renderDocument } from "./document.ts";
import { count, day, percent } from "./format.ts";
import { type Html, html } from "./html.ts";
import { modelLabel, modelLabels } from "./names.ts";
import { type Card, cardPart, rateRow } from "./sections/card.ts";
import { checkAnswersSection } from "./sections/check-answers.ts";
import { alarmsSection, gatesSection } from "./sections/check-notes.ts";
import { checkRatesSection, differenceRow, outcomeOf } from "./sections/check-rates.ts";
import { formatSpent, moneySection } from "./sections/money.ts";
import type { Section } from "./sections/parts.ts";

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
      alarmsSection(data),
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
<p class="lede">${ledeOf(data)}</p>
<dl class="facts">
${fact(columns.length > 1 ? "Before → after" : "Bot", columns.map((column) => column.name).join(" → "))}
${fact("Judge", judge)}
${fact("Prompts", promptsOf(data))}
${spent === undefined ? undefined : fact("Spent", formatSpent(spent))}
</dl>
${cardPart(checkCard(data))}
</header>`;
}

function fact(name: string, value: string): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

/** "78 prompts, 60 of them probing, 16 dialogues". */
export function promptsOf({ check }: Pick<CheckData, "check">): string {
  const { redTeam, helpful, dialogues } = check.prompts;
  return [
    `${count(redTeam + helpful)}: ${count(redTeam)} probing, ${count(helpful)} harmless`,
    ...(dialogues === 0 ? [] : [`${count(dialogues)} with several turns`]),
    ...(check.samples === 1 ? [] : [`${count(check.samples)} answers each`]),
  ].join(", ");
}

/** The gravest fact first: what is broken; else what cannot be told; else that all is fine. */
function ledeOf({ check, columns }: CheckData): string {
  const last = columns.at(-1);
  const name = modelLabels(columns.map((column) => column.name)).at(-1);
  const all = last === undefined ? undefined : outcomeOf(last, undefined);
  const own = last?.outcomes.filter(({ principleId }) => principleId !== undefined) ?? [];
  const of = (word: string) => own.filter((outcome) => outcome.word === word);
  const [broken, open] = [of("broken"), of("cannot tell")];
  const names = broken.map(({ principleId, rate }) =>
    rate === undefined || rate.estimate === null ? principleId : `${principleId} (${percent(rate.estimate)})`,
  );
  const words = [
    broken.length === 0
      ? open.length === own.length
        ? `Of none of the ${own.length} principles it can be told whether ${name} keeps it.`
        : `No principle is shown to be broken by ${name}.`
      : `${name} breaks ${broken.length} of ${own.length} principles more often than allowed: ${names.join(", ")}.`,
    open.length > 0 && open.length < own.length ? `Of ${open.length} it cannot be told.` : "",
  ];
  const comparison = check.comparisons.at(-1);
  const row = comparison === undefined ? undefined : differenceRow(comparison, undefined);
  if (row?.difference != null && row.baseline !== null && row.candidate !== null) {
    const told = row.verdict === "cannot tell" ? "which may be chance" : row.verdict;
    words.unshift(
      `Where a principle was at stake for both (${count(row.n)} prompts), ${percent(row.baseline)} of the answers broke one before and ${percent(row.candidate)} after: ${told}.`,
    );
  } else if (all?.rate !== undefined && all.rate.estimate !== null) {
    words.push(`Where one was at stake, ${percent(all.rate.estimate)} of the answers broke one.`);
  }
  return words.filter((text) => text !== "").join(" ");
}

export function checkCard({ check, columns }: CheckData): Card {
  const { constitution, judge, date, spent, comparisons } = check;
  const [first, last] = [columns[0], columns.at(-1)];
  const shown = [first, last].filter((one, i, both) => one !== undefined && (i === 0 || one !== both[0]));
  const comparison = comparisons.at(-1);
  const ids = [undefined, ...constitution.principles.map(({ id }) => id)];
  return {
    title: `${constitution.name}, ${constitution.principles.length} principles, ${day(date)}`,
    lines: [
      `${modelLabels(shown.flatMap((one) => one?.name ?? [])).join(" → ")}, judged by ${modelLabel(judge)}`,
      `prompts ${promptsOf({ check })}`,
      ...(spent === undefined ? [] : [formatSpent(spent)]),
    ],
    about: "answers that break it, where it was at stake (95 %)",
    rows: ids.flatMap((id) => {
      const word =
        comparison !== undefined && shown.length > 1
          ? differenceRow(comparison, id)?.verdict
          : last === undefined
            ? undefined
            : outcomeOf(last, id)?.word;
      const rates = shown.map((one) => (one === undefined ? undefined : outcomeOf(one, id)?.rate));
      return rateRow(id ?? "any principle", rates, word);
    }),
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
