import { expect, test } from "vitest";
import { DEFAULT_REASONS, LANGUAGES } from "../../../../src/collective/site/pages-know.ts";
import { ar } from "./ar.ts";
import { de } from "./de.ts";
import { en, type Messages } from "./en.ts";
import { es } from "./es.ts";
import { fr } from "./fr.ts";

const all: Readonly<Record<string, Messages>> = { ar, de, en, es, fr };

test("there are messages in every language that a conversation may have", () => {
  expect(Object.keys(all).sort()).toEqual([...LANGUAGES].sort());
});

test.each(Object.entries(all))(
  "every message in %s has the values of the English one, and is no copy of it",
  (tag, messages) => {
    const valuesOf = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([value]) => value).sort();
    const keys = Object.keys(en) as (keyof Messages)[];
    expect(Object.keys(messages).sort()).toEqual([...keys].sort());
    for (const key of keys) expect([key, valuesOf(messages[key])]).toEqual([key, valuesOf(en[key])]);
    const copied = keys.filter((key) => messages[key] === en[key]);
    // "Pass", "Phase", "Invitations" and "Votes" are words of French, too.
    if (tag !== "en") expect(copied.length).toBeLessThan(8);
  },
);

test("every default reason for turning a statement down has words", () => {
  for (const id of DEFAULT_REASONS) expect(en).toHaveProperty(`reason-${id}`);
});
