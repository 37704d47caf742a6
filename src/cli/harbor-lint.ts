import type { LintOptions } from "../constitution/index.ts";
import { harborPrompts } from "../worlds/harbor/prompts.ts";
import { parseRequest } from "../worlds/harbor/requests.ts";
import { parseRule } from "../worlds/harbor/rules.ts";
import { harborWords } from "../worlds/harbor/vocabulary.ts";

/** Lint for harbor: the words its model reads, and requests as its runs draw them. */
export function harborLint(): LintOptions {
  const words = new Set(harborWords);
  const counts = { redTeam: 210, helpful: 90 };
  const prompts = harborPrompts(1, { "sl-cai": counts, "ai-feedback": counts, "rl-cai": counts });
  return {
    vocabulary: (word) => words.has(word),
    prompts: prompts["sl-cai"].map(({ id, messages }) => ({ id, text: messages.at(-1)?.content ?? "" })),
    exercises: (principle, prompt) => {
      const rule = parseRule(principle.text);
      const category = parseRequest(prompt.text)?.category.name;
      // Rules about the manner of an answer apply to every request; a sentence that is no rule is judged by its words alone.
      return (
        rule === undefined || rule.kind !== "help" || (category !== undefined && rule.categories.includes(category))
      );
    },
  };
}
