import { type Item, isRecord, type Listing, listIn, type RawRecord, textIn } from "../segments/listing.ts";

/** What of a guard's event a list filters and orders by; nothing of its text. Each event is an item. */
export const guardListing: Listing = {
  columns: ["added", "score"],
  groupOf: (record) => textIn(record, "id"),
  derive: ([event]) => (event === undefined ? undefined : deriveEvent(event)),
};

function deriveEvent(event: RawRecord): Item | undefined {
  const [action, stage, status] = ["action", "stage", "status"].map((field) => textIn(event, field));
  const { timing } = event;
  if (action === undefined || stage === undefined || status === undefined || !isRecord(timing)) return undefined;
  const findings = listIn(event, "findings").filter(isRecord);
  const namesOf = (field: string): string[] => [
    ...new Set(findings.map((finding) => textIn(finding, field)).filter((name) => name !== undefined)),
  ];
  const scores = findings.map(({ score }) => score).filter((score) => typeof score === "number");
  const { addedMs } = timing;
  return {
    facets: {
      action: [action],
      principle: namesOf("principleId"),
      check: namesOf("check"),
      stage: [stage],
      status: [status],
    },
    columns: {
      ...(typeof addedMs === "number" ? { added: addedMs } : {}),
      ...(scores.length > 0 ? { score: Math.max(...scores) } : {}),
    },
    texts: [],
    marked: new Set(),
  };
}
