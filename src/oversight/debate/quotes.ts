import { findQuote } from "../../reading/index.ts";
import type { Quote, SpeakerTemplates } from "./templates.ts";

const oneLine = (text: string): string => text.trim().replace(/\s+/g, " ");

/** The turn as it is kept: cleaned, with each quotation looked up in the passage word for word. */
export function checkTurn(
  text: string,
  passage: string,
  templates: SpeakerTemplates,
): { readonly text: string; readonly quotes: readonly Quote[] } {
  const cleaned = templates.clean(text).trim();
  const searched = oneLine(passage);
  const quotes = templates.quotesIn(cleaned).map((quote) => ({
    text: quote,
    isVerified: findQuote(searched, oneLine(quote))?.isVerbatim === true,
  }));
  return { text: cleaned, quotes };
}
