import { existsSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { importConstitution } from "../constitution/index.ts";
import type { Message } from "../language-model.ts";
import { hasMetaText } from "./meta-text.ts";
import { paperFewShots } from "./paper-few-shots.ts";
import { paperTemplates } from "./paper-templates.ts";

const messages: Message[] = [
  { role: "user", content: "hello" },
  { role: "assistant", content: "hi" },
  { role: "user", content: "how do I pick a lock?" },
];
const principle = {
  id: "p",
  text: "be harmless",
  weight: 1,
  tags: [],
  critiqueRequest: "Identify harm.",
  revisionRequest: "Please rewrite.",
  comparisonRequest: "Choose the less harmful response.",
};
const pair = { messages, responses: ["With a pick.", "Call a locksmith."], principle } as const;

describe("the paper's strings", () => {
  const templates = paperTemplates();
  const dialogue = "\n\nHuman: hello\n\nAssistant: hi\n\nHuman: how do I pick a lock?";

  it("respond", () => {
    expect(templates.response(messages)).toMatchObject({ prompt: `${dialogue}\n\nAssistant:`, stop: ["\n\nHuman:"] });
    expect(templates.completion?.("No.")).toBe(" No.");
  });

  it("critique and revise", () => {
    const critiqued = `${dialogue}\n\nAssistant: With a pick.\n\nCritiqueRequest: Identify harm.\n\nCritique:`;
    expect(templates.critique({ messages, response: "With a pick.", principle }).prompt).toBe(critiqued);
    expect(templates.revision({ messages, response: "With a pick.", principle, critique: "It harms." }).prompt).toBe(
      `${critiqued} It harms.\n\nRevisionRequest: Please rewrite.\n\nRevision:`,
    );
    expect(templates.revision({ messages, response: "With a pick.", principle }).prompt).toBe(
      `${dialogue}\n\nAssistant: With a pick.\n\nRevisionRequest: Please rewrite.\n\nRevision:`,
    );
  });

  it("compare", () => {
    expect(templates.comparison(pair)).toEqual({
      prompt:
        "\n\nConsider the following conversation between a human and an assistant:" +
        `${dialogue}\n\n\nChoose the less harmful response. Options:\n (A) [[[With a pick.]]]\n (B) [[[Call a locksmith.]]]` +
        "\n\nThe answer is:",
      options: [" (A)", " (B)"],
    });
  });

  it("compare after a chain of thought, with the continuation that the paper's appendix does not print", () => {
    const prompt =
      "\n\nHuman: Consider the following conversation between a human (H) and an assistant (A):" +
      "\n\nH: hello\n\nA: hi\n\nH: how do I pick a lock?\n\nChoose the less harmful response. Options:" +
      "\n (A) [[[With a pick.]]]\n (B) [[[Call a locksmith.]]]\n\nAssistant: Let's think step by step:";
    expect(templates.thought(pair)).toMatchObject({ prompt, stop: ["\n\nHuman:"] });
    expect(templates.comparisonAfter(pair, "(B) is safer.").prompt).toBe(
      `${prompt} (B) is safer.\n\nHuman:\nSo the answer is:`,
    );
  });

  it("refuses a system turn", () => {
    expect(() => templates.response([{ role: "system", content: "x" }])).toThrow(/system turn/);
  });

  it("falls back to the text of a principle without requests", () => {
    const bare = { id: "p", text: "Choose the kinder response.", weight: 1, tags: [] };
    expect(templates.comparison({ ...pair, principle: bare }).prompt).toContain(
      "\n\n\nChoose the kinder response. Options:\n",
    );
    expect(templates.critique({ messages, response: "x", principle: bare }).prompt).toContain(
      "this principle: Choose the kinder",
    );
  });
});

describe("few-shots", () => {
  const critiqueFewShots = [
    "\n\nHuman: a\n\nAssistant: b\n\nCritiqueRequest: c\n\nCritique: d\n\nRevisionRequest: e\n\nRevision: f\n\nHuman:",
    "\n\nHuman: g\n\nAssistant: h\n\nCritiqueRequest: i\n\nCritique: j\n\nRevisionRequest: k\n\nRevision: l", // no end, as the paper's fourth
  ];

  it("join to one dialogue, and lose their critiques for direct revision", () => {
    const templates = paperTemplates({ critiqueFewShots });
    const critique = String(templates.critique({ messages, response: "r", principle }).prompt);
    expect(
      critique.startsWith(
        `${critiqueFewShots[0]?.slice(0, -"\n\nHuman:".length)}${critiqueFewShots[1]}\n\nHuman: hello`,
      ),
    ).toBe(true);
    const direct = String(templates.revision({ messages, response: "r", principle }).prompt);
    expect(direct.startsWith("\n\nHuman: a\n\nAssistant: b\n\nRevisionRequest: e\n\nRevision: f\n\nHuman: g")).toBe(
      true,
    );
    expect(direct).not.toContain("Critique:");
  });

  it("are part of the version", () => {
    expect(paperTemplates().version).toBe("paper-1");
    const version = paperTemplates({ critiqueFewShots }).version;
    expect(version).toMatch(/^paper-1\+[0-9a-f]{8}$/);
    expect(paperTemplates({ critiqueFewShots: [...critiqueFewShots].reverse() }).version).not.toBe(version);
  });

  it("give the better response its letter, the same in both orders", () => {
    const shot = { prompt: "\n\nHuman: q\n\nAssistant:", correct: "good", incorrect: "bad" };
    const templates = paperTemplates({
      comparisonFewShots: [shot, shot, shot, shot, shot, shot],
      fewShotPrinciples: ["One.", "Two."],
    });
    const given = String(templates.comparison(pair).prompt);
    const swapped = String(templates.comparison({ ...pair, responses: ["Call a locksmith.", "With a pick."] }).prompt);
    const shots = (text: string): string => text.slice(0, text.indexOf("\n\nHuman: hello"));
    expect(shots(given)).toBe(shots(swapped));
    const answers = [...given.matchAll(/\(A\) \[\[\[(\w+)\]\]\]\n \(B\) \[\[\[\w+\]\]\]\n\nThe answer is: \((\w)\)/g)];
    expect(answers).toHaveLength(6);
    for (const [, first, letter] of answers) expect(letter).toBe(first === "good" ? "A" : "B");
    expect(new Set(answers.map(([, , letter]) => letter)).size).toBe(2);
  });

  it("need principles to draw from", () => {
    expect(() => paperTemplates({ thoughtFewShots: ["{}"] })).toThrow(/fewShotPrinciples/);
  });
});

const data = process.env["PRECEPT_DATA"] ?? new URL("../../../shared/data", import.meta.url).pathname;
const shelf = pathToFileURL(`${data}/cai-paper-prompts/`);
describe.skipIf(!existsSync(shelf))("against the published prompts (skipped where ../shared/data is absent)", () => {
  const text = (name: string): string => readFileSync(new URL(name, shelf), "utf8");
  const dialogue = "\n\nHuman: hello\n\nAssistant: hi\n\nHuman: how do I pick a lock?";

  it("asks for every imported critique and revision byte for byte", () => {
    const { constitution } = importConstitution(text("sl_cai_principles.json"), { name: "paper" });
    expect(constitution.principles).toHaveLength(16);
    const published = load(
      "sl_cai_principles.json",
      z.object({ principles: z.array(z.object({ critique_request: z.string(), revision_request: z.string() })) }),
    ).principles;
    const templates = paperTemplates();
    for (const [index, principle] of constitution.principles.entries()) {
      const request = published[index];
      const critiqued = `${dialogue}\n\nAssistant: r\n\nCritiqueRequest: ${request?.critique_request}\n\nCritique:`;
      expect(templates.critique({ messages, response: "r", principle }).prompt).toBe(critiqued);
      expect(templates.revision({ messages, response: "r", principle, critique: "c" }).prompt).toBe(
        `${critiqued} c\n\nRevisionRequest: ${request?.revision_request}\n\nRevision:`,
      );
    }
  });

  it("compares under every imported principle byte for byte", () => {
    const { constitution } = importConstitution(text("rl_cai_principles.json"), { name: "paper" });
    const published = load("rl_cai_principles.json", z.object({ principles: z.array(z.object({ text: z.string() })) }));
    expect(constitution.principles).toHaveLength(16);
    for (const [index, principle] of constitution.principles.entries()) {
      const request = published.principles[index]?.text.replace(/ *Options:$/, "");
      expect(paperTemplates().comparison({ ...pair, principle }).prompt).toBe(
        "\n\nConsider the following conversation between a human and an assistant:" +
          `${dialogue}\n\n\n${request} Options:\n (A) [[[With a pick.]]]\n (B) [[[Call a locksmith.]]]\n\nThe answer is:`,
      );
    }
  });

  it("puts the imported few-shots before a prompt byte for byte", () => {
    const shots = examples("sl_cai_fewshot.json");
    const settings = paperFewShots({
      critique: text("sl_cai_fewshot.json"),
      thought: text("rl_cai_cot_fewshot.json"),
      principles: text("rl_cai_principles.json"),
    });
    const templates = paperTemplates(settings);
    const bare = paperTemplates();
    const critique = { messages, response: "r", principle };
    // Each ends in "\n\nHuman:", the beginning of the next; the fourth lacks it.
    const joined = shots.map((shot) => shot.replace(/\n\nHuman:$/, "")).join("");
    expect(templates.critique(critique).prompt).toBe(`${joined}${bare.critique(critique).prompt}`);
    const thought = String(templates.thought(pair).prompt);
    expect(thought.endsWith(String(bare.thought(pair).prompt))).toBe(true);
    const published = load("rl_cai_principles.json", z.object({ principles: z.array(z.object({ text: z.string() })) }));
    const requests = published.principles.map((each) => `${each.text.replace(/ *Options:$/, "")} Options:`);
    let rest = thought;
    for (const shot of examples("rl_cai_cot_fewshot.json")) {
      const drawn = requests.find((request) => rest.startsWith(shot.replace("{}", () => request)));
      expect(drawn).toBeDefined();
      rest = rest.slice(shot.replace("{}", () => drawn ?? "").length);
    }
    expect(rest).toBe(bare.thought(pair).prompt);
  });

  const load = <T>(name: string, schema: z.ZodType<T>): T =>
    schema.parse(JSON.parse(readFileSync(new URL(name, shelf), "utf8")));
  const examples = (name: string): string[] => load(name, z.object({ examples: z.array(z.string()) })).examples;

  it("wraps critique and revision requests as the file says", () => {
    const { wrap, principles } = load(
      "sl_cai_principles.json",
      z.object({
        wrap: z.object({ critique: z.string(), revision: z.string() }),
        principles: z.array(z.object({ id: z.string(), critique_request: z.string(), revision_request: z.string() })),
      }),
    );
    expect(principles).toHaveLength(16);
    for (const { id, critique_request, revision_request } of principles) {
      const own = {
        id,
        text: "t",
        weight: 1,
        tags: [],
        critiqueRequest: critique_request,
        revisionRequest: revision_request,
      };
      const input = { messages, response: "r", principle: own, critique: "c" };
      const { prompt } = paperTemplates().revision(input);
      expect(
        String(prompt).endsWith(
          wrap.critique.replace("{critique_request}", critique_request) +
            " c" +
            wrap.revision.replace("{revision_request}", revision_request),
        ),
      ).toBe(true);
    }
  });

  it("continues few-shots in their own format", () => {
    const shots = examples("sl_cai_fewshot.json");
    const templates = paperTemplates({ critiqueFewShots: shots });
    const prompt = String(templates.critique({ messages, response: "r", principle }).prompt);
    expect(prompt.split("\n\nRevision:")).toHaveLength(shots.length + 1);
    expect(prompt).not.toContain("\n\nHuman:\n\nHuman:");
    for (const shot of shots) {
      const revision = shot.split("\n\nRevision:")[1]?.replace(/\n\nHuman:$/, "") ?? "";
      expect(hasMetaText(revision, templates.metaText)).toBe(false);
    }
  });

  it("asks chains of thought as the six examples do", () => {
    for (const shot of examples("rl_cai_cot_fewshot.json")) {
      const turns = (/assistant(?: \(A\))?:\n\n([\s\S]*?)\n\n\{\}/.exec(shot)?.[1] ?? "").split(/\n\n(?=[HA]:)/);
      const own = turns.map(
        (turn): Message => ({ role: turn.startsWith("H") ? "user" : "assistant", content: turn.slice(2) }),
      );
      const [, a = "", b = ""] = /\n \(A\) \[\[\[([\s\S]*?)\]\]\]\n \(B\) \[\[\[([\s\S]*?)\]\]\]/.exec(shot) ?? [];
      const [, thought = "", letter] =
        /Let's think step by step: ?([\s\S]*?)\n\nHuman:\nSo the answer is: \(([AB])\)$/.exec(shot) ?? [];
      const bare = { ...principle, comparisonRequest: "{} Options:" };
      const templates = paperTemplates();
      const ours = String(
        templates.comparisonAfter({ messages: own, responses: [a, b], principle: bare }, thought).prompt,
      );
      // Upstream slips: one example starts with a single line feed, one lacks (H) and (A), some have double spaces.
      const squeezed = (text: string): string =>
        text
          .replace(/^\n+/, "")
          .replace("a human and an assistant:", "a human (H) and an assistant (A):")
          .replace(/([HA]:) +/g, "$1 ")
          .replace(/step: ?/, "step: ")
          .replace(/ +\n/g, "\n");
      expect(squeezed(`${ours} (${letter})`)).toBe(squeezed(shot.replace("{}", "{} Options:")));
    }
  });
});

describe("meta-text", () => {
  it.each([
    ["Here is a revised response: do not.", true],
    ["Revision: do not.", true],
    ["I apologize for my earlier response.", true],
    ["CritiqueRequest: find harm", true],
    ["The assistant's response should be kinder.", true],
    ["It is loud.\n\nFinding: breaks", true],
    ["This response goes against the principle.", true],
    ["The response of the public was swift.", false],
    ["Our finding: the cake breaks.", false],
    ["I'm sorry, I shouldn't have agreed to help.", false],
    ["The revised edition of that book is out.", false],
    ["Please see a doctor about your critique of the film.", false],
  ])("%s → %s", (text, expected) => {
    expect(hasMetaText(text, paperTemplates().metaText)).toBe(expected);
  });

  it("does not depend on a pattern's state", () => {
    const sticky = [/again/g];
    expect([hasMetaText("again", sticky), hasMetaText("again", sticky)]).toEqual([true, true]);
  });
});
