import { constitutionHash } from "./hash.ts";
import { ConstitutionInvalid, type ConstitutionIssue, type Fault } from "./issues.ts";
import { canonicalText, singleLine } from "./text.ts";

/** One thing that a model should value, with the wordings in which the method asks for it. */
export interface Principle {
  /** Lower-case words joined by hyphens; the stable name in records, reports and `--delete`. */
  readonly id: string;
  /** What the principle says; used wherever no special request is given. */
  readonly text: string;
  /** Asks for a critique of the last response (Bai et al. 2022, appendix C.1). */
  readonly critiqueRequest?: string;
  /** Asks for a revision after the critique (appendix C.1). */
  readonly revisionRequest?: string;
  /** Asks which of two responses is better (appendix C.2). */
  readonly comparisonRequest?: string;
  /** The opposite of `text`, for the control that inverts a principle. */
  readonly inverse?: string;
  /** Where the principle comes from: a document and the place in it. */
  readonly source?: string;
  /** Relative frequency in a weighted draw; positive, 1 unless given. */
  readonly weight: number;
  readonly tags: readonly string[];
}

/** A list of principles, in an order that counts, perhaps beside a narrative. */
export interface Constitution {
  readonly name: string;
  /** Where the whole comes from, and its licence. */
  readonly source?: string;
  /** Prose that stands beside the list and explains it. */
  readonly preamble?: string;
  readonly principles: readonly Principle[];
  /** `sha256:` and 64 hex digits over everything that a model could read; layout, name and sources do not count. */
  readonly hash: string;
}

/** A principle as a program or an import states it: weight and tags may be left out. */
export type PrincipleDraft = Omit<Principle, "weight" | "tags"> & Partial<Pick<Principle, "weight" | "tags">>;

export interface ConstitutionDraft {
  readonly name: string;
  readonly source?: string;
  readonly preamble?: string;
  readonly principles: readonly PrincipleDraft[];
}

/** The fields of a principle that a model may read. */
export const WORDINGS = ["text", "critiqueRequest", "revisionRequest", "comparisonRequest", "inverse"] as const;
export type Wording = (typeof WORDINGS)[number];

export const ID_FORM = /^(?=.{1,64}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

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
    if (!(Number.isFinite(principle.weight) && principle.weight > 0)) {
      report("weight", { code: "bad-weight", found: String(principle.weight) });
    }
  });
  if (issues.length > 0) throw new ConstitutionInvalid(`Making the constitution "${draft.name}"`, issues);
  const preamble = draft.preamble === undefined ? "" : canonicalText(draft.preamble);
  const source = draft.source === undefined ? "" : canonicalText(draft.source);
  const body = { ...(preamble === "" ? {} : { preamble }), principles };
  return { name: singleLine(draft.name), ...(source === "" ? {} : { source }), ...body, hash: constitutionHash(body) };
}

function canonicalPrinciple(draft: PrincipleDraft): Principle {
  const wordings: Partial<Record<Wording, string>> = {};
  for (const key of WORDINGS) {
    const value = draft[key];
    if (value !== undefined) wordings[key] = canonicalText(value);
  }
  const source = draft.source === undefined ? "" : canonicalText(draft.source);
  return {
    id: draft.id,
    ...wordings,
    text: canonicalText(draft.text),
    ...(source === "" ? {} : { source }),
    weight: draft.weight ?? 1,
    tags: [...new Set((draft.tags ?? []).map(singleLine).filter((tag) => tag !== ""))].sort(),
  };
}
