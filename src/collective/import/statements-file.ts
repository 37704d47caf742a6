import { PreceptError } from "../../errors.ts";
import type { Moderation, Statement } from "../votes.ts";
import { demandColumn, findColumn, type NamedText, nameLines, readRows } from "./rows.ts";

/** A statement of an export with the counts that stand beside it: of all votes, also those that were changed later. */
export interface CountedStatement extends Statement {
  readonly agrees: number | undefined;
  readonly disagrees: number | undefined;
}

export interface StatementsRead {
  readonly statements: readonly CountedStatement[];
  readonly warnings: readonly string[];
}

const MODERATED: Readonly<Record<string, Moderation>> = { "-1": "rejected", "0": "waiting", "1": "accepted" };
const SECONDS_END = 1e11;

/** Polis's comments.csv, oldest statement first. Texts are kept as they are: HTML and right-to-left marks are letters. */
export function readStatements(file: NamedText): StatementsRead {
  const rows = readRows(file);
  if (rows.length === 0) return { statements: [], warnings: [`${file.name} has no statements`] };
  const id = demandColumn(file.name, rows, ["comment-id", "statement", "statement_id", "statement-id", "tid"]);
  const text = demandColumn(file.name, rows, ["comment-body", "text", "txt"]);
  const [time, author] = [findColumn(rows, ["timestamp", "at", "created"]), findColumn(rows, ["author-id", "author"])];
  const bad = rows.filter(({ fields }) => (fields[id] ?? "") === "" || fields[text] === undefined);
  if (bad.length > 0) throw badStatements(file.name, nameLines(bad), "a statement without id or text column");
  const statements = rows.map(({ fields }): CountedStatement => {
    const at = Number(time === undefined ? 0 : fields[time]) || 0;
    return {
      id: fields[id] as string,
      text: fields[text] as string,
      author: (author && fields[author]) || undefined,
      at: at > 0 && at < SECONDS_END ? at * 1000 : at,
      isSeed: isYes(fields["is-seed"]),
      isMeta: isYes(fields["is-meta"]),
      moderation: MODERATED[fields["moderated"] ?? "1"] ?? "waiting",
      agrees: numberOf(fields["agrees"]),
      disagrees: numberOf(fields["disagrees"]),
    };
  });
  const twice = statements.filter((it, i) => statements.findIndex((other) => other.id === it.id) < i);
  if (twice.length > 0)
    throw badStatements(
      file.name,
      `the ids ${twice.map((it) => it.id).join(", ")} twice`,
      "files of two conversations in one?",
    );
  return { statements: statements.sort(byId), warnings: emptyTexts(file.name, statements) };
}

/** Numbers in their order, as Polis numbers statements when they come. */
export function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return Number(a.id) - Number(b.id) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

function emptyTexts(name: string, statements: readonly Statement[]): string[] {
  const empty = statements.filter(({ text }) => text.trim() === "");
  if (empty.length === 0) return [];
  const ids = empty.map(({ id }) => id).join(", ");
  return [`${name}: statement ${ids} has no text; its votes count, and nobody can be shown it`];
}

function isYes(field: string | undefined): boolean {
  return field === "true" || field === "1" || field === "t";
}

function numberOf(field: string | undefined): number | undefined {
  return field === undefined || !/^\d+$/.test(field) ? undefined : Number(field);
}

function badStatements(name: string, found: string, why: string): PreceptError {
  return new PreceptError("input-invalid", {
    attempted: `Reading ${name}`,
    found: `${found} (${why})`,
    expected: "one line a statement, with an id of its own and a text",
    remedy: "export the file again; nothing was imported",
  });
}
