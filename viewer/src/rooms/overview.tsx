import { colourOf, drawIntervals } from "../../../src/charts/index.ts";
import { formatQuery } from "../../../src/view/query/index.ts";
import type { Figure, RunPage, WorthALook } from "../../../src/view/source.ts";
import { formatCount, formatPercent, formatSeconds, shortenHash } from "../format.ts";
import { useLoaded } from "../hooks.ts";
import { Chart } from "../parts/chart.tsx";
import { LiveProgress } from "../parts/live-progress.tsx";
import { TrainingStage } from "../parts/multiples.tsx";
import { Notices } from "../parts/notices.tsx";
import { ScrollBox } from "../parts/scroll-box.tsx";
import { classOf, IntervalWords, nameStage, Waiting, Words } from "../parts/words.tsx";
import type { RoomProps } from "../room.ts";
import { formatRoute, linkTo } from "../route.ts";
import { source } from "../state.ts";

/** What a run did: its gravest fact, figures, what is worth a look, what was made, where it comes from. */
export function Overview({ run, page }: RoomProps) {
  return page === undefined ? <Waiting for={run} /> : <Whole run={run} page={page} />;
}

function Whole({ run, page }: { readonly run: string; readonly page: RunPage }) {
  const { line } = page;
  const isPlain = page.plain !== null && page.plain !== undefined;
  const facts = [
    line.of ?? line.kind,
    line.seed === null ? null : `seed ${line.seed}`,
    isPlain
      ? "of another version"
      : `${line.state === "unfinished" ? "stopped" : line.state} ${line.state === "done" ? "in" : "after"} ${formatSeconds(page.stages.reduce((sum, { seconds }) => sum + seconds, 0))}`,
    line.cost === null ? null : `$${line.cost.toFixed(2)}`,
  ].filter((fact) => fact !== null);
  return (
    <main id="main" class="page" tabIndex={-1}>
      <p class="kicker">Run · {facts.join(" · ")}</p>
      <h1 class="big">{line.name}</h1>
      {page.sentence === null ? null : (
        <p class="lede">
          <Words of={page.sentence} />
        </p>
      )}
      <Notices of={page.notices} />
      <LiveProgress run={run} />
      {isPlain ? <pre class="raw">{JSON.stringify(page.plain, null, 2)}</pre> : null}
      {page.figures.length === 0 ? null : (
        <div class="figures">
          {page.figures.map((figure) => (
            <FigureOf key={figure.metric} figure={figure} />
          ))}
        </div>
      )}
      {isPlain ? null : (
        <div class="columns">
          <div>
            <WorthLooking run={run} lines={page.worthALook} />
            {page.rooms.some(({ room }) => room === "training") ? <Curves run={run} /> : null}
            <Stages page={page} />
          </div>
          <Beside page={page} />
        </div>
      )}
    </main>
  );
}

export function FigureOf({ figure }: { readonly figure: Figure }) {
  const rows = figure.rates.map(({ checkpoint, label, rate }) => ({ ...rate, label, colour: colourOf(checkpoint) }));
  const ns = [...new Set(figure.rates.map(({ rate }) => rate.n))].map(formatCount).join(" / ");
  return (
    <section class="figure">
      <h2>{figure.label}</h2>
      <p class="meta">
        {figure.definition} <span class="num block">n {ns}</span>
      </p>
      <dl>
        {figure.rates.map(({ checkpoint, label, rate }) => (
          <>
            <dt class={classOf(checkpoint)}>{label}</dt>
            <dd>
              <b>{formatPercent(rate.estimate)}</b> % <IntervalWords of={rate} />
            </dd>
          </>
        ))}
      </dl>
      <Chart bare draw={(width) => drawIntervals(figure.label, rows, width)} />
    </section>
  );
}

function WorthLooking({ run, lines }: { readonly run: string; readonly lines: readonly WorthALook[] }) {
  if (lines.length === 0) return null;
  return (
    <section>
      <h2>Worth a look</h2>
      <p class="under">Nothing here is wrong by itself. Each line opens the records it counts.</p>
      <ul class="look">
        {lines.map(({ count, words, detail, opens, examples }, i) => {
          const inner = (
            <>
              <span class="count">{count === null ? <span class="alarm">▲</span> : formatCount(count)}</span>
              <span class="why">
                <Words of={words} />
                {detail === null ? null : (
                  <small>
                    <Words of={detail} />
                  </small>
                )}
              </span>
            </>
          );
          return (
            <li key={`${i}`}>
              {opens === null ? (
                <div>{inner}</div>
              ) : (
                <a href={formatRoute({ run, page: opens.room, id: null, query: formatQuery(opens.query) })}>
                  {inner}
                  <span class="go">Open</span>
                </a>
              )}
              {opens !== null || examples.length === 0 ? null : (
                <p class="meta examples">
                  {examples.map(({ id, text }) => (
                    <a key={id} href={linkTo(run, "record", id)}>
                      {text}
                    </a>
                  ))}
                </p>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** Reward, KL and what else is shown first of the last training. */
function Curves({ run }: { readonly run: string }) {
  const { value } = useLoaded(run, () => source.series(run));
  const stage = value?.at(-1)?.stage;
  const main = value?.filter((one) => one.stage === stage && one.isMain).slice(0, 3) ?? [];
  return stage === undefined || main.length === 0 ? null : (
    <TrainingStage stage={stage} runs={[{ run, series: main }]} isLog={false} isSmooth={false} />
  );
}

function Stages({ page }: { readonly page: RunPage }) {
  if (page.stages.length === 0) return null;
  return (
    <section>
      <h2>Stages</h2>
      <ScrollBox label="Stages">
        <table class="stages">
          <thead>
            <tr>
              <th scope="col">Stage</th>
              <th scope="col" class="num">
                Time
              </th>
              <th scope="col" class="num">
                Tokens
              </th>
              <th scope="col">Records</th>
            </tr>
          </thead>
          <tbody>
            {page.stages.map(({ name, status, seconds, tokens, records }) => (
              <tr key={name}>
                <th scope="row">
                  {nameStage(name)}
                  {status === "done" ? null : <span class="meta"> {status}</span>}
                </th>
                <td class="num">{formatSeconds(seconds)}</td>
                <td class="num">{tokens === null ? "" : formatCount(tokens)}</td>
                <td class="meta">
                  {Object.entries(records)
                    .map(([type, n]) => `${formatCount(n)} ${type}${n === 1 ? "" : "s"}`)
                    .join(" · ")}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
    </section>
  );
}

function Beside({ page }: { readonly page: RunPage }) {
  // Of a run that has nothing to export there is nothing to review.
  const isReviewed = page.rooms.some(({ room }) => room === "chains" || room === "comparisons");
  const review = isReviewed ? page.review : null;
  return (
    <aside aria-label="About this run">
      {page.disclosure === null ? null : (
        <section>
          <h2>What this is</h2>
          <p>{page.disclosure}</p>
        </section>
      )}
      {review === null ? null : (
        <section>
          <h2>Review</h2>
          <dl class="facts">
            <dt>Rows dropped</dt>
            <dd>{formatCount(review.dropped)}</dd>
            <dt>Rows kept</dt>
            <dd>{formatCount(review.kept)}</dd>
            {review.disputed === 0 ? null : (
              <>
                <dt>People disagree</dt>
                <dd>{formatCount(review.disputed)}</dd>
              </>
            )}
            <dt>Notes</dt>
            <dd>{formatCount(review.notes)}</dd>
          </dl>
          {review.dropped === 0 ? null : <p class="meta gap">The next export leaves out what is dropped.</p>}
          {review.disputed === 0 ? null : <p class="meta gap">Rows that people disagree about stay.</p>}
          {review.isReadOnly ? <p class="meta gap">This run cannot be written here: marks are off.</p> : null}
        </section>
      )}
      {page.made.length === 0 ? null : (
        <section>
          <h2>Data made</h2>
          <dl class="facts">
            {page.made.map(({ label, count, isPart }) => (
              <>
                <dt class={isPart ? "in" : undefined}>{label}</dt>
                <dd>{formatCount(count)}</dd>
              </>
            ))}
          </dl>
        </section>
      )}
      {page.provenance.length === 0 ? null : (
        <section>
          <h2>Provenance</h2>
          <dl class="facts">
            {page.provenance.map(({ label, value }) => (
              <>
                <dt>{label}</dt>
                <dd>
                  {/^(?:sha256:)?[0-9a-f]{12,}$/u.test(value) ? (
                    <code title={value}>{`${shortenHash(value)}…${value.slice(-4)}`}</code>
                  ) : (
                    value
                  )}
                </dd>
              </>
            ))}
          </dl>
        </section>
      )}
      {page.next.length === 0 ? null : (
        <section>
          <h2>Next</h2>
          <ul class="next">
            {page.next.map((command) => (
              <li key={command}>
                <code>{command}</code>
              </li>
            ))}
          </ul>
        </section>
      )}
    </aside>
  );
}
