import { type Constitution, type LintIssue, lintConstitution } from "../../constitution/index.ts";
import { governanceOf } from "./governance.ts";
import { categoriesOutsideRules } from "./lexicon.ts";
import { harborPrompts } from "./prompts.ts";
import { explainUnreadable } from "./reading.ts";
import { parseRequest } from "./requests.ts";
import { parseRule } from "./rules.ts";
import { harborWords } from "./vocabulary.ts";

/** Lints a constitution for harbor: against the words and sentences that its model reads, and the requests that its runs draw. */
export function lintForHarbor(constitution: Constitution): LintIssue[] {
  const words = new Set(harborWords);
  const counts = { redTeam: 210, helpful: 90 };
  const prompts = harborPrompts(
    1,
    { "sl-cai": counts, "ai-feedback": counts, "rl-cai": counts },
    governanceOf(constitution),
  );
  const issues = lintConstitution(constitution, {
    vocabulary: (word) => words.has(word),
    prompts: prompts["sl-cai"].map(({ id, messages }) => ({ id, text: messages.at(-1)?.content ?? "" })),
    exercises: (principle, prompt) => {
      const rule = parseRule(principle.text);
      const category = parseRequest(prompt.text)?.category.name;
      // Rules about the manner of an answer apply to every request.
      return rule?.kind !== "help" || (category !== undefined && rule.categories.includes(category));
    },
  });
  const named = new Set(issues.flatMap((issue) => (issue.code === "unreadable" ? [issue.id] : [])));
  return [...findUnreadable(constitution, named), ...issues, ...findUntaught(constitution)];
}

/** Categories that no rule of pre-training named: the critic may not know what to do with them. */
function findUntaught({ principles }: Constitution): LintIssue[] {
  return principles.flatMap(({ id, text }, index): LintIssue[] => {
    const found = text.split(/\s+/).filter((word) => categoriesOutsideRules.includes(word));
    return found.length === 0
      ? []
      : [{ code: "untaught", level: "warning", path: ["principles", index, "text"], id, words: found }];
  });
}

/** Known words in a sentence that the model has not learned; a run would refuse it as well. */
function findUnreadable({ principles }: Constitution, named: ReadonlySet<string>): LintIssue[] {
  return principles.flatMap(({ id, text }, index): LintIssue[] =>
    named.has(id) || explainUnreadable(text) === undefined
      ? []
      : [
          {
            code: "unreadable",
            level: "error",
            path: ["principles", index, "text"],
            id,
            field: "text",
            words: [{ word: text }],
          },
        ],
  );
}
