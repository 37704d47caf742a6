import type { PrincipleDraft } from "../constitution.ts";
import { slug } from "../text.ts";
import { type Imported, type ImportNote, importFailed } from "./imported.ts";

const FORM = "the text of the 2023 page";
const BEGINNING = /^#*\s*The Principles in Full\s*$/i;
const END = /^#*\s*(?:End ?notes|Footnotes)\s*$|^\[1\]\s/i;
const FINISHED = /[.?!)]["”]?$/;
const SOURCE = "Anthropic, Claude's Constitution, 9 May 2023";

/** The line on which the list of the page begins, or -1. */
export function claudePageStart(text: string): number {
  return text.split(/\r\n?|\n/).findIndex((line) => BEGINNING.test(line.trim()));
}

/**
 * Reads the principles of "Claude's Constitution" (2023) from the text of its page: below "The Principles in Full", a
 * paragraph without a full stop is a section; all others are principles. Article numbers go to the source. A paragraph
 * that a page break has torn stays a principle as it is, with a note.
 * @throws PreceptError "input-invalid".
 */
export function importClaudePage(text: string): Imported {
  const start = claudePageStart(text);
  if (start < 0)
    return importFailed(FORM, 'no line "The Principles in Full"', "the whole text of the page, list included");
  const principles: PrincipleDraft[] = [];
  const notes: ImportNote[] = [];
  let section = { title: "Principles", tag: "principles", count: 0 };
  for (const { line, text: paragraph } of splitParagraphs(text, start + 1)) {
    if (!FINISHED.test(paragraph)) {
      section = { title: paragraph, tag: sectionTag(paragraph), count: 0 };
      continue;
    }
    section.count++;
    const { statement, articles } = splitArticles(paragraph);
    const id = `${section.tag}-${section.count}`;
    const place =
      articles === undefined
        ? `number ${section.count}`
        : `${/\D/.test(articles) ? "articles" : "article"} ${articles}`;
    const comparison = /^(?:please )?(?:choose|compare|which|consider)\b/i.test(statement);
    principles.push({
      id,
      text: statement,
      comparisonRequest: comparison ? statement : undefined,
      source: `${SOURCE}, ${section.title}, ${place}`,
      tags: [section.tag],
    });
    if (/^\p{Ll}/u.test(statement)) notes.push({ code: "begins-mid-sentence", line, principle: id, text: statement });
  }
  if (principles.length === 0)
    return importFailed(FORM, `nothing below line ${start + 1}`, "the principles, one per paragraph");
  return { source: SOURCE, principles, notes };
}

/**
 * Paragraphs with the line they begin on. Where blank lines separate them, lines in between are joined; where a copy has
 * lost the blank lines, only a line whose sentence is unfinished goes on.
 */
function splitParagraphs(text: string, from: number): { line: number; text: string }[] {
  const rest = text
    .split(/\r\n?|\n/)
    .slice(from)
    .map(stripMarks);
  const end = rest.findIndex((line) => END.test(line));
  const lines = end < 0 ? rest : rest.slice(0, end);
  const blank = lines.filter((line) => line === "").length;
  const separated = blank * 3 > lines.length - blank;
  const found: { line: number; text: string }[] = [];
  let open = false;
  lines.forEach((line, i) => {
    const last = found.at(-1);
    const finished = last === undefined || FINISHED.test(last.text);
    const begins = /^(?:please|choose|compare|which)\b/i.test(line);
    if (line === "") {
      open = false;
    } else if (open && last !== undefined && (finished ? separated : !begins)) {
      last.text += ` ${line}`;
    } else {
      found.push({ line: from + i + 1, text: line });
      open = true;
    }
  });
  return found;
}

/** Drops Markdown links (`[text](#)`), heading marks and bullets. */
function stripMarks(line: string): string {
  return line
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .trim()
    .replace(/^(?:#{1,6}|[-*•])\s+/, "")
    .trim();
}

function splitArticles(paragraph: string): { statement: string; articles?: string } {
  const match = /^(.*[.?!])\s*\((\d[\d\s&–-]*)\)$/.exec(paragraph);
  return match?.[1] === undefined || match[2] === undefined
    ? { statement: paragraph }
    : { statement: match[1], articles: match[2] };
}

function sectionTag(title: string): string {
  const subject = title.replace(
    /^(?:principles (?:based on|inspired by|encouraging(?: consideration of)?)|from)\s+(?:the\s+)?/i,
    "",
  );
  return slug(subject) || "principles";
}
