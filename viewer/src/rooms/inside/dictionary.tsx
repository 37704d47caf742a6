import type { BestFinder, DictionaryEvaluation, DictionaryPage } from "../../../../src/view/source-inside.ts";
import { formatCount, formatPercent } from "../../format.ts";
import { useKeys, useLoaded } from "../../hooks.ts";
import { ScrollBox } from "../../parts/scroll-box.tsx";
import { IntervalWords, Message, Waiting } from "../../parts/words.tsx";
import { linkTo } from "../../route.ts";
import { openRoute, source } from "../../state.ts";
import { Changed } from "./changed.tsx";

/** A dictionary: what it costs the model, what its features know, and what changed between two checkpoints. */
export function DictionaryView({ run, name }: { readonly run: string; readonly name: string }) {
  const { value: page, error } = useLoaded(`inside ${run} features/${name}`, () =>
    source.ask<DictionaryPage>(run, ["inside", "features", name]),
  );
  useKeys({ back: () => openRoute({ run, page: "inside", id: null, query: "" }) });
  if (error !== undefined) return <Message error={error} />;
  return (
    <main id="main" class="page inside" tabIndex={-1}>
      <p class="kicker">
        <a href={linkTo(run, "inside")}>Inside</a> · dictionary of features
      </p>
      <h1>{name}</h1>
      {page === undefined ? <Waiting for="the dictionary" /> : <Whole run={run} page={page} />}
    </main>
  );
}

function Whole({ run, page }: { readonly run: string; readonly page: DictionaryPage }) {
  const { line, evaluation, diff, pages, commands } = page;
  return (
    <>
      <p class="meta">
        {line.models.join(" and ")} at <code>{line.site}</code>
        {line.rebuilt === undefined ? "" : ` to ${line.rebuilt}`} · {formatCount(line.size)} features, {line.kind}
        {line.kind === "l1" ? "" : ` of ${line.k}`} · seed {line.seed} · {formatCount(line.read)} activations read ·{" "}
        {line.l0.toFixed(1)} active per token · {formatPercent(line.unexplained)} % of the variance left ·{" "}
        {formatCount(line.dead)} dead
      </p>
      {diff === null ? null : <Changed run={run} dictionary={line.name} diff={diff} />}
      {evaluation === null ? (
        <p class="under gap">
          What it is worth was not measured: <code>{commands.evaluate}</code>
        </p>
      ) : (
        <Evaluation run={run} dictionary={line.name} evaluation={evaluation} />
      )}
      <section>
        <h2>Feature pages</h2>
        {pages.length === 0 ? null : (
          <ul class="feature-links">
            {pages.map((feature) => (
              <li key={feature}>
                <a href={linkTo(run, "inside", `features/${line.name}/${feature}`)}>{feature}</a>
              </li>
            ))}
          </ul>
        )}
        <p class="meta">
          Of another one: <code>{commands.show}</code>
        </p>
      </section>
    </>
  );
}

interface EvaluationProps {
  readonly run: string;
  readonly dictionary: string;
  readonly evaluation: DictionaryEvaluation;
}

function Evaluation({ run, dictionary, evaluation }: EvaluationProps) {
  const { loss, size, silent, ultralow, attributes } = evaluation;
  const groups = [...Map.groupBy(attributes, ({ group }) => group)];
  return (
    <>
      <section>
        <h2>What it costs the model</h2>
        <dl class="facts wide">
          <dt>Loss recovered against the mean</dt>
          <dd>
            {formatPercent(loss.recovered.estimate)} % <IntervalWords of={loss.recovered} withN />
          </dd>
          <dt>Against 0, where anything looks good</dt>
          <dd>{formatPercent(loss.recoveredAgainstZero)} %</dd>
          <dt>Nats per token: model, rebuilt, at its mean, at 0</dt>
          <dd>
            {[loss.model, loss.rebuilt, loss.meanAblated, loss.zeroAblated].map((nats) => nats.toFixed(3)).join(" · ")}
          </dd>
          <dt>Variance left</dt>
          <dd>{formatPercent(loss.unexplained)} %</dd>
          <dt>Silent, and active in fewer than one text in 200</dt>
          <dd>
            {formatCount(silent)} and {formatCount(ultralow)} of {formatCount(size)}
          </dd>
        </dl>
      </section>
      {groups.length === 0 ? null : (
        <section>
          <h2>What one feature knows</h2>
          <p class="under">
            F1 of the best feature for what the oracle knows, on texts that did not choose it; beside it a probe of all
            numbers, the best single number, the best of as many random directions, and the same recipe on a network
            that was never trained. The oracle only measures.
          </p>
          {groups.map(([group, rows]) => (
            <Group key={group} run={run} dictionary={dictionary} group={group} rows={rows} />
          ))}
        </section>
      )}
    </>
  );
}

interface GroupProps {
  readonly run: string;
  readonly dictionary: string;
  readonly group: string;
  readonly rows: DictionaryEvaluation["attributes"];
}

const good = 0.8;
/** Longer groups are counted alone. */
const longest = 24;

function Group({ run, dictionary, group, rows }: GroupProps) {
  const finders = [...new Set(rows.flatMap(({ best }) => Object.keys(best)))];
  const counts = finders.map((finder) => {
    const found = rows.filter(({ best }) => (best[finder]?.f1 ?? 0) > good).length;
    return `${finder} ${formatCount(found)}`;
  });
  const summary = `Of ${formatCount(rows.length)} with F1 above ${good}: ${counts.join(" · ")}`;
  return (
    <>
      <h3>{group}</h3>
      <p class="meta">{summary}</p>
      {rows.length > longest ? null : (
        <ScrollBox label={`F1 by ${group}`}>
          <table class="f1">
            <thead>
              <tr>
                <th scope="col">{group}</th>
                <th scope="col">Read in</th>
                {finders.map((finder) => (
                  <th scope="col" class="num" key={finder}>
                    {finder}
                  </th>
                ))}
                <th scope="col" class="num">
                  Holds of
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ name, side, best }) => (
                <tr key={`${name} ${side}`}>
                  <th scope="row">
                    {name}
                    {best["feature"] === undefined ? null : (
                      <a
                        class="meta block"
                        href={linkTo(run, "inside", `features/${dictionary}/${best["feature"].unit}`)}
                      >
                        feature {best["feature"].unit}
                      </a>
                    )}
                  </th>
                  <td>{side}</td>
                  {finders.map((finder) => (
                    <F1 key={finder} of={best[finder]} />
                  ))}
                  <td class="num">
                    {formatCount(best["feature"]?.positives ?? 0)} of {formatCount(best["feature"]?.n ?? 0)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollBox>
      )}
    </>
  );
}

function F1({ of }: { readonly of: BestFinder | undefined }) {
  if (of === undefined) return <td class="num">–</td>;
  return (
    <td class={of.f1 > good ? "num good" : "num"}>
      {of.f1.toFixed(2)}
      <span class="interval block">
        {of.low.toFixed(2)}–{of.high.toFixed(2)}
      </span>
    </td>
  );
}
