import { drawFigure, histogramFigure } from "../../../../src/charts/index.ts";
import type { FeatureFound, FeatureView, LogitEffect } from "../../../../src/view/source-inside.ts";
import { formatCount, formatPercent } from "../../format.ts";
import { useKeys, useLoaded } from "../../hooks.ts";
import { Chart } from "../../parts/chart.tsx";
import { copyLink } from "../../parts/shell.tsx";
import { IntervalWords, Message, Waiting } from "../../parts/words.tsx";
import { linkTo } from "../../route.ts";
import { openRoute, source } from "../../state.ts";
import { nameOf, Reviewed, wholePercent } from "./changed.tsx";
import { FeatureExamples } from "./feature-examples.tsx";

interface Props {
  readonly run: string;
  readonly name: string;
  readonly number: string;
}

/** A feature as the paper shows one: when it is active, what it does, what it is nearest to. */
export function FeaturePageView({ run, name, number }: Props) {
  const { value: view, error } = useLoaded(`inside ${run} features/${name}/${number}`, () =>
    source.ask<FeatureView>(run, ["inside", "features", name, number]),
  );
  const goTo = (feature: number | null | undefined): void => {
    if (feature != null) openRoute({ run, page: "inside", id: `features/${name}/${feature}`, query: "" });
  };
  useKeys({
    next: () => goTo(view?.next),
    previous: () => goTo(view?.previous),
    back: () => openRoute({ run, page: "inside", id: `features/${name}`, query: "" }),
  });
  if (error !== undefined) return <Message error={error} />;
  return (
    <main id="main" class="page inside" tabIndex={-1}>
      <p class="kicker">
        <a href={linkTo(run, "inside")}>Inside</a> · <a href={linkTo(run, "inside", `features/${name}`)}>{name}</a>{" "}
        <button type="button" class="button small" onClick={() => void copyLink()}>
          Copy link
        </button>
      </p>
      <h1>Feature {number}</h1>
      {view === undefined ? <Waiting for="the feature" /> : <Whole run={run} view={view} />}
    </main>
  );
}

function Whole({ run, view }: { readonly run: string; readonly view: FeatureView }) {
  const { dictionary, found, command, previous, next, change, review, best } = view;
  const link = (feature: number, word: string, key: string) => (
    <a class="button small" href={linkTo(run, "inside", `features/${dictionary.name}/${feature}`)}>
      {word} {feature} <kbd>{key}</kbd>
    </a>
  );
  return (
    <>
      <div class="tools middle">
        {previous === null ? null : link(previous, "Previous:", "k")}
        {next === null ? null : link(next, "Next:", "j")}
      </div>
      {found === null ? (
        <p class="note">
          Its page was not made: <code>{command}</code>
        </p>
      ) : (
        <Found run={run} dictionary={dictionary.name} found={found} best={best} />
      )}
      {change === null ? null : (
        <section>
          <h2>
            What training changed: {nameOf(change.before)} → {nameOf(change.after)}
          </h2>
          {change.changes.map(({ side, before, after, groups, examples: [example] }) => (
            <div key={side}>
              <p>
                Active in {wholePercent(before)} % of {side}s before and {wholePercent(after)} % after; most under{" "}
                {groups
                  .slice(0, 3)
                  .map((one) => `${one.group} (${wholePercent(one.before)} → ${wholePercent(one.after)})`)
                  .join(", ")}
                .
              </p>
              {example === undefined ? null : (
                <dl class="before-after">
                  <dt>Request</dt>
                  <dd dir="auto">{example.request}</dd>
                  <dt>{nameOf(change.before)}</dt>
                  <dd dir="auto">{example.before}</dd>
                  <dt>{nameOf(change.after)}</dt>
                  <dd dir="auto">{example.after}</dd>
                </dl>
              )}
            </div>
          ))}
          {review === null ? null : <Reviewed run={run} of={review} before={change.before} after={change.after} />}
        </section>
      )}
      {found === null ? null : <FeatureExamples page={found.page} />}
    </>
  );
}

interface FoundProps {
  readonly run: string;
  readonly dictionary: string;
  readonly found: FeatureFound;
  readonly best: readonly string[];
}

function Found({ run, found, best }: FoundProps) {
  const { page, attribute, explanation, twin } = found;
  const { density, tokens, mean, max, neurons, logits } = page;
  return (
    <>
      {explanation === undefined ? null : (
        <p class="lede" dir="auto">
          {explanation.text}
        </p>
      )}
      <dl class="facts wide">
        {explanation === undefined ? null : (
          <>
            <dt>The sentence, told from texts that it was not shown</dt>
            <dd>
              {explanation.score == null ? (
                "no verdict"
              ) : (
                <>
                  {formatPercent(explanation.score.estimate)} % <IntervalWords of={explanation.score} withN />, chance
                  50 %
                </>
              )}
            </dd>
          </>
        )}
        <dt>Active</dt>
        <dd>
          at {(100 * density).toFixed(2)} % of {formatCount(tokens)} tokens, {mean.toFixed(2)} on average,{" "}
          {max.toFixed(2)} at most
        </dd>
        {attribute === undefined ? null : (
          <>
            <dt>Oracle</dt>
            <dd>
              tells {attribute.group} <b>{attribute.name}</b> with F1 {attribute.f1.toFixed(2)}{" "}
              <span class="interval">
                {attribute.low.toFixed(2)}–{attribute.high.toFixed(2)}
              </span>
            </dd>
          </>
        )}
        {best.length === 0 ? null : (
          <>
            <dt>No feature knows better</dt>
            <dd>{best.join(", ")}</dd>
          </>
        )}
        {twin === undefined ? null : (
          <>
            <dt>Nearest of another seed</dt>
            <dd>
              <a href={linkTo(run, "inside", `features/${twin.dictionary}/${twin.feature}`)}>
                {twin.dictionary}/{twin.feature}
              </a>{" "}
              (r {twin.correlation.toFixed(2)})
            </dd>
          </>
        )}
        <dt>Nearest numbers of the site</dt>
        <dd>{neurons.map(({ neuron, correlation }) => `${neuron} (r ${correlation.toFixed(2)})`).join(" · ")}</dd>
      </dl>
      <div class="feature-charts">
        <figure>
          <Chart most={560} draw={(width) => drawFigure(histogramOf(found), width)} />
          <figcaption>
            {attribute === undefined
              ? "Activations that are not 0."
              : `Activations that are not 0, in ${attribute.side}s of which ${attribute.group} ${attribute.name} holds and in others.`}
          </figcaption>
        </figure>
        <div class="logits">
          <Effects title="Makes likelier" of={logits.up} />
          <Effects title="Makes unlikelier" of={logits.down} />
        </div>
      </div>
    </>
  );
}

function histogramOf({ page, attribute }: FeatureFound): ReturnType<typeof histogramFigure> {
  const axis = "activation";
  if (attribute === undefined) {
    const parts = [{ label: "tokens", colour: "var(--sl-cai)", counts: page.histogram }];
    return histogramFigure({ title: "Tokens by activation", axis, max: page.max, parts });
  }
  const { name, max, holds, others } = attribute;
  return histogramFigure({
    ...{ title: "Tokens by activation", axis, max },
    parts: [
      { label: `${name} holds`, colour: "var(--sl-cai)", counts: holds },
      { label: "others", colour: "var(--initial)", counts: others },
    ],
  });
}

function Effects({ title, of }: { readonly title: string; readonly of: readonly LogitEffect[] }) {
  const most = Math.max(...of.map(({ effect }) => Math.abs(effect)), 1e-9);
  return (
    <div>
      <h2 class="small">{title}</h2>
      <ol>
        {of.map(({ token, effect }, i) => (
          <li key={`${i}`}>
            <code>{token === "" ? "␣" : token}</code>
            <span class="effect" aria-hidden="true">
              <span
                class={effect < 0 ? "falls" : "rises"}
                style={{ width: `${Math.round((100 * Math.abs(effect)) / most)}%` }}
              />
            </span>
            <span class="num">
              {effect < 0 ? "−" : "+"}
              {Math.abs(effect).toFixed(2)}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}
