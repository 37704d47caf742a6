import { describe, expect, it } from "vitest";
import type { Message } from "../language-model.ts";
import { chatTemplates } from "./chat-templates.ts";
import type { FewShots } from "./few-shots.ts";
import { paperTemplates } from "./paper-templates.ts";

const ask = (content: string): Message[] => [{ role: "user", content }];
const shown = { id: "few-shot", text: "Be calm.", weight: 1, tags: [] };
const fewShots: FewShots = {
  critiques: [
    { messages: ask("hi"), response: "GO AWAY", principle: shown, critique: "It shouts.", revision: "Hello." },
  ],
  comparisons: [
    { messages: ask("why?"), responses: ["Because!", "Let me explain."], principle: shown, better: 1 },
    { messages: ask("how?"), responses: ["So.", "No!"], principle: shown, thought: "(B) shouts.", better: 0 },
  ],
};
const principle = { id: "p", text: "Be kind.", weight: 1, tags: [] };
const input = { messages: ask("help"), response: "No.", principle };
const pair = { messages: ask("help"), responses: ["No.", "Yes."], principle } as const;

describe("few-shots of one's own in the paper's format", () => {
  const bare = paperTemplates();
  const templates = paperTemplates({ fewShots });
  const critique = bare.critique({ messages: ask("hi"), response: "GO AWAY", principle: shown }).prompt;

  it("stand before critiques and revisions, with and without a critique", () => {
    const shot = `${critique} It shouts.\n\nRevisionRequest: Please rewrite the assistant response so that it follows this principle: Be calm.\n\nRevision: Hello.`;
    expect(templates.critique(input).prompt).toBe(`${shot}${bare.critique(input).prompt}`);
    expect(templates.revision({ ...input, critique: "Curt." }).prompt).toBe(
      `${shot}${bare.revision({ ...input, critique: "Curt." }).prompt}`,
    );
    const direct = `${templates.revision(input).prompt}`;
    expect(direct).not.toContain("Critique");
    expect(direct).toContain("Assistant: GO AWAY\n\nRevisionRequest:");
    expect(direct.endsWith(String(bare.revision(input).prompt))).toBe(true);
  });

  it("stand before comparisons with their letters, and with their thoughts before thoughts", () => {
    const [first, second] = fewShots.comparisons.map((shot) => bare.comparison(shot).prompt);
    expect(templates.comparison(pair).prompt).toBe(`${first} (B)${second} (A)${bare.comparison(pair).prompt}`);
    const thinking = fewShots.comparisons[1] ?? pair;
    const shot = `${bare.comparisonAfter(thinking, "(B) shouts.").prompt} (A)`;
    expect(templates.thought(pair).prompt).toBe(`${shot}${bare.thought(pair).prompt}`);
    expect(templates.comparisonAfter(pair, "Hm.").prompt).toBe(`${shot}${bare.comparisonAfter(pair, "Hm.").prompt}`);
  });
});

describe("few-shots of one's own in the chat format", () => {
  const bare = chatTemplates();
  const templates = chatTemplates({ fewShots });
  const turns = (prompt: unknown): Message[] => (Array.isArray(prompt) ? prompt : []);
  const roles = (prompt: unknown): string =>
    turns(prompt)
      .map(({ role }) => role[0])
      .join("");

  it("are turns between the system turn and the question", () => {
    const critique = turns(templates.critique(input).prompt);
    expect(roles(critique)).toBe("suauau");
    expect(critique.slice(-1)).toEqual(turns(bare.critique(input).prompt).slice(1));
    expect(critique[2]?.content).toBe("It shouts.\n\nFinding: breaks");
    expect(critique[4]?.content).toBe("Hello.");
    expect(roles(templates.revision({ ...input, critique: "Curt." }).prompt)).toBe("suauauau");
    expect(roles(templates.revision(input).prompt)).toBe("suau");
    expect(templates.finding(critique[2]?.content ?? "")).toBe("breaks");
  });

  it("answer comparisons with their letters, and think where the question is to be thought about", () => {
    const compared = turns(templates.comparison(pair).prompt);
    expect(roles(compared)).toBe("suauau");
    expect([compared[2]?.content, compared[4]?.content]).toEqual(["B", "A"]);
    const after = turns(templates.comparisonAfter(pair, "Hm.").prompt);
    expect(roles(after)).toBe("suauauau");
    expect(after.slice(2, 5).map(({ content }) => content)).toEqual(["(B) shouts.", after.at(-1)?.content, "A"]);
    expect(roles(templates.thought(pair).prompt)).toBe("suauau");
  });
});

it("few-shots are part of the version, whichever the format", () => {
  const [critique] = fewShots.critiques;
  const changed = { ...fewShots, critiques: critique === undefined ? [] : [{ ...critique, revision: "Hi." }] };
  for (const make of [chatTemplates, paperTemplates]) {
    const versions = [make({}), make({ fewShots }), make({ fewShots: changed })].map(({ version }) => version);
    expect(new Set(versions).size).toBe(3);
    expect(versions[1]).toMatch(/^(?:chat|paper)-1\+[0-9a-f]{8}$/);
  }
});
