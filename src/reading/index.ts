export { type FoldedText, type FoldOptions, foldText, type TextSpan } from "./fold.ts";
export { findNumbers, readNumber } from "./numbers.ts";
export { findNamedOption } from "./options.ts";
export { findBoxed, toPlainPunctuation } from "./plain-text.ts";
export { findQuote, type QuoteOptions, type QuotePlace, splitQuote } from "./quotes.ts";
export { type SplitReasoning, splitReasoning } from "./reasoning.ts";
export { givesReason, isBareRefusal } from "./reasons.ts";
export { englishRefusals, isRefusal, openingOf, xstestRefusals } from "./refusals.ts";
export { onlyLabel, statedBoolean, statedScore } from "./statements.ts";
