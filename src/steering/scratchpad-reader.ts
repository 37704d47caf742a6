import { ShownText, type StreamPart } from "./shown-text.ts";
import { couldGrow, isMentioned, nextToken, type TagNames, type Token } from "./tags.ts";

/** What a model wrote in sections, read whatever it did to the tags. */
export interface ParsedScratchpad {
  /** By name; of the section that is shown the last one, of others all. Absent: not there, or empty. */
  readonly sections: Readonly<Record<string, string | undefined>>;
  /** What was wrong with the tags, for people. */
  readonly problems: readonly string[];
  /** Whether the section that is shown was there as asked for, had to be made out, or is not there. */
  readonly certainty: "exact" | "repaired" | "absent";
}

interface OpenSection {
  readonly name: string;
  /** The word of its opening tag. */
  readonly word: string;
  content: string;
}

/** Reads sections as they come. What it gives does not depend on where the pieces are cut. */
export class ScratchpadReader {
  readonly #tags: TagNames;
  readonly #problems: string[] = [];
  readonly #closed: OpenSection[] = [];
  readonly #shown = new ShownText();
  #held = "";
  /** The last sign that was read. */
  #last = "";
  /** Nothing but white space since the last tag or line end. */
  #isFresh = true;
  #current: OpenSection | undefined;
  /** The section that thinking broke into. */
  #interrupted: OpenSection | undefined;
  /** Text outside of all sections since the last tag: a section of which the opening tag is missing. */
  #loose = "";
  /** Within a fence of code, and how many sections opened in it. */
  #fence: { depth: number } | undefined;

  constructor(tags: TagNames, opened: string | undefined) {
    this.#tags = tags;
    if (opened !== undefined) this.#begin(opened);
  }

  /** What people may see of it. */
  push(piece: string): StreamPart[] {
    this.#held += piece;
    this.#read(false);
    return this.#shown.take();
  }

  /** What people may still see, now that nothing more comes. */
  finish(): StreamPart[] {
    this.#read(true);
    for (const open of [this.#current, this.#interrupted]) {
      if (open === undefined) continue;
      this.#problems.push(`<${open.name}> is not closed`);
      this.#closed.push(open);
    }
    this.#current = undefined;
    this.#interrupted = undefined;
    return this.#shown.take();
  }

  /** After `finish`. */
  get result(): ParsedScratchpad {
    const { sections, shown } = this.#tags;
    const found = sections.map((name) => {
      const all = this.#closed.filter((one) => one.name === name).map(({ content }) => content.trim());
      const kept = all.filter((content) => content !== "");
      if (name === shown && kept.length > 1) this.#noteOnce(`<${shown}> is there ${kept.length} times`);
      if (all.length === 0) this.#noteOnce(`<${name}> is missing`);
      return [name, name === shown ? kept.at(-1) : kept.length === 0 ? undefined : kept.join("\n\n")] as const;
    });
    const record = Object.fromEntries(found);
    const certainty = record[shown] === undefined ? "absent" : this.#problems.length === 0 ? "exact" : "repaired";
    return { sections: record, problems: [...this.#problems], certainty };
  }

  #noteOnce(problem: string): void {
    if (!this.#problems.includes(problem)) this.#problems.push(problem);
  }

  #read(isEnd: boolean): void {
    let token = nextToken(this.#held, this.#tags);
    while (token !== undefined) {
      // What follows may still belong to it.
      if (!isEnd && token.to === this.#held.length) break;
      this.#add(this.#held.slice(0, token.from));
      const text = this.#held.slice(token.from, token.to);
      const isWord = isMentioned(this.#last, this.#held[token.to] ?? "");
      this.#held = this.#held.slice(token.to);
      if (isWord || !this.#take(token)) this.#add(text);
      token = nextToken(this.#held, this.#tags);
    }
    const keep = isEnd ? this.#held.length : (token?.from ?? couldGrow(this.#held, this.#tags));
    this.#add(this.#held.slice(0, keep));
    this.#held = this.#held.slice(keep);
  }

  #add(text: string): void {
    if (text === "") return;
    this.#last = text.at(-1) ?? "";
    const line = text.slice(text.lastIndexOf("\n") + 1);
    this.#isFresh = line.trim() === "" && (this.#isFresh || line.length < text.length);
    if (this.#current === undefined) this.#loose += text;
    else {
      this.#current.content += text;
      if (this.#current.name === this.#tags.shown) this.#shown.add(text);
    }
  }

  /** @returns whether it was a tag that counts, and no text. */
  #take(token: Token): boolean {
    const current = this.#current;
    // Within a line another word for thinking is spoken of.
    if (token.word !== token.name && token.kind === "open" && !this.#isFresh) return false;
    if (token.kind === "fence") {
      const line = current?.content.slice(current.content.lastIndexOf("\n") + 1) ?? "";
      if (current?.name === this.#tags.shown && line.trim() === "") {
        this.#fence = this.#fence === undefined ? { depth: 0 } : undefined;
      }
      return false;
    }
    if (current !== undefined && this.#tags.hidden.includes(current.name)) {
      // Another word for it may be a part of what is thought.
      const isOwn = token.name === current.name && (token.word === current.word || token.word === current.name);
      if (token.kind !== "close" || !isOwn) return false;
      this.#end();
      return true;
    }
    const isHidden = token.kind === "open" && this.#tags.hidden.includes(token.name);
    if (this.#fence !== undefined && !isHidden && (token.kind === "open" || this.#fence.depth > 0)) {
      this.#fence.depth += token.kind === "open" ? 1 : -1;
      return false;
    }
    if (token.kind === "open") this.#open(token);
    else if (token.kind === "close") this.#close(token.name);
    // Only now: closing a section that nothing opened adds the loose text before the tag anew.
    this.#last = "";
    this.#isFresh = true;
    return true;
  }

  #open({ name, word }: Token): void {
    const { shown, hidden } = this.#tags;
    const current = this.#current;
    if (word !== name) this.#noteOnce(`<${word}> stands for <${name}>`);
    if (current !== undefined && hidden.includes(name) && current.name === shown) {
      this.#problems.push(`<${name}> stands within <${shown}>`);
      this.#interrupted = current;
      this.#current = { name, word, content: "" };
      return;
    }
    if (current?.name === name && current.content.trim() === "") {
      this.#problems.push(`<${name}> is opened twice`);
      return;
    }
    if (current !== undefined) {
      this.#problems.push(`<${current.name}> is not closed`);
      this.#closed.push(current);
    }
    this.#begin(name, word);
  }

  #close(name: string): void {
    if (this.#current?.name === name) {
      this.#end();
      return;
    }
    this.#problems.push(`</${name}> closes nothing`);
    const isFirst = this.#current === undefined && !this.#closed.some((one) => one.name === name);
    // Where there is thinking, text without a tag may be thinking: it is never shown.
    if (!isFirst || (name === this.#tags.shown && this.#tags.hidden.length > 0)) return;
    const content = this.#loose;
    this.#begin(name);
    this.#add(content);
    this.#end();
  }

  #begin(name: string, word = name): void {
    this.#current = { name, word, content: "" };
    this.#loose = "";
    this.#fence = undefined;
    if (name === this.#tags.shown) this.#shown.begin();
  }

  #end(): void {
    if (this.#current !== undefined) this.#closed.push(this.#current);
    this.#current = this.#interrupted;
    this.#interrupted = undefined;
    this.#loose = "";
    this.#fence = undefined;
  }
}
