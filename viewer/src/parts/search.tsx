import { useEffect, useRef, useState } from "preact/hooks";
import { formatQuery, parseQuery } from "../../../src/view/query/index.ts";
import { useKeys } from "../hooks.ts";
import { allRooms } from "../room.ts";
import type { Route } from "../route.ts";
import { SourceError } from "../source/source-error.ts";
import { openRoute, say, source } from "../state.ts";

/** Milliseconds without a key after which the list follows. */
const rest = 30;

/** Words filter the list that is open, or the chains; an id opens its record. */
export function Search({ run, route }: { readonly run: string; readonly route: Route }) {
  const field = useRef<HTMLInputElement>(null);
  const list = allRooms()
    .find(({ name }) => name === route.page)
    ?.listOf?.(route.id);
  const isList = list !== undefined;
  const words = isList ? (parseQuery(route.query).words ?? "") : "";
  const [typed, type] = useState(words);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    if (document.activeElement !== field.current) type(words);
  }, [words, route.page]);
  useKeys({
    search: () => {
      field.current?.focus();
      field.current?.select();
    },
  });
  const filterBy = (text: string): void => {
    const query = formatQuery({
      ...(isList ? parseQuery(route.query) : { facets: {} }),
      words: text.trim() || undefined,
    });
    openRoute({ run, page: isList ? route.page : "chains", id: list ?? null, query }, isList ? "replace" : "push");
  };
  const submit = async (): Promise<void> => {
    clearTimeout(timer.current);
    const text = typed.trim();
    if (/^[^\s"]*[/\d-][^\s"]*$/u.test(text) && (await openById(run, text))) return;
    filterBy(text);
  };
  return (
    <search class="find">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <label for="search" class="hidden">
          Search, or paste an id
        </label>
        <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
          <circle cx="6" cy="6" r="4.3" fill="none" stroke="var(--soft)" stroke-width="1.4" />
          <path d="M9.3 9.3 13 13" stroke="var(--soft)" stroke-width="1.4" stroke-linecap="round" />
        </svg>
        <input
          ref={field}
          id="search"
          type="search"
          value={typed}
          placeholder={isList ? "Search requests, answers, critiques" : "Search records, or paste an id"}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => {
            const text = event.currentTarget.value;
            type(text);
            clearTimeout(timer.current);
            if (isList) timer.current = setTimeout(() => filterBy(text), rest);
          }}
          onKeyDown={(event) => {
            if (event.key === "Escape") event.currentTarget.blur();
          }}
        />
        <kbd>/</kbd>
      </form>
    </search>
  );
}

/** Whether there is a record or a chain of that id; then it is open. */
async function openById(run: string, id: string): Promise<boolean> {
  try {
    await source.record(run, id);
    openRoute({ run, page: "record", id, query: "" });
    return true;
  } catch (error) {
    if (!(error instanceof SourceError) || error.code !== "not-found") throw error;
  }
  try {
    await source.chain(run, id);
    openRoute({ run, page: "chains", id, query: "" });
    return true;
  } catch {
    if (id.includes("/")) say(`No record ${id} in ${run}.`);
    return false;
  }
}
