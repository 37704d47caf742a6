import { useLoaded } from "../hooks.ts";
import { TrainingStage } from "../parts/multiples.tsx";
import { Message, Waiting } from "../parts/words.tsx";
import { openRoute, source } from "../state.ts";

interface Props {
  readonly run: string;
  readonly query: string;
}

/** Every number of the trainings over their steps: small multiples on one axis, one step pointed at in all of them. */
export function TrainingRoom({ run, query }: Props) {
  const { value, error } = useLoaded(run, () => source.series(run));
  const view = new URLSearchParams(query);
  const set = (name: string, on: boolean): void => {
    if (on) view.set(name, "1");
    else view.delete(name);
    openRoute({ run, page: "training", id: null, query: view.toString() }, "replace");
  };
  if (error !== undefined) return <Message error={error} />;
  const [isLog, isSmooth, isAll] = ["log", "smooth", "all"].map((name) => view.has(name));
  const stages = [...new Set(value?.map(({ stage }) => stage))];
  return (
    <main id="main" class="page wide" tabIndex={-1}>
      <h1 class="big">Training</h1>
      <p class="tools">
        {(
          [
            ["log", "Log scale", isLog],
            ["smooth", "Smoothed", isSmooth],
            ["all", "All monitors", isAll],
          ] as const
        ).map(([name, label, isOn]) => (
          <button key={name} type="button" class="button" aria-pressed={isOn} onClick={() => set(name, !isOn)}>
            {label}
          </button>
        ))}
      </p>
      {value === undefined ? <Waiting for="the metrics" /> : null}
      {stages.map((stage) => (
        <TrainingStage
          key={stage}
          stage={stage}
          series={(value ?? []).filter((one) => one.stage === stage && (isAll || one.isMain))}
          isLog={isLog ?? false}
          isSmooth={isSmooth ?? false}
        />
      ))}
    </main>
  );
}
