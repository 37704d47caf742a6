import { basename } from "node:path";
import { PreceptError, throwIfInterrupted } from "../../errors.ts";
import { contentHash, makeFolder } from "../../storage/index.ts";
import { type Imported, type ImportOptions, importConversation } from "../import/polis-export.ts";
import { readExport } from "../import/read-export.ts";
import { type LogStore, type NewEvent, openEvent, openStore, type SiteEvent, type StorePlace } from "../store/index.ts";
import type { Conversation, Statement } from "../votes.ts";
import { configurationSchema } from "./configuration.ts";
import { longestStatement } from "./pages-know.ts";

export interface ImportIntoOptions extends ImportOptions {
  /** Default: the folder's name. */
  readonly title?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Hears how many of how many events were written. */
  readonly tell?: ((done: number, of: number) => void) | undefined;
}

export interface ImportReport {
  readonly participants: number;
  readonly statements: number;
  readonly votes: number;
  /** Events that were written, and those that an earlier import had written already. */
  readonly written: number;
  readonly there: number;
  readonly warnings: readonly string[];
}

const BATCH = 2000;

/**
 * An export as the log of a conversation of the site, oldest first, in which it can be analysed, drafted from and ratified. Each event has a
 * key of its content, so that an import that was stopped goes on, and one that is done again writes nothing.
 * @throws PreceptError as `importConversation` and `openStore`; usage where the log is of another conversation.
 */
export async function importInto(
  place: StorePlace,
  path: string,
  options: ImportIntoOptions = {},
): Promise<ImportReport> {
  const { title = basename(place.folder), signal, tell, ...reading } = options;
  const imported = importConversation(await readExport(path), reading);
  const events = eventsOf(imported, title);
  if (place.url === undefined) makeFolder(place.folder);
  const store = await openStore(place);
  let written = 0;
  try {
    await refuseAnother(store, events, path, place.folder);
    for (let from = 0; from < events.length; from += BATCH) {
      throwIfInterrupted(signal, `Importing ${path} into ${place.folder}`);
      const appended = await store.append(events.slice(from, from + BATCH));
      written += appended.filter(({ isNew }) => isNew).length;
      tell?.(from + appended.length, events.length);
    }
  } finally {
    await store.close();
  }
  const { statements, votes } = imported.conversation;
  const participants = new Set(votes.map(({ participant }) => participant)).size;
  const figures = { participants, statements: statements.length, votes: votes.length };
  return { ...figures, written, there: events.length - written, warnings: imported.warnings };
}

/** Lines of a log that are looked at to tell whose it is. */
const LOOKED_AT = 5000;

/** A later export of one conversation holds what an earlier one did; of another it would be counted among strangers' votes. */
async function refuseAnother(
  store: LogStore,
  events: readonly NewEvent[],
  path: string,
  folder: string,
): Promise<void> {
  const nameOf = (event: SiteEvent): string[] =>
    event.kind === "vote" || event.kind === "statement" ? [contentHash(event)] : [];
  const there = (await store.read(0, LOOKED_AT)).flatMap((line) => {
    const event = openEvent(line);
    return event === undefined ? [] : nameOf(event);
  });
  if (there.length === 0) return;
  const missing = new Set(there);
  for (const { event } of events) for (const name of nameOf(event)) missing.delete(name);
  if (missing.size <= there.length / 2) return;
  throw new PreceptError("usage", {
    attempted: `Importing ${path} into ${folder}`,
    found: `a log of which ${missing.size} of ${there.length} votes and statements are not in this export`,
    expected: "a new folder, or one with an earlier export of the same conversation",
    remedy: "--out ANOTHER; nothing was written",
  });
}

/** A conversation as events; what an export does not know, such as its reasons for a rejection, is said to be unknown. */
function eventsOf({ conversation }: Imported, title: string): NewEvent[] {
  const { statements, votes } = conversation;
  const first = [...statements, ...votes].reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
  const start = inSeconds(Number.isFinite(first) ? first : 0);
  const said = statements.flatMap(statementEvents);
  const voted = votes.map(({ participant, statement, vote, at }): SiteEvent => {
    return { kind: "vote", at: inSeconds(at), participant, statement, vote };
  });
  const order = [...voted].sort((a, b) => a.at - b.at);
  const opening: SiteEvent = { kind: "configuration", at: start, configuration: configurationOf(conversation, title) };
  const seen = new Map<string, number>();
  return [opening, ...said, ...order].map((event) => {
    const hash = contentHash(event);
    const times = (seen.get(hash) ?? 0) + 1;
    seen.set(hash, times);
    return { event, key: `import:${hash}:${times}` };
  });
}

function statementEvents({ id, text, author, at, isSeed, isMeta, moderation }: Statement): SiteEvent[] {
  const when = inSeconds(at);
  const spoken = text === "" ? "(no text)" : text;
  return [
    { kind: "statement", at: when, statement: id, text: spoken, language: "und", isSeed, isMeta },
    ...(author === undefined ? [] : [{ kind: "author" as const, at: when, statement: id, participant: author }]),
    { kind: "moderation", at: when, statement: id, moderation, reason: "", note: "as imported" },
  ];
}

function configurationOf({ statements }: Conversation, title: string): Record<string, unknown> {
  const short = statements
    .map(({ text }) => text.trim())
    .filter((text) => text !== "" && text.length <= longestStatement);
  const seeds = [...new Set(short)].slice(0, 1000);
  const name = title.slice(0, 120) || "Imported";
  return configurationSchema.parse({ title: name, question: name, seeds: seeds.length > 0 ? seeds : [name] });
}

/** Whole seconds, as the log of the site has them. */
function inSeconds(at: number): number {
  return Math.max(Math.floor(at / 1000), 0) * 1000;
}
