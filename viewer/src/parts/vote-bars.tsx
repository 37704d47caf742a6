import type { ShownVotes, VoteCounts } from "../../../src/view/source-public.ts";
import { formatCount, formatShare } from "../format.ts";

/** How everybody and each group answered; a cell of few people is said to be one. */
export function VoteBars({ of: { all, groups }, smallestCell }: Props) {
  return (
    <div class="vote-bars">
      <Line name="Everybody" counts={all} smallestCell={smallestCell} />
      {groups.map((counts, i) => (
        <Line key={`${i}`} name={`Group ${i + 1}`} counts={counts} smallestCell={smallestCell} />
      ))}
    </div>
  );
}

interface Props {
  readonly of: ShownVotes;
  readonly smallestCell: number;
}

interface LineProps {
  readonly name: string;
  readonly counts: VoteCounts | null;
  readonly smallestCell: number;
}

const answers = ["agree", "pass", "disagree"] as const;

function Line({ name, counts, smallestCell }: LineProps) {
  if (counts === null) {
    return (
      <p class="vote-line">
        <span>{name}</span>
        <span class="meta" title={`fewer than ${smallestCell} people, or another cell would tell of them`}>
          not shown: too few people
        </span>
      </p>
    );
  }
  const n = counts.agree + counts.pass + counts.disagree;
  const share = (answer: (typeof answers)[number]): number => (n === 0 ? 0 : counts[answer] / n);
  const words = answers.map((answer) => `${formatCount(counts[answer])} ${answer}`).join(", ");
  return (
    <p class="vote-line" title={`${name}: ${words}`}>
      <span>{name}</span>
      <span class="vote-bar" aria-hidden="true">
        {answers.map((answer) => (
          <span key={answer} class={`part ${answer}`} style={{ width: `${100 * share(answer)}%` }} />
        ))}
      </span>
      <span class="vote-share" aria-hidden="true">
        <b>{formatShare(share("agree"))}</b> of {formatCount(n)}
      </span>
      <span class="hidden">{words}</span>
    </p>
  );
}

/** What the parts of the bars stand for. */
export function VoteKey() {
  return (
    <ul class="meta vote-key">
      {answers.map((answer) => (
        <li key={answer}>
          <span class={`swatch ${answer}`} aria-hidden="true" /> {answer}
        </li>
      ))}
    </ul>
  );
}
