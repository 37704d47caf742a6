import type { Finding } from "./check.ts";

/** Names that stand for masked texts: the same text has the same name throughout an exchange. */
export class Masks {
  readonly #names = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  /** "<EMAIL_1>" for the first address, after the kind of the rule, or its id. */
  nameOf({ check, evidence }: Finding): string {
    const key = `${check}\n${evidence}`;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const kind = (check.split(".").at(-1) ?? check).replaceAll("-", "_").toUpperCase();
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    const name = `<${kind}_${count}>`;
    this.#names.set(key, name);
    return name;
  }
}
