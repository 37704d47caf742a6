import type { Counts, Published } from "../../collective/index.ts";
import { count, percent, percentRange } from "../format.ts";
import { type Html, html } from "../html.ts";
import { type Section, showNothing, table } from "../sections/parts.ts";
import { type CollectiveData, textsOf } from "./data.ts";

type Statement = Published["statements"][number];
const longest = 60;

/** What all groups agree with or reject, with how sure that is. */
export function consensusSection({ opinion }: CollectiveData): Section {
  const { published, smallestCell } = opinion;
  const texts = textsOf(opinion);
  const ranked = [...published.statements].sort(
    (a, b) => (b.consensus?.lower ?? -1) - (a.consensus?.lower ?? -1) || (a.id < b.id ? -1 : 1),
  );
  const shown = ranked.filter(({ consensus }) => consensus !== null).slice(0, longest);
  const head = html`<th scope="col">Statement</th><th scope="col" class="num">Consensus</th><th scope="col">All groups</th><th scope="col" class="num">Everybody</th>${published.groups.map((_, index) => html`<th scope="col" class="num">Group ${index + 1}</th>`)}`;
  const left = ranked.length - shown.length;
  const body =
    shown.length === 0
      ? showNothing("No statement has enough votes yet.")
      : html`${table(
          "Consensus by statement",
          head,
          shown.map((statement) => statementRow(statement, texts)),
          `Consensus: geometric mean over the groups of the share that agrees, posterior mean with 90 % interval, the surest first. Votes that agree, of those cast; cells of fewer than ${count(smallestCell)} people are left out.`,
        )}${left === 0 ? undefined : html`<p class="meta">${count(left)} further statements, fewer agreed on or with too few votes, are in the CSV files.</p>`}`;
  return { id: "consensus", title: "What all groups share", body };
}

function statementRow(
  { id, all, groups, agreement, rejection, consensus }: Statement,
  texts: ReadonlyMap<string, string>,
): Html {
  const said =
    agreement === "yes" ? "agree" : rejection === "yes" ? "reject" : agreement === "no" ? "differ" : agreement;
  const figure =
    consensus === null
      ? html`–`
      : html`${percent(consensus.estimate)}<span class="ci">${percentRange({ low: consensus.lower, high: consensus.upper })}</span>`;
  return html`<tr><th scope="row"><span dir="auto">${texts.get(id) ?? id}</span><span class="meta">${id}</span></th><td class="num">${figure}</td><td>${said}</td>${[all, ...groups].map((counts) => html`<td class="num">${countCell(counts)}</td>`)}</tr>`;
}

function countCell(counts: Counts | null): string {
  if (counts === null) return "–";
  const { agree, pass, disagree } = counts;
  return `${count(agree)} of ${count(agree + pass + disagree)}`;
}

/** What tells each group from all others. */
export function groupsSection({ opinion }: CollectiveData): Section | undefined {
  const { groups, state } = opinion.published;
  const texts = textsOf(opinion);
  if (state !== "groups") return undefined;
  const parts = groups.flatMap((group, index) =>
    group === null
      ? []
      : [
          html`<h3>Group ${index + 1} <span class="meta">${count(group.people)} people${group.stability === null ? "" : `, found again in resampled votes: ${group.stability.toFixed(2)} of 1`}</span></h3>
<ul>${group.representative.map(({ statement, direction }) => html`<li><span class="tag">${direction}</span> <span dir="auto">${texts.get(statement) ?? statement}</span></li>`)}</ul>`,
        ],
  );
  return { id: "groups", title: "Where groups differ", body: html`${parts}` };
}
