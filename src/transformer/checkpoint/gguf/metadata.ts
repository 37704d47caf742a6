import { damagedGguf } from "./damaged.ts";

export type MetadataValue = number | string | boolean | readonly (number | string | boolean)[];
export type Metadata = ReadonlyMap<string, MetadataValue>;

/** Metadata of one file by kind; what is there but of another kind is an error that names it. */
export class MetadataReader {
  readonly path: string;
  readonly #metadata: Metadata;

  constructor(metadata: Metadata, path: string) {
    this.#metadata = metadata;
    this.path = path;
  }

  has(key: string): boolean {
    return this.#metadata.has(key);
  }

  /** @throws PreceptError checkpoint-invalid when it is missing; so do the others with `need`. */
  need<T>(value: T | undefined, key: string): T {
    if (value !== undefined) return value;
    throw damagedGguf(this.path, `no metadata ${key}`, key, "take another file of this model");
  }

  number(key: string): number | undefined {
    return this.#of(key, "a number", (value) => (typeof value === "number" ? value : undefined));
  }

  text(key: string): string | undefined {
    return this.#of(key, "a text", (value) => (typeof value === "string" ? value : undefined));
  }

  flag(key: string): boolean | undefined {
    return this.#of(key, "true or false", (value) => (typeof value === "boolean" ? value : undefined));
  }

  numbers(key: string): readonly number[] | undefined {
    return this.#of(key, "a list of numbers", (value) =>
      Array.isArray(value) && value.every((item) => typeof item === "number") ? value : undefined,
    );
  }

  texts(key: string): readonly string[] | undefined {
    return this.#of(key, "a list of texts", (value) =>
      Array.isArray(value) && value.every((item) => typeof item === "string") ? value : undefined,
    );
  }

  #of<T>(key: string, expected: string, as: (value: MetadataValue) => T | undefined): T | undefined {
    const value = this.#metadata.get(key);
    if (value === undefined) return undefined;
    const known = as(value);
    if (known !== undefined) return known;
    const found = JSON.stringify(value)?.slice(0, 60);
    throw damagedGguf(this.path, `${key} = ${found}`, expected, "take another file of this model");
  }
}
