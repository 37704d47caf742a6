import { PreceptError } from "../errors.ts";
import { afterBytes, startOf } from "./acceptor.ts";
import { compileSchema } from "./compile.ts";
import { numberExpression, repeat } from "./gbnf-numbers.ts";
import { type ArrayShape, type ObjectShape, type Shape, type StringShape, targetOf } from "./shapes.ts";
import type { ObjectStack, Stack } from "./stacks.ts";

/** Above, llama.cpp refuses a count: a bound beyond it is not held to. */
const mostCounted = 1000;

const common = [
  String.raw`ws ::= [ \t\n\r]{0,32}`,
  String.raw`escape ::= "\\" (["\\/bfnrt] | "u" ([0-9a-cefA-CEF] hex hex hex | [dD] [0-7] hex hex))`,
  "hex ::= [0-9a-fA-F]",
  String.raw`sign ::= [^"\\\x00-\x1f] | escape`,
  // Of a string that is bounded in UTF-16 units: each of these is one.
  String.raw`unit ::= [\x20-\x21\x23-\x5b\x5d-\uffff] | escape`,
];

/**
 * The JSON of a schema as a grammar that llama.cpp follows: rules in GBNF, the first is `root`. Strings with a `maxLength` get no
 * signs beyond U+FFFF. @param begun what the answer begins with already.
 * @throws PreceptError input-invalid for a schema that answers cannot be held to, or none of whose values begins so.
 */
export function writeGbnf(schema: Readonly<Record<string, unknown>>, begun = ""): string {
  const shape = compileSchema(schema);
  const stacks = afterBytes(startOf(shape), new TextEncoder().encode(begun));
  const writer = new GrammarWriter();
  const roots = stacks.flatMap((stack) => writer.from(stack, begun));
  if (roots.length === 0) throw cannotBegin(begun);
  return [`root ::= ${roots.join(" | ")}`, ...writer.rules, ...common, ""].join("\n");
}

class GrammarWriter {
  readonly #rules = new Map<string, string>();

  get rules(): string[] {
    return [...this.#rules].map(([name, expression]) => `${name} ::= ${expression}`);
  }

  /** What may follow at a place; none within an escape, a number or the middle of a character: that is no place to begin. */
  from(stack: Stack, begun: string): string[] {
    if (stack.kind === "end") return ['""'];
    const own = this.#at(stack);
    if (own === undefined) throw cannotBegin(begun);
    return this.from(stack.rest, begun).map((rest) => (rest === '""' ? own : `${own} ${rest}`));
  }

  #at(stack: Exclude<Stack, { kind: "end" }>): string | undefined {
    switch (stack.kind) {
      case "value":
        return `ws ${this.#of(stack.shape)}`;
      case "literal":
        return textOf(stack.shape.bytes.subarray(stack.at));
      case "string":
        return stack.inside.kind === "text" ? restOfString(stack.shape, stack.points, stack.units) : undefined;
      case "number":
        return undefined;
      case "array":
        return this.#array(stack.shape, stack.count);
      case "name": {
        const name = textOf((stack.shape.members[stack.member]?.name ?? new Uint8Array()).subarray(stack.at));
        return name === undefined ? undefined : `${name} ${this.#object(stack.shape, "colon", stack.member + 1)}`;
      }
      case "object":
        return this.#object(stack.shape, stack.at, stack.next);
    }
  }

  /** The name of a shape's rule. */
  #of(shape: Shape): string {
    const name = `value-${shape.id}`;
    if (shape.kind === "reference") return this.#of(targetOf(shape));
    return this.#rule(name, () => this.#write(shape));
  }

  /** A rule is known by name before it is written: schemas may be recursive. */
  #rule(name: string, write: () => string): string {
    if (!this.#rules.has(name)) {
      this.#rules.set(name, "");
      this.#rules.set(name, write());
    }
    return name;
  }

  #write(shape: Exclude<Shape, { kind: "reference" }>): string {
    switch (shape.kind) {
      case "literal":
        return textOf(shape.bytes) ?? "";
      case "string":
        return String.raw`"\"" ${restOfString(shape, 0, 0)}`;
      case "number":
        return numberExpression(shape.range);
      case "array":
        return `"[" ${this.#array(shape, 0)}`;
      case "object":
        return `"{" ${this.#object(shape, "first", 0)}`;
      case "union":
        return `(${shape.shapes.map((one) => this.#of(one)).join(" | ")})`;
    }
  }

  /** Behind `count` entries, up to the closing bracket. */
  #array({ items, min, max }: ArrayShape, count: number): string {
    const one = this.#of(items);
    const more = (entries: number): string => {
      const least = Math.min(mostCounted, Math.max(0, min - entries));
      return max <= entries ? "" : `${repeat(`(ws "," ws ${one})`, least, limitCount(max - entries))} `;
    };
    if (count > 0) return `${more(count)}ws "]"`;
    if (max === 0) return 'ws "]"';
    const entries = `ws ${one} ${more(1)}`;
    return `${min > 0 ? entries : `(${entries})? `}ws "]"`;
  }

  /** From a place in an object up to its closing brace. `next`: the first member that may still come. */
  #object(shape: ObjectShape, at: ObjectStack["at"], next: number): string {
    const { id, members } = shape;
    if (at === "colon") {
      const member = members[next - 1];
      const value = member === undefined ? "" : this.#of(member.shape);
      return `ws ":" ws ${value} ${this.#object(shape, "after", next)}`;
    }
    return this.#rule(`object-${id}-${at}-${next}`, () => {
      // Up to the first that may not be left out.
      const required = members.findIndex(({ isRequired }, index) => index >= next && isRequired);
      const last = required < 0 ? members.length - 1 : required;
      const names = members.slice(next, last + 1).map(({ name }, index) => {
        const comma = at === "after" ? 'ws "," ' : "";
        return `${comma}ws ${textOf(name)} ${this.#object(shape, "colon", next + index + 1)}`;
      });
      return [...names, ...(required < 0 && at !== "key" ? ['ws "}"'] : [])].join(" | ");
    });
  }
}

/** Behind the first sign of a string, up to its closing quotation mark; so many of it are written. */
function restOfString({ min, max }: StringShape, points: number, units: number): string {
  const least = Math.min(mostCounted, Math.max(0, min - points));
  const isBounded = max - units <= mostCounted;
  const signs = repeat(isBounded ? "unit" : "sign", least, limitCount(max - units));
  return max - units < 1 ? String.raw`"\""` : String.raw`${signs} "\""`;
}

const limitCount = (most: number): number => (most > mostCounted ? Number.POSITIVE_INFINITY : most);

/** Bytes as a text of GBNF; undefined for the half of a character. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return JSON.stringify(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

const cannotBegin = (begun: string): PreceptError =>
  new PreceptError("input-invalid", {
    attempted: "Holding an answer to a JSON Schema by llama.cpp",
    found: `an answer that is to begin with ${JSON.stringify(begun)}`,
    expected:
      "the beginning of JSON that fits the schema, its members in the schema's order, and not the middle of a number",
  });
