import type { PrincipleDraft } from "../constitution.ts";
import { canonicalText, idFromText, slug, uniqueIds } from "../text.ts";
import { type Imported, type ImportNote, importFailed } from "./imported.ts";

const HEADING = /^#{1,6}\s+(.*?)\s*#*$/;
const BULLET = /^(\s*)(?:[-*+•–—]|\(?\d{1,3}[.)]|\(?[a-z]\))\s+(.*)$/;

interface Item {
  text: string;
  readonly tag?: string | undefined;
}

/**
 * Reads a plain list. With bullets or numbers, each is a principle, deeper ones and continuation lines belong to it, and
 * prose around the list is skipped with a note; without, each paragraph is one, or each line where no paragraph has two.
 * Markdown headings become tags. Ids are made from the words.
 * @throws PreceptError "input-invalid" when nothing is left.
 */
export function importPlainList(text: string): Imported {
  const lines = text.replace(/^\ufeff/, "").split(/\r\n?|\n/);
  const notes: ImportNote[] = [];
  const items = lines.some((line) => BULLET.test(line)) ? splitBullets(lines, notes) : splitLines(lines);
  if (items.length === 0)
    return importFailed("a plain list", "no line with text", "one principle per line, bullet or paragraph");
  const texts = items.map((item) => stripQuotes(canonicalText(item.text)));
  const ids = uniqueIds(texts.map(idFromText));
  const principles = items.map(
    (item, i): PrincipleDraft => ({
      id: ids[i] ?? "",
      text: texts[i] ?? "",
      tags: item.tag === undefined ? undefined : [item.tag],
    }),
  );
  return { principles, notes };
}

function splitBullets(lines: readonly string[], notes: ImportNote[]): Item[] {
  const items: Item[] = [];
  let tag: string | undefined;
  let top = Number.POSITIVE_INFINITY;
  let nested: number | undefined;
  let open: Item | undefined;
  lines.forEach((raw, i) => {
    const heading = HEADING.exec(raw)?.[1];
    const bullet = BULLET.exec(raw);
    if (heading !== undefined) {
      tag = slug(heading) || undefined;
      open = undefined;
      top = Number.POSITIVE_INFINITY;
    } else if (bullet !== null) {
      const indent = bullet[1]?.length ?? 0;
      if (open !== undefined && indent > top) {
        nested ??= indent;
        open.text += `\n${raw.slice(Math.min(indent, nested))}`;
        return;
      }
      top = indent;
      nested = undefined;
      open = { text: bullet[2] ?? "", tag };
      if (open.text.trim() !== "") items.push(open);
    } else if (raw.trim() === "") {
      if (!/^\s/.test(lines[i + 1] ?? "")) open = undefined;
    } else if (open !== undefined) {
      open.text += `\n${raw.trim()}`;
    } else {
      notes.push({ code: "skipped", line: i + 1, text: raw.trim() });
    }
  });
  return items;
}

function splitLines(lines: readonly string[]): Item[] {
  const paragraphs: Item[] = [];
  const single: Item[] = [];
  let tag: string | undefined;
  let fresh = true;
  let longest = 0;
  let length = 0;
  lines.forEach((raw) => {
    const heading = HEADING.exec(raw)?.[1];
    const line = raw.trim();
    if (heading !== undefined || line === "") {
      if (heading !== undefined) tag = slug(heading) || undefined;
      fresh = true;
      length = 0;
      return;
    }
    const item: Item = { text: line, tag };
    single.push(item);
    const last = paragraphs.at(-1);
    if (fresh || last === undefined) paragraphs.push({ ...item });
    else last.text += `\n${line}`;
    fresh = false;
    longest = Math.max(longest, ++length);
  });
  const separated = paragraphs.length > 1 && longest > 1;
  return separated ? paragraphs : single;
}

function stripQuotes(text: string): string {
  return /^[“"]([^“”"]*)[”"]$/.exec(text)?.[1]?.trim() || text;
}
