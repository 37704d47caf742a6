import { createAnthropic } from "@ai-sdk/anthropic";
import { generateText } from "ai";
import { expect, test } from "vitest";
import { citationCheckSchema, citedTextOfParts, QuotedDocuments } from "./index.ts";

const documents = new QuotedDocuments([
  { id: "handbook/returns.md", text: "Goods are taken back within 30 days of delivery. Games are not." },
  { id: "handbook/prices.md", text: "Prices are never promised on the telephone." },
]);

const location = { type: "char_location", document_index: 0, start_char_index: 0, end_char_index: 48, file_id: null };
const cite = (cited_text: string, document_title = "returns.md") => ({ ...location, cited_text, document_title });

/** As Anthropic's protocol answers. */
const message = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-x",
  content: [
    { type: "text", text: "You can return it " },
    { type: "text", text: "within 30 days", citations: [cite("Goods are taken back within 30 days of delivery.")] },
    { type: "text", text: ". " },
    {
      type: "text",
      text: "Games too.\n",
      citations: [cite("Games are taken back, too."), cite("Prices are never promised on the telephone.")],
    },
  ],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 9, output_tokens: 9 },
};
const found = [
  [1, "verbatim", "handbook/returns.md", "You can return it within 30 days ."],
  [2, "absent", null, "Games too."],
  [3, "elsewhere", "handbook/prices.md", "Games too."],
];
const check = (answer: unknown) =>
  documents
    .check(citedTextOfParts(answer) ?? "", "a")
    .map((one) => citationCheckSchema.parse(one))
    .map(({ n, status, documentId, sentence }) => [n, status, documentId, sentence]);

test("citations of Anthropic's protocol are checked as those of an answer are", () => {
  expect(citedTextOfParts(message)?.answer).toBe("You can return it within 30 days [1]. Games too. [2][3]");
  expect(check(message)).toEqual(found);
});

test("so are those that the AI SDK makes of them, once each", async () => {
  const anthropic = createAnthropic({
    apiKey: "none",
    fetch: () =>
      Promise.resolve(new Response(JSON.stringify(message), { headers: { "content-type": "application/json" } })),
  });
  const file = { type: "file" as const, data: new TextEncoder().encode("x"), mediaType: "text/plain" };
  const { content } = await generateText({
    model: anthropic("claude-x"),
    maxRetries: 0,
    messages: [
      {
        role: "user",
        content: [
          {
            ...file,
            filename: "returns.md",
            providerOptions: { anthropic: { citations: { enabled: true }, title: "returns.md" } },
          },
          { type: "text", text: "Until when?" },
        ],
      },
    ],
  });
  expect(check(content)).toEqual(found);
});

test("sources behind a text, as other versions of the SDK tell them", () => {
  const source = (citedText: string, title: string) => ({
    type: "source",
    sourceType: "document",
    id: "1",
    mediaType: "text/plain",
    title,
    providerMetadata: { anthropic: { citedText, startCharIndex: 0, endCharIndex: 9 } },
  });
  const parts = [
    { type: "text", text: "No prices by phone." },
    source("Prices are never promised", "prices"),
    { type: "source", sourceType: "url", id: "2", url: "https://example.com" },
  ];
  expect(check(parts)).toEqual([[1, "verbatim", "handbook/prices.md", "No prices by phone."]]);
});

test("what is no answer in parts is none, and a citation without words shows nothing", () => {
  expect([1, "text", {}, [{ text: "x" }], { content: "x" }].map(citedTextOfParts)).toEqual(
    [..."12345"].map(() => undefined),
  );
  const page = { type: "page_location", cited_text: null, document_title: "returns.md" };
  expect(check([{ type: "text", text: "So.", citations: [page] }])).toEqual([[1, "short", null, "So."]]);
  expect(check([{ type: "text", text: "So.", citations: "none" }])).toEqual([]);
});
