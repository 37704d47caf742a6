import { scratchpad } from "../steering/index.ts";
import { findMarkers, type Marker } from "./markers.ts";

/** What an answer says that it rests on. */
export interface CitedSource {
  readonly n: number;
  /** The document, as the answer names it. */
  readonly named?: string | undefined;
  readonly quote: string;
  /** Of the whole text, from 1. */
  readonly line: number;
}

/** An answer taken apart. */
export interface CitedText {
  readonly answer: string;
  readonly sources: readonly CitedSource[];
  readonly markers: readonly Marker[];
  /** What was wrong with the sections. */
  readonly problems: readonly string[];
}

/** The sections in which a model is asked for its answer. */
export const citedSections = scratchpad(["sources", "answer"]);

/**
 * An answer and its sources: in <sources> and <answer>, or as plain text with lines `[1] returns.md: "the words"`. What is
 * no source stays in the answer.
 */
export function parseCitedText(text: string): CitedText {
  const { sections, problems, certainty } = citedSections.parse(text);
  if (certainty !== "absent") {
    const answer = sections["answer"] ?? "";
    const listed = sections["sources"] ?? "";
    // Some models write all sources on one line.
    const apart = listed.replace(/(["”»][.)]?)[ \t]+(?=\[\d{1,3}\]\s)/g, "$1\n");
    const sources = readSources(apart, lineAt(text, text.indexOf(listed)), true).sources;
    return { answer, sources, markers: findMarkers(answer, lineAt(text, text.lastIndexOf(answer))), problems };
  }
  const { sources, rest } = readSources(text, 1, false);
  return { answer: rest.trim(), sources, markers: findMarkers(rest, 1), problems: [] };
}

const lineAt = (text: string, at: number): number => text.slice(0, Math.max(0, at)).split("\n").length;

/** `isList`: every line is a source, whatever its marker. */
function readSources(text: string, firstLine: number, isList: boolean): { sources: CitedSource[]; rest: string } {
  const sources: (CitedSource & { readonly body: string })[] = [];
  const rest: string[] = [];
  const marker = isList
    ? /^\s*(?:[-*+•]\s+)?(?:\[\^?(\d{1,3})\]:?|(\d{1,3})[.):]|[-*+•])\s+(?=\S)/
    : /^\s*(?:[-*+•]\s+)?\[\^?(\d{1,3})\]:?\s+(?=.*["“„«].)/;
  let isOpen = false;
  for (const [i, line] of text.split("\n").entries()) {
    const found = marker.exec(line);
    const last = sources.at(-1);
    if (found !== null) {
      const n = Number(found[1] ?? found[2] ?? sources.length + 1);
      sources.push({ n, quote: "", line: firstLine + i, body: line.slice(found[0].length) });
      // A line of text alone keeps its place, so that line numbers hold.
      rest.push("");
      isOpen = isList || !isClosed(line);
    } else if (isOpen && last !== undefined && line.trim() !== "") {
      sources[sources.length - 1] = { ...last, body: `${last.body}\n${line}` };
      rest.push("");
      isOpen = isList || !isClosed(line);
    } else {
      isOpen &&= isList;
      rest.push(line);
    }
  }
  return { sources: sources.map(({ body, ...source }) => ({ ...source, ...readBody(body) })), rest: rest.join("\n") };
}

const isClosed = (line: string): boolean => /["”»][\s.)\]]*$/.test(line);

/** `returns.md: "the words"`, `[the rules](returns.md) — “the words”`, `"the words" (returns.md)`, `returns.md: the words`. */
function readBody(body: string): Pick<CitedSource, "named" | "quote"> {
  const inMarks = /^([\s\S]*?)["“„«]([\s\S]*)["”»]\s*(?:\(([^()]*)\)|[—–-]\s*(.*))?[\s.)]*$/.exec(body.trim());
  if (inMarks !== null) {
    const [, before = "", quote = "", inBrackets, behind] = inMarks;
    return { named: nameIn(before) ?? nameIn(inBrackets ?? behind ?? ""), quote };
  }
  const [, name, quote] = /^([^:\n"]{1,200}\.\w{1,8})\s*:\s+([\s\S]+)$/.exec(body.trim()) ?? [];
  return quote === undefined ? { named: undefined, quote: body.trim() } : { named: nameIn(name ?? ""), quote };
}

function nameIn(text: string): string | undefined {
  const linked = /\[[^\]]*\]\(([^)]*)\)/.exec(text)?.[1] ?? text;
  const name = linked.replace(/^[\s*_\x60(]+|[\s*_\x60):,—–-]+$/g, "");
  return name === "" ? undefined : name;
}
