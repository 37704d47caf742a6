import { PreceptError } from "../errors.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { afterBytes, type Stacks, startOf } from "./acceptor.ts";
import { compileSchema } from "./compile.ts";
import { type Constraint, TokenMasks } from "./masks.ts";
import { vocabularyOf } from "./vocabulary.ts";

/** One text that is held to a schema while it is written. */
export class TokenGuide {
  readonly #masks: TokenMasks;
  #stacks: Stacks;

  constructor(masks: TokenMasks, begun: string) {
    this.#masks = masks;
    this.#stacks = afterBytes(masks.start, new TextEncoder().encode(begun));
  }

  /** Whether a token may come next. */
  allows(token: number): boolean {
    return this.#masks.after(this.#stacks, token).length > 0;
  }

  /** 1 for every token that may come next; at least one may. */
  mask(size: number): Uint8Array {
    return this.#masks.maskOf(this.#stacks, size);
  }

  /** Goes on with a token that may come. */
  take(token: number): void {
    this.#stacks = this.#masks.after(this.#stacks, token);
  }
}

const kept = new Map<string, TokenMasks>();
const KEPT = 8;

/** A guide for one text; what belongs to the schema is made once. @param begun what the text begins with already. */
export function guideFor(constraint: Constraint, stops: readonly number[], begun = ""): TokenGuide {
  const key = JSON.stringify([constraint.vocabulary.key, stops, constraint.schema]);
  const masks = kept.get(key) ?? new TokenMasks(constraint, stops);
  kept.delete(key);
  kept.set(key, masks);
  const [oldest] = kept.keys();
  if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
  return new TokenGuide(masks, begun);
}

/** What holds a model's answers to a schema. @throws PreceptError input-invalid for a schema or a tokenizer that allows no such thing. */
export function constraintFor(tokenizer: Tokenizer, schema: Constraint["schema"]): Constraint {
  compileSchema(schema);
  return { schema, vocabulary: vocabularyOf(tokenizer, JSON.stringify(schema)) };
}

/** @throws PreceptError input-invalid for a text that is no beginning of JSON of the schema. */
export function checkBeginning(schema: Constraint["schema"], begun: string): void {
  const stacks = afterBytes(startOf(compileSchema(schema)), new TextEncoder().encode(begun));
  if (stacks.length > 0) return;
  throw new PreceptError("input-invalid", {
    attempted: "Holding an answer to a JSON Schema",
    found: `an answer that is to begin with ${JSON.stringify(begun)}`,
    expected: "the beginning of JSON that fits the schema, its members in the schema's order",
  });
}

/** Whether answers can be held to a schema: it keeps to the keywords that `compileSchema` knows. */
export function canHold(schema: Constraint["schema"]): boolean {
  try {
    compileSchema(schema);
    return true;
  } catch (error) {
    if (error instanceof PreceptError) return false;
    throw error;
  }
}
