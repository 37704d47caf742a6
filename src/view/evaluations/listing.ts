import { isRecord, type Listing, listIn, textIn } from "../segments/listing.ts";

/** Stages whose records are answers: `precept evaluate`, a project's own check, and that check before and after training. */
export const isMeasuring = (stage: string): boolean => stage === "evaluate" || stage.startsWith("check-");

/** Answers that were measured, each by itself: items of suites are put together out of them. */
export const answerListing: Listing = {
  columns: [],
  groupOf: (record) => (record["type"] === "answer" ? textIn(record, "id") : undefined),
  derive([record]) {
    if (record === undefined) return undefined;
    const asked = listIn(record, "messages").filter(isRecord);
    const texts = [...asked.map((message) => textIn(message, "content") ?? ""), textIn(record, "response") ?? ""];
    return { facets: {}, columns: {}, texts, marked: new Set() };
  },
};
