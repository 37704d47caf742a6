import { useEffect, useRef, useState } from "preact/hooks";
import type { ConstitutionCheck, ConstitutionPage } from "../../../src/view/source-desk.ts";
import { formatPlural, shortenHash } from "../format.ts";
import { memory, useLoaded } from "../hooks.ts";
import { AgainLines } from "../parts/made-again.tsx";
import { ChangeLines, IssueLines } from "../parts/text-issues.tsx";
import { Message, Waiting } from "../parts/words.tsx";
import { isGone, say, source } from "../state.ts";

/** Milliseconds without a key after which the text is checked. */
const pause = 300;

/** The constitution as text: checked while it is written, held against the run's, saved to the project's file. */
export function ConstitutionRoom({ run }: { readonly run: string }) {
  const [asked, ask] = useState(0);
  const { value: page, error } = useLoaded(`${run}/constitution#${asked}`, () => source.constitution(run));
  if (error !== undefined) return <Message error={error} />;
  if (page === undefined) return <Waiting for="the constitution" />;
  const again = (): void => {
    drafts.delete(run);
    memory.clear();
    ask(asked + 1);
  };
  return <Editor key={`${run}#${asked}/${page.own?.version}`} run={run} page={page} readAgain={again} />;
}

/** What was written and not saved, by run: another room and back loses nothing. */
const drafts = new Map<string, string>();
addEventListener("beforeunload", (event) => {
  if (drafts.size > 0) event.preventDefault();
});

interface EditorProps {
  readonly run: string;
  readonly page: ConstitutionPage;
  readonly readAgain: () => void;
}

function Editor({ run, page, readAgain }: EditorProps) {
  const [own, setOwn] = useState(page.own);
  const [text, setText] = useState(drafts.get(run) ?? own?.text ?? page.run.text);
  const check = useCheck(run, text, page.check);
  const field = useRef<HTMLTextAreaElement>(null);
  const stored = own?.text ?? page.run.text;
  const isChanged = text !== stored.replaceAll("\r\n", "\n") && text !== stored;
  useEffect(() => {
    if (isChanged) drafts.set(run, text);
    else drafts.delete(run);
  }, [text, isChanged]);
  const isFaulty = check.issues.some(({ level }) => level === "fault");
  const save = async (): Promise<void> => {
    if (own === null || !isChanged || isFaulty || isGone.value) return;
    try {
      setOwn(await source.saveConstitution(run, text, own.version));
      drafts.delete(run);
      memory.clear();
      say(`Saved to ${own.file}.`);
    } catch (failure) {
      say(failure instanceof Error ? failure.message : String(failure));
    }
  };
  const goTo = (line: number): void => {
    const area = field.current;
    if (area === null) return;
    const lines = text.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    area.focus();
    area.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
  };
  return (
    <main id="main" class="page wide" tabIndex={-1}>
      <p class="kicker">
        Constitution · {own === null ? `of ${run}` : own.file} ·{" "}
        {check.hash === null ? (
          "cannot be read"
        ) : (
          <>
            {formatPlural(check.principles, "principle", "principles")} ·{" "}
            <code title={check.hash}>{shortenHash(check.hash)}</code>
          </>
        )}
      </p>
      <h1 class="big">{page.run.name}</h1>
      <div class="columns desk">
        <div>
          <textarea
            ref={field}
            class="yaml"
            aria-label="Text of the constitution"
            spellcheck={false}
            autocapitalize="off"
            autocomplete="off"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== "s" || !(event.ctrlKey || event.metaKey)) return;
              event.preventDefault();
              void save();
            }}
          />
          <div class="desk-bar">
            {own === null ? (
              <p class="meta">
                Tried out here, saved nowhere: <code>precept view</code> in a project with a constitution of its own
                saves to its file.
              </p>
            ) : (
              <button
                type="button"
                class="button"
                disabled={!isChanged || isFaulty || isGone.value}
                onClick={() => void save()}
              >
                Save to {own.file}
              </button>
            )}
            {isChanged ? (
              <button type="button" class="button" onClick={own === null ? () => setText(stored) : readAgain}>
                Undo all
              </button>
            ) : null}
            {text === page.run.text ? null : (
              <button type="button" class="button" onClick={() => setText(page.run.text)}>
                As the run had it
              </button>
            )}
          </div>
          <AddSentence run={run} text={text} take={setText} isOff={isFaulty} />
        </div>
        <aside aria-label="About this text">
          <section>
            <h2>Lint</h2>
            <div role="status">
              <IssueLines issues={check.issues} goTo={goTo} />
            </div>
          </section>
          <section>
            <h2>What would be made again</h2>
            <AgainLines check={check} run={page.run} />
          </section>
        </aside>
        <ChangeLines check={check} run={run} />
      </div>
    </main>
  );
}

/** What the server says of the text, once nothing has been typed for a moment. */
function useCheck(run: string, text: string, first: ConstitutionCheck): ConstitutionCheck {
  const [check, setCheck] = useState(first);
  useEffect(() => {
    const isCounting = check.again !== null && check.again.indexed < 1;
    if (text === check.text && !isCounting) return undefined;
    let isWanted = true;
    const timer = setTimeout(
      () => {
        source.checkConstitution(run, text).then(
          (found) => {
            if (isWanted) setCheck(found);
          },
          () => undefined, // a server that is gone is told above; what was last found stays
        );
      },
      text === check.text ? pause * 3 : pause,
    );
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [text, check]);
  return check;
}

interface AddProps {
  readonly run: string;
  readonly text: string;
  readonly take: (text: string) => void;
  readonly isOff: boolean;
}

/** A sentence becomes a principle behind the last one, as `precept constitution add` does it. */
function AddSentence({ run, text, take, isOff }: AddProps) {
  const [fault, setFault] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const add = async (): Promise<void> => {
    const sentence = field.current?.value.trim() ?? "";
    if (sentence === "") return;
    try {
      take((await source.checkConstitution(run, text, sentence)).text);
      setFault("");
      if (field.current !== null) field.current.value = "";
    } catch (failure) {
      setFault(failure instanceof Error ? failure.message : String(failure));
    }
  };
  return (
    <form
      class="add-sentence"
      onSubmit={(event) => {
        event.preventDefault();
        void add();
      }}
    >
      <input
        ref={field}
        type="text"
        maxLength={2000}
        aria-label="A principle to add, as a sentence"
        placeholder="Never promise a price."
      />
      <button type="submit" class="button" disabled={isOff}>
        Add a principle
      </button>
      {fault === "" ? null : (
        <p class="alarm" role="alert">
          {fault}
        </p>
      )}
    </form>
  );
}
