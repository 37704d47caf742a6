import { describe, expect, test } from "vitest";
import { findQuote, foldText } from "./index.ts";

describe("a text holds", () => {
  test.each([
    ["We promise nothing.", "We promise nothing.", true],
    ["That is a deal – legally binding.", "a deal - legally binding", false],
    ["word—word by word", "word - word by word", false],
    ["We **never** promise\n  prices.", "we never promise prices", false],
    ["Ja, das ist „verbindlich“, klar.", 'das ist "verbindlich"', false],
    ["<p>It&#39;s a <b>deal</b>.</p>", "It's a deal.", false],
    ["First this, and much later that.", "“First this … that.”", false],
    ["First this, and much later that.", "First this […] that", false],
    ["成交,这是有约束力的报价。", "这是有约束力的", true],
    ["成交,\n这是有约\n束力的报价。", "成交，这是有约束力的", false],
    ["The infor-\nmation is old.", "The information is old", false],
    ["A long-\nterm plan.", "a long-term plan", false],
    ["A plan of long-term care.", "a plan of long-\nterm care", false],
    ["See [the rules](rules.md) first.", "see the rules first", false],
    ["See [the\nrules](rules.md) first.", "See [the rules](rules.md) first", false],
    ["See [the rules](rules.md) first.", "see [the", false],
    ["See [the rules](rules.md?a) first.", "see the rules](rules.md?", false],
    ["An e\u0301clair of the ofﬁce.", "an éclair of the office", false],
    ["Zero\u200bwidth and so\u00adft.", "zerowidth and soft", false],
    ["Returns are free, and quick.", "“Returns are free.”", true],
    ["- One item\n- Another item", "one item", false],
    ["what it ... calls so", "it ... calls so", true],
  ])("in %j: %j (sign by sign: %j)", (text, quote, isVerbatim) => {
    expect(findQuote(text, quote)?.isVerbatim).toBe(isVerbatim);
  });

  test.each([
    ["We cannot promise prices.", "We promise prices."],
    ["First this, later that.", "later that … First this"],
    ["A deal.", ""],
    ["A deal.", "…"],
    ["A deal.", "a"],
    ["", "a deal"],
    ["We are unable to return it.", "able to return it"],
    ["You can't return it.", "You can"],
    ["It is non-refundable today.", "refundable today"],
    ["It costs 1,500 euros.", "500 euros"],
    ["It costs 15 euros.", "it costs 1"],
    ["It takes 3–5 days.", "5 days"],
    ["It is at most 5.5 metres.", "it is at most 5"],
    ["It is -5 degrees.", "5 degrees"],
    ["A longterm plan.", "a long-term plan"],
    ["10² metres", "102 metres"],
    ["Anything goes at all", "anything .+ at all"],
  ])("not in %j: %j", (text, quote) => {
    expect(findQuote(text, quote)).toBeUndefined();
  });

  test("no more than a gap away, whichever occurrence that takes", () => {
    const far = `Open the door. ${"x ".repeat(300)}Open the door. Then close it.`;
    expect(findQuote(far, "Open the door … close it", { gap: 20 })?.from).toBe(far.lastIndexOf("Open"));
    expect(findQuote(far.replace("Then", "x ".repeat(20)), "Open the door … close it", { gap: 20 })).toBeUndefined();
  });
});

describe("the words alone", () => {
  test.each([
    [
      "Sure. **That is** a deal, legally binding!",
      "that is a deal – legally binding",
      ["That is** a deal, legally binding"],
    ],
    ["First this, and much later all of that.", "“First … all of that.”", ["First", "all of that"]],
    ["Costs (1+1) or [x]?", "(1+1) or [x]", ["1+1) or [x"]],
  ])("of %j, %j are %j", (text, quote, pieces) => {
    const found = findQuote(text, quote, { signs: "ignored" })?.pieces;
    expect(found?.map(({ from, to }) => text.slice(from, to))).toEqual(pieces);
  });
});

test("every folded sign knows where it stood", () => {
  const original = "The  “ofﬁce”—**now**\n- in Ⅳ, İstanbul &amp; 東\n京";
  const { text, starts, ends } = foldText(original);
  expect(text).toBe("the 'office'now in iv, i̇stanbul &東京");
  const at = text.indexOf("office");
  expect(original.slice(starts[at], ends[at + 5])).toBe("ofﬁce");
  expect(original.slice(starts[text.indexOf("京")])).toBe("京");
});

test("hundred thousands of signs and hostile ones are folded in linear time", () => {
  const hostile = [
    " ".repeat(2e5),
    "<a".repeat(1e5),
    "[x".repeat(1e5),
    "a … ".repeat(2e4),
    "*_".repeat(1e5),
    "\u0301".repeat(2e5),
  ];
  const start = process.cpuUsage();
  for (const text of hostile) findQuote(text, text.slice(0, 2000));
  findQuote("ab … cd ".repeat(2e4), "cd … ab … ".repeat(6));
  expect(process.cpuUsage(start).user / 1e6).toBeLessThan(15);
});
