import { findNearest } from "../../nearest.ts";
import type { PrincipleDraft } from "../constitution.ts";
import { slug, uniqueIds } from "../text.ts";
import { type Imported, type ImportNote, importFailed } from "./imported.ts";

const FORM = "a Markdown document";

/** A heading with the text below it. */
export interface MarkdownSection {
  readonly title: string;
  readonly level: number;
  /** Line of the heading, from 1. */
  readonly line: number;
  /** Titles from the top to this section's parent. */
  readonly parents: readonly string[];
  /** The text between this heading and the next. */
  readonly text: string;
}

/** Which sections of a document become principles. */
export interface MarkdownOptions {
  /** Titles (or their slugs) of the sections that become principles, sub-sections included. */
  readonly sections?: readonly string[] | undefined;
  /** Without `sections`: every section down to this heading level that has text of its own. Default 2. */
  readonly level?: number | undefined;
}

/** All sections of a document in order; headings are `#` lines and underlined ones, outside of fenced code. */
export function markdownSections(text: string): MarkdownSection[] {
  const lines = text.replace(/^\ufeff/, "").split(/\r\n?|\n/);
  const sections: (Omit<MarkdownSection, "text"> & { body: string[] })[] = [];
  const path: { level: number; title: string }[] = [];
  let fenced = false;
  const open = (level: number, rawTitle: string, line: number): void => {
    const title = plainTitle(rawTitle);
    while ((path.at(-1)?.level ?? 0) >= level) path.pop();
    sections.push({ title, level, line, parents: path.map((parent) => parent.title), body: [] });
    path.push({ level, title });
  };
  lines.forEach((line, i) => {
    if (/^\s*(?:```|~~~)/.test(line)) fenced = !fenced;
    const atx = fenced ? null : /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/.exec(line);
    const underline = fenced ? null : /^ {0,3}(=+|-+)\s*$/.exec(line);
    const body = sections.at(-1)?.body;
    const above = body?.at(-1) ?? (i > 0 && sections.length === 0 ? lines[i - 1] : undefined);
    if (atx !== null) {
      open(atx[1]?.length ?? 1, atx[2] ?? "", i + 1);
    } else if (
      underline !== null &&
      above !== undefined &&
      above.trim() !== "" &&
      !/^\s*(?:[-*+>|]|\d+[.)])/.test(above)
    ) {
      body?.pop();
      open(underline[1]?.startsWith("=") ? 1 : 2, above.trim(), i);
    } else {
      body?.push(line);
    }
  });
  return sections.map(({ body, ...section }) => ({ ...section, text: body.join("\n").trim() }));
}

/**
 * One principle per chosen section of a document of prose. What lies below a chosen section belongs to it, unless it is
 * chosen itself. Sections without text, and tables of contents, are left out.
 * @throws PreceptError "input-invalid" for a section that does not exist, naming those that do.
 */
export function importMarkdown(text: string, options: MarkdownOptions = {}): Imported {
  const all = markdownSections(text);
  if (all.length === 0) return importFailed(FORM, "no heading", "a document with sections", "import it as plain-list");
  const notes: ImportNote[] = [];
  const chosen = options.sections === undefined ? byLevel(all, options.level ?? 2) : byTitle(all, options.sections);
  const title = all[0]?.title ?? "";
  const principles: PrincipleDraft[] = [];
  all.forEach((section, index) => {
    if (!chosen.has(section)) return;
    if (isTableOfContents(section.text)) {
      notes.push({ code: "table-of-contents", line: section.line, text: section.title });
      return;
    }
    const body = [section.text, ...below(all, index, chosen)].filter((part) => part !== "").join("\n\n");
    if (body === "") {
      if (options.sections !== undefined)
        notes.push({ code: "skipped", line: section.line, text: `${section.title} (no text)` });
      return;
    }
    const parent = section.parents.at(-1);
    principles.push({
      id: sectionId(section.title),
      text: body,
      source: `${title}${section.title === title ? "" : `, "${section.title}"`}, line ${section.line}`,
      tags: parent === undefined ? undefined : [slug(parent)],
    });
  });
  if (principles.length === 0)
    return importFailed(FORM, "no chosen section has text", `sections such as ${titles(all)}`);
  const ids = uniqueIds(principles.map(({ id }) => id));
  return {
    source: title,
    principles: principles.map((principle, i) => ({ ...principle, id: ids[i] ?? principle.id })),
    notes,
  };
}

function byLevel(all: readonly MarkdownSection[], level: number): Set<MarkdownSection> {
  const reach = Math.max(level, Math.min(...all.map((section) => section.level)));
  return new Set(all.filter((section) => section.level <= reach));
}

function byTitle(all: readonly MarkdownSection[], wanted: readonly string[]): Set<MarkdownSection> {
  const chosen = wanted.flatMap((name) => {
    const found = all.filter((section) => slug(section.title) === slug(name));
    if (found.length > 0) return found;
    const close = findNearest(
      slug(name),
      all.map((section) => slug(section.title)),
    );
    return importFailed(
      FORM,
      `no section "${name}"`,
      `one of: ${titles(all)}`,
      close.length === 0 ? undefined : close.join(" or "),
    );
  });
  return new Set(chosen);
}

/** The sections under one, headings included, up to the next of its level; those chosen themselves left out with their own. */
function below(all: readonly MarkdownSection[], index: number, chosen: ReadonlySet<MarkdownSection>): string[] {
  const top = all[index]?.level ?? 0;
  const parts: string[] = [];
  let skippedLevel = Number.POSITIVE_INFINITY;
  for (const section of all.slice(index + 1)) {
    if (section.level <= top) break;
    if (section.level <= skippedLevel) skippedLevel = chosen.has(section) ? section.level : Number.POSITIVE_INFINITY;
    if (skippedLevel === Number.POSITIVE_INFINITY)
      parts.push(`${"#".repeat(section.level)} ${section.title}`, section.text);
  }
  return parts;
}

/** Links to the document itself and nothing else. */
function isTableOfContents(text: string): boolean {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.length > 1 && lines.every((line) => /^\s*(?:[-*+]\s+|\d+[.)]\s+)?\[[^\]]*\]\(#[^)]*\)\s*$/.test(line));
}

function plainTitle(title: string): string {
  return title
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/[*_`]/g, "")
    .trim();
}

function sectionId(title: string): string {
  const id = slug(title).slice(0, 60).replace(/-+$/, "");
  return /^[a-z]/.test(id) ? id : `section${id === "" ? "" : `-${id}`}`;
}

function titles(all: readonly MarkdownSection[]): string {
  const names = all.map((section) => section.title);
  return names.slice(0, 40).join("; ") + (names.length > 40 ? "; …" : "");
}
