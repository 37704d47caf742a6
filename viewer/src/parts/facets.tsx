import { type Query, toggleValue } from "../../../src/view/query/index.ts";
import type { Facet } from "../../../src/view/source.ts";
import { formatCount } from "../format.ts";

interface Props {
  readonly facets: readonly Facet[];
  readonly query: Query;
  readonly refine: (query: Query) => void;
  /** Where they lie over the list, on a narrow screen. */
  readonly close: (() => void) | undefined;
  readonly done: string;
  /** Saves what the list shows; absent where it cannot. */
  readonly save: (() => void) | undefined;
}

/** What a list can be filtered by: within a facet any of the values, across facets all. */
export function Facets({ facets, query, refine, close, done, save }: Props) {
  return (
    <form id="facets" class="facets" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
      <div class="facet-groups">
        {facets.map(({ id, title, values }) => {
          const most = Math.max(1, ...values.map(({ count }) => count));
          const chosen = query.facets[id] ?? [];
          return (
            <fieldset key={id}>
              <legend>{title}</legend>
              {values.map(({ value, label, count }) => (
                <label key={value} class={count === 0 ? "none" : undefined}>
                  <input
                    type="checkbox"
                    checked={chosen.includes(value)}
                    onChange={() => refine(toggleValue(query, id, value))}
                  />
                  <span class="value">{label}</span>
                  <span class="count">{formatCount(count)}</span>
                  <span class="share" style={{ "--share": `${(100 * count) / most}%` }} />
                </label>
              ))}
            </fieldset>
          );
        })}
      </div>
      {save === undefined || facets.length === 0 ? null : (
        <button type="button" class="button small" onClick={save}>
          Save as NDJSON
        </button>
      )}
      {close === undefined ? null : (
        <button type="button" class="button done" onClick={close}>
          {done}
        </button>
      )}
    </form>
  );
}
