import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import type { TracedCheckpoint } from "../../../../src/view/source-inside.ts";
import { SourceError } from "../../source/source-error.ts";
import { openRoute, source } from "../../state.ts";
import { nameCheckpoint } from "./methods.ts";

/** Grows with every question, so that lists of answers are asked for anew. */
export const askedVersion = signal(0);

interface Props {
  readonly run: string;
  readonly traced: readonly TracedCheckpoint[];
  /** "record=ID": the record whose answer is asked about. */
  readonly query: string;
}

/** Asks which training examples shaped an answer, typed or of a record. */
export function AskForm({ run, traced, query }: Props) {
  const ready = traced.findLast(({ examples }) => examples !== null) ?? traced.at(-1);
  const [checkpoint, setCheckpoint] = useState(ready?.checkpoint ?? "");
  const [prompt, setPrompt] = useState("");
  const [answer, setAnswer] = useState("");
  const [state, setState] = useState<{ readonly isAsking: boolean; readonly fault?: string }>({ isAsking: false });
  const record = new URLSearchParams(query).get("record");
  useEffect(() => {
    if (record === null) return;
    void readQuestion(run, record).then(
      (question) => {
        setPrompt(question.prompt);
        setAnswer(question.answer);
        const own = traced.find((one) => one.checkpoint.replaceAll("/", "-") === question.checkpoint);
        if (own !== undefined) setCheckpoint(own.checkpoint);
      },
      (error: unknown) => setState({ isAsking: false, fault: tell(error) }),
    );
  }, [run, record]);
  const chosen = traced.find((one) => one.checkpoint === checkpoint);
  const ask = async (): Promise<void> => {
    setState({ isAsking: true });
    try {
      const asked = { checkpoint, prompt: prompt.trim(), answer: answer.trim() === "" ? null : answer.trim() };
      const { name } = await source.traceAnswer(run, asked);
      askedVersion.value += 1;
      openRoute({ run, page: "inside", id: `answers/${name}`, query: "" });
    } catch (error) {
      setState({ isAsking: false, fault: tell(error) });
    }
  };
  const isReady = prompt.trim() !== "" && chosen?.examples != null && !state.isAsking;
  return (
    <form
      class="ask"
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady) void ask();
      }}
    >
      <label>
        <span>Answered by</span>
        <select value={checkpoint} onChange={(event) => setCheckpoint(event.currentTarget.value)}>
          {traced.map((one) => (
            <option key={one.checkpoint} value={one.checkpoint}>
              {nameCheckpoint(one.checkpoint)}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>Request</span>
        <textarea
          rows={2}
          dir="auto"
          value={prompt}
          onInput={(event) => setPrompt(event.currentTarget.value)}
          required
        />
      </label>
      <label>
        <span>Answer</span>
        <textarea
          rows={2}
          dir="auto"
          value={answer}
          placeholder="empty: what the checkpoint answers now"
          onInput={(event) => setAnswer(event.currentTarget.value)}
        />
      </label>
      <div class="tools middle">
        <button type="submit" class="button" disabled={!isReady}>
          Trace it
        </button>
        <span class="meta" role="status">
          {state.isAsking ? "Reading gradients; the first question takes longer…" : (state.fault ?? "")}
        </span>
      </div>
      {chosen !== undefined && chosen.examples === null ? (
        <p class="note">
          There is no index of the training examples yet. This command makes it once, in some minutes:{" "}
          <code>{chosen.command}</code>
        </p>
      ) : null}
    </form>
  );
}

const tell = (error: unknown): string => (error instanceof SourceError ? error.message : String(error));

interface Question {
  readonly prompt: string;
  readonly answer: string;
  readonly checkpoint: string | undefined;
}

/** Request and answer of a record: of an evaluation, of a chain, or of a training row. */
async function readQuestion(run: string, id: string): Promise<Question> {
  const { record } = await source.record(run, id);
  const fields = (record ?? {}) as Readonly<Record<string, unknown>>;
  const { messages, response, completion, prompt, subject } = fields;
  const turns = (Array.isArray(messages) ? messages : []) as readonly { readonly content?: unknown }[];
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  return {
    prompt: text(turns.at(-1)?.content) || text(prompt),
    answer: text(response) || text(completion),
    checkpoint: typeof subject === "string" ? subject : undefined,
  };
}
