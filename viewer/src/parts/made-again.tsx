import type { ConstitutionCheck, ConstitutionPage } from "../../../src/view/source-desk.ts";
import { formatCount, formatShare, shortenHash } from "../format.ts";
import { nameStage, Words } from "./words.tsx";

const names: Readonly<Record<string, string>> = {
  critique: "Critiques",
  revision: "Revisions",
  "sl-example": "Training rows",
  comparison: "Comparisons",
  "no-label": "Pairs without a label",
  contrast: "Contrasts",
  reading: "Readings",
};

interface Props {
  readonly check: ConstitutionCheck;
  readonly run: ConstitutionPage["run"];
}

/** What of the run would be made again under the text: the records whose lineage holds a changed principle. */
export function AgainLines({ check, run }: Props) {
  const { again, isSame, hash } = check;
  if (isSame) return <p>Nothing: the hash is that of the run.</p>;
  if (again === null || hash === null) return <p>It shows once the text can be read.</p>;
  const { principles, records, checkpoints, cost, notes, indexed } = again;
  return (
    <>
      <p>
        {principles.length === 0
          ? "No record’s principle has changed."
          : `Records whose lineage holds ${listWords(principles)}:`}
      </p>
      {indexed < 1 ? (
        <p class="meta" role="status">
          Counted in the first {formatShare(indexed)} of the records; the rest follow.
        </p>
      ) : null}
      {principles.length === 0 ? null : (
        <dl class="facts">
          {records.map(({ type, again: n, of }) => (
            <>
              <dt>{names[type] ?? type}</dt>
              <dd>
                {formatCount(n)}{" "}
                <span class="meta">
                  of {formatCount(of)}, {formatShare(of === 0 ? 0 : n / of)}
                </span>
              </dd>
            </>
          ))}
          {cost === null ? null : (
            <>
              <dt>Cost, as it was then</dt>
              <dd>at most ${cost.toFixed(2)}</dd>
            </>
          )}
        </dl>
      )}
      {notes.map((note, i) => (
        <p key={`${i}`} class="gap">
          <Words of={note} />
        </p>
      ))}
      {checkpoints.length === 0 ? null : (
        <p class="gap">What is trained on them is trained again: {checkpoints.map(nameStage).join(", ")}.</p>
      )}
      <p class="meta gap">
        The run is of {run.hash === null ? "another text" : <code title={run.hash}>{shortenHash(run.hash)}</code>}: it
        goes on under its own alone. <code>precept run --out NAME</code> begins one under this text; answers that the
        cache holds cost nothing.
      </p>
    </>
  );
}

/** "a", "a or b", "a, b or 3 more". */
function listWords(ids: readonly string[]): string {
  const shown = ids.length > 4 ? [...ids.slice(0, 3), `${ids.length - 3} more`] : ids;
  return shown.length < 2 ? shown.join("") : `${shown.slice(0, -1).join(", ")} or ${shown.at(-1)}`;
}
