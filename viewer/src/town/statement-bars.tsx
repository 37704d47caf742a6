import { formatNumber, formatShare, say } from "./language.ts";
import { groupLetter } from "./map.tsx";
import type { Published } from "./wire.ts";

type Statement = Published["statements"][number];

/** How everybody and each group answered a statement. */
export function StatementBars({ statement: { all, groups } }: { readonly statement: Statement }) {
  return (
    <div class="bars">
      <Bar name={say("everybody")} counts={all} />
      {groups.map((counts, i) => (
        <Bar key={groupLetter(i)} name={groupLetter(i)} counts={counts} group={i} />
      ))}
    </div>
  );
}

function Bar({
  name,
  counts,
  group,
}: {
  readonly name: string;
  readonly counts: Statement["all"];
  readonly group?: number;
}) {
  const title = group === undefined ? name : say("groupName", { group: name });
  if (counts === null) {
    return (
      <p class="bar-line">
        <span class="bar-name">{name}</span>
        <span class="meta">{say("hiddenCounts")}</span>
      </p>
    );
  }
  const n = counts.agree + counts.pass + counts.disagree;
  const shares = { agree: counts.agree / n, pass: counts.pass / n, disagree: counts.disagree / n };
  const line = say("countsLine", {
    agree: formatShare(shares.agree),
    pass: formatShare(shares.pass),
    disagree: formatShare(shares.disagree),
  });
  return (
    <p class="bar-line">
      <span class="bar-name" aria-hidden="true">
        {name}
      </span>
      <span class="bar" aria-hidden="true">
        {(["agree", "pass", "disagree"] as const).map((vote) => (
          <span key={vote} class={`part ${vote}`} style={{ width: `${100 * shares[vote]}%` }} />
        ))}
      </span>
      <span class="bar-n" aria-hidden="true">
        {formatShare(shares.agree)} <span class="meta">{formatNumber(n)}</span>
      </span>
      <span class="hidden">{`${title}: ${line} (${formatNumber(n)})`}</span>
    </p>
  );
}
