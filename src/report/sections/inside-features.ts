import type { KeptDictionary, KeptDiff, KeptEvaluation } from "../../inside/index.ts";
import { count, formatPoints, number, percent, percentRange } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { InsideData } from "../inside-data.ts";
import { featurePart } from "./inside-feature.ts";
import { type Section, table } from "./parts.ts";

/** Changed features, and attributes of a group, that are shown. */
const [mostChanged, mostAttributes] = [12, 24];

/** What a checkpoint represents, which of it training changed, and pages of some features. */
export function insideFeaturesSection(inside: InsideData | undefined): Section | undefined {
  if (inside === undefined || inside.dictionaries.length === 0) return undefined;
  const { dictionaries, features } = inside;
  return {
    id: "features",
    title: "Features",
    body: html`${dictionariesTable(dictionaries)}
${dictionaries.map((dictionary) => dictionaryPart(dictionary, features[dictionary.name] ?? []))}`,
  };
}

function dictionariesTable(dictionaries: readonly KeptDictionary[]): Html {
  const head = html`<th scope="col">Dictionary</th><th scope="col" class="num">Features</th><th scope="col" class="num">Active per token</th><th scope="col" class="num">Loss recovered</th><th scope="col" class="num">Variance left</th><th scope="col" class="num">Changed</th>`;
  const rows = dictionaries.map(({ name, card, evaluation, diff }) => {
    const recovered = evaluation?.loss.recovered;
    return html`<tr><th scope="row">${name}<span class="meta">${card.models.join(" and ")} at ${card.site}</span></th><td class="num">${count(card.size)}</td><td class="num">${card.l0.toFixed(1)}</td><td class="num">${recovered === undefined ? html`<span class="n">not measured</span>` : html`${percent(recovered.estimate)}<span class="ci">${percentRange(recovered)} <span class="n">n ${count(recovered.n)}</span></span>`}</td><td class="num">${percent(card.unexplained)}</td><td class="num">${diff === undefined ? "–" : count(diff.changed.length)}</td></tr>`;
  });
  return table(
    "Dictionaries",
    head,
    rows,
    "Loss recovered is against the site at its mean, with 95 % intervals over texts. Changed: rates of features that differ between two checkpoints, q ≤ 0.01.",
  );
}

function dictionaryPart(
  { name, evaluation, diff }: KeptDictionary,
  features: InsideData["features"][string],
): Html | undefined {
  if (evaluation === undefined && diff === undefined && features.length === 0) return undefined;
  return html`<h3>${name}</h3>
${diff === undefined ? undefined : diffPart(diff)}
${evaluation === undefined ? undefined : attributesPart(evaluation)}
${features.map((feature) => featurePart(name, feature))}`;
}

function attributesPart({ attributes }: KeptEvaluation): Html {
  const groups = [...Map.groupBy(attributes, ({ group }) => group)];
  return html`${groups.map(([group, rows]) => {
    const finders = [...new Set(rows.flatMap(({ best }) => Object.keys(best)))];
    const counts = finders.map((finder) => {
      const good = rows.filter(({ best }) => (best[finder]?.f1 ?? 0) > 0.8).length;
      return `${finder} ${good}`;
    });
    const caption = `${group}: of ${count(rows.length)} found with F1 above 0.8: ${counts.join(", ")}.`;
    if (rows.length > mostAttributes) return html`<p class="meta">${caption}</p>`;
    const head = html`<th scope="col">${group}</th><th scope="col">Read in</th>${finders.map((finder) => html`<th scope="col" class="num">${finder}</th>`)}<th scope="col" class="num">Holds of</th>`;
    const lines = rows.map(({ name, side, best }) => {
      const cells = finders.map((finder) => {
        const own = best[finder];
        if (own === undefined) return html`<td class="num">–</td>`;
        return html`<td class="num">${own.f1.toFixed(2)}<span class="ci">${own.low.toFixed(2)}–${own.high.toFixed(2)}</span></td>`;
      });
      return html`<tr><th scope="row">${name}${best["feature"] === undefined ? undefined : html`<span class="meta">feature ${best["feature"].unit}</span>`}</th><td>${side}</td>${cells}<td class="num">${count(best["feature"]?.positives ?? 0)} of ${count(best["feature"]?.n ?? 0)}</td></tr>`;
    });
    return table(
      `F1 by ${group}`,
      head,
      lines,
      `${caption} F1 of one feature on texts that did not choose it, beside a probe of all numbers of the site, its best single number, the best of as many random directions, and the same recipe on a network that was never trained. The oracle only measures.`,
    );
  })}`;
}

function diffPart({ before, after, n, features, changed, review = [] }: KeptDiff): Html {
  const head = html`<th scope="col">Feature</th><th scope="col">Read in</th><th scope="col" class="num">% of texts</th><th scope="col" class="num">Points</th><th scope="col">Most under</th>`;
  const rows = changed.slice(0, mostChanged).map(({ feature, side, before: was, after: is, difference, groups }) => {
    const under = groups
      .slice(0, 3)
      .map((one) => `${one.group} ${(100 * one.before).toFixed(0)}→${(100 * one.after).toFixed(0)}`);
    return html`<tr><th scope="row">${feature}</th><td>${side}</td><td class="num">${(100 * was).toFixed(0)} → ${(100 * is).toFixed(0)}</td><td class="num">${formatPoints(difference.estimate)}<span class="ci">${formatPoints(difference.low)} to ${formatPoints(difference.high)}</span></td><td>${under.join(", ")}</td></tr>`;
  });
  return html`${table(
    `What changed: ${before} to ${after}`,
    head,
    rows,
    `${before} → ${after}: ${count(changed.length)} of ${count(2 * features)} rates changed (q ≤ 0.01) over ${count(n)} requests that both answered. In a request the text is the same for both; in an answer it may be that the answer is another.`,
  )}
${review.map(
  ({
    feature,
    principle,
    effect,
    causes,
    shares,
  }) => html`<details><summary>Feature ${feature}, ${principle}: effect and cause</summary>
<p>Without it ${after} finds its own answers ${formatNats(effect.own)} nats likelier and ${before}’s ${formatNats(effect.other)}, on average over ${count(effect.n)} requests${effect.own < 0 && effect.other > 0 ? ": it holds the new answers up" : ""}.</p>
<p>Of the training examples it is active in ${shares.map(({ principleId, share, n: of }) => `${(100 * share).toFixed(0)} % of ${principleId}’s ${of}`).join(", ") || "none"}. Whether it was learned from them is for <code>precept attribute</code>.</p>
<ul class="plain">${causes.map(({ id, principleId, activation, text }) => html`<li>${activation.toFixed(2)} <code>${id}</code> (${principleId ?? "unrevised"}): ${text}</li>`)}</ul></details>`,
)}`;
}

const formatNats = (value: number): string => `${value > 0 ? "+" : ""}${number(value)}`;
