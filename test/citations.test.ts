import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { mutateQuotes } from "../benchmarks/citation-mutations.ts";
import { QuotedDocuments } from "../src/retrieval/index.ts";

const text = ["docs/check.md", "docs/real-models.md", "docs/training.md"]
  .map((path) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8"))
  .join("\n\n");

test("no falsified quotation passes, and no faithful one is flagged", () => {
  const documents = new QuotedDocuments([{ id: "a.md", text }]);
  const quotes = mutateQuotes(text, 12);
  expect(new Set(quotes.map(({ kind }) => kind)).size).toBe(17);
  const wrong = quotes.filter(({ quote, isFaithful }) => {
    const { status } = documents.findSource({ quote });
    return isFaithful !== (status === "verbatim" || status === "folded");
  });
  expect(wrong).toEqual([]);
});
