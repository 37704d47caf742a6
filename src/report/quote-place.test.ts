import { expect, test } from "vitest";
import { findQuote } from "./quote-place.ts";

test.each([
  [
    "Sure. **That is** a deal, legally binding!",
    "that is a deal – legally binding",
    "That is** a deal, legally binding",
  ],
  ["First this, and much later all of that.", "“First … all of that.”", "all of that"],
  ["成交,这是有约束力的报价。", "这是有约束力的", "这是有约束力的"],
  ["Costs (1+1) or [x]?", "(1+1) or [x]", "1+1) or [x"],
])("in %j, %j stands at %j", (text, quote, found) => {
  const place = findQuote(text, quote);
  expect(text.slice(place?.from, place?.to)).toBe(found);
});

test.each([
  ["We cannot promise prices.", "We promise prices."],
  ["Anything.", "…"],
])("in %j there is no %j", (text, quote) => {
  expect(findQuote(text, quote)).toBeUndefined();
});
