import { PreceptError } from "../errors.ts";
import { type ParsedScratchpad, ScratchpadReader } from "./scratchpad-reader.ts";

export interface ScratchpadOptions {
  /** The one section that people see. Default: the last. */
  readonly shown?: string | undefined;
  /** Sections that nothing but their own closing tag ends. Default: those called thinking, reasoning or scratchpad. */
  readonly hidden?: readonly string[] | undefined;
}

export interface ReadOptions {
  /** The section that was opened for the model, by a prefill that its text does not repeat. */
  readonly opened?: string | undefined;
}

/** Sections that a model is asked for: how to ask, when to stop, how to read whole and as it comes. */
export interface Scratchpad {
  readonly sections: readonly string[];
  readonly instruction: string;
  readonly stop: readonly string[];
  /** Never throws on what a model wrote. */
  parse(text: string, options?: ReadOptions): ParsedScratchpad;
  /** The same piece by piece: `push` gives what people may see, and never the half of a tag. */
  stream(options?: ReadOptions): ScratchpadReader;
}

/** @throws PreceptError usage for names that make no tags. */
export function scratchpad(sections: readonly string[], options: ScratchpadOptions = {}): Scratchpad {
  const { shown = sections.at(-1) ?? "" } = options;
  const hidden = options.hidden ?? sections.filter((name) => /^(?:thinking|reasoning|scratchpad)$/i.test(name));
  const wrong = sections.find((name) => !/^[a-z][a-z0-9_-]*$/.test(name));
  if (wrong !== undefined || !sections.includes(shown) || hidden.includes(shown)) {
    throw new PreceptError("usage", {
      attempted: "Making a scratchpad",
      found: wrong === undefined ? `sections ${sections.join(", ")}, of which "${shown}" is shown` : `"${wrong}"`,
      expected: "names of small letters, one of them shown and not hidden",
    });
  }
  const tags = { sections, shown, hidden };
  return {
    sections,
    instruction: `Write ${sections.map((name) => `<${name}>…</${name}>`).join(", then ")}, in this order, and nothing else.`,
    stop: [`</${shown}>`],
    parse(text, read = {}) {
      const reader = new ScratchpadReader(tags, read.opened);
      reader.push(text);
      reader.finish();
      return reader.result;
    },
    stream: (read = {}) => new ScratchpadReader(tags, read.opened),
  };
}
