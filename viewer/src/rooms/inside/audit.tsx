import { useState } from "preact/hooks";
import type { LabelAudit } from "../../../../src/view/source-inside.ts";
import { formatCount, formatPercent } from "../../format.ts";
import { ScrollBox } from "../../parts/scroll-box.tsx";
import { IntervalWords } from "../../parts/words.tsx";
import { comparisonLink } from "./links.ts";

interface Props {
  readonly run: string;
  readonly audit: LabelAudit | null;
  readonly planted: LabelAudit | null;
}

/** Suspects that are shown at first. */
const few = 10;

/** AI labels that the preference model was trained on, the most suspicious first, and how many planted ones the lists find. */
export function Audits({ run, audit, planted }: Props) {
  const [isWhole, showWhole] = useState(false);
  if (audit === null && planted === null) return null;
  const suspects = audit?.suspects ?? [];
  return (
    <section>
      <h2>Which labels are suspicious</h2>
      {audit === null ? null : (
        <>
          <p class="under">
            Of {formatCount(audit.comparisons)} AI labels that the preference model was trained on, those first that
            have {audit.by === "left-out" ? "the greatest loss had it not been trained on them" : `most ${audit.by}`}.
          </p>
          <ol class="suspects">
            {suspects.slice(0, isWhole ? suspects.length : few).map((one) => (
              <Suspect key={one.id} run={run} by={audit.by} of={one} />
            ))}
          </ol>
          {suspects.length <= few || isWhole ? null : (
            <button type="button" class="button small" onClick={() => showWhole(true)}>
              Show {formatCount(suspects.length)}
            </button>
          )}
        </>
      )}
      {planted?.planted === undefined ? null : (
        <ScrollBox label="Planted flips">
          <table class="numbers narrow-table">
            <caption class="meta">
              Of {formatCount(planted.planted.count)} planted flips, in the first tenth of each list; chance 10 %
            </caption>
            <thead>
              <tr>
                <th scope="col">List</th>
                <th scope="col" class="num">
                  Found
                </th>
              </tr>
            </thead>
            <tbody>
              {Object.entries(planted.planted.recall).map(([list, recall]) => (
                <tr key={list}>
                  <th scope="row">{list}</th>
                  <td class="num">
                    {formatPercent(recall.estimate)} % <IntervalWords of={recall} withN />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollBox>
      )}
    </section>
  );
}

interface SuspectProps {
  readonly run: string;
  readonly by: string;
  readonly of: LabelAudit["suspects"][number];
}

function Suspect({ run, by, of: { id, request, responses, label, suspicion } }: SuspectProps) {
  const [first = "", second = ""] = responses;
  const [better, worse] = label >= 0.5 ? [first, second] : [second, first];
  const others = Object.entries(suspicion).filter(([list]) => list !== by);
  return (
    <li>
      <a dir="auto" href={comparisonLink(run, id)}>
        {request}
      </a>
      <p dir="auto">
        {better} <span class="meta">preferred with {formatPercent(Math.max(label, 1 - label))} % over</span> {worse}
      </p>
      <p class="meta">place by {others.map(([list, { rank }]) => `${list} ${rank}`).join(", ")}</p>
    </li>
  );
}
