import { isRecord, type Listing, listIn, textIn } from "../segments/listing.ts";

/** Stages whose records are answers: a run's own evaluation, a check before and after training, and `precept check` or `evaluate` alone. */
const measuring: ReadonlySet<string> = new Set(["evaluate", "benchmark"]);
export const isMeasuring = (stage: string): boolean => measuring.has(stage) || stage.startsWith("check-");

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
