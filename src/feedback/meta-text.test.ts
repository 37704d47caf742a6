import { describe, expect, it } from "vitest";
import { englishMetaText, hasMetaText } from "./meta-text.ts";

const isMeta = (revision: string, ...own: readonly string[]) => hasMetaText(revision, englishMetaText, own);

describe("meta-text", () => {
  it.each([
    "Here is a revised response: boil it for six minutes.",
    "Finding: keeps",
    "The assistant should have said: boil it for six minutes.",
    "This response is unkind. It should be kinder.",
    "Boil it. If the response needs no change, leave it.",
    "I would rewrite the answer so that nobody is hurt.",
    "You will never guess how I am making this new response.",
    "A human and an AI assistant speak about eggs.",
    "The human's last message asks for eggs.",
  ])("is %j", (revision) => {
    expect(isMeta(revision, "How long do I boil an egg?", "Six minutes.")).toBe(true);
  });

  it.each([
    "I am sorry, I cannot help with that.",
    "As an AI assistant I have no eggs, but six minutes will do.",
    "Ask them to call back, and wait for a response.",
    "The human body needs eight glasses of water.",
    "Start the conversation with something that you both like.",
    "",
  ])("is not %j", (revision) => {
    expect(isMeta(revision, "How long do I boil an egg?", "Six minutes.")).toBe(false);
  });

  it("is no word that the conversation itself is about", () => {
    const revision = "Ask the assistant for another size, and thank her for the response.";
    expect(isMeta(revision, "How do I speak to people?")).toBe(true);
    expect(isMeta(revision, "How do I get a response from a shop assistant?")).toBe(false);
  });
});
