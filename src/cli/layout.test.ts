import { expect, test } from "vitest";
import { align, indentUnder, type Page, pageOf, table, wrap } from "./layout.ts";

const plain: Page = { width: 40, paint: (_, text) => text };

test("text is broken at spaces; a long word stands alone", () => {
  expect(wrap("to make soup for anna , mix incomprehensibilities", 12)).toEqual([
    "to make soup",
    "for anna ,",
    "mix",
    "incomprehensibilities",
  ]);
});

test("a label hangs in front of its text", () => {
  expect(indentUnder(plain, "before", "soup : food . to make soup for anna , mix rice")).toMatchInlineSnapshot(`
    "   before     soup : food . to make soup
                  for anna , mix rice"
  `);
});

test("columns are as wide as they look, colours aside", () => {
  expect(
    table(
      [
        ["", "n"],
        ["violations", "\u001b[2m420\u001b[22m"],
        ["x", "9"],
      ],
      "lr",
      0,
    ),
  ).toBe("              n\nviolations  \u001b[2m420\u001b[22m\nx             9");
});

test("colour only on a terminal that wants it", () => {
  const terminal = { write: () => true, isTTY: true, columns: 300 };
  expect(pageOf(terminal, {}).paint("bold", "x")).not.toBe("x");
  expect(pageOf(terminal, {}).width).toBe(100);
  for (const env of [{ NO_COLOR: "1" }, { CI: "true" }, { TERM: "dumb" }]) {
    expect(pageOf(terminal, env).paint("bold", "x")).toBe("x");
  }
  expect(pageOf({ write: () => true }, {}).paint("bold", "x")).toBe("x");
});

test("tables of Markdown are set in columns and stay Markdown", () => {
  const set = align("| a | long head |\n| --- | --- |\n| 日本 | 1 |\n\ntext | with a bar\n");
  expect(set).toBe("| a    | long head |\n| ---- | --------- |\n| 日本 | 1         |\n\ntext | with a bar\n");
});
