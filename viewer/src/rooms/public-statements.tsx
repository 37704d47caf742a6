import { useState } from "preact/hooks";
import type { PublicOpinion, PublicStatement } from "../../../src/view/source-public.ts";
import { formatCount, formatPercent, formatPlural } from "../format.ts";
import { VoteBars, VoteKey } from "../parts/vote-bars.tsx";
import { linkTo } from "../route.ts";

/** Shown before somebody asks for all. */
const atFirst = 20;

const orders = [
  { name: "Most agreed", of: (one: PublicStatement) => one.consensus?.low ?? -1 },
  { name: "Where groups differ", of: differenceOf },
  { name: "Most votes", of: (one: PublicStatement) => countVotes(one.votes.all) },
] as const;

/** Every statement with the votes of each group, and how sure it is that all agree. */
export function PublicStatements({ run, opinion }: { readonly run: string; readonly opinion: PublicOpinion }) {
  const { statements, groups, smallestCell, unshown } = opinion;
  const [order, setOrder] = useState(0);
  const [isWhole, showWhole] = useState(false);
  const ways = groups.length < 2 ? orders.filter((_, i) => i !== 1) : orders;
  const way = ways[order] ?? orders[0];
  const sorted = [...statements].sort((a, b) => way.of(b) - way.of(a));
  const shown = isWhole ? sorted : sorted.slice(0, atFirst);
  return (
    <section>
      <h2>Statements</h2>
      <p class="under">
        Consensus is the geometric mean over the groups of the share that agrees, with its 90 % interval: on one scale
        whatever the number of groups.
        {unshown === 0
          ? ""
          : ` ${formatPlural(unshown, "statement", "statements")} with votes of fewer than ${smallestCell} people are left out.`}
      </p>
      {statements.length === 0 ? null : (
        <div class="items-head">
          <fieldset class="chips">
            <legend class="hidden">Order</legend>
            {ways.map(({ name }, i) => (
              <button key={name} type="button" class="button" aria-pressed={i === order} onClick={() => setOrder(i)}>
                {name}
              </button>
            ))}
          </fieldset>
          <VoteKey />
        </div>
      )}
      <ol class="public-list">
        {shown.map((statement) => (
          <li key={statement.id}>
            <Statement run={run} statement={statement} smallestCell={smallestCell} />
          </li>
        ))}
      </ol>
      {isWhole || statements.length <= atFirst ? null : (
        <p class="tools">
          <button type="button" class="button" onClick={() => showWhole(true)}>
            All {formatCount(statements.length)} statements
          </button>
        </p>
      )}
    </section>
  );
}

interface StatementProps {
  readonly run: string;
  readonly statement: PublicStatement;
  readonly smallestCell: number;
  /** Of the page that it stands on, which needs no link to itself. */
  readonly of?: string | undefined;
}

const signs = { "all agree": "✓", "all reject": "✕", "groups differ": "≠", "needs more votes": "○" } as const;

/** What was said, what came of it, and the votes. */
export function Statement({ run, statement, smallestCell, of }: StatementProps) {
  const { id, text, votes, verdict, consensus, probability, principles } = statement;
  const others = principles.filter((principle) => principle !== of);
  return (
    <div class="public-statement">
      <div>
        <p class="statement-text" dir="auto">
          {text}
        </p>
        <p class="meta">
          <span class="verdict">
            {signs[verdict]} {verdict}
          </span>
          {consensus === null ? null : (
            <>
              {" "}
              · consensus <b>{formatPercent(consensus.estimate)} %</b>{" "}
              <span class="interval">
                {formatPercent(consensus.low)}–{formatPercent(consensus.high)}
              </span>
            </>
          )}
          {probability === null ? "" : ` · above the cut-off with probability ${formatProbability(probability)}`} ·{" "}
          <code>{id}</code>
          {others.map((principle) => (
            <>
              {" "}
              → <a href={linkTo(run, "public", principle)}>{principle}</a>
            </>
          ))}
        </p>
      </div>
      <VoteBars of={votes} smallestCell={smallestCell} />
    </div>
  );
}

/** No estimate is certain. */
const formatProbability = (probability: number): string =>
  probability > 0.9995 ? "> 0.999" : probability < 0.0005 ? "< 0.001" : probability.toFixed(3);

function differenceOf({ votes }: PublicStatement): number {
  const shares = votes.groups.flatMap((counts) =>
    counts === null ? [] : [(counts.agree + 1) / (countVotes(counts) + 2)],
  );
  return shares.length < 2 ? 0 : Math.max(...shares) - Math.min(...shares);
}

function countVotes(counts: PublicStatement["votes"]["all"]): number {
  return counts === null ? 0 : counts.agree + counts.pass + counts.disagree;
}
