import fc from "fast-check";
import { RE2JS } from "re2js";
import { describe, expect, test } from "vitest";
import type { CheckSession } from "./check.ts";
import { guardOf } from "./fake-upstream.test-support.ts";
import { compilePattern } from "./rules/patterns.ts";
import { HeldText } from "./stream.ts";

const policy = `rules:
  - { id: words, principle: no-commitments, pattern: "legally binding|no takesies|café", flags: i }
  - { id: number, principle: no-commitments, pattern: "deal \\\\d{2,5} (euro|euros)\\\\b" }
  - { id: pii, principle: privacy, kind: pii, kinds: [email, card, iban, ip, phone], action: mask }
`;

/** What leaves a guarded text that comes in these pieces, and what is said of it. */
async function runThrough(pieces: readonly string[]) {
  const guard = await guardOnce;
  const guarded = guard.begin({ turns: [{ role: "user", text: "hi" }] }).open("output");
  let text = "";
  for (const piece of pieces) for (const { text: said } of await guarded.push(piece)) text += said;
  const { pieces: rest, verdict } = await guarded.end();
  return { text: text + rest.map((piece) => piece.text).join(""), verdict };
}
let guardOnce: ReturnType<typeof guardOf>;

/** Texts that are full of beginnings, halves and disguises of what the rules forbid. */
const fragments = fc.array(
  fc.oneof(
    fc.constantFrom(
      "legally ",
      "LEGALLY",
      "binding",
      "bindi",
      "no take",
      "sies",
      " ",
      "\n",
      "deal 12",
      "345 euro",
      "s",
      "caf",
      "é",
    ),
    fc.constantFrom(
      "e\u0301",
      "\u200b",
      "leg\u0430lly",
      "ﬁ",
      "😀",
      "a.b@exam",
      "ple.com",
      "4111 1111 ",
      "1111 1111",
      "DE89 3704 0044 0532 0130 00",
      "10.0.0.",
      "1",
      "+49 30 ",
      "901820",
    ),
    fc.string({ maxLength: 4, unit: "binary" }),
  ),
  { maxLength: 12 },
);

const cut = (text: string, size: number): string[] =>
  Array.from({ length: Math.ceil(text.length / size) }, (_, index) => text.slice(index * size, (index + 1) * size));

describe("a held stream", () => {
  test("gives the same text and the same verdict however it is cut", async () => {
    guardOnce = guardOf(policy);
    const cuts = fc.array(fc.nat({ max: 80 }), { maxLength: 12 });
    const actions = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fragments, cuts, async (parts, places) => {
        const whole = parts.join("");
        const ends = [...new Set(places.filter((place) => place < whole.length))].sort((a, b) => a - b);
        const pieces = [...ends, whole.length].map((end, index) => whole.slice(ends[index - 1] ?? 0, end));
        const once = await runThrough([whole]);
        actions.add(once.verdict.action);
        expect(await runThrough(pieces)).toEqual(once);
        expect(await runThrough([...Array(whole.length).keys()].map((at) => whole[at] ?? ""))).toEqual(once);
        if (once.verdict.action === "pass") expect(once.text).toBe(whole);
      }),
      { numRuns: 250, seed: 14 },
    );
    expect(actions).toEqual(new Set(["pass", "mask", "block"]));
  });

  test("delivers no character of a forbidden word, wherever it stands", async () => {
    guardOnce = guardOf(policy);
    for (let position = 5; position <= 56; position++) {
      const text = `${"a ".repeat(60).slice(0, position)}legally binding ${"b ".repeat(20)}`;
      for (const size of [1, 3, 7, 60]) {
        const pieces = cut(text, size);
        const { text: said, verdict } = await runThrough(pieces);
        expect({ position, said, action: verdict.action }).toEqual({
          position,
          said: text.slice(0, position),
          action: "block",
        });
      }
    }
  });

  test("without hold-back the word leaks: the control", async () => {
    const matcher = compilePattern("legally binding");
    let leaked = 0;
    for (let position = 5; position <= 56; position++) {
      const text = `${"a ".repeat(60).slice(0, position)}legally binding ${"b ".repeat(20)}`;
      let read = "";
      let told = false;
      // The same rule, but it says that all is settled that it was given.
      const careless: CheckSession = {
        push(piece) {
          read += piece;
          const [span] = matcher.search(read, 0, false).matches;
          if (span === undefined || told) return [];
          told = true;
          return [
            {
              principleId: "p",
              principleHash: "",
              check: "c",
              stage: "output",
              score: 1,
              threshold: 1,
              span,
              evidence: "",
            },
          ];
        },
        end: () => [],
        get settled() {
          return read.length;
        },
      };
      const held = new HeldText([careless], { decide: () => "block", mask: () => "" });
      let said = "";
      for (const piece of cut(text, 3)) for (const out of await held.push(piece)) said += out.text;
      if (said.length > position) leaked++;
    }
    expect(leaked).toBe(52);
  });

  test("holds nothing back where no word has begun", async () => {
    guardOnce = guardOf(`rules: [{ id: words, principle: no-commitments, pattern: "legally binding|no takesies" }]`);
    const guarded = (await guardOnce).begin({ turns: [] }).open("output");
    expect(await guarded.push("We are open until six. ")).toMatchObject([{ text: "We are open until six. " }]);
    expect(await guarded.push("It is leg")).toMatchObject([{ text: "It is " }]);
    expect(await guarded.push("al.")).toMatchObject([{ text: "legal." }]);
  });
});

describe("a pattern", () => {
  const sources = [
    "legally binding|no takesies",
    "\\bdamn(ed)?\\b",
    "a{2,4}b?",
    "[a-c]{2}d|bad",
    "x(y|yz){1,2}$",
    "^ab",
  ];
  test.each(sources)("%s finds what RE2 finds in the whole text, however it is cut", (source) => {
    const matcher = compilePattern(source, { ignoreCase: true });
    const letters = fc.string({
      unit: fc.constantFrom(..."abcdxyzABK damnedlgi no tkes\u212a".split("")),
      maxLength: 40,
    });
    const words = fc.array(fc.oneof(letters, fc.constantFrom("damned ", "DAMN", "legally binding", "xyyz", "ab")), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(words, fc.array(fc.nat(60), { maxLength: 8 }), (parts, places) => {
        const text = parts.join("");
        const flags = RE2JS.CASE_INSENSITIVE | RE2JS.LONGEST_MATCH;
        const expected: [number, number][] = [];
        const whole = RE2JS.compile(source, flags).matcher(text);
        for (let at = 0; at < text.length && whole.find(at); at = whole.end())
          expected.push([whole.start(), whole.end()]);
        const found: (readonly [number, number])[] = [];
        let from = 0;
        for (const end of [...places.filter((place) => place < text.length).sort((a, b) => a - b), text.length]) {
          const search = matcher.search(text.slice(0, end), from, false);
          found.push(...search.matches);
          from = search.decided;
        }
        found.push(...matcher.search(text, from, true).matches);
        expect(found).toEqual(expected);
      }),
      { numRuns: 150, seed: 7 },
    );
  });
});
