import { z } from "zod";
import type { PrincipleDraft } from "../constitution.ts";
import { type Imported, importFailed, readJson } from "./imported.ts";

const PAPER = "Bai et al. 2022, arXiv 2212.08073";

const pair = z.object({ id: z.string(), critique_request: z.string(), revision_request: z.string() });
const comparison = z.object({ id: z.string(), text: z.string() });
const appendix = z.object({ source: z.string().optional(), principles: z.array(z.union([pair, comparison])).min(1) });
const instructions = z.record(
  z.string(),
  z.object({ prompt: z.union([z.string(), z.array(z.string()).min(1)]), edit_request: z.string() }),
);
const comparisons = z.array(z.string()).min(1);

/** The forms in which the paper's principles are published: the appendices as JSON, and its repository's two files. */
export const paperForm = z.union([appendix, comparisons, instructions]);

/**
 * Reads the paper's JSON: pairs of critique and revision requests (appendix C.1; `CritiqueRevisionInstructions.json`) or
 * comparisons (C.2; `RLMadisonInstructions.json`). Wrappers ("CritiqueRequest: …", "Options:") are taken off; no other
 * word is changed, slips of the original included.
 * @throws PreceptError "input-invalid".
 */
export function importPaper(text: string): Imported {
  const parsed = paperForm.safeParse(readJson("the paper's JSON", text));
  if (!parsed.success) {
    return importFailed(
      "the paper's JSON",
      "another JSON document",
      "a list `principles` of {id, critique_request, revision_request} or {id, text}, or one of the files in the paper's repository",
    );
  }
  const { data } = parsed;
  if (Array.isArray(data)) {
    return {
      source: PAPER,
      notes: [],
      principles: data.map((line, i) => comparisonDraft(`rl${i}`, line, `${PAPER}, appendix C.2, number ${i + 1}`)),
    };
  }
  if (isAppendix(data)) {
    const source = data.source ?? PAPER;
    const principles = data.principles.map((principle) =>
      "text" in principle
        ? comparisonDraft(principle.id, principle.text, `${source}, ${principle.id}`)
        : pairDraft(principle.id, principle.critique_request, principle.revision_request, `${source}, ${principle.id}`),
    );
    return { source, principles, notes: [] };
  }
  const principles = Object.entries(data).map(([id, { prompt, edit_request }]) =>
    pairDraft(id, Array.isArray(prompt) ? (prompt[0] ?? "") : prompt, edit_request, `${PAPER}, appendix C.1, ${id}`),
  );
  return { source: PAPER, principles, notes: [] };
}

function isAppendix(data: z.infer<typeof appendix> | z.infer<typeof instructions>): data is z.infer<typeof appendix> {
  return Array.isArray(data.principles);
}

/** A pair has no statement of its own: its critique request says best what it is about. */
function pairDraft(id: string, critique: string, revision: string, source: string): PrincipleDraft {
  const critiqueRequest = unwrap(critique);
  return { id, text: critiqueRequest, critiqueRequest, revisionRequest: unwrap(revision), source, tags: ["sl-cai"] };
}

function comparisonDraft(id: string, text: string, source: string): PrincipleDraft {
  const comparisonRequest = unwrap(text);
  return { id, text: comparisonRequest, comparisonRequest, source, tags: ["rl-cai"] };
}

function unwrap(text: string): string {
  return text
    .trim()
    .replace(/^(?:Critique ?Request|Revision ?Request): */, "")
    .replace(/\n\n(?:Critique|Revision):$/, "")
    .replace(/ *Options:$/, "")
    .trim();
}
