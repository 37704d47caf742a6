import { histogramFigure } from "../../charts/index.ts";
import type { KeptFeature } from "../../inside/index.ts";
import { drawChart } from "../charts.ts";
import { count, percent, percentRange } from "../format.ts";
import { type Html, html } from "../html.ts";

/** A feature's page, folded: when it is active, what it does, examples of every sixth of its range. */
export function featurePart(dictionary: string, { page, attribute, explanation, twin }: KeptFeature): Html {
  const { feature, density, tokens, mean, max, logits, neurons, examples } = page;
  const effects = (side: KeptFeature["page"]["logits"]["up"]): Html =>
    html`${side.map(({ token, effect }) => html`<code>${token}</code> ${formatEffect(effect)} `)}`;
  return html`<details class="page-of" id="feature-${dictionary}-${feature}"><summary><strong>Feature ${feature}</strong>${attribute === undefined ? undefined : html` <span class="meta">${attribute.group} ${attribute.name}, F1 ${attribute.f1.toFixed(2)}</span>`}</summary>
${explanation === undefined ? undefined : html`<p>${explanation.text} <span class="meta">${explanation.score === undefined ? "no verdict" : `told ${percent(explanation.score.estimate)} (${percentRange(explanation.score)}, n ${count(explanation.score.n)}) of texts that it was not shown; chance 50 %`}</span></p>`}
<p class="meta">Active at ${(100 * density).toFixed(2)} % of ${count(tokens)} tokens, ${mean.toFixed(2)} on average, ${max.toFixed(2)} at most.${attribute === undefined ? undefined : ` Tells ${attribute.group} ${attribute.name} with F1 ${attribute.f1.toFixed(2)} (${attribute.low.toFixed(2)}–${attribute.high.toFixed(2)}).`}${twin === undefined ? undefined : ` Nearest of another seed: ${twin.dictionary}/${twin.feature}, r ${twin.correlation.toFixed(2)}.`}</p>
<figure>${histogramPart(page, attribute)}</figure>
<dl class="provenance"><dt>Makes likelier</dt><dd>${effects(logits.up)}</dd><dt>Makes unlikelier</dt><dd>${effects(logits.down)}</dd><dt>Nearest numbers of the site</dt><dd>${neurons.map(({ neuron, correlation }) => `${neuron} (r ${correlation.toFixed(2)})`).join(" · ")}</dd></dl>
${[...Map.groupBy(examples, ({ interval }) => interval)].map(
  ([interval, own]) =>
    html`<h4>${interval === "top" ? "Highest" : `Activation ${(((interval - 1) / parts) * max).toFixed(2)} to ${((interval / parts) * max).toFixed(2)}`}</h4>${own.map((example) => examplePart(example, max))}`,
)}</details>`;
}

const parts = 6;
/** Nats from which a word is said to move. */
const least = 0.05;
/** Words on either side of the peak. */
const around = 16;

function histogramPart(page: KeptFeature["page"], attribute: KeptFeature["attribute"]): Html {
  const title = "Tokens by activation";
  return drawChart(() =>
    attribute === undefined
      ? histogramFigure({
          ...{ title, axis: "activation", max: page.max },
          parts: [{ label: "tokens", colour: "var(--sl-cai)", counts: page.histogram }],
        })
      : histogramFigure({
          ...{ title, axis: "activation", max: attribute.max },
          parts: [
            { label: `${attribute.name} holds`, colour: "var(--sl-cai)", counts: attribute.holds },
            { label: "others", colour: "var(--initial)", counts: attribute.others },
          ],
        }),
  );
}

function examplePart(
  { tokens, activations, effects, peak }: KeptFeature["page"]["examples"][number],
  max: number,
): Html {
  const [from, to] = [Math.max(0, peak - around), Math.min(tokens.length, peak + around)];
  const words = tokens.slice(from, to).map((token, i) => {
    const share = (activations[from + i] ?? 0) / max;
    return share > 0
      ? html`<span class="token" style="--share: ${Math.max(8, Math.round(44 * share))}%">${token}</span> `
      : html`${token} `;
  });
  const moved = [...effects.keys()]
    .filter((t) => Math.abs(effects[t] ?? 0) > least)
    .sort((a, b) => Math.abs(effects[b] ?? 0) - Math.abs(effects[a] ?? 0))
    .slice(0, 4)
    .map((t) => `${tokens[t]} ${formatEffect(effects[t] ?? 0)}`);
  return html`<p>${words}<span class="ci">${(activations[peak] ?? 0).toFixed(2)} at “${tokens[peak]}”</span>${moved.length === 0 ? undefined : html`<span class="meta"> without it: ${moved.join(", ")}</span>`}</p>`;
}

const formatEffect = (value: number): string => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
