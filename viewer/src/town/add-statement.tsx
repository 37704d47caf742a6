import { useRef, useState } from "preact/hooks";
import { longestStatement } from "../../../src/collective/site/pages-know.ts";
import { ask, newKey } from "./api.ts";
import { language, say } from "./language.ts";
import { Alert } from "./parts.tsx";
import { Similar } from "./similar.tsx";
import { conversation } from "./town-state.ts";
import type { OwnStatement } from "./wire.ts";

/** A statement of one's own. */
export function AddStatement() {
  const [text, setText] = useState("");
  const [isSending, setSending] = useState(false);
  const [isDone, setDone] = useState(false);
  const [error, setError] = useState<unknown>(undefined);
  /** Of this text: sent again after a lost answer, it counts once. */
  const key = useRef(newKey());

  const send = async (): Promise<void> => {
    if (isSending) return;
    setSending(true);
    setError(undefined);
    try {
      await ask<OwnStatement>("statements", { text, language: language.value, key: key.current });
      setText("");
      setDone(true);
      key.current = newKey();
    } catch (failure) {
      setError(failure);
      setDone(false);
    }
    setSending(false);
  };
  const left = longestStatement - [...text].length;
  return (
    <section class="add">
      <h2>{say("addTitle")}</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <label for="statement">{say("addLabel")}</label>
        <p class="under" id="statement-hint">
          {say("addHint")}
        </p>
        <textarea
          id="statement"
          rows={3}
          dir="auto"
          value={text}
          aria-describedby="statement-hint statement-left"
          onInput={(event) => {
            setText(event.currentTarget.value);
            setDone(false);
          }}
        />
        <p class="form-end">
          <span id="statement-left" class={left < 0 ? "meta alarm" : "meta"}>
            {say("charactersLeft", { left })}
          </span>
          <button type="submit" class="button" disabled={text.trim() === "" || left < 0} aria-disabled={isSending}>
            {isSending ? say("sending") : say("addButton")}
          </button>
        </p>
        <Alert error={error} />
        <Similar text={text} />
        <p role="status">
          {!isDone ? "" : say(conversation.value?.policy.when === "after" ? "addThanksAfter" : "addThanksBefore")}
        </p>
      </form>
    </section>
  );
}
