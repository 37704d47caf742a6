import { Fragment } from "preact";
import type { Series } from "../../../src/view/source-rooms.ts";
import { useLoaded } from "../hooks.ts";
import { type DrawnRun, mostBeside, RunChooser } from "../parts/beside-runs.tsx";
import { TrainingStage } from "../parts/multiples.tsx";
import { StepRollouts } from "../parts/rollouts.tsx";
import { Message, Waiting } from "../parts/words.tsx";
import { reviewVersion } from "../review.ts";
import { openRoute, source } from "../state.ts";

interface Props {
  readonly run: string;
  readonly query: string;
}

/** Every number of the trainings over their steps: small multiples on one axis, one step pointed at in all of them. */
export function TrainingRoom({ run, query }: Props) {
  const view = new URLSearchParams(query);
  const beside = [...new Set(view.getAll("with"))].filter((name) => name !== run).slice(0, mostBeside);
  const names = [run, ...beside];
  const { value: read, error } = useLoaded(`${names.join("/")}#${reviewVersion.value}`, () => readRuns(names));
  const value = read?.drawn[0]?.series;
  const chooseRuns = (runs: readonly string[]): void => {
    view.delete("with");
    for (const name of runs) view.append("with", name);
    openRoute({ run, page: "training", id: null, query: view.toString() }, "replace");
  };
  const set = (name: string, on: boolean): void => {
    if (on) view.set(name, "1");
    else view.delete(name);
    openRoute({ run, page: "training", id: null, query: view.toString() }, "replace");
  };
  const step = Number(view.get("step"));
  const openStep = (at: number): void => {
    if (at >= 1) view.set("step", String(at));
    else view.delete("step");
    openRoute({ run, page: "training", id: null, query: view.toString() }, "replace");
  };
  if (error !== undefined) return <Message error={error} />;
  const [isLog, isSmooth, isAll] = ["log", "smooth", "all"].map((name) => view.has(name));
  const stages = [...new Set(value?.map(({ stage }) => stage))];
  return (
    <main id="main" class="page wide" tabIndex={-1}>
      <h1 class="big">Training</h1>
      <div class="tools">
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
        <RunChooser run={run} stages={stages} chosen={beside} choose={chooseRuns} />
      </div>
      {read?.failed.map(({ name, why }) => (
        <p key={name} class="note">
          {name} cannot be drawn beside it: {why}
        </p>
      ))}
      {value === undefined ? <Waiting for="the metrics" /> : null}
      {stages.map((stage) => {
        const keepsAnswers = stage === "rl-cai";
        return (
          <Fragment key={stage}>
            <TrainingStage
              stage={stage}
              runs={(read?.drawn ?? []).map(({ run: name, series }) => ({
                run: name,
                series: series.filter((one) => isAll || one.isMain),
              }))}
              isLog={isLog ?? false}
              isSmooth={isSmooth ?? false}
              openStep={keepsAnswers ? openStep : undefined}
            />
            {keepsAnswers && step >= 1 ? <StepRollouts run={run} stage={stage} step={step} goTo={openStep} /> : null}
            {keepsAnswers && !(step >= 1) ? (
              <p class="meta">
                A click on a chart shows what was answered in that step;{" "}
                <button type="button" class="button small" onClick={() => openStep(lastStep(value, stage))}>
                  the last step
                </button>
              </p>
            ) : null}
          </Fragment>
        );
      })}
    </main>
  );
}

interface ReadRuns {
  /** The run that is open first. */
  readonly drawn: readonly DrawnRun[];
  readonly failed: readonly { readonly name: string; readonly why: string }[];
}

/** What is missing beside a run is said; the run itself has to be there. */
async function readRuns([run = "", ...others]: readonly string[]): Promise<ReadRuns> {
  const own = { run, series: await source.series(run) };
  const found = await Promise.allSettled(
    others.map(async (name) => ({ run: name, series: await source.series(name) })),
  );
  return {
    drawn: [own, ...found.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []))],
    failed: found.flatMap((one, i) =>
      one.status === "fulfilled" ? [] : [{ name: others[i] ?? "", why: String((one.reason as Error).message) }],
    ),
  };
}

function lastStep(series: readonly Series[] | undefined, stage: string): number {
  const steps = (series ?? []).filter((one) => one.stage === stage).map(({ points }) => points.at(-1)?.[0] ?? 1);
  return Math.max(1, ...steps);
}
