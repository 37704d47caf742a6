import { omitUndefined } from "../omit-undefined.ts";
import {
  type Constitution,
  type ConstitutionDraft,
  ID_FORM,
  type Principle,
  type PrincipleDraft,
  WORDINGS,
  type Wording,
} from "./constitution.ts";
import { constitutionHash } from "./hash.ts";
import { ConstitutionInvalid, type ConstitutionIssue, type Fault } from "./issues.ts";
import { canonicalText, singleLine } from "./text.ts";

/**
 * Makes a constitution from plain data: canonical texts, weight 1, unique sorted tags, the hash. An empty list is allowed
 * here (it is a control); a file must list at least one principle.
 * @throws ConstitutionInvalid on a bad or doubled id, an empty text or a weight that is not positive.
 */
export function createConstitution(draft: ConstitutionDraft): Constitution {
  const principles = draft.principles.map(canonicalPrinciple);
  const issues: ConstitutionIssue[] = [];
  const seen = new Set<string>();
  principles.forEach((principle, index) => {
    const report = (key: string, fault: Fault): void => {
      issues.push({ ...fault, path: ["principles", index, key] });
    };
    if (!ID_FORM.test(principle.id)) report("id", { code: "bad-id", id: principle.id });
    if (seen.has(principle.id)) report("id", { code: "duplicate-id", id: principle.id });
    seen.add(principle.id);
    for (const key of WORDINGS) {
      if (principle[key] === "") report(key, { code: "empty-text" });
    }
    const hasGap = principle.demonstrations?.some(({ prompt, response }) => prompt === "" || response === "");
    if (hasGap === true) report("demonstrations", { code: "empty-text" });
    if (!(Number.isFinite(principle.weight) && principle.weight > 0)) {
      report("weight", { code: "bad-weight", found: String(principle.weight) });
    }
  });
  if (issues.length > 0) throw new ConstitutionInvalid(`Making the constitution "${draft.name}"`, issues);
  const [preamble, source] = [givenText(draft.preamble), givenText(draft.source)];
  const hash = constitutionHash({ preamble, principles });
  return omitUndefined({ name: singleLine(draft.name), source, preamble, principles, hash });
}

/** A text in its one spelling; undefined where none is given or nothing is in it. */
function givenText(text: string | undefined): string | undefined {
  return canonicalText(text ?? "") || undefined;
}

/** A principle with canonical texts, its defaults, and unique sorted tags. */
export function canonicalPrinciple(draft: PrincipleDraft): Principle {
  const wordings: Partial<Record<Wording, string>> = {};
  for (const key of WORDINGS) {
    const value = draft[key];
    if (value !== undefined) wordings[key] = canonicalText(value);
  }
  return omitUndefined({
    id: draft.id,
    ...wordings,
    text: canonicalText(draft.text),
    appliesTo: draft.appliesTo,
    demonstrations: draft.demonstrations?.map(({ prompt, response }) => ({
      prompt: canonicalText(prompt),
      response: canonicalText(response),
    })),
    source: givenText(draft.source),
    weight: draft.weight ?? 1,
    tags: [...new Set((draft.tags ?? []).map(singleLine).filter((tag) => tag !== ""))].sort(),
  });
}
