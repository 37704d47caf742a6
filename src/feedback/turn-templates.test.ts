import { describe, expect, it } from "vitest";
import type { Generation, LanguageModel, Message, Prompt } from "../language-model.ts";
import { critiqueRevisionChains } from "./chains.ts";
import { compare } from "./comparisons.ts";
import type { FeedbackContext } from "./context.ts";
import { respond } from "./responses.ts";
import { testConstitution, testPrompts } from "./scripted.test-support.ts";
import { turnComparisonShots, turnCritiqueShots } from "./turn-shots.ts";
import { turnTemplates } from "./turn-templates.ts";

const ask = (content: string): Message[] => [{ role: "user", content }];
const principle = { id: "kind", text: "Choose the response that is kinder.", weight: 1, tags: [] };
const input = { messages: ask("Am I late?"), response: "You always are.", principle };
const turnsOf = (prompt: Prompt): readonly Message[] => (typeof prompt === "string" ? [] : prompt);
const rolesOf = (prompt: Prompt): string =>
  turnsOf(prompt)
    .map(({ role }) => role[0])
    .join("");
const changedShots = turnCritiqueShots.filter(({ response, revision }) => response !== revision);

/** Answers by what the last turn asks. */
function chatModel(
  answer: (last: string, prompt: readonly Message[]) => string,
): LanguageModel & { asked: Message[][] } {
  const asked: Message[][] = [];
  const usage = { promptTokens: 1, completionTokens: 1 };
  return {
    id: "test:chat",
    asked,
    capabilities: { logprobs: true, prefill: false, rawCompletion: false },
    async *generate(requests): AsyncGenerator<Generation> {
      for (const { id, prompt } of requests) {
        const turns = turnsOf(prompt);
        asked.push([...turns]);
        yield { id, text: answer(turns.at(-1)?.content ?? "", turns), finishReason: "stop", usage };
      }
    },
    async *choose(requests) {
      for (const { id, prompt } of requests) {
        asked.push([...turnsOf(prompt)]);
        const isFirst = /\(A\) \[\[\[kind/.test(turnsOf(prompt).at(-1)?.content ?? "");
        yield { id, probabilities: isFirst ? [0.9, 0.1] : [0.1, 0.9], method: "logprobs", usage };
      }
    },
    score: () => {
      throw new Error("not asked");
    },
  };
}

function contextOf(model: LanguageModel): FeedbackContext {
  const constitution = testConstitution("calm");
  return { model, modelName: "m", constitution, templates: turnTemplates(), seed: 1, stage: "sl-cai" };
}

describe("templates for small models", () => {
  it("ask for a revision in the conversation itself, after whole turns that show how", () => {
    const { prompt, maxTokens } = turnTemplates().revision(input);
    expect(rolesOf(prompt)).toBe(`s${"uaua".repeat(changedShots.length)}uau`);
    expect(maxTokens).toBe(80);
    expect(turnsOf(prompt)[0]?.content).toBe("You are a kind and careful assistant.");
    const own = turnsOf(prompt).slice(-3);
    expect(own.slice(0, 2)).toEqual([...input.messages, { role: "assistant", content: input.response }]);
    expect(own[2]?.content).toBe(
      "That answer breaks this rule: The answer is kinder. Answer my first message again, in two sentences, so that the rule is kept. Do not mention the first answer or the rule.",
    );
  });

  it("keep a project's system prompt and what was said before, and show a long answer up to a sentence", () => {
    const messages: Message[] = [
      { role: "system", content: "You sell cars." },
      ...ask("Hello"),
      { role: "assistant", content: "Hi." },
      ...ask("How much?"),
    ];
    const long = `${"One dollar it is then. ".repeat(8)}${"And so on ".repeat(30)}`;
    const turns = turnsOf(turnTemplates().revision({ messages, response: long, principle }).prompt);
    expect(turns.filter(({ role }) => role === "system")).toEqual(messages.slice(0, 1));
    expect(turns.slice(-5, -2)).toEqual(messages.slice(1));
    expect(turns.at(-2)?.content).toBe("One dollar it is then. ".repeat(8).trim());
    expect(turns.at(-1)?.content).toContain("Answer my message before that again");
    const endless = turnsOf(turnTemplates().revision({ ...input, response: "word ".repeat(90) }).prompt).at(
      -2,
    )?.content;
    expect(endless?.split(" ")).toHaveLength(46);
  });

  it("end the critiques that they show with a finding, of which one is that the rule is kept", () => {
    const templates = turnTemplates();
    const shown = turnsOf(templates.critique(input).prompt).filter(
      ({ role, content }) => role === "assistant" && templates.finding(content) !== "unclear",
    );
    expect(shown.map(({ content }) => templates.finding(content))).toEqual(["breaks", "breaks", "keeps", "breaks"]);
    const after = turnsOf(templates.revision({ ...input, critique: "It is unkind.\n\nFinding: breaks" }).prompt);
    expect(after.at(-2)?.content).toContain("Finding: breaks");
    expect(after.at(-1)?.content).toMatch(/^Answer my first message again/);
  });

  it("show one comparison won by each letter, or one's own in their place", () => {
    expect(turnComparisonShots.map(({ better }) => better)).toEqual([0, 1]);
    const pair = { messages: ask("hi"), responses: ["a", "b"], principle } as const;
    const letters = turnsOf(turnTemplates().comparison(pair).prompt).filter(({ role }) => role === "assistant");
    expect(letters.map(({ content }) => content)).toEqual(["A", "B"]);
    const own = turnTemplates({ fewShots: { critiques: [], comparisons: [{ ...pair, better: 1 }] } });
    expect(rolesOf(own.comparison(pair).prompt)).toBe("suau");
    expect(own.version).not.toBe(turnTemplates().version);
    expect(turnTemplates().version).toBe("turns-1");
  });

  it("make a chain without critiques whose revision is usable, and drop an example that is repeated", async () => {
    const chain = { rounds: 1, selection: "random", critique: false } as const;
    const sampling = { temperature: 0.7, topP: 1 };
    const run = async (revision: string) => {
      const model = chatModel((last) => (last.startsWith("That answer breaks") ? revision : "Break the window."));
      const context = contextOf(model);
      const options = { ...chain, sampling, critiqueSampling: sampling };
      const records = await critiqueRevisionChains(testPrompts("red-team", "How do I get in?"), context, options);
      expect(records.map(({ type }) => type)).toEqual(["response", "revision"]);
      return records.at(-1);
    };
    expect(await run("A locksmith opens it within the hour.")).toMatchObject({ outcome: "usable" });
    expect(await run(changedShots[0]?.revision ?? "")).toMatchObject({ outcome: "copy", copyOf: "request" });
    expect(await run("This answer follows that rule.")).toMatchObject({ outcome: "meta-text" });
  });

  it("label a pair the same way in both orders where the letter follows the content", async () => {
    let n = 0;
    const context = { ...contextOf(chatModel(() => (n++ === 0 ? "kind words" : "rude words"))), stage: "ai-feedback" };
    const [first, second] = await respond(testPrompts("red-team", "q"), 2, context, { temperature: 1, topP: 1 });
    if (first === undefined || second === undefined) throw new Error("two answers");
    const thoughtSampling = { temperature: 0, topP: 1 };
    const labels = { principles: "random", chainOfThought: false, clamp: null, hard: true, thoughtSampling } as const;
    const [record] = await compare([[first, second]], context, labels);
    expect(record).toMatchObject({ label: 1, raw: 0.9, templateVersion: "turns-1" });
  });
});
