import type { Message } from "../../language-model.ts";
import { findQuote } from "../../reading/index.ts";
import { type Html, html } from "../html.ts";
import { changesOf } from "../word-changes.ts";

/** What the person said last. */
export function lastRequest(messages: readonly Message[]): string {
  return messages.findLast(({ role }) => role === "user")?.content ?? "";
}

/** The turns before it, folded; what the bot is told before every conversation is none of them. */
export function earlierTurns(messages: readonly Message[]): Html | undefined {
  const last = messages.findLastIndex(({ role }) => role === "user");
  const turns = messages.slice(0, Math.max(0, last)).filter(({ role }) => role !== "system");
  if (turns.length === 0) return undefined;
  return html`<details><summary>After ${turns.length === 1 ? "an earlier turn" : `${turns.length} earlier turns`}</summary><div class="why">${turns.map(({ role, content }) => html`<h4>${role}</h4><p dir="auto">${content}</p>`)}</div></details>`;
}

/** A text with the words marked that somebody points to; words that stand nowhere mark nothing. */
export function markQuotes(text: string, quotes: readonly string[]): Html {
  if (text.trim() === "") return html`<em>(nothing)</em>`;
  const places = quotes
    .flatMap((quote) => findQuote(text, quote, { signs: "ignored" })?.pieces ?? [])
    .sort((a, b) => a.from - b.from)
    .filter(({ from }, i, all) => i === 0 || from >= (all[i - 1]?.to ?? 0));
  let at = 0;
  const parts = places.map(({ from, to }) => {
    const before = text.slice(at, from);
    at = to;
    return html`${before}<mark>${text.slice(from, to)}</mark>`;
  });
  return html`${parts}${text.slice(at)}`;
}

/** A text as what became of an earlier one; undefined where the two share too little. */
export function changedText(before: string, after: string): Html | undefined {
  const changes = changesOf(before, after);
  if (changes === undefined || changes.every(({ kind }) => kind === "same")) return undefined;
  return html`${changes.map(({ kind, text }) => {
    if (kind === "same") return html`${text}`;
    const words = text.trimEnd();
    const space = text.slice(words.length);
    return kind === "removed"
      ? html`<del><span class="unseen">removed: </span>${words}</del>${space}`
      : html`<ins><span class="unseen">added: </span>${words}</ins>${space}`;
  })}`;
}
