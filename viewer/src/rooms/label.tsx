import type { SheetName } from "../../../src/view/source-desk.ts";
import { formatCount } from "../format.ts";
import { useLoaded } from "../hooks.ts";
import { LabelSheetPage } from "../parts/label-sheet.tsx";
import { nameTask } from "../parts/task-name.ts";
import { Message, Waiting } from "../parts/words.tsx";
import { linkTo } from "../route.ts";
import { source } from "../state.ts";

interface Props {
  readonly run: string;
  readonly query: string;
}

/** Labels of a person on what the run's judge labelled, blind to it until the end: what `precept calibrate` does by keyboard. */
export function LabelRoom({ run, query }: Props) {
  const name = readName(query);
  return name === undefined ? <Tasks run={run} /> : <LabelSheetPage key={JSON.stringify(name)} run={run} name={name} />;
}

/** "task=harmlessness&n=50&seed=1"; undefined where it names no sheet. */
function readName(query: string): SheetName | undefined {
  const parts = new URLSearchParams(query);
  const task = parts.get("task");
  if (task === null) return undefined;
  return { task, n: Number(parts.get("n") ?? 50), seed: Number(parts.get("seed") ?? 1) };
}

const sizes = [20, 50, 100, 200];

function Tasks({ run }: { readonly run: string }) {
  const { value, error } = useLoaded(`${run}/labels`, () => source.labelTasks(run));
  if (error !== undefined) return <Message error={error} />;
  if (value === undefined) return <Waiting for="what can be labelled" />;
  return (
    <main id="main" class="page" tabIndex={-1}>
      <h1 class="big">Label</h1>
      <p class="lede">
        How far is this run’s judge to be believed? Label a sample yourself, blind: nothing of what it said is shown
        before you are done. Answers of a pair stand in a random order, which is kept with your label.
      </p>
      {value.isReadOnly ? <p class="note">This run cannot be written here: labels are off. Copy the run.</p> : null}
      <ul class="tasks">
        {value.tasks.map((task) => (
          <li key={task.id}>
            <h2>{nameTask(task)}</h2>
            <p class="text small" dir="auto">
              {task.question}
            </p>
            <p class="tools middle">
              {sizes
                .filter((n, i) => i === 0 || n < task.available || (sizes[i - 1] ?? 0) < task.available)
                .map((n) => (
                  <a key={n} class="button" href={linkTo(run, "label", null, queryOf(task.id, n))}>
                    {n < task.available ? `Label ${formatCount(n)}` : `Label all ${formatCount(task.available)}`}
                    <span class="hidden"> of {nameTask(task)}</span>
                  </a>
                ))}
              <span class="meta">
                of {formatCount(task.available)}
                {task.labelled === 0 ? null : `, ${formatCount(task.labelled)} labelled by ${value.by}`}
              </span>
            </p>
          </li>
        ))}
      </ul>
    </main>
  );
}

const queryOf = (task: string, n: number): string => new URLSearchParams({ task, n: String(n), seed: "1" }).toString();
