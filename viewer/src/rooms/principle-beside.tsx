import type { PrinciplePage } from "../../../src/view/source-rooms.ts";
import { formatCount, formatPercent } from "../format.ts";
import { IntervalWords } from "../parts/words.tsx";
import { linkTo } from "../route.ts";
import { rooms } from "../state.ts";

/** A principle in numbers, and where else it is met. */
export function PrincipleBeside({ run, page }: { readonly run: string; readonly page: PrinciplePage }) {
  const { critiques, revisions, rows } = page;
  const filter = new URLSearchParams({ principle: page.id }).toString();
  return (
    <aside aria-label="In numbers">
      <section>
        <h2>In numbers</h2>
        <dl class="facts">
          {critiques === null ? null : (
            <>
              <dt>Critiques</dt>
              <dd>{formatCount(critiques.n)}</dd>
              <dt>Found a breach</dt>
              <dd>{formatCount(Math.round(critiques.breaches.estimate * critiques.breaches.n))}</dd>
              <dt class="in">of all</dt>
              <dd>
                {formatPercent(critiques.breaches.estimate)} % <IntervalWords of={critiques.breaches} />
              </dd>
            </>
          )}
          <dt>Revisions</dt>
          <dd>{formatCount(revisions.n)}</dd>
          <dt class="in">usable</dt>
          <dd>{formatCount(revisions.usable)}</dd>
          <dt>Training rows</dt>
          <dd>{formatCount(rows.n)}</dd>
          <dt class="in">it shaped last</dt>
          <dd>{formatCount(rows.shapedLast)}</dd>
        </dl>
      </section>
      <section>
        <h2>Elsewhere</h2>
        <ul class="links">
          {revisions.n === 0 ? null : (
            <li>
              <a href={linkTo(run, "chains", null, filter)}>Chains revised under it</a>
            </li>
          )}
          {rooms.value.has("comparisons") ? (
            <li>
              <a href={linkTo(run, "comparisons", null, filter)}>Comparisons it was sure of</a>
            </li>
          ) : null}
        </ul>
      </section>
    </aside>
  );
}
