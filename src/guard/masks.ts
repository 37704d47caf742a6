import { tryJson } from "../storage/index.ts";
import type { Finding } from "./check.ts";

/** A name as it stands in a text: "<EMAIL_1>". */
const anyName = /<([A-Z][A-Z0-9_]{0,63})_(\d{1,9})>/g;
/** The same in JSON, whose writers may escape the brackets. */
const anyJsonName = /(?:<|\\u003[cC])([A-Z][A-Z0-9_]{0,63}_\d{1,9})(?:>|\\u003[eE])/g;

/** A higher number in a text was not given by a guard. */
const HIGHEST_RESERVED = 1_000_000;

/** Names that stand for masked texts: the same text has the same name throughout a conversation. */
export class Masks {
  readonly #names = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  readonly #values = new Map<string, string>();
  readonly #restored = new Map<string, string>();

  /**
   * "<EMAIL_1>" for the first address, after the kind of the rule, or its id. `isRestored`: the name is put back where it stands
   * in an answer.
   */
  nameOf({ check }: Pick<Finding, "check">, value: string, isRestored = false): string {
    const kind = (check.split(".").at(-1) ?? check).replaceAll("-", "_").toUpperCase();
    const key = `${kind}\n${value}`;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    const name = `<${kind}_${count}>`;
    this.#names.set(key, name);
    if (!this.#values.has(value)) this.#values.set(value, name);
    if (isRestored) this.#restored.set(name, value);
    return name;
  }

  /** Names that stand in a text already are given to nothing else: turns that were masked before come back with every request. */
  reserve(text: string): void {
    for (const [, kind = "", count = ""] of text.matchAll(anyName)) {
      if (Number(count) > HIGHEST_RESERVED) continue;
      this.#counts.set(kind, Math.max(this.#counts.get(kind) ?? 0, Number(count)));
    }
  }

  /** Every text in a value with what has a name replaced by it, also inside of JSON that stands in a text. */
  hide<T>(value: T): T {
    if (this.#values.size === 0) return value;
    const pattern = new RegExp(
      [...this.#values.keys()]
        .flatMap((own) => [...new Set([own, escapeJson(own)])])
        .sort((a, b) => b.length - a.length)
        .map((own) => `(?<![\\p{L}\\p{N}_])${escapePattern(own)}(?![\\p{L}\\p{N}_])`)
        .join("|"),
      "gu",
    );
    const names = new Map([...this.#values].map(([own, name]) => [escapeJson(own), name]));
    const nameFor = (own: string): string => this.#values.get(own) ?? names.get(own) ?? own;
    return mapTexts(value, (text) => text.replace(pattern, nameFor)) as T;
  }

  /** Whether any name is put back in answers. */
  get areRestored(): boolean {
    return this.#restored.size > 0;
  }

  /** A whole text with names put back. */
  restore(text: string): string {
    return this.areRestored ? text.replace(anyName, (name) => this.#restored.get(name) ?? name) : text;
  }

  /** The same of JSON, where what is put back must not end a string early. */
  restoreJson(json: string): string {
    if (!this.areRestored) return json;
    if (tryJson(json) === undefined) return this.restore(json);
    return json.replace(anyJsonName, (name: string, inner: string) => {
      const value = this.#restored.get(`<${inner}>`);
      return value === undefined ? name : escapeJson(value);
    });
  }

  /** Whether a text may be the beginning of a name that is put back. */
  begins(text: string): boolean {
    return [...this.#restored.keys()].some((name) => name.length > text.length && name.startsWith(text));
  }
}

const escapePattern = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
const escapeJson = (text: string): string => JSON.stringify(text).slice(1, -1);

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, own]) => [key, mapTexts(own, change)]));
}
