import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { afterBytes, canEnd, startOf } from "./acceptor.ts";
import { compileSchema } from "./compile.ts";
import { writeGbnf } from "./gbnf.ts";
import { numberExpression } from "./gbnf-numbers.ts";
import { isNumberIn } from "./number-range.ts";

type Schema = Readonly<Record<string, unknown>>;

/** An expression of GBNF as a regular one: rules put in where they are named, `depth` deep. */
function asRegex(expression: string, rules: ReadonlyMap<string, string>, depth: number): string {
  const part = /"((?:[^"\\]|\\.)*)"|(\[(?:[^\]\\]|\\.)*\])|([a-z][\w-]*)|(\{[\d,]+\}|[()|*+?])|\s+/gu;
  return expression.replace(part, (whole, text?: string, set?: string, rule?: string) => {
    if (text !== undefined) return `(?:${(JSON.parse(`"${text}"`) as string).replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")})`;
    if (set !== undefined) return set;
    if (rule !== undefined) return depth === 0 ? "(?!)" : `(?:${asRegex(rules.get(rule) ?? "(?!)", rules, depth - 1)})`;
    return whole.trim() === "(" ? "(?:" : whole.trim();
  });
}

function accepts(schema: Schema, text: string, begun = ""): boolean {
  const lines = writeGbnf(schema, begun).trim().split("\n");
  const rules = new Map(lines.map((line) => line.split(/ ::= (.*)/s).slice(0, 2) as [string, string]));
  return new RegExp(`^(?:${asRegex(rules.get("root") ?? "", rules, 12)})$`, "u").test(text);
}
const followed = (schema: Schema, text: string): boolean =>
  canEnd(afterBytes(startOf(compileSchema(schema)), new TextEncoder().encode(text)));

describe("numbers of a range", () => {
  const bound = fc.bigInt({ min: -130_000n, max: 130_000n });
  test("are those that are followed digit by digit", () => {
    fc.assert(
      fc.property(
        fc.array(bound, { minLength: 2, maxLength: 2 }),
        fc.nat(3),
        bound,
        fc.nat(3),
        (ends, scale, at, shown) => {
          const [low = 0n, high = 0n] = ends.toSorted((a, b) => (a < b ? -1 : 1));
          const range = { low, high, scale };
          const whole = new RegExp(`^(?:${asRegex(numberExpression(range), new Map(), 0)})$`);
          for (const units of [at, low, high, low - 1n, high + 1n, 0n]) {
            const text = (Number(units) / 10 ** scale).toFixed(Math.min(scale, shown));
            if (/^-0(\.0*)?$/.test(text)) continue;
            expect([text, whole.test(text)]).toEqual([text, isNumberIn(text, range)]);
          }
        },
      ),
      { numRuns: 2000, seed: 3 },
    );
  });
  test.each(["01", "-0", "1.", "1.0000000001", ".5", "1e3", "", "-"])("%j is none", (text) => {
    const all = numberExpression({ low: -(10n ** 12n), high: 10n ** 12n, scale: 9 });
    expect(new RegExp(`^(?:${asRegex(all, new Map(), 0)})$`).test(text)).toBe(false);
  });
});

describe("JSON of a schema", () => {
  const line = z.object({ sku: z.literal('a"1'), tags: z.array(z.string().min(1)).min(1).max(2).optional() });
  const order = z.object({
    id: z.union([z.int().min(-3).max(1200), z.string().max(3)]),
    note: z.string().nullable().optional(),
    lines: z.array(line).max(2),
    isPaid: z.boolean().optional(),
  });
  const schema = z.toJSONSchema(order) as Schema;
  const value = fc.record(
    {
      id: fc.oneof(fc.integer({ min: -5, max: 1300 }), fc.string({ maxLength: 4 })),
      note: fc.option(fc.string({ unit: "binary" })),
      lines: fc.array(
        fc.record(
          { sku: fc.constantFrom('a"1', "a1"), tags: fc.array(fc.string({ maxLength: 2 }), { maxLength: 3 }) },
          { requiredKeys: ["sku"] },
        ),
        { maxLength: 3 },
      ),
      isPaid: fc.boolean(),
    },
    { requiredKeys: ["id", "lines"] },
  );

  test("is what the acceptor follows, whatever fits or not", () => {
    let fit = 0;
    const one = (json: unknown, indent: number): void => {
      const text = JSON.stringify(json, null, indent);
      expect([text, accepts(schema, text)]).toEqual([text, followed(schema, text)]);
      if (followed(schema, text)) fit++;
    };
    fc.assert(fc.property(value, fc.nat(2), one), { numRuns: 300, seed: 5 });
    expect(fit).toBeGreaterThan(50);
  });

  test.each([
    ['{"id": "ab', 'c","lines":[]}', true],
    ['{"id": "ab', 'cd","lines":[]}', false],
    ['{"i', 'd":7,"lines":[]}', true],
    ['{"id":7,"lines":[{"sku":"a\\"1"}', ',{"sku":"a\\"1"}]}', true],
    ['{"id":7,"lines":[{"sku":"a\\"1"}', ',{"sku":"a\\"1"},{"sku":"a\\"1"}]}', false],
    ['{"id":7,', '"lines":[]}', true],
    ['{"id":7,', '"isPaid":true}', false],
    ['{"id":tru', "e}", false],
  ])("goes on behind %j with %j: %j", (begun, rest, isFit) => {
    const schemaFree = begun.includes("tru") ? (z.toJSONSchema(z.object({ id: z.boolean() })) as Schema) : schema;
    expect(accepts(schemaFree, rest, begun)).toBe(begun.includes("tru") ? true : isFit);
  });

  test("does not begin with what it cannot, nor in the middle of a number or an escape", () => {
    for (const begun of ["[", '{"id":7', '{"id":"\\u00'])
      expect(() => writeGbnf(schema, begun)).toThrow(`begin with ${JSON.stringify(begun)}`);
    expect(() => writeGbnf({ type: "string", pattern: "a" })).toThrow("the keyword pattern");
  });

  test("may lie within itself", () => {
    const tree: z.ZodType = z.object({
      value: z.int(),
      get children() {
        return z.array(tree).max(1);
      },
    });
    const own = z.toJSONSchema(tree) as Schema;
    expect(accepts(own, '{"value":1,"children":[{"value":2,"children":[]}]}')).toBe(true);
    expect(accepts(own, '{"value":1,"children":[{"value":2}]}')).toBe(false);
  });

  test("counts a sign beyond U+FFFF for none where a string is bounded", () => {
    expect(accepts({ type: "string", maxLength: 4 }, '"a👍"')).toBe(false);
    expect(accepts({ type: "string" }, '"a👍"')).toBe(true);
    expect(accepts({ type: "string", maxLength: 5000, minLength: 2 }, `"${"x".repeat(3000)}"`)).toBe(true);
  });
});
