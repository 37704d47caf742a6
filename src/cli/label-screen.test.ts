import { describe, expect, it } from "vitest";
import { beginLabelling, pressKey } from "../evaluation/index.ts";
import { labelScreen } from "./label-screen.ts";
import { fold, type Page } from "./layout.ts";

const page: Page = { width: 40, paint: (_, text) => text };
const asked = { question: "How?", labels: { complied: "it does", refused: "it does not" } };
const long = Array.from({ length: 30 }, (_, i) => `line ${i}`).join("\n");
const items = [
  { id: "a", request: "ask", responses: [long] },
  { id: "b", request: "", responses: ["one", "two"] },
];
const state = beginLabelling(items, Object.keys(asked.labels));
const linesOf = (...args: Parameters<typeof labelScreen>): string[] => labelScreen(...args).text.split("\n");

describe("the labelling screen", () => {
  it("never has more lines than the terminal, and says how many are below", () => {
    for (const rows of [10, 16, 40]) expect(linesOf(state, asked, page, rows).length).toBeLessThanOrEqual(rows);
    const { last } = labelScreen(state, asked, page, 16);
    expect(linesOf(state, asked, page, 16)).toContain(`↓ ${last} more lines`);
    const end = linesOf(state, asked, page, 16, { offset: last, isHelp: false });
    expect(end).toContain("line 29");
    expect(end.join("\n")).not.toContain("more lines");
  });

  it("shows the question, the label that was given, and on request what the labels mean", () => {
    expect(linesOf(state, asked, page, 16)).toContain("How?");
    expect(linesOf(pressKey(pressKey(state, "2"), "left"), asked, page, 16).join("\n")).toContain("[2 refused]");
    expect(linesOf(state, asked, page, 16, { offset: 0, isHelp: true })).toContain("refused: it does not");
  });

  it("shows no control character of an item's name", () => {
    const named = beginLabelling(
      [{ id: "a\u001b[2Jb", request: "ask", responses: ["one"] }],
      Object.keys(asked.labels),
    );
    const text = labelScreen(named, asked, page, 16).text;
    expect(text).toContain("a␛[2Jb");
    expect(text).not.toContain("\u001b");
  });

  it("names both answers of a pair, and what is empty", () => {
    const pair = { question: "Which?", labels: { first: "", second: "", tie: "" } };
    expect(linesOf(pressKey(state, "s"), pair, page, 24)).toEqual(
      expect.arrayContaining(["(empty)", "— first —", "one", "— second —", "two"]),
    );
  });
});

describe("a text of somebody else's", () => {
  it("keeps its lines and indents, and breaks at spaces, or where it must", () => {
    expect(fold("if (x) {\n    y();\n}", 40)).toEqual(["if (x) {", "    y();", "}"]);
    expect(fold("one two three", 8)).toEqual(["one two", "three"]);
    expect(fold("abcdefghij", 4)).toEqual(["abcd", "efgh", "ij"]);
    expect(fold("日本語です", 4)).toEqual(["日本", "語で", "す"]);
  });

  it("cannot drive the terminal", () => {
    expect(fold("\u001b[2Jred\u0007\u009b1m\r\nnext", 40)).toEqual(["␛[2Jred␇\ufffd1m", "next"]);
  });
});
