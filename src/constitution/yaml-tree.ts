import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLError } from "yaml";
import type { Fault, Position } from "./issues.ts";

/** A YAML value with the place of everything; aliases are already followed. "unusable" was reported where it was met. */
export type Located = { readonly at: Position } & (
  | { readonly kind: "scalar"; readonly value: unknown }
  | { readonly kind: "list"; readonly items: readonly Located[] }
  | { readonly kind: "map"; readonly entries: readonly LocatedEntry[] }
  | { readonly kind: "unusable" }
);

/** One key of a map with its value. */
export interface LocatedEntry {
  readonly key: string;
  readonly keyAt: Position;
  readonly value: Located;
}

/** A document as a tree, with its faults. */
export interface YamlTree {
  readonly root: Located;
  readonly faults: readonly { readonly fault: Fault; readonly at: Position }[];
  /** Where the grammar first broke: what was read after it is guesswork. */
  readonly brokenAt?: Position | undefined;
}

/** A constitution of a thousand principles has some 10,000 values; no honest use of aliases comes near. */
export const ALIAS_LIMIT = 10_000;

/** Reads one YAML 1.2 document into a tree of positions, collecting every fault. Never throws on bad input. */
export function readYaml(text: string): YamlTree {
  const lines = new LineCounter();
  const document = parseDocument(text.startsWith("\ufeff") ? text.slice(1) : text, {
    lineCounter: lines,
    prettyErrors: false,
  });
  const place = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const faults = syntaxFaults([...document.errors, ...document.warnings], place);
  const grammar = document.errors.filter((error) => error.code !== "DUPLICATE_KEY").map((error) => error.pos[0]);
  const reader = new TreeReader(place);
  const root = reader.read(document.contents, 0);
  const all = [...faults, ...reader.faults];
  return { root, faults: all, brokenAt: grammar.length === 0 ? undefined : place(Math.min(...grammar)) };
}

/** One fault per line: after a slip the parser repeats itself. */
function syntaxFaults(
  errors: readonly YAMLError[],
  place: (offset: number) => Position,
): { fault: Fault; at: Position }[] {
  const seen = new Set<number>();
  const faults: { fault: Fault; at: Position }[] = [];
  for (const error of errors) {
    const at = place(error.pos[0]);
    if (error.code === "DUPLICATE_KEY" || seen.has(at.line)) continue;
    seen.add(at.line);
    const exhausted = error.code === "RESOURCE_EXHAUSTION";
    faults.push({
      fault: { code: "syntax", detail: exhausted ? "nested too deeply to be read" : `YAML: ${error.message}` },
      at,
    });
    if (exhausted) break;
  }
  return faults;
}

/** Walks the syntax tree once, following aliases within a budget; remembers anchors in document order. */
class TreeReader {
  readonly faults: { fault: Fault; at: Position }[] = [];
  readonly #place: (offset: number) => Position;
  readonly #anchors = new Map<string, Node>();
  readonly #open = new Set<Node>();
  #aliasDepth = 0;
  #expanded = 0;

  constructor(place: (offset: number) => Position) {
    this.#place = place;
  }

  read(node: unknown, fallback: number): Located {
    const offset = offsetOf(node) ?? fallback;
    const at = this.#place(offset);
    if (isAlias(node)) return this.#follow(node.source, at, offset);
    if (this.#aliasDepth > 0 && ++this.#expanded > ALIAS_LIMIT) {
      if (this.#expanded === ALIAS_LIMIT + 1)
        this.faults.push({ fault: { code: "alias-bomb", limit: ALIAS_LIMIT }, at });
      return { kind: "unusable", at };
    }
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return { kind: "scalar", value: null, at };
    if (node.anchor !== undefined && this.#aliasDepth === 0) this.#anchors.set(node.anchor, node);
    if (isScalar(node)) return { kind: "scalar", value: node.value, at };
    this.#open.add(node);
    const value: Located = isSeq(node)
      ? { kind: "list", at, items: node.items.map((item) => this.read(item, offset)) }
      : { kind: "map", at, entries: this.#entries(node.items, offset) };
    this.#open.delete(node);
    return value;
  }

  #entries(pairs: readonly { key: unknown; value: unknown }[], offset: number): LocatedEntry[] {
    const seen = new Set<string>();
    const entries: LocatedEntry[] = [];
    for (const pair of pairs) {
      const keyOffset = offsetOf(pair.key) ?? offset;
      const keyAt = this.#place(keyOffset);
      const value = this.read(pair.value, keyOffset);
      if (!isScalar(pair.key)) {
        this.faults.push({
          fault: { code: "wrong-type", expected: "a word as key", found: "a nested value" },
          at: keyAt,
        });
        continue;
      }
      const key = String(pair.key.value);
      if (seen.has(key)) this.faults.push({ fault: { code: "duplicate-key", key }, at: keyAt });
      else entries.push({ key, keyAt, value });
      seen.add(key);
    }
    return entries;
  }

  #follow(anchor: string, at: Position, offset: number): Located {
    const target = this.#anchors.get(anchor);
    const fault = (code: "unknown-alias" | "cyclic-alias"): Located => {
      this.faults.push({ fault: { code, anchor }, at });
      return { kind: "unusable", at };
    };
    if (target === undefined) return fault("unknown-alias");
    if (this.#open.has(target)) return fault("cyclic-alias");
    this.#aliasDepth++;
    const value = this.read(target, offset);
    this.#aliasDepth--;
    return value;
  }
}

function offsetOf(node: unknown): number | undefined {
  return isAlias(node) || isScalar(node) || isMap(node) || isSeq(node) ? node.range?.[0] : undefined;
}
