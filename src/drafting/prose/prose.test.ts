import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../../test/cli.ts";
import { parseConstitution } from "../../constitution/index.ts";
import type { GenerationRequest } from "../../language-model.ts";
import { promptText, scriptedModel } from "../../models/index.ts";
import { silentProgress } from "../../progress/index.ts";
import { composeConstitution } from "./compose.ts";
import { draftPiece, piecePrompt } from "./draft-piece.ts";
import { type ImportProseOptions, importProse, planProse, readProse } from "./import-prose.ts";
import { joinPieces, splitPassages } from "./passages.ts";
import { findQuotedPassages } from "./quoted-passages.ts";

const prose = `# Our assistant

[Honesty](#honesty)

## Honesty

The assistant says **what is true**, even where a customer would rather hear something else — always.

It was named after a ship.

## Money

- Never promises a price.
- Hands the question to a person, rather than guess.
`;

const passages = splitPassages(prose);
const honest = { principle: "say what is true", quote: "the assistant says what is true, even where a customer would" };
const prices = { principle: "Never promise a price.", quote: "Never promises a price" };

describe("passages", () => {
  test("are paragraphs and items of lists with their headings and lines; contents and headings are none", () => {
    expect(passages.map(({ line, section, words }) => [line, section, words])).toEqual([
      [7, "Honesty", 17],
      [9, "Honesty", 6],
      [13, "Money", 5],
      [14, "Money", 10],
    ]);
  });

  test("are joined up to a length, and a half-full piece ends with its section", () => {
    expect(joinPieces(passages, 40).map((piece) => piece.passages.length)).toEqual([2, 2]);
    expect(joinPieces(passages, 100).map((piece) => piece.passages.length)).toEqual([4]);
    expect(joinPieces(passages, 5).map((piece) => piece.passages.length)).toEqual([1, 1, 1, 1]);
    expect(joinPieces([])).toEqual([]);
  });
});

describe("a quotation", () => {
  const linesOf = (quote: string): number[] | undefined => findQuotedPassages(quote, passages)?.map(({ line }) => line);

  test.each([
    ["The assistant says what is true", [7]],
    ["the assistant says\n *what* is  true,", [7]],
    ["says what is true … something else - always", [7]],
    ["something else — always. It was named after", [7, 9]],
    ["Hands the question to a person rather than guess", [14]],
  ])("is found by its words: %j", (quote, lines) => {
    expect(linesOf(quote)).toEqual(lines);
  });

  test.each([
    ["The assistant tells what is true"],
    ["The assistant says is true"],
    ["It was named"],
    ["something else … says what is true"],
    ["says … true … else … always"],
    [""],
  ])("is not found: %j", (quote) => {
    expect(linesOf(quote)).toBeUndefined();
  });
});

describe("a piece", () => {
  const [piece] = joinPieces(passages);
  const draft = (answers: readonly string[]) => {
    const model = scriptedModel({ generate: ({ id }) => answers[Number(id.split("/")[1]) - 1] ?? "" });
    if (piece === undefined) throw new Error("no piece");
    return draftPiece(piece, model, { seed: 1 }).then((result) => ({ ...result, calls: model.calls.length, model }));
  };
  const say = (...principles: readonly object[]): string => JSON.stringify({ principles });

  test("is read in one call where every quotation stands in it", async () => {
    const { drafts, refused, fault, calls } = await draft([say(honest, prices)]);
    expect(drafts.map(({ text, passages: own }) => [text, own.map(({ line }) => line)])).toEqual([
      ["say what is true", [7]],
      ["Never promise a price.", [13]],
    ]);
    expect([refused, fault, calls]).toEqual([[], undefined, 1]);
  });

  test("is asked about again where one does not, and what is still wrong is told", async () => {
    const invented = { principle: "Be kind.", quote: "the assistant is kind to everybody" };
    const fixed = await draft([say(honest, { ...prices, quote: "never promises any price" }), say(prices)]);
    expect(fixed.drafts.map(({ text }) => text)).toEqual(["say what is true", "Never promise a price."]);
    expect([fixed.refused, fixed.calls]).toEqual([[], 2]);
    const second = fixed.model.calls[1];
    expect(promptText(second?.prompt ?? "")).toContain('with "never promises any price": the quotation does not stand');
    const kept = await draft([say(honest, invented), say(invented, { principle: "Why?", quote: prices.quote })]);
    expect(kept.drafts.map(({ text }) => text)).toEqual(["say what is true"]);
  });

  test("that turns its quotation round is refused", async () => {
    const turned = { principle: "Promise a price.", quote: "Never promises a price" };
    const { drafts, refused } = await draft([say(turned), say(turned)]);
    expect(drafts).toEqual([]);
    expect(refused).toEqual([
      { text: "Promise a price.", quote: turned.quote, fault: "says the opposite of its quotation" },
    ]);
  });

  test("without principles is fine, without an answer is not", async () => {
    expect(await draft(['{"principles": []}'])).toMatchObject({ drafts: [], refused: [], fault: undefined, calls: 1 });
    expect(await draft(["I see.", "Well."])).toMatchObject({
      drafts: [],
      fault: "no principles could be read",
      said: "Well.",
      calls: 2,
    });
  });
});

describe("principles of several pieces", () => {
  const at = (index: number) => passages.slice(index, index + 1);

  test("that say nearly the same are one, with both sources; opposites are not", () => {
    const drafts = [
      { text: "never promise a price to a customer", quote: "Never promises a price", passages: at(2) },
      { text: "Always say what is true.", quote: "says what is true, even", passages: at(0) },
      { text: "Never promise customers a price.", quote: "“the question to a person”", passages: at(3) },
      { text: "Promise a price to a customer.", quote: "named after a ship", passages: at(1) },
    ];
    const { constitution, merged } = composeConstitution(drafts, { name: "x", title: "T" });
    expect(merged).toBe(1);
    expect(constitution.principles.map(({ id, source }) => [id, source])).toEqual([
      [
        "never-promise-price-customer",
        "“Money”, line 13: “Never promises a price”; “Money”, line 14: “the question to a person”",
      ],
      ["always-true", "“Honesty”, line 7: “says what is true, even”"],
      ["promise-price-customer", "“Honesty”, line 9: “named after a ship”"],
    ]);
  });
});

describe("a document", () => {
  const folder = temporaryFolder;
  const answers = (request: GenerationRequest): string => {
    const text = promptText(request.prompt).split("\nuser: ").at(-1) ?? "";
    return JSON.stringify({
      principles: [honest, prices].filter(({ quote }) => text.toLowerCase().includes(quote.slice(4, 12).toLowerCase())),
    });
  };

  async function prepare(text = prose) {
    const root = folder();
    const path = join(root, "our rules.md");
    writeFileSync(path, text);
    const document = await readProse(path);
    const options = (more: Partial<ImportProseOptions> = {}): ImportProseOptions => ({
      model: scriptedModel({ id: "scripted:reader", generate: answers }),
      folder: join(root, "run"),
      env: {},
      signal: new AbortController().signal,
      progress: silentProgress,
      command: "test",
      ...more,
    });
    return { root, document, options };
  }

  test("becomes a constitution, with what no principle covers", async () => {
    const { root, document, options } = await prepare();
    const result = await importProse(document, options({ out: join(root, "deep", "out.yaml") }));
    const written = readFileSync(join(root, "deep", "out.yaml"), "utf8");
    expect(parseConstitution(written).hash).toBe(result.constitution.hash);
    expect(result.constitution.principles.map(({ id }) => id)).toEqual(["true", "never-promise-price"]);
    expect(result.coverage).toMatchObject({ passages: 4, covered: 2, words: 38, coveredWords: 22 });
    expect(readFileSync(join(root, "run", "uncovered.md"), "utf8")).toContain("Line 9:\n\nIt was named after a ship.");
    expect(existsSync(join(root, "run", "spending.json"))).toBe(true);
    // Nothing is asked a second time.
    const silent = scriptedModel({ id: "scripted:reader" });
    expect((await importProse(document, options({ model: silent }))).yaml).toBe(result.yaml);
    expect(silent.calls).toEqual([]);
  });

  test("goes on behind the pieces that were read, and gives the same bytes", async () => {
    const long = Array.from(
      { length: 6 },
      (_, i) => `## Part ${i}\n\nNever promises a price. ${`word${i} `.repeat(590)}`,
    ).join("\n\n");
    const { document, options } = await prepare(long);
    expect(document.pieces).toHaveLength(6);
    const whole = await importProse(document, options({ folder: join(folder(), "whole") }));
    let left = 3;
    const failing = scriptedModel({
      id: "scripted:reader",
      generate: (request) => {
        if (left-- === 0) throw new Error("the plug was pulled");
        return answers(request);
      },
    });
    await expect(importProse(document, options({ model: failing }))).rejects.toThrow("plug");
    const rest = scriptedModel({ id: "scripted:reader", generate: answers });
    expect((await importProse(document, options({ model: rest }))).yaml).toBe(whole.yaml);
    expect(rest.calls).toHaveLength(3);
  });

  test("is planned before anything is asked", async () => {
    const { document } = await prepare();
    const tokens = document.pieces.flatMap((piece) => piecePrompt(piece).map(({ content }) => content.length / 4));
    const { total } = await planProse(document, {
      model: "acme-unknown",
      prices: { "acme-unknown": { input: 1, output: 2 } },
    });
    expect(total.calls).toEqual({ low: 1, high: 2 });
    expect(total.promptTokens.low).toBeLessThan(tokens.reduce((sum, n) => sum + n, 0) + 30);
    expect(total.cost?.high).toBeGreaterThan(total.cost?.low ?? 1);
    const { options } = await prepare();
    await expect(importProse(document, options({ maxCost: 1 }))).rejects.toThrow("no price for scripted:reader");
  });

  test("without words, and a model that finds nothing, are errors", async () => {
    await expect(prepare("# Title\n\n---\n")).rejects.toThrow("no paragraph with words");
    const { document, options } = await prepare();
    const mute = scriptedModel({ id: "scripted:mute", generate: () => "no" });
    await expect(importProse(document, options({ model: mute }))).rejects.toThrow(
      "none in 1 pieces that could be taken",
    );
  });
});
