import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Action, KeyReader } from "./keys.ts";
import { Memory } from "./memory.ts";
import { SourceError } from "./source/source-error.ts";
import { hasSingleKeys } from "./state.ts";

export interface Loaded<T> {
  /** Of this key, or, until it is there, of the key before. */
  readonly value: T | undefined;
  readonly error: SourceError | undefined;
  readonly isLoading: boolean;
}

/** Records that were seen, and those beside them in the list. */
export const memory = new Memory(64);

/** Loads anew whenever the key changes. What was there stays until the new is, so that nothing flickers. */
export function useLoaded<T>(key: string, load: () => Promise<T>): Loaded<T> {
  const known = memory.peek<T>(key);
  const [held, hold] = useState<{ key: string; value?: T | undefined; error?: SourceError | undefined }>({ key: "" });
  useEffect(() => {
    let isWanted = true;
    (known === undefined ? load() : Promise.resolve(known)).then(
      (value) => {
        if (isWanted) hold({ key, value });
      },
      (error: unknown) => {
        const failure = error instanceof SourceError ? error : new SourceError("failed", String(error));
        if (!isWanted) return;
        // What is seen stays when nobody answers any more.
        hold((before) =>
          failure.code === "gone" && before.value !== undefined
            ? { key, value: before.value }
            : { key, error: failure },
        );
      },
    );
    return () => {
      isWanted = false;
    };
  }, [key]);
  if (known !== undefined && held.key !== key) return { value: known, error: undefined, isLoading: false };
  return { value: held.value, error: held.key === key ? held.error : undefined, isLoading: held.key !== key };
}

type Answers = Partial<Record<Action, () => void>>;
/** Who answers keys, the innermost first. */
const listeners: { current: Answers }[] = [];
const keys = new KeyReader();

/** What this part of the page does for keys. */
export function useKeys(answers: Answers): void {
  const ref = useRef(answers);
  ref.current = answers;
  useEffect(() => {
    listeners.unshift(ref);
    return () => {
      listeners.splice(listeners.indexOf(ref), 1);
    };
  }, []);
}

/** Listens for keys as long as the page lives. */
export function listenForKeys(): void {
  addEventListener("keydown", (event) => {
    const target = event.target instanceof HTMLElement ? event.target : null;
    const isTyping = target?.matches("input:not([type=checkbox]), textarea, select") ?? false;
    const hasModifier = event.ctrlKey || event.metaKey || event.altKey;
    const action = keys.read({ key: event.key, at: event.timeStamp, hasModifier, isTyping });
    if (action === undefined || event.defaultPrevented || document.querySelector("dialog[open]") !== null) return;
    const isSingle = event.key.length === 1;
    if (isSingle && !hasSingleKeys.value) return;
    // Enter on a link or button is theirs, and arrows scroll what has the focus unless it is the list.
    if (event.key === "Enter" && target?.matches("a, button, summary, input")) return;
    if (event.key.startsWith("Arrow") && target?.matches("[data-scrolls]")) return;
    const answer = listeners.map(({ current }) => current[action]).find((it) => it !== undefined);
    if (answer === undefined) return;
    event.preventDefault();
    answer();
  });
}

/** An element and its width in px, as it changes; 0 until it is known. */
export function useWidth(): { readonly ref: RefObject<HTMLDivElement | null>; readonly width: number } {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    if (ref.current === null) return undefined;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.round(entry?.contentRect.width ?? 0)));
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, []);
  return { ref, width };
}
