import { useEffect, useRef, useState } from "preact/hooks";
import type { LabelItem, LabelSheet, SheetName } from "../../../src/view/source-desk.ts";
import { formatCount, formatPlural } from "../format.ts";
import { memory, useKeys, useLoaded } from "../hooks.ts";
import { labelKeys } from "../keys.ts";
import { isGone, openRoute, say, source } from "../state.ts";
import { LabelEnd } from "./label-end.tsx";
import { RecordText } from "./record-text.tsx";
import { nameTask } from "./task-name.ts";
import { Turns } from "./turns.tsx";
import { Message, Waiting } from "./words.tsx";

interface Props {
  readonly run: string;
  readonly name: SheetName;
}

/** A sheet of items, one at a time. */
export function LabelSheetPage({ run, name }: Props) {
  // What is labelled elsewhere meanwhile counts too.
  useEffect(() => () => memory.clear(), []);
  const { value, error } = useLoaded(`${run}/label/${JSON.stringify(name)}`, () => source.labelSheet(run, name));
  if (error !== undefined) return <Message error={error} />;
  if (value === undefined) return <Waiting for="the answers" />;
  return <Labelling run={run} name={name} sheet={value} />;
}

/** Past the last item, the first that has no label. */
function placeOf(items: readonly LabelItem[], given: ReadonlyMap<string, string>, from: number): number {
  const open = (i: number): boolean => !given.has(items[i]?.id ?? "");
  for (let i = from; i < items.length; i++) if (open(i)) return i;
  return Math.max(
    0,
    items.findIndex((_, i) => open(i)),
  );
}

function Labelling({ run, name, sheet }: Props & { readonly sheet: LabelSheet }) {
  const { items, task } = sheet;
  const [given, setGiven] = useState<ReadonlyMap<string, string>>(
    () => new Map(items.flatMap(({ id, given: label }) => (label === null ? [] : [[id, label] as const]))),
  );
  const [place, setPlace] = useState(() => placeOf(items, given, 0));
  const [isEnded, end] = useState(false);
  const history = useRef<string[]>([]);
  const isBusy = useRef(false);
  const item = items[place];
  const isDone = items.length > 0 && given.size >= items.length;
  const send = async (id: string, label: string | null): Promise<boolean> => {
    if (isBusy.current || isGone.value) return false;
    isBusy.current = true;
    try {
      await source.giveLabel(run, name, id, label);
      const now = new Map(given);
      if (label === null) now.delete(id);
      else now.set(id, label);
      setGiven(now);
      if (label !== null) setPlace(placeOf(items, now, place + 1));
      return true;
    } catch (failure) {
      say(failure instanceof Error ? failure.message : String(failure));
      return false;
    } finally {
      isBusy.current = false;
    }
  };
  const isEnd = isEnded || isDone;
  const choose = async (label: string | undefined): Promise<void> => {
    if (isEnd || item === undefined || label === undefined) return;
    if (await send(item.id, label)) history.current.push(item.id);
  };
  const undo = async (): Promise<void> => {
    const last = history.current.at(-1);
    if (last === undefined || !(await send(last, null))) return;
    history.current.pop();
    end(false);
    setPlace(items.findIndex(({ id }) => id === last));
    say("Undone.");
  };
  const walk = (by: number): void => {
    if (!isEnd) setPlace(Math.min(items.length - 1, Math.max(0, place + by)));
  };
  const back = (): void => openRoute({ run, page: "label", id: null, query: "" });
  const byLetter = task.isPair ? { a: "a", b: "b", tie: "tie" } : {};
  useKeys({
    ...Object.fromEntries(labelKeys.map((key, i) => [`label:${key}`, () => void choose(task.labels[i]?.label)])),
    ...Object.fromEntries(Object.entries(byLetter).map(([key, label]) => [`label:${key}`, () => void choose(label)])),
    undo: () => void undo(),
    next: () => walk(1),
    previous: () => walk(-1),
    back,
  });
  return (
    <main id="main" class="page label" tabIndex={-1}>
      <p class="kicker">
        {nameTask(task)} · {formatCount(given.size)} of {formatPlural(items.length, "item", "items")} labelled
      </p>
      <progress max={items.length} value={given.size} aria-label="Labelled" />
      {isEnd || item === undefined ? (
        <LabelEnd run={run} name={name} task={task} />
      ) : (
        <>
          <h1 class="question" dir="auto">
            {task.question}
          </h1>
          <Shown item={item} />
          <div class="label-buttons">
            {task.labels.map(({ label, means }, i) => (
              <button
                key={label}
                type="button"
                class="button"
                aria-pressed={given.get(item.id) === label}
                disabled={isGone.value}
                onClick={() => void choose(label)}
              >
                <kbd>{task.isPair ? { a: "a", b: "b", tie: "t" }[label] : i + 1}</kbd>
                <span>
                  {task.isPair ? null : <b>{label}: </b>}
                  {means}
                </span>
              </button>
            ))}
          </div>
        </>
      )}
      <div class="desk-bar">
        <button type="button" class="button" disabled={history.current.length === 0} onClick={() => void undo()}>
          Undo <kbd>u</kbd>
        </button>
        {isEnd ? null : (
          <>
            <button type="button" class="button" disabled={place === 0} onClick={() => walk(-1)}>
              Before <kbd>k</kbd>
            </button>
            <button type="button" class="button" disabled={place >= items.length - 1} onClick={() => walk(1)}>
              Skip <kbd>j</kbd>
            </button>
            <button type="button" class="button" disabled={given.size === 0} onClick={() => end(true)}>
              End here
            </button>
          </>
        )}
        {isEnded && !isDone ? (
          <button type="button" class="button" onClick={() => end(false)}>
            Go on
          </button>
        ) : null}
        <button type="button" class="button" onClick={back}>
          All tasks
        </button>
      </div>
    </main>
  );
}

/** The request, and the answers side by side where there are two. */
function Shown({ item: { messages, answers } }: { readonly item: LabelItem }) {
  return (
    <div aria-live="polite">
      <section class="asked">
        <Turns messages={messages} />
      </section>
      <div class={answers.length > 1 ? "blind two" : "blind"}>
        {answers.map((text, i) => (
          <section key={`${i}`}>
            <h2>{answers.length > 1 ? "AB"[i] : "Answer"}</h2>
            <RecordText text={text} />
          </section>
        ))}
      </div>
    </div>
  );
}
