import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { rng } from "../rng.ts";
import { afterByte, afterBytes, canEnd, isOver, type Stacks, startOf } from "./acceptor.ts";
import { compileSchema } from "./compile.ts";
import { isNumberBegun, isNumberIn, toUnits } from "./number-range.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const accepts = (schema: Readonly<Record<string, unknown>>, text: string): boolean =>
  canEnd(afterBytes(startOf(compileSchema(schema)), bytesOf(text)));

const product = z.object({
  name: z.string().min(2).max(12),
  colour: z.enum(["red", "dark blue", 'say "ü"', "re"]),
  inches: z.number().min(-2.5).max(300),
  count: z.int().min(3).max(1200),
  isSold: z.boolean(),
  note: z.string().nullable(),
});
const order = z.object({
  id: z.union([z.int(), z.string()]),
  lines: z
    .array(z.object({ sku: z.literal("a-1"), tags: z.array(z.string()).max(2).optional() }))
    .min(1)
    .max(3),
  extra: z.object({ price: z.number().gt(0).lt(1) }).optional(),
});
const tree: z.ZodType = z.object({
  value: z.int(),
  get children() {
    return z.array(tree).max(2);
  },
});

const cases: readonly (readonly [string, z.ZodType, fc.Arbitrary<unknown>])[] = [
  [
    "flat",
    product,
    fc.record({
      name: fc.string({ minLength: 2, maxLength: 6, unit: "binary" }),
      colour: fc.constantFrom("red", "dark blue", 'say "ü"', "re"),
      inches: fc.integer({ min: -2500, max: 300_000 }).map((n) => n / 1000),
      count: fc.integer({ min: 3, max: 1200 }),
      isSold: fc.boolean(),
      note: fc.option(fc.string({ unit: "binary" })),
    }),
  ],
  [
    "nested",
    order,
    fc.record(
      {
        id: fc.oneof(fc.integer(), fc.string()),
        lines: fc.array(
          fc.record(
            { sku: fc.constant("a-1"), tags: fc.array(fc.string(), { maxLength: 2 }) },
            { requiredKeys: ["sku"] },
          ),
          { minLength: 1, maxLength: 3 },
        ),
        extra: fc.record({ price: fc.integer({ min: 1, max: 999 }).map((n) => n / 1000) }),
      },
      { requiredKeys: ["id", "lines"] },
    ),
  ],
  [
    "alternatives",
    z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("a"), n: z.int() }),
      z.object({ kind: z.literal("ab"), list: z.array(z.boolean()) }),
    ]),
    fc.oneof(
      fc.record({ kind: fc.constant("a"), n: fc.integer() }),
      fc.record({ kind: fc.constant("ab"), list: fc.array(fc.boolean()) }),
    ),
  ],
  [
    "recursive",
    tree,
    fc.letrec((tie) => ({
      tree: fc.record({ value: fc.integer(), children: fc.array(tie("tree"), { maxLength: 2, depthIdentifier: "t" }) }),
    })).tree,
  ],
];
const schemaOf = (schema: z.ZodType) => z.toJSONSchema(schema, { io: "input" }) as Readonly<Record<string, unknown>>;

/** With its members in the schema's order, as a shape has them. */
const ordered = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== "object" || value === null) return value;
  const rank = [
    "name",
    "colour",
    "inches",
    "count",
    "isSold",
    "note",
    "id",
    "lines",
    "extra",
    "sku",
    "tags",
    "value",
    "children",
    "kind",
    "n",
    "list",
  ];
  const keys = Object.keys(value).sort((a, b) => rank.indexOf(a) - rank.indexOf(b));
  return Object.fromEntries(keys.map((key) => [key, ordered((value as Readonly<Record<string, unknown>>)[key])]));
};

describe.each(cases)("%s", (_, schema, values) => {
  const json = schemaOf(schema);

  test("JSON that fits is taken, however it is spaced", () => {
    fc.assert(
      fc.property(values, fc.constantFrom(0, 1, 2, "\t"), (value, space) => {
        // Not taken: escapes for halves of surrogate pairs, which no well-formed text has, and more white space than anybody needs.
        const text = JSON.stringify(ordered(value), null, space);
        fc.pre(!/\\ud[89a-f]|\s{33}/i.test(text));
        expect([text, accepts(json, text)]).toEqual([text, true]);
      }),
      { numRuns: 200, seed: 5 },
    );
  });

  test("whatever is taken parses and fits, and no way leads into a dead end", () => {
    for (let n = 0; n < 100; n++) {
      const random = rng(n, "walk");
      let stacks: Stacks = startOf(compileSchema(json));
      const bytes: number[] = [];
      while (!isOver(stacks) && !(canEnd(stacks) && (random.next() < 0.5 || bytes.length > 400))) {
        const allowed = Array.from({ length: 256 }, (__, byte) => byte).filter(
          (byte) => afterByte(stacks, byte).length > 0,
        );
        expect(allowed).not.toEqual([]);
        // What closes comes often enough for the walk to end.
        const closing = allowed.filter((byte) => [0x22, 0x5d, 0x7d].includes(byte));
        const byte = random.pick(
          closing.length > 0 && random.next() < (bytes.length > 400 ? 0.95 : 0.3) ? closing : allowed,
        );
        stacks = afterByte(stacks, byte);
        bytes.push(byte);
        expect(bytes.length).toBeLessThan(20_000);
      }
      const text = new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(bytes));
      const { success, error } = schema.safeParse(JSON.parse(text));
      expect([text, success, error?.message]).toEqual([text, true, undefined]);
    }
  });
});

test("what does not fit is not taken", () => {
  const text = '{"name":"lamp","colour":"red","inches":5,"count":3,"isSold":true,"note":null}';
  const json = schemaOf(product);
  expect(accepts(json, text)).toBe(true);
  const worse = [
    text.replace("lamp", "l"),
    text.replace("lamp", "l".repeat(13)),
    text.replace("red", "reds"),
    text.replace("5", "05"),
    text.replace("5", "300.1"),
    text.replace("5", "-2.6"),
    text.replace("5", "5e1"),
    text.replace("3", "2"),
    text.replace("3", "3.0"),
    text.replace("true", "True"),
    text.replace(',"note":null', ""),
    text.replace("null", "nul"),
    text.replace('"name"', "'name'"),
    text.replace("lamp", "la\nmp"),
    text.replace("lamp", "la\\xmp"),
    text.replace("lamp", "\\ud83d"),
    `${text}}`,
    `${text} `,
    text.slice(0, -1),
    text.replace("{", '{"more":1,'),
    text.replace("5,", "5,,"),
  ];
  expect(worse.filter((one) => accepts(json, one))).toEqual([]);
});

test.each([
  [{ low: -12n, high: 305n, scale: 0 }],
  [{ low: 7n, high: 7n, scale: 0 }],
  [{ low: -30n, high: -18n, scale: 0 }],
  [{ low: -25n, high: 112n, scale: 1 }],
  [{ low: 5n, high: 9n, scale: 2 }],
])("numbers of %o: beginnings are those of the numbers that there are", (range) => {
  const { low, high, scale } = range;
  const all = new Set<string>();
  for (let units = low; units <= high; units++) {
    const size = (units < 0n ? -units : units).toString().padStart(scale + 1, "0");
    const [whole, decimals] = [size.slice(0, size.length - scale), size.slice(size.length - scale)];
    for (const sign of units < 0n ? ["-"] : units === 0n ? ["", "-"] : [""]) {
      for (let kept = scale; kept >= 0; kept--) {
        if (/[1-9]/.test(decimals.slice(kept))) break;
        all.add(`${sign}${whole}${kept === 0 ? "" : `.${decimals.slice(0, kept)}`}`);
      }
    }
  }
  const begun = new Set(
    [...all].flatMap((text) => Array.from({ length: text.length }, (_, n) => text.slice(0, n + 1))),
  );
  const alphabet = [..."-.0123456789"];
  let texts = alphabet;
  for (let length = 1; length <= 5; length++) {
    for (const text of texts) {
      expect([text, isNumberBegun(text, range), isNumberIn(text, range)]).toEqual([
        text,
        begun.has(text),
        all.has(text),
      ]);
    }
    texts = texts.filter((text) => begun.has(text)).flatMap((text) => alphabet.map((sign) => text + sign));
  }
});

test("bounds in units", () => {
  expect([toUnits(1.25, 1, "above"), toUnits(1.25, 1, "below")]).toEqual([13n, 12n]);
  expect([toUnits(-1.25, 1, "above"), toUnits(-1.25, 1, "below")]).toEqual([-12n, -13n]);
  expect([toUnits(3e21, 0, "above"), toUnits(1e-7, 9, "below"), toUnits(-0, 2, "above")]).toEqual([
    3n * 10n ** 21n,
    100n,
    0n,
  ]);
});

test.each([
  [{ type: "string", pattern: "^a" }, "pattern, at #"],
  [{ type: "string", format: "email" }, "format, at #"],
  [{ type: "object", properties: { a: { type: "number", multipleOf: 2 } } }, "multipleOf, at #/properties/a"],
  [{ type: "array" }, "without items"],
  [{ type: "object" }, "any members"],
  [{ type: "object", additionalProperties: { type: "string" } }, "additionalProperties"],
  [{ type: "object", properties: {}, required: ["a"], additionalProperties: false }, "a, which no property is"],
  [{ allOf: [] }, "without type"],
  [{ oneOf: [{ type: "string" }, { type: "null" }] }, "no constant member tells apart"],
  [{}, "without type"],
  [{ type: "date" }, "the type date"],
  [{ type: "integer", minimum: 0.2, maximum: 0.8 }, "bounds between which"],
  [{ type: "string", minLength: 3, maxLength: 2 }, "minLength 3 and maxLength 2"],
  [{ $ref: "#" }, "stands for itself"],
  [{ $ref: "other.json" }, "the reference other.json"],
  [{ $ref: "#/$defs/no" }, "leads nowhere"],
  [{ $ref: "#/$defs/100%" }, "leads nowhere"],
  [{ $ref: "#anchor" }, "the reference #anchor"],
  [{ type: "string", const: 3 }, "none of which is of the type"],
  [{ type: "object", properties: { a: { $ref: "#" } }, required: ["a"] }, "no finite value"],
])("%j is refused", (schema, fault) => {
  expect(() => compileSchema(schema as Readonly<Record<string, unknown>>)).toThrow(fault);
});

test("of constants only those of the type beside them are written", () => {
  const schema = { type: ["string", "integer"], enum: ["a", null, 2, 2.5, ["a"]] };
  expect(['"a"', "2", "null", "2.5", '["a"]'].map((text) => accepts(schema, text))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

test("alternatives that cannot be told apart level by level are refused before they fill the memory", () => {
  const levels = Array.from({ length: 20 }, (_, level) => {
    const items = level === 19 ? { type: "null" } : { $ref: `#/$defs/l${level + 1}` };
    const list = { type: "array", minItems: 1, items };
    return [`l${level}`, { anyOf: [list, list] }];
  });
  const schema = { $ref: "#/$defs/l0", $defs: Object.fromEntries(levels) };
  expect(() => accepts(schema, "[".repeat(20))).toThrow("ways to read one beginning");
});
