import { formatPlural } from "../format.ts";
import { useLoaded } from "../hooks.ts";
import { linkTo } from "../route.ts";
import { source } from "../state.ts";
import { Message, Waiting } from "./words.tsx";

interface Props {
  readonly run: string;
  readonly stage: string;
  readonly step: number;
  readonly goTo: (step: number) => void;
}

/** What the policy answered in one step, the best rewarded first. */
export function StepRollouts({ run, stage, step, goTo }: Props) {
  const { value, error } = useLoaded(`${run}/${stage}@${step}`, () => source.rollouts(run, stage, step));
  if (error !== undefined) return <Message error={error} />;
  return (
    <section class="rollouts" aria-label={`Answers of step ${step}`}>
      <div class="mode">
        <h3>
          Answers of step{" "}
          <input
            class="step num"
            type="number"
            min={1}
            aria-label="Step"
            value={step}
            onChange={(event) => goTo(event.currentTarget.valueAsNumber)}
          />
        </h3>
        <p class="hint" role="status">
          {value === undefined
            ? ""
            : value.total === 0
              ? "No answers of this step are kept."
              : `${formatPlural(value.total, "answer", "answers")}${value.rows.length < value.total ? `, ${value.rows.length} of them shown` : ""}, the best rewarded first`}
        </p>
      </div>
      {value === undefined ? <Waiting for="the answers" /> : null}
      <ol>
        {value?.rows.map(({ id, promptId, response, reward }) => (
          <li key={id}>
            <span class="num">{reward === null ? "–" : reward.toFixed(2).replace("-", "−")}</span>
            <span class="answer" dir="auto">
              {response}
            </span>
            <a class="mono" href={linkTo(run, "record", id)}>
              {promptId}
            </a>
          </li>
        ))}
      </ol>
    </section>
  );
}
