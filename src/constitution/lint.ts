import {
  type Constitution,
  PRINCIPLE_KINDS,
  type Principle,
  type PrincipleKind,
  WORDINGS,
  type Wording,
} from "./constitution.ts";
import type { Path } from "./issues.ts";
import { pairOpposites } from "./polarity.ts";
import { pairNearDuplicates } from "./similarity.ts";
import { contentStems, words } from "./text.ts";

/** A prompt of a run, for the check of coverage. */
export interface LintPrompt {
  readonly id: string;
  readonly text: string;
}

/** What is known of the run and its model; without it less is checked. */
export interface LintOptions {
  /** Prompts that a run would use; without them nothing is said about coverage. */
  readonly prompts?: readonly LintPrompt[];
  /** Whether a prompt puts a principle to the test. Default: they share a content word. */
  readonly exercises?: (principle: Principle, prompt: LintPrompt) => boolean;
  /** Whether the model knows a word of its language; without it every word is taken as known. */
  readonly vocabulary?: (word: string) => boolean;
  /** How the model's tokenizer cuts a text into words. Default: at white space. */
  readonly split?: (text: string) => readonly string[];
  /** From this similarity on two principles count as near-duplicates. Default 0.6: finds the twins in the paper and the 2023 page (0.64 and more), spares parallels (legal and financial advice, 0.54). */
  readonly similarity?: number;
  /** A principle longer than this many words gets a warning. Default 120. */
  readonly longest?: number;
}

/** One thing that may disappoint, as data; `describeLintIssue` puts it in words. */
export type LintIssue = { readonly path: Path } & (
  | {
      readonly code: "unreadable";
      readonly level: "error";
      readonly id: string;
      readonly field: Wording;
      readonly words: readonly UnreadableWord[];
    }
  | {
      readonly code: "near-duplicate";
      readonly level: "warning";
      readonly ids: readonly [string, string];
      readonly similarity: number;
    }
  | { readonly code: "contradiction"; readonly level: "warning"; readonly ids: readonly [string, string] }
  | { readonly code: "kind-without-principle"; readonly level: "warning"; readonly kind: PrincipleKind }
  | { readonly code: "missing-anti-evasive"; readonly level: "warning" }
  | { readonly code: "missing-anti-preachy"; readonly level: "warning" }
  | { readonly code: "unexercised"; readonly level: "warning"; readonly id: string; readonly prompts: number }
  | {
      readonly code: "untaught";
      readonly level: "warning";
      readonly id: string;
      readonly words: readonly string[];
    }
  | { readonly code: "begins-mid-sentence"; readonly level: "warning"; readonly id: string }
  | {
      readonly code: "long-text";
      readonly level: "warning";
      readonly id: string;
      readonly words: number;
      readonly limit: number;
    }
);

/** A word outside the model's language, and how it would have to be typed where only case or punctuation is in the way. */
export interface UnreadableWord {
  readonly word: string;
  readonly readable?: string;
}

/** Declare the balance explicitly with these tags where the wording does not show it. */
export const BALANCE_TAGS = { evasive: "anti-evasive", preachy: "anti-preachy" } as const;

const ANTI_EVASIVE =
  /\b(?:evasi\w*|evad\w*|helpful\w*|helps?|unhelpful\w*|over-?refus\w*|needless(?:ly)? refus\w*|engag\w*|answers? (?:the|what)|explains? why|offers?|alternatives?|useful\w*)\b/i;
const ANTI_PREACHY =
  /\b(?:preach\w*|lectur\w*|moraliz\w*|moralis\w*|sermon\w*|condescen\w*|sanctimon\w*|patroni[sz]\w*|self-righteous\w*|judg(?:e)?mental\w*|scold\w*|accus\w*|condemnatory|over-?ly[ -]reactive|over-?react\w*|obnoxious\w*|boilerplate|naive\w*|naïve\w*|proportionate\w*|talk(?:s|ing)? down)\b/i;

/** Everything about a constitution that parses and yet may disappoint, errors first. Pure: same input, same list. */
export function lintConstitution(constitution: Constitution, options: LintOptions = {}): LintIssue[] {
  return [
    ...findUnreadable(constitution, options),
    ...findRelated(constitution, options.similarity ?? 0.6),
    ...findUnbound(constitution),
    ...findMissingBalance(constitution),
    ...findUnexercised(constitution, options),
    ...findTorn(constitution),
    ...findLong(constitution, options.longest ?? 120),
  ];
}

function findUnreadable(constitution: Constitution, options: LintOptions): LintIssue[] {
  const { vocabulary, split = (text: string) => text.split(/\s+/) } = options;
  if (vocabulary === undefined) return [];
  return constitution.principles.flatMap((principle, index) =>
    WORDINGS.flatMap((field): LintIssue[] => {
      const unknown = [...new Set(split(principle[field] ?? ""))].filter((word) => word !== "" && !vocabulary(word));
      if (unknown.length === 0) return [];
      const found = unknown.map((word) => spellReadably(word, vocabulary));
      return [
        {
          code: "unreadable",
          level: "error",
          path: ["principles", index, field],
          id: principle.id,
          field,
          words: found,
        },
      ];
    }),
  );
}

/** "Help." is unreadable where "help ." is not: says so. */
function spellReadably(word: string, vocabulary: (word: string) => boolean): UnreadableWord {
  const parts = word.toLowerCase().match(/[\p{L}\p{N}'-]+|[^\p{L}\p{N}\s'-]/gu) ?? [];
  return parts.length > 0 && parts.every(vocabulary) ? { word, readable: parts.join(" ") } : { word };
}

/** Principles that contradict each other, and those that say nearly the same. */
function findRelated({ principles }: Constitution, threshold: number): LintIssue[] {
  const texts = principles.map(({ text }) => text);
  const idsOf = ({ first, second }: { readonly first: number; readonly second: number }) =>
    [principles[first]?.id ?? "", principles[second]?.id ?? ""] as const;
  const opposites = pairOpposites(texts);
  const isOpposite = new Set(opposites.map((pair) => idsOf(pair).join(" ")));
  return [
    ...opposites.map(
      (pair): LintIssue => ({
        code: "contradiction",
        level: "warning",
        path: ["principles", pair.second],
        ids: idsOf(pair),
      }),
    ),
    ...pairNearDuplicates(texts, threshold)
      .filter((pair) => !isOpposite.has(idsOf(pair).join(" ")))
      .map(
        (pair): LintIssue => ({
          code: "near-duplicate",
          level: "warning",
          path: ["principles", pair.second],
          ids: idsOf(pair),
          similarity: Math.round(pair.similarity * 100) / 100,
        }),
      ),
  ];
}

/** Kinds of prompts for which every principle is bound to the other kind. */
function findUnbound({ principles }: Constitution): LintIssue[] {
  if (principles.length === 0) return [];
  return PRINCIPLE_KINDS.filter((kind) =>
    principles.every(({ appliesTo }) => appliesTo !== undefined && appliesTo !== kind),
  ).map((kind) => ({ code: "kind-without-principle", level: "warning", path: ["principles"], kind }));
}

/**
 * A constitution that only forbids trains a model to refuse and to lecture: Bai et al. 2022 §4.3 (preachy answers,
 * cured by wording) and §3.3 (prefer the less evasive of two harmless answers).
 */
function findMissingBalance(constitution: Constitution): LintIssue[] {
  const isStated = (tag: string, cue: RegExp): boolean =>
    constitution.principles.some(
      (principle) =>
        principle.tags.includes(tag) ||
        WORDINGS.some((field) => field !== "inverse" && cue.test(principle[field] ?? "")),
    );
  const issues: LintIssue[] = [];
  if (constitution.principles.length === 0) return issues;
  const path: Path = ["principles"];
  if (!isStated(BALANCE_TAGS.evasive, ANTI_EVASIVE))
    issues.push({ code: "missing-anti-evasive", level: "warning", path });
  if (!isStated(BALANCE_TAGS.preachy, ANTI_PREACHY))
    issues.push({ code: "missing-anti-preachy", level: "warning", path });
  return issues;
}

function findUnexercised(constitution: Constitution, options: LintOptions): LintIssue[] {
  const { prompts, exercises = sharesContentWord } = options;
  if (prompts === undefined) return [];
  return constitution.principles.flatMap((principle, index): LintIssue[] =>
    prompts.some((prompt) => exercises(principle, prompt))
      ? []
      : [
          {
            code: "unexercised",
            level: "warning",
            path: ["principles", index],
            id: principle.id,
            prompts: prompts.length,
          },
        ],
  );
}

function sharesContentWord(principle: Principle, prompt: LintPrompt): boolean {
  const asked = new Set(contentStems(prompt.text));
  return WORDINGS.some((field) => contentStems(principle[field] ?? "").some((word) => asked.has(word)));
}

/** A text torn by a page break begins in lower case where the others begin in upper case. */
function findTorn(constitution: Constitution): LintIssue[] {
  const lower = constitution.principles.map(({ text }) => /^\p{Ll}/u.test(text));
  if (lower.filter(Boolean).length * 2 > lower.length) return [];
  return constitution.principles.flatMap(({ id }, index): LintIssue[] =>
    lower[index] === true
      ? [{ code: "begins-mid-sentence", level: "warning", path: ["principles", index, "text"], id }]
      : [],
  );
}

/** Long, specific principles damaged generalisation where one broad sentence worked (Claude's Constitution, 2023). */
function findLong(constitution: Constitution, limit: number): LintIssue[] {
  return constitution.principles.flatMap(({ id, text }, index): LintIssue[] => {
    const count = words(text).length;
    return count <= limit
      ? []
      : [{ code: "long-text", level: "warning", path: ["principles", index, "text"], id, words: count, limit }];
  });
}

/** What a lint issue says to a person, without its level and place. */
export function describeLintIssue(issue: LintIssue): string {
  switch (issue.code) {
    case "unreadable": {
      const list = issue.words.map(({ word, readable }) =>
        readable === undefined ? `"${word}"` : `"${word}" (write "${readable}")`,
      );
      return `the model cannot read ${list.join(", ")} in the ${issue.field} of "${issue.id}"`;
    }
    case "near-duplicate":
      return `"${issue.ids[0]}" and "${issue.ids[1]}" say nearly the same (similarity ${issue.similarity.toFixed(2)}): the thought counts double`;
    case "contradiction":
      return `"${issue.ids[0]}" and "${issue.ids[1]}" contradict each other: one forbids what the other asks for, and no answer keeps both`;
    case "kind-without-principle":
      return `every principle is bound to another kind of prompt: answers to ${issue.kind} prompts are neither criticised nor compared`;
    case "missing-anti-evasive":
      return `no principle asks for help instead of evasion: a model trained on this may refuse everything (tag one "${BALANCE_TAGS.evasive}" if it does)`;
    case "missing-anti-preachy":
      return `no principle asks not to lecture: a model trained on this may moralise (tag one "${BALANCE_TAGS.preachy}" if it does)`;
    case "unexercised":
      return `none of ${issue.prompts} prompts puts "${issue.id}" to the test: it cannot be learnt`;
    case "untaught":
      return `no rule that the model learned from names ${issue.words.map((word) => `"${word}"`).join(", ")}: as critic it may not apply "${issue.id}"`;
    case "begins-mid-sentence":
      return `"${issue.id}" begins in the middle of a sentence: a part may be lost`;
    case "long-text":
      return `"${issue.id}" has ${issue.words} words (more than ${issue.limit}): broad short principles generalise better`;
  }
}
