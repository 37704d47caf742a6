import type { PrincipleDraft } from "../../constitution/index.ts";
import { findContradictions } from "../../drafting/index.ts";
import type { LanguageModel } from "../../language-model.ts";
import type { StatementTemplates } from "./templates.ts";

/** Two principles that no answer may be able to keep together. They are listed for people, never dropped. */
export interface PrincipleConflict {
  readonly ids: readonly [string, string];
  /** "rule": one forbids in the same words what the other asks for; "model": a model says so. */
  readonly by: "rule" | "model";
  readonly why: string;
}

/** Conflicts by the language's own rule, and those that a model names in one call, where one is given. */
export async function findConflicts(
  principles: readonly PrincipleDraft[],
  { areOpposed }: Pick<StatementTemplates, "areOpposed">,
  model?: Pick<LanguageModel, "generate">,
  options: { readonly seed?: number; readonly signal?: AbortSignal | undefined } = {},
): Promise<PrincipleConflict[]> {
  const byRule = principles.flatMap((one, first) =>
    principles
      .slice(first + 1)
      .flatMap((other): PrincipleConflict[] =>
        areOpposed(one.text, other.text)
          ? [{ ids: [one.id, other.id], by: "rule", why: "one forbids what the other asks for" }]
          : [],
      ),
  );
  if (model === undefined) return byRule;
  const known = new Set(byRule.map(({ ids }) => ids.join(" ")));
  const named = await findContradictions(principles, model, options);
  return [
    ...byRule,
    ...named
      .filter(({ ids }) => !known.has(ids.join(" ")))
      .map(({ ids, why }): PrincipleConflict => ({ ids, by: "model", why })),
  ];
}
