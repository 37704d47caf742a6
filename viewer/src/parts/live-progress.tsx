import type { LiveStage } from "../../../src/view/source-live.ts";
import { formatCount, formatSeconds } from "../format.ts";
import { live } from "../live.ts";
import { nameStage } from "./words.tsx";

/** A bar a stage while the run goes on, what it has spent, and what its monitors say. */
export function LiveProgress({ run }: { readonly run: string }) {
  const state = live.value;
  if (state === null) return null;
  const { stages, spent, alarms } = state;
  return (
    <section class="live" aria-label={`Progress of ${run}`}>
      <h2>Running</h2>
      <ol>
        {stages.map((stage) => (
          <li key={stage.name}>
            <span class="name">{nameStage(stage.name)}</span>
            <progress
              aria-label={nameStage(stage.name)}
              max={1}
              value={stage.status === "done" ? 1 : stage.total === null ? undefined : shareOf(stage)}
            />
            <span class="meta">{wordsOf(stage)}</span>
          </li>
        ))}
      </ol>
      {spent === null ? null : (
        <p class="meta">
          {formatCount(spent.calls)} calls
          {spent.cost === null ? null : `, $${spent.cost.toFixed(2)}`}
          {spent.mostCost === null ? null : ` of at most $${spent.mostCost.toFixed(2)}`}
          {spent.planned === null
            ? null
            : `; planned $${spent.planned.low.toFixed(2)}–${spent.planned.high.toFixed(2)}`}
        </p>
      )}
      <div role="status">
        {alarms.map((alarm) => (
          <p key={alarm} class="warn">
            <b aria-hidden="true">▲</b>
            <span>{alarm}</span>
          </p>
        ))}
      </div>
    </section>
  );
}

const shareOf = ({ done, total }: LiveStage): number => Math.min(1, done / Math.max(1, total ?? 1));

/** "312 of 840 prompts · 4.2 a second · 2:04 min left" */
function wordsOf({ status, unit, done, total, rate, secondsLeft }: LiveStage): string {
  const count =
    total === null || status === "done" ? formatCount(done) : `${formatCount(done)} of ${formatCount(total)}`;
  return [
    `${count} ${unit}`,
    ...(rate === null ? [] : [rate >= 1 ? `${rate.toFixed(1)} a second` : `${(60 * rate).toFixed(1)} a minute`]),
    ...(secondsLeft === null || status === "done" ? [] : [`${formatSeconds(secondsLeft)} left`]),
  ].join(" · ");
}
